//===- Attention.cpp - What attention means -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Equations.h"
#include "Families.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace treadle;

namespace {
/// A tensor, read at points of an iteration space.
struct MappedTensor {
  AffineMap map;
  Tensor tensor;

  SmallVector<int64_t> getPlace(Index point) const {
    return llvm::map_to_vector(map.getResults(), [&](AffineExpr dim) {
      return point[cast<AffineDimExpr>(dim).getPosition()];
    });
  }
  double operator()(Index point) const {
    return tensor.getFloat(getPlace(point));
  }
};

using Scores = SmallVector<std::optional<double>>;

/// Scores of queries against keys.
class Scoring {
public:
  Scoring(AttentionOpInterface op, Frame &frame) : op(op), frame(frame) {}

  /// Reads the operands; fails when they do not agree.
  LogicalResult read();
  /// Another tensor of the operation, whose extents must agree as well.
  FailureOr<MappedTensor> map(Value value, AffineMap map);

  /// The extents of the dimensions outer…, m, n, d, e.
  Index getExtents() const { return extents; }
  int64_t getKeys() { return extents[op.getKeyDim()]; }
  int64_t getWidth() { return extents[op.getValueDim()]; }

  /// Which keys the queries see of the batch's element that a point is in, as
  /// attention has it.
  Visibility getVisibility(Index query);
  /// The same of a tile: what the position of query 0 is, but for what is
  /// added for the batch's element.
  Visibility getVisibility(Index query, int64_t shift);

  /// The score of each key for the query at a point, nothing for hidden ones.
  /// `origin` is added to (outer…, m, n) for the change and the mask.
  FailureOr<Scores> getScores(Index query, const Visibility &isVisible,
                              Index origin);

  /// v(n, e) for the query at a point.
  double getValue(Index query, int64_t n, int64_t e);

  /// The points of outer…, m; their n, d and e are 0.
  SmallVector<int64_t> getQueries();

  /// Zeros in the shape of a result with this map.
  FailureOr<MappedTensor> makeResult(AffineMap map);

private:
  FailureOr<double> getScore(Index point, Index origin);
  bool isSelected(Index point);
  int64_t getOf(const std::optional<Tensor> &tensor, Index query);

  AttentionOpInterface op;
  Frame &frame;
  SmallVector<int64_t> extents;
  MappedTensor queries, keys, values;
  std::optional<MappedTensor> weights, selection, bias;
  std::optional<Tensor> lengths, offsets, prefixes;
  double scale = 1;
};
} // namespace

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

FailureOr<MappedTensor> Scoring::map(Value value, AffineMap map) {
  MappedTensor mapped{map, frame.get(value)};
  for (auto [i, expr] : llvm::enumerate(map.getResults())) {
    unsigned dim = cast<AffineDimExpr>(expr).getPosition();
    int64_t extent = mapped.tensor.getExtent(i);
    // A tile's queries may go on where a selection or a bias ends: what they
    // give means nothing.
    if (isa<OnlineAttentionOp>(op) && dim == op.getQueryDim() &&
        (value == op.getSelection() || value == op.getBias()))
      continue;
    if (extents[dim] >= 0 && extents[dim] != extent)
      return op->emitOpError()
             << "has tensors of " << extents[dim] << " and " << extent
             << " elements in dimension " << dim << " of its iteration space";
    extents[dim] = extent;
  }
  return mapped;
}

LogicalResult Scoring::read() {
  extents.assign(op.getNumDims(), -1);
  auto readInto = [&](auto &to, Value value, AffineMap map) {
    if (!value)
      return success();
    FailureOr<MappedTensor> mapped = this->map(value, map);
    if (succeeded(mapped))
      to = *mapped;
    return success(succeeded(mapped));
  };
  if (failed(readInto(queries, op.getQueries(), op.getQueriesMap())) ||
      failed(readInto(keys, op.getKeys(), op.getKeysMap())) ||
      failed(readInto(values, op.getValues(), op.getValuesMap())) ||
      failed(
          readInto(weights, op.getScoreWeights(), op.getScoreWeightsMap())) ||
      failed(readInto(selection, op.getSelection(), op.getSelectionMap())) ||
      failed(readInto(bias, op.getBias(), op.getBiasMap())))
    return failure();
  auto readIntegers = [&](std::optional<Tensor> &to, Value value,
                          const Twine &what) {
    if (!value)
      return success();
    to = frame.get(value);
    if (to->getRank() == 0)
      return success();
    return checkEqual(op, to->getExtent(0), "the number of its " + what,
                      extents[0], "the batch");
  };
  if (failed(readIntegers(lengths, op.getLengths(), "lengths")) ||
      failed(readIntegers(offsets, op.getOffsets(), "offsets")) ||
      failed(readIntegers(prefixes, op.getPrefixes(), "prefixes")))
    return failure();
  if (op.getScore() == Score::ScaledDot)
    scale = op.getScaleAttr()
                ? op.getScaleAttr().getValueAsDouble()
                : 1 / std::sqrt(double(extents[op.getComponentDim()]));
  // The products of scores and those of values.
  uint64_t work = 1;
  for (int64_t extent : extents)
    work =
        llvm::SaturatingMultiply<uint64_t>(work, std::max<int64_t>(extent, 1));
  return frame.spend(
      op, std::min<uint64_t>(work, std::numeric_limits<int64_t>::max()));
}

int64_t Scoring::getOf(const std::optional<Tensor> &tensor, Index query) {
  if (!tensor)
    return 0;
  return tensor->getRank() == 0 ? tensor->getInteger()
                                : tensor->getInteger({query.front()});
}

Visibility Scoring::getVisibility(Index query) {
  return treadle::getVisibility(op.getMaskAttr(), extents[op.getQueryDim()],
                                getKeys(), getOf(lengths, query),
                                getOf(offsets, query), getOf(prefixes, query));
}

Visibility Scoring::getVisibility(Index query, int64_t shift) {
  MaskAttr mask = op.getMaskAttr();
  if (!mask)
    return {};
  int64_t length = std::max<int64_t>(getOf(lengths, query), 0);
  if (mask.getAlign() == Alignment::Lengths)
    shift += length;
  if (mask.getAlign() == Alignment::Offsets)
    shift += getOf(offsets, query);
  return {mask, shift, length, getOf(prefixes, query)};
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

/// x(m, n) = scale · Σ_d q(m, d) k(n, d), without the scale of `dot`, or
///           Σ_d w(d) tanh(q(m, d) + k(n, d)) of `additive`
/// s(m, n) = change(x(m, n), outer…, m, n) + bias(m, n)
FailureOr<double> Scoring::getScore(Index at, Index origin) {
  SmallVector<int64_t> point(at);
  int64_t &d = point[op.getComponentDim()];
  double score = 0;
  for (d = 0; d < extents[op.getComponentDim()]; ++d)
    score += weights ? (*weights)(point)*std::tanh(queries(point) + keys(point))
                     : queries(point) * keys(point);
  score *= scale;
  if (!op.getChange().empty()) {
    SmallVector<Tensor> arguments = {Tensor(score)};
    for (auto [position, first] : llvm::zip_equal(at.drop_back(2), origin))
      arguments.push_back(Tensor(position + first));
    FailureOr<SmallVector<Tensor>> changed =
        frame.run(op.getChange(), arguments);
    if (failed(changed))
      return failure();
    score = changed->front().getFloat();
  }
  return bias ? score + (*bias)(at) : score;
}

bool Scoring::isSelected(Index point) {
  // Where a selection or a bias ends, see `map`.
  if (bias && !bias->tensor.contains(bias->getPlace(point)))
    return false;
  if (!selection)
    return true;
  SmallVector<int64_t> place = selection->getPlace(point);
  return selection->tensor.contains(place) &&
         selection->tensor.getInteger(place);
}

FailureOr<Scores> Scoring::getScores(Index query, const Visibility &isVisible,
                                     Index origin) {
  Scores scores(getKeys());
  SmallVector<int64_t> point(query);
  int64_t m = query[op.getQueryDim()] + origin[op.getQueryDim()];
  for (int64_t n = 0; n < getKeys(); ++n) {
    point[op.getKeyDim()] = n;
    if (!isVisible(m, n + origin[op.getKeyDim()]) || !isSelected(point))
      continue;
    FailureOr<double> score = getScore(point, origin);
    if (failed(score))
      return failure();
    scores[n] = *score;
  }
  return scores;
}

double Scoring::getValue(Index query, int64_t n, int64_t e) {
  SmallVector<int64_t> point(query);
  point[op.getKeyDim()] = n;
  point[op.getValueDim()] = e;
  return values(point);
}

SmallVector<int64_t> Scoring::getQueries() {
  SmallVector<int64_t> space(extents);
  for (int64_t &extent : MutableArrayRef(space).take_back(3))
    extent = 1;
  return space;
}

FailureOr<MappedTensor> Scoring::makeResult(AffineMap map) {
  SmallVector<int64_t> shape;
  for (AffineExpr dim : map.getResults())
    shape.push_back(extents[cast<AffineDimExpr>(dim).getPosition()]);
  FailureOr<Tensor> zeros = frame.makeFloats(op, shape);
  if (failed(zeros))
    return failure();
  return MappedTensor{map, *zeros};
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

/// For each point of the outer dimensions, with V(m) the keys visible to m, and
/// without exp(sink) where there are no sinks:
///   Z(m)      = Σ_{n in V(m)} exp(s(m, n)) + exp(sink)
///   out(m, e) = Σ_{n in V(m)} exp(s(m, n)) / Z(m) · v(n, e)
///   lse(m)    = ln Z(m)
static LogicalResult attention(AttentionOp op, Frame &frame) {
  Scoring scoring(cast<AttentionOpInterface>(op.getOperation()), frame);
  if (failed(scoring.read()))
    return failure();
  FailureOr<MappedTensor> out = scoring.makeResult(op.getResultMap()), sinks,
                          lse;
  if (op.getSinks())
    sinks = scoring.map(op.getSinks(), op.getSinksMap());
  if (op.getLogSumExp())
    lse = scoring.makeResult(op.getLogSumExpMap());
  if (failed(out) || (op.getSinks() && failed(sinks)) ||
      (op.getLogSumExp() && failed(lse)))
    return failure();

  SmallVector<int64_t> origin(op.getNumDims() - 2, 0);
  LogicalResult status =
      forEachIndex(scoring.getQueries(), [&](Index query) -> LogicalResult {
        FailureOr<Scores> scores =
            scoring.getScores(query, scoring.getVisibility(query), origin);
        if (failed(scores))
          return failure();
        Weights p =
            softmax(*scores, op.getSinks() ? std::optional((*sinks)(query))
                                           : std::nullopt);
        if (op.getLogSumExp())
          lse->tensor.setElement(lse->getPlace(query), Tensor(p.logSumExp));
        // Nothing is visible, or nothing but -∞: zeros, whatever the values.
        if (p.logSumExp == -INFINITY)
          return success();
        SmallVector<int64_t> point(query);
        for (int64_t &e = point.back(); e < scoring.getWidth(); ++e) {
          double sum = 0;
          for (int64_t n = 0; n < scoring.getKeys(); ++n)
            if ((*scores)[n])
              sum += p.values[n] * scoring.getValue(query, n, e);
          out->tensor.setElement(out->getPlace(point), Tensor(sum));
        }
        return success();
      });
  if (failed(status) || failed(frame.set(op.getResult(), out->tensor)))
    return failure();
  return op.getLogSumExp() ? frame.set(op.getLogSumExp(), lse->tensor)
                           : success();
}

/// With t = s log2(e):
///   μ'(m)    = max(μ(m), max_{n in V(m)} t(m, n))
///   l'(m)    = exp2(μ(m) - μ'(m)) l(m) + Σ_{n in V(m)} exp2(t(m, n) - μ'(m))
///   O'(m, e) = exp2(μ(m) - μ'(m)) O(m, e)
///              + Σ_{n in V(m)} exp2(t(m, n) - μ'(m)) v(n, e)
/// While μ' is -∞, weights are zero.
static LogicalResult onlineAttention(OnlineAttentionOp op, Frame &frame) {
  Scoring scoring(cast<AttentionOpInterface>(op.getOperation()), frame);
  if (failed(scoring.read()))
    return failure();
  FailureOr<MappedTensor> accumulator =
      scoring.map(op.getAccumulator(), op.getResultMap());
  FailureOr<MappedTensor> maximum =
      scoring.map(op.getMaximum(), op.getMaximumMap());
  FailureOr<MappedTensor> sum = scoring.map(op.getSum(), op.getSumMap());
  if (failed(accumulator) || failed(maximum) || failed(sum))
    return failure();
  int64_t shift = op.getShift() ? frame.get(op.getShift()).getInteger() : 0;
  SmallVector<int64_t> origin(op.getNumDims() - 2, 0);
  for (auto [first, value] : llvm::zip(origin, op.getOrigin()))
    first = frame.get(value).getInteger();

  LogicalResult status =
      forEachIndex(scoring.getQueries(), [&](Index query) -> LogicalResult {
        FailureOr<Scores> scores = scoring.getScores(
            query, scoring.getVisibility(query, shift), origin);
        if (failed(scores))
          return failure();
        double before = (*maximum)(query), now = before;
        for (std::optional<double> &score : *scores)
          if (score) {
            *score *= M_LOG2E;
            // Once it is NaN it stays so.
            if (!(*score <= now))
              now = std::isnan(now) ? now : *score;
          }
        auto weigh = [&](double t) {
          return now == -INFINITY ? 0.0 : std::exp2(t - now);
        };
        double total = weigh(before) * (*sum)(query);
        for (std::optional<double> score : *scores)
          if (score)
            total += weigh(*score);
        SmallVector<int64_t> point(query);
        for (int64_t &e = point.back(); e < scoring.getWidth(); ++e) {
          double value = weigh(before) * (*accumulator)(point);
          for (int64_t n = 0; n < scoring.getKeys(); ++n)
            if ((*scores)[n])
              value += weigh(*(*scores)[n]) * scoring.getValue(query, n, e);
          accumulator->tensor.setElement(accumulator->getPlace(point),
                                         Tensor(value));
        }
        sum->tensor.setElement(sum->getPlace(query), Tensor(total));
        maximum->tensor.setElement(maximum->getPlace(query), Tensor(now));
        return success();
      });
  if (failed(status) ||
      failed(frame.set(op.getResult(), accumulator->tensor)) ||
      failed(frame.set(op.getNewMaximum(), maximum->tensor)))
    return failure();
  return frame.set(op.getNewSum(), sum->tensor);
}

void treadle::addAttentionOperations(Interpreter &interpreter) {
  interpreter.add<AttentionOp>(attention);
  interpreter.add<OnlineAttentionOp>(onlineAttention);
}
