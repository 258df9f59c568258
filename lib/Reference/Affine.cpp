//===- Affine.cpp - Affine maps, evaluated -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Affine.h"

#include "mlir/IR/AffineExpr.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace treadle;

static std::optional<int64_t> evaluate(AffineExpr expr, Index dims,
                                       Index symbols) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return dims[dim.getPosition()];
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return symbols[symbol.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expr);
  std::optional<int64_t> a = evaluate(binary.getLHS(), dims, symbols);
  std::optional<int64_t> b = evaluate(binary.getRHS(), dims, symbols);
  if (!a || !b)
    return std::nullopt;
  int64_t result;
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return llvm::AddOverflow(*a, *b, result) ? std::nullopt
                                             : std::optional(result);
  case AffineExprKind::Mul:
    return llvm::MulOverflow(*a, *b, result) ? std::nullopt
                                             : std::optional(result);
  case AffineExprKind::FloorDiv:
    return *b < 1 ? std::nullopt
                  : std::optional(llvm::divideFloorSigned(*a, *b));
  case AffineExprKind::CeilDiv:
    return *b < 1 ? std::nullopt
                  : std::optional(llvm::divideCeilSigned(*a, *b));
  case AffineExprKind::Mod:
    return *b < 1 ? std::nullopt : std::optional(llvm::mod(*a, *b));
  default:
    return std::nullopt;
  }
}

std::optional<SmallVector<int64_t>> treadle::evaluate(AffineMap map, Index dims,
                                                      Index symbols) {
  SmallVector<int64_t> results;
  for (AffineExpr expr : map.getResults()) {
    std::optional<int64_t> result = ::evaluate(expr, dims, symbols);
    if (!result)
      return std::nullopt;
    results.push_back(*result);
  }
  return results;
}
