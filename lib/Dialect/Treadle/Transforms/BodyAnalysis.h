//===- BodyAnalysis.h - How a body depends on its loops -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_BODYANALYSIS_H
#define TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_BODYANALYSIS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace treadle {

/// No dimension: all is done element by element.
inline constexpr unsigned kNoLanes = ~0u;

/// How the values of a body depend on the loops.
class BodyAnalysis {
public:
  /// `order` has the loops from outside to inside; `lanes` is the dimension
  /// along which vectors lie, or kNoLanes.
  BodyAnalysis(mlir::linalg::GenericOp op, llvm::ArrayRef<unsigned> order,
               unsigned lanes);

  /// Number of loops around an operation or value; 0 outside of all.
  int64_t getDepth(mlir::Value value) const {
    return valueDepths.lookup(value);
  }
  bool hasLanes(mlir::Value value) const { return laneValues.contains(value); }
  /// Whether each operation can be done for several lanes at once.
  bool isVectorizable() const { return vectorizable; }
  /// Whether an index is that of the lane itself.
  bool isLaneIndex(mlir::Value value) const;

private:
  void analyze(mlir::Operation &inner);

  mlir::linalg::GenericOp op;
  unsigned lanes;
  llvm::SmallVector<int64_t> depths;
  llvm::DenseMap<mlir::Value, int64_t> valueDepths;
  llvm::DenseSet<mlir::Value> laneValues;
  bool vectorizable = true;
};

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_BODYANALYSIS_H
