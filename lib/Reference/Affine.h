//===- Affine.h - Affine maps, evaluated -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_REFERENCE_AFFINE_H
#define TREADLE_LIB_REFERENCE_AFFINE_H

#include "treadle/Reference/Tensor.h"

#include "mlir/IR/AffineMap.h"

namespace treadle {

/// The results of a map; nothing where it divides by what is not positive.
std::optional<llvm::SmallVector<int64_t>>
evaluate(mlir::AffineMap map, Index dims, Index symbols = {});

} // namespace treadle

#endif // TREADLE_LIB_REFERENCE_AFFINE_H
