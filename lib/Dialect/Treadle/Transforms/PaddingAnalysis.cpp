//===- PaddingAnalysis.cpp - What padded tokens are for -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PaddingAnalysis.h"

#include "treadle/Dialect/Treadle/IR/Reshapes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace treadle;

/// Whether an operation makes each vector of its first operand's.
static bool isOnVectors(Operation *op) {
  return isa<LinearOp, LayerNormOp, RMSNormOp, SoftmaxOp, UnitNormOp,
             ActivateOp>(op);
}

static bool isElementwise(Operation *op) {
  return OpTrait::hasElementwiseMappableTraits(op) &&
         op->getNumResults() == 1 &&
         llvm::all_of(op->getOperandTypes(),
                      [](Type type) { return isa<RankedTensorType>(type); });
}

/// Whether groups of dimensions leave those of tokens alone: `split` of them on
/// the side that has more dimensions are `kept` on the other.
static bool keepsTokens(ArrayRef<ReassociationIndices> groups, int64_t split,
                        int64_t kept) {
  if (static_cast<int64_t>(groups.size()) < kept)
    return false;
  if (kept == 1)
    return static_cast<int64_t>(groups[0].size()) == split;
  return groups[0].size() == 1 && groups[1].size() == 1;
}

/// The layout on the side of a reshape that has more dimensions.
static std::optional<TokenLayout>
getSplitLayout(ArrayRef<ReassociationIndices> groups, TokenLayout layout) {
  if (layout == TokenLayout::Batch)
    return keepsTokens(groups, 2, 2) ? std::optional(layout) : std::nullopt;
  if (keepsTokens(groups, 1, 1))
    return layout;
  return keepsTokens(groups, 2, 1) ? std::optional(TokenLayout::Batch)
                                   : std::nullopt;
}

std::optional<SmallVector<TokenSource>>
treadle::getTokenSources(OpResult result, TokenLayout layout) {
  Operation *op = result.getOwner();
  auto type = dyn_cast<RankedTensorType>(result.getType());
  int64_t dims = getNumTokenDims(layout);
  // Behind those of tokens there are a vector's, of known extents.
  if (!type || type.getRank() <= dims ||
      llvm::any_of(type.getShape().drop_front(dims), ShapedType::isDynamic))
    return std::nullopt;
  using Sources = SmallVector<TokenSource>;
  if (isOnVectors(op))
    return Sources{{&op->getOpOperand(0), layout}};
  if (isElementwise(op)) {
    Sources sources;
    for (OpOperand &operand : op->getOpOperands())
      sources.push_back({&operand, layout});
    return sources;
  }
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op)) {
    auto split = getSplitLayout(getGroups(collapse), layout);
    if (!split)
      return std::nullopt;
    return Sources{{&collapse.getSrcMutable(), *split}};
  }
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op)) {
    auto groups = getGroups(expand);
    for (TokenLayout from : {TokenLayout::Batch, TokenLayout::Rows})
      if (getSplitLayout(groups, from) == layout)
        return Sources{{&expand.getSrcMutable(), from}};
    return std::nullopt;
  }
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
    // Whole sequences: that the extents are those of the batch is the
    // visitor's to know.
    if (layout != TokenLayout::Batch ||
        slice.getSourceType().getRank() != type.getRank() ||
        !slice.hasUnitStride())
      return std::nullopt;
    for (int64_t dim : {0, 1})
      if (!isConstantIntValue(slice.getMixedOffsets()[dim], 0))
        return std::nullopt;
    return Sources{{&slice.getSourceMutable(), layout}};
  }
  if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
    // Elements of rows, with others that are the same for all tokens.
    if (layout != TokenLayout::Rows || generic.getNumResults() != 1 ||
        generic.getNumLoops() != generic.getNumParallelLoops() ||
        generic.hasIndexSemantics() ||
        !generic.getDpsInits()[0].getDefiningOp<tensor::EmptyOp>() ||
        !generic.getIndexingMapsArray().back().isIdentity())
      return std::nullopt;
    Sources sources;
    for (OpOperand *operand : generic.getDpsInputOperands()) {
      AffineMap map = generic.getMatchingIndexingMap(operand);
      if (map.isIdentity())
        sources.push_back({operand, layout});
      else if (map.isFunctionOfDim(0))
        return std::nullopt;
    }
    return sources;
  }
  return std::nullopt;
}

Extent treadle::getTokenExtent(Value tensor, int64_t dim) {
  while (true) {
    auto type = cast<RankedTensorType>(tensor.getType());
    if (!type.isDynamicDim(dim))
      return {Value(), type.getDimSize(dim)};
    Operation *op = tensor.getDefiningOp();
    if (!op)
      return {tensor, dim};
    OpFoldResult size;
    if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
      size = expand.getMixedOutputShape()[dim];
    else if (auto empty = dyn_cast<tensor::EmptyOp>(op))
      size = empty.getMixedSizes()[dim];
    else if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op);
             slice && slice.getSourceType().getRank() == type.getRank())
      size = slice.getMixedSizes()[dim];
    if (size) {
      auto value = cast<Value>(size);
      auto source = value.getDefiningOp<tensor::DimOp>();
      std::optional<int64_t> index =
          source ? source.getConstantIndex() : std::nullopt;
      // A program may ask for a dimension that there is not.
      auto from = index
                      ? dyn_cast<RankedTensorType>(source.getSource().getType())
                      : RankedTensorType();
      if (!from || *index < 0 || *index >= from.getRank())
        return {value, -1};
      tensor = source.getSource();
      dim = *index;
      continue;
    }
    if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op)) {
      auto group = getGroups(collapse)[dim];
      if (group.size() != 1)
        return {tensor, dim};
      tensor = collapse.getSrc();
      dim = group[0];
    } else if (isElementwise(op) || isOnVectors(op) ||
               isa<EmbeddingOp, LearnedPositionOp, SinusoidalPositionOp,
                   RotaryOp>(op)) {
      // Only the last dimension may be another than the operand's.
      if (dim + 1 == type.getRank())
        return {tensor, dim};
      tensor = op->getOperand(0);
    } else if (auto linalg = dyn_cast<linalg::LinalgOp>(op)) {
      tensor = linalg.getDpsInits()[cast<OpResult>(tensor).getResultNumber()];
    } else if (auto attention = dyn_cast<AttentionOp>(op);
               attention && tensor == attention.getResult()) {
      auto place = attention.getQueriesMap().getResultPosition(
          attention.getResultMap().getResult(dim));
      if (!place)
        return {tensor, dim};
      tensor = attention.getQueries();
      dim = *place;
    } else {
      return {tensor, dim};
    }
  }
}

std::pair<scf::ForOp, unsigned> treadle::getCarrier(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto loop =
        dyn_cast_if_present<scf::ForOp>(argument.getOwner()->getParentOp());
    if (loop && argument.getArgNumber() > 0)
      return {loop, argument.getArgNumber() - 1};
    return {};
  }
  auto result = cast<OpResult>(value);
  return {dyn_cast<scf::ForOp>(result.getOwner()), result.getResultNumber()};
}

/// Whether a tensor begins with the batch and dimension `dim` of attention.
static bool beginsWith(AffineMap map, unsigned dim) {
  return map.getNumResults() >= 2 && map.getDimPosition(0) == 0 &&
         map.getDimPosition(1) == dim;
}

bool treadle::isByQuery(AttentionOp op) {
  return op.getNumOuterDims() > 0 && !op.getLogSumExp() &&
         beginsWith(op.getQueriesMap(), op.getQueryDim()) &&
         beginsWith(op.getResultMap(), op.getQueryDim());
}

void PaddingAnalysis::refuse(Operation *where, StringRef reason) {
  this->where = where;
  this->reason = reason;
}

bool PaddingAnalysis::isTokens(Value value, TokenLayout layout) {
  // Rows are those of a tensor [batch, tokens, …] that they become or were.
  return layout == TokenLayout::Rows || (getTokenExtent(value, 0) == batch &&
                                         getTokenExtent(value, 1) == tokens);
}

/// Takes in what `value` is made of token by token. What is made in another way
/// is left as it is, and packed.
void PaddingAnalysis::visit(Value value, TokenLayout layout) {
  SmallVector<std::pair<Value, TokenLayout>> queue = {{value, layout}};
  while (!queue.empty()) {
    auto [value, layout] = queue.pop_back_val();
    if (dead.contains(value) || !isTokens(value, layout))
      continue;
    auto push = [&](Value source, TokenLayout layout) {
      queue.push_back({source, layout});
    };
    if (auto [loop, number] = getCarrier(value); loop) {
      if (layout != TokenLayout::Rows)
        continue;
      push(loop.getRegionIterArg(number), layout);
      push(loop.getResult(number), layout);
      push(loop.getInitArgs()[number], layout);
      push(loop.getYieldedValues()[number], layout);
    } else if (auto result = dyn_cast<OpResult>(value)) {
      Operation *op = result.getOwner();
      auto attention = dyn_cast<AttentionOp>(op);
      if (attention && isByQuery(attention)) {
        push(attention.getQueries(), TokenLayout::Batch);
        for (auto [tensor, map] :
             {std::pair(attention.getKeys(), attention.getKeysMap()),
              std::pair(attention.getValues(), attention.getValuesMap())})
          if (beginsWith(map, attention.getKeyDim()))
            push(tensor, TokenLayout::Batch);
      } else if (auto rotary = dyn_cast<RotaryOp>(op)) {
        push(rotary.getInput(), layout);
      } else if (auto sources = getTokenSources(result, layout)) {
        // What is reshaped or cut need not be of the same batch.
        if (isa<tensor::CollapseShapeOp, tensor::ExtractSliceOp>(op) &&
            !isTokens(sources->front().operand->get(), sources->front().layout))
          continue;
        for (TokenSource source : *sources)
          push(source.operand->get(), source.layout);
      } else {
        continue;
      }
    } else {
      continue;
    }
    dead.insert({value, layout});
  }
}

/// Whether the padding of a value reaches, by this use, what is looked at.
bool PaddingAnalysis::looksAtPadding(OpOperand &use) {
  Operation *user = use.getOwner();
  if (isa<tensor::DimOp>(user))
    return false;
  if (isa<PoolOp, AttentionOp, RotaryOp>(user) &&
      getLayout(use.get()) != TokenLayout::Batch)
    return true;
  if (auto other = dyn_cast<PoolOp>(user))
    return other.getKind() != Pooling::First && other.getLengths() != lengths;
  if (auto loop = dyn_cast<scf::ForOp>(user)) {
    BlockArgument argument = loop.getTiedLoopRegionIterArg(&use);
    return !argument || !dead.contains(argument);
  }
  if (isa<scf::YieldOp>(user)) {
    auto loop = dyn_cast<scf::ForOp>(user->getParentOp());
    return !loop ||
           !dead.contains(loop.getRegionIterArg(use.getOperandNumber()));
  }
  if (auto attention = dyn_cast<AttentionOp>(user)) {
    if (&use == &attention.getQueriesMutable())
      return !isByQuery(attention) || !dead.contains(attention.getResult());
    bool isKeys = &use == &attention.getKeysMutable();
    if (!isKeys && &use != &attention.getValuesMutable())
      return true;
    return !attention.getMask() ||
           !attention.getMask()->getKeysWithinLengths() ||
           attention.getLengths() != lengths ||
           !beginsWith(isKeys ? attention.getKeysMap()
                              : attention.getValuesMap(),
                       attention.getKeyDim());
  }
  if (auto rotary = dyn_cast<RotaryOp>(user))
    return &use != &rotary.getInputMutable() ||
           !dead.contains(rotary.getResult());
  if (user->getNumResults() != 1 || !dead.contains(user->getResult(0)))
    return true;
  auto sources =
      getTokenSources(user->getResult(0), getLayout(user->getResult(0)));
  return !sources || llvm::none_of(*sources, [&](TokenSource source) {
    return source.operand == &use && source.layout == getLayout(use.get());
  });
}

/// The lengths that a function's attention goes by, if these are the same for
/// all of it.
static Value getLengthsOfAttention(func::FuncOp function) {
  Value lengths;
  bool isOne = true;
  function.walk([&](AttentionOp op) {
    if (!op.getLengths())
      return;
    isOne &= !lengths || lengths == op.getLengths();
    lengths = op.getLengths();
  });
  return isOne ? lengths : Value();
}

PaddingAnalysis::PaddingAnalysis(PoolOp pool)
    : pool(pool), lengths(pool.getLengths()) {
  if (pool.getKind() == Pooling::First)
    lengths = getLengthsOfAttention(pool->getParentOfType<func::FuncOp>());
  if (!lengths) {
    refuse(pool, "it has no lengths");
    return;
  }
  batch = getTokenExtent(pool.getInput(), 0);
  tokens = getTokenExtent(pool.getInput(), 1);
  visit(pool.getInput(), TokenLayout::Batch);

  // What is looked at takes along what it is made of, until nothing changes.
  Operation *culprit = nullptr;
  bool changed = true;
  while (changed) {
    changed = false;
    for (auto [value, layout] : llvm::make_early_inc_range(dead)) {
      OpOperand *use = nullptr;
      for (OpOperand &candidate : value.getUses())
        if (looksAtPadding(candidate))
          use = &candidate;
      auto [loop, number] = getCarrier(value);
      bool isTorn = loop && (!dead.contains(loop.getRegionIterArg(number)) ||
                             !dead.contains(loop.getResult(number)));
      if (!use && !isTorn)
        continue;
      if (!culprit && use)
        culprit = use->getOwner();
      dead.erase(value);
      changed = true;
      break;
    }
  }
  for (auto [value, layout] : dead)
    for (Operation *user : value.getUsers())
      if (auto other = dyn_cast<PoolOp>(user);
          other && other.getKind() == Pooling::First)
        atLeast = 1;
  bool hasWork = llvm::any_of(dead, [](auto &entry) {
    return entry.first.template getDefiningOp<LinearOp>() != nullptr;
  });
  if (!hasWork || !dead.contains(pool.getInput()))
    refuse(culprit ? culprit : pool,
           culprit ? "this looks at padded tokens"
                   : "there is no linear map of its tokens");
}
