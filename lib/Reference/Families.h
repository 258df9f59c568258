//===- Families.h - Who adds which operations -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_REFERENCE_FAMILIES_H
#define TREADLE_LIB_REFERENCE_FAMILIES_H

#include "treadle/Reference/Interpreter.h"

namespace treadle {

// The treadle dialect.
void addAttentionOperations(Interpreter &interpreter);
void addBlockOperations(Interpreter &interpreter);
void addMultiHeadAttentionOperations(Interpreter &interpreter);
void addNormOperations(Interpreter &interpreter);
void addPackingOperations(Interpreter &interpreter);
void addParameterOperations(Interpreter &interpreter);
void addPositionOperations(Interpreter &interpreter);
void addRelativePositionOperations(Interpreter &interpreter);
void addStateOperations(Interpreter &interpreter);

// Other dialects.
void addArithOperations(Interpreter &interpreter);
void addControlOperations(Interpreter &interpreter);
void addLinalgOperations(Interpreter &interpreter);
void addMathOperations(Interpreter &interpreter);
void addTensorOperations(Interpreter &interpreter);

/// destination[offsets + strides · i] = source[i] for every i in sizes; the
/// source may lack dimensions of size one.
llvm::LogicalResult insertSlice(mlir::Operation *op, const Tensor &source,
                                Tensor &destination, Index offsets, Index sizes,
                                Index strides);

/// Puts tokens [batch, tokens, …] into a cache [batch, capacity, …], as
/// treadle.cache_append does.
llvm::LogicalResult appendTokens(mlir::Operation *op, const Tensor &tokens,
                                 Index lengths, bool ring, Tensor &cache);

} // namespace treadle

#endif // TREADLE_LIB_REFERENCE_FAMILIES_H
