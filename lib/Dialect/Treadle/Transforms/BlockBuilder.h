//===- BlockBuilder.h - A part of what a group makes -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_BLOCKBUILDER_H
#define TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_BLOCKBUILDER_H

#include "Groups.h"

#include "mlir/IR/PatternMatch.h"

namespace treadle {

/// A part of a dimension: [offset, offset + size), with size <= bound.
struct DimRange {
  mlir::OpFoldResult offset, size;
  int64_t bound;
};

/// A part of a tensor or of an iteration space; a dimension without a range is
/// whole.
using Ranges = llvm::SmallVector<std::optional<DimRange>>;

/// The part `ranges` of a tensor; itself where all dimensions are whole.
mlir::Value getSlice(mlir::OpBuilder &b, mlir::Value tensor,
                     const Ranges &ranges);

/// A tensor of the thread's own, with sizes known now: as large as the part
/// `ranges` of one like `like` can be, and the part of it that is used. `gaps`
/// are elements that each dimension in `ranges` has more of and nobody uses.
mlir::Value getScratch(mlir::OpBuilder &b, mlir::Value like,
                       const Ranges &ranges, llvm::ArrayRef<int64_t> gaps = {});

/// Makes copies of a group's operations that compute one block.
class BlockBuilder {
public:
  /// `whole` is what the group's result is written to, `destination` the part
  /// of it that is made here.
  BlockBuilder(mlir::RewriterBase &rewriter, Group &group, mlir::Value whole,
               mlir::Value destination)
      : rewriter(rewriter), group(group), whole(whole) {
    parts[whole] = destination;
  }

  /// Takes `part` wherever a member reads that part of `value`.
  void setPart(mlir::Value value, mlir::Value part) { parts[value] = part; }

  /// The same for one operand of one member.
  void setPart(mlir::OpOperand &operand, mlir::Value part) {
    operandParts[&operand] = part;
  }

  /// The part `ranges` of `value`: made here if a member makes it, cut out of
  /// it otherwise.
  mlir::Value getPart(mlir::Value value, const Ranges &ranges);

  /// Whether `op` makes the group's result, or what is made into that.
  bool writesToDestination(mlir::linalg::LinalgOp op);

private:
  mlir::Value makePart(mlir::linalg::LinalgOp op, const Ranges &ranges);

  mlir::RewriterBase &rewriter;
  Group &group;
  mlir::Value whole;
  llvm::DenseMap<mlir::Value, mlir::Value> parts;
  llvm::DenseMap<mlir::OpOperand *, mlir::Value> operandParts;
};

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_BLOCKBUILDER_H
