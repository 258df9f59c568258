//===- PaddingAnalysis.h - What padded tokens are for -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which tensors of tokens have rows behind the sequences' lengths that nobody
// looks at.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_PADDINGANALYSIS_H
#define TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_PADDINGANALYSIS_H

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/MapVector.h"

namespace treadle {

/// How tokens lie in a tensor: [batch, tokens, …] or [batch · tokens, …].
enum class TokenLayout { Batch, Rows };

/// The number of dimensions that count tokens.
inline int64_t getNumTokenDims(TokenLayout layout) {
  return layout == TokenLayout::Batch ? 2 : 1;
}

/// An operand whose tokens are a result's tokens, one for one.
struct TokenSource {
  mlir::OpOperand *operand;
  TokenLayout layout;
};

/// The operands that `result` is made of token by token, by an operation that
/// does the same to packed tokens; nothing for other operations.
std::optional<llvm::SmallVector<TokenSource>>
getTokenSources(mlir::OpResult result, TokenLayout layout);

/// An extent: a number, a dimension of a tensor, or a value.
struct Extent {
  mlir::Value base;
  /// The dimension, the number where there is no base, or -1 for the value.
  int64_t number;

  bool operator==(const Extent &other) const {
    return base == other.base && number == other.number;
  }
};
Extent getTokenExtent(mlir::Value tensor, int64_t dim);

/// The loop and the number of what it carries as `value`, its argument or
/// result; a null loop for other values.
std::pair<mlir::scf::ForOp, unsigned> getCarrier(mlir::Value value);

/// The values before `pool` whose padding is never looked at: by no result of
/// the function, and by nothing that other tokens are made of.
class PaddingAnalysis {
public:
  explicit PaddingAnalysis(PoolOp pool);

  /// Whether the work before the pooling can be done on packed tokens. `why`
  /// is where it cannot, and `reason` says it.
  bool canPack() const { return reason.empty(); }
  llvm::StringRef getReason() const { return reason; }
  mlir::Operation *getWhere() const { return where; }

  mlir::Value getLengths() const { return lengths; }
  Extent getBatch() const { return batch; }
  Extent getTokens() const { return tokens; }
  /// Tokens that are kept of a shorter sequence.
  int64_t getAtLeast() const { return atLeast; }
  bool contains(mlir::Value value) const { return dead.contains(value); }
  TokenLayout getLayout(mlir::Value value) const {
    return dead.find(value)->second;
  }
  const llvm::MapVector<mlir::Value, TokenLayout> &getValues() const {
    return dead;
  }

private:
  void refuse(mlir::Operation *where, llvm::StringRef reason);
  void visit(mlir::Value value, TokenLayout layout);
  bool isTokens(mlir::Value value, TokenLayout layout);
  bool looksAtPadding(mlir::OpOperand &use);

  PoolOp pool;
  mlir::Value lengths;
  Extent batch, tokens;
  int64_t atLeast = 0;
  /// What is still thought to have padding that nobody looks at.
  llvm::MapVector<mlir::Value, TokenLayout> dead;
  llvm::StringRef reason;
  mlir::Operation *where = nullptr;
};

/// Whether each token of an attention's result is made of one query, the same
/// token of the queries.
bool isByQuery(AttentionOp op);

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_PADDINGANALYSIS_H
