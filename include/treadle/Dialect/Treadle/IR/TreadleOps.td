//===- TreadleOps.td - All operations of the dialect -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_OPS
#define TREADLE_OPS

include "treadle/Dialect/Treadle/IR/AttentionOps.td"
include "treadle/Dialect/Treadle/IR/BlockOps.td"
include "treadle/Dialect/Treadle/IR/LinearOps.td"
include "treadle/Dialect/Treadle/IR/MultiHeadAttentionOps.td"
include "treadle/Dialect/Treadle/IR/NormOps.td"
include "treadle/Dialect/Treadle/IR/PackingOps.td"
include "treadle/Dialect/Treadle/IR/ParameterOps.td"
include "treadle/Dialect/Treadle/IR/PositionOps.td"
include "treadle/Dialect/Treadle/IR/ProfileOps.td"
include "treadle/Dialect/Treadle/IR/StateOps.td"
include "treadle/Dialect/Treadle/IR/TeamOps.td"

#endif // TREADLE_OPS
