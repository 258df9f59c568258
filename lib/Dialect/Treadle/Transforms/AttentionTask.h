//===- AttentionTask.h - What one task of attention does -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_ATTENTIONTASK_H
#define TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_ATTENTIONTASK_H

#include "AttentionTiling.h"
#include "PackedRows.h"

#include "treadle/Dialect/Treadle/IR/MaskAnalysis.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"

namespace treadle {

/// The block of queries that a task has.
struct QueryBlock {
  llvm::SmallVector<mlir::Value>
      outer;               ///< Where it is in the outer dimensions.
  mlir::Value first, rows; ///< [first, first + rows), rows <= plan.queries.
  PackedRows packed;       ///< The sequence's rows, of packed attention.
};

/// Who packs the result of an attention whose queries, keys and values are
/// packed in the same way: its tasks read and write rows where they lie. Null
/// for any other attention.
PackTokensOp getPacking(AttentionOp op);

/// Emits the body of one task.
class AttentionTask {
public:
  AttentionTask(mlir::RewriterBase &b, AttentionOp op)
      : b(b), op(op),
        iface(llvm::cast<AttentionOpInterface>(op.getOperation())),
        loc(op.getLoc()), plan(op.getPlanAttr()), packing(getPacking(op)),
        element(mlir::getElementTypeOrSelf(op.getQueries().getType())),
        queryDims(keepsRows() ? llvm::SmallVector<unsigned>{0, 2}
                              : llvm::SmallVector<unsigned>{2, 0}),
        a(b, loc), parts(b, loc, /*outer=*/0, element, getTile()) {}

  /// The state of the block's queries after part `part` of `count` parts of the
  /// keys that they see.
  AttentionState attend(const QueryBlock &block, mlir::Value part,
                        int64_t count);

  AttentionParts &getParts() { return parts; }

  /// What the block has of `tensor`, whose other dimensions of the space stay;
  /// `kept` says in which order. Packed rows are in place of the map's first
  /// two dimensions.
  mlir::Value slice(mlir::Value tensor, mlir::AffineMap map,
                    const QueryBlock &block,
                    llvm::SmallVectorImpl<unsigned> &kept,
                    bool isPacked = false);
  /// Offsets and sizes of that slice, behind `leading` dimensions of the tensor
  /// that are none of the space.
  void getPosition(mlir::Value tensor, mlir::AffineMap map,
                   const QueryBlock &block,
                   llvm::SmallVectorImpl<mlir::OpFoldResult> &offsets,
                   llvm::SmallVectorImpl<mlir::OpFoldResult> &sizes,
                   unsigned leading = 0, bool isPacked = false);

  /// Where the rows of all sequences begin; null where tokens are not packed.
  mlir::Value getStarts() {
    return packing ? packing.getStarts() : mlir::Value();
  }

  mlir::Value getExtent(unsigned dim) {
    return mlir::getValueOrCreateConstantIndexOp(b, loc,
                                                 getMixedExtent(b, iface, dim));
  }

private:
  /// The plan of a tile: one of all keys is as large as there are keys.
  AttentionPlanAttr getTile();
  /// The space of a tile is (m, n, d, e).
  mlir::AffineMap getTileMap(llvm::ArrayRef<unsigned> kept) {
    return mlir::AffineMap::getMultiDimMapWithTargets(4, kept, b.getContext());
  }
  /// The slice of queries, keys or values.
  mlir::Value sliceTokens(mlir::Value tensor, mlir::AffineMap map,
                          const QueryBlock &block,
                          llvm::SmallVectorImpl<unsigned> &kept);
  /// Whether queries stay rows, as keys are: where they are less than a vector
  /// has lanes, components are the lanes of the product of both.
  bool keepsRows();
  mlir::Value prepareQueries(const QueryBlock &block, double scale);
  mlir::Value getOfBatch(mlir::Value tensor, const QueryBlock &block);
  OnlineAttentionOp createTile(const QueryBlock &block);
  /// A length, an offset or a prefix as an index.
  mlir::Value getNumber(mlir::Value tensor, const QueryBlock &block);
  /// The number of keys that the block may see, and the position of query 0.
  mlir::Value getLength(const QueryBlock &block);
  mlir::Value getPosition(const QueryBlock &block);
  KeyRanges<mlir::Value> getRanges(const QueryBlock &block,
                                   OnlineAttentionOp tile);

  mlir::RewriterBase &b;
  AttentionOp op;
  AttentionOpInterface iface;
  mlir::Location loc;
  AttentionPlanAttr plan;
  PackTokensOp packing;
  mlir::Type element;
  /// Which dimensions of a tile's space the prepared queries have.
  llvm::SmallVector<unsigned> queryDims;
  ValueArithmetic a;
  AttentionParts parts;
};

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_ATTENTIONTASK_H
