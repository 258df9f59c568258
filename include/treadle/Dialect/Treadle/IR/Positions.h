//===- Positions.h - Numbers that positions give -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the encodings of positions need to know beforehand: frequencies of
// rotations and bounds of T5's buckets. The equations are those of
// docs/Spec.md, in f64.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_DIALECT_TREADLE_IR_POSITIONS_H
#define TREADLE_DIALECT_TREADLE_IR_POSITIONS_H

#include "treadle/Dialect/Treadle/IR/Treadle.h"

namespace treadle {

/// The radians by which each of the width/2 pairs turns from one position to
/// the next: w(i) of `#treadle.rotary`. `length`, that of the run, plays a part
/// with the scalings `dynamic` and `longrope` alone; one of at most `original`
/// gives the frequencies of a short run. The equations are those of the papers
/// (docs/Spec.md) in the form that models are published for, which is
/// ROPE_INIT_FUNCTIONS of Hugging Face's transformers, where they are in f32.
llvm::SmallVector<double> getRotaryFrequencies(RotaryAttr rotary,
                                               int64_t length = 0);

/// The shortest distances in T5's buckets: element k is that in bucket
/// ⌊B/2⌋ + 1 + k of the B buckets of a direction, in ascending order. The last
/// bucket has no upper bound, and those before bucket ⌊B/2⌋ + 1 begin at
/// their own number.
llvm::SmallVector<int64_t> getRelativeBounds(RelativeAttr relative);

} // namespace treadle

#endif // TREADLE_DIALECT_TREADLE_IR_POSITIONS_H
