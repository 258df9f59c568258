//===- Candidates.h - Other ways to do pieces of work -----------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_TOOLS_TREADLE_CANDIDATES_H
#define TREADLE_TOOLS_TREADLE_CANDIDATES_H

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/IR/MLIRContext.h"

#include <string>
#include <vector>

namespace treadle {

/// Decisions about some pieces of work; the others are the cost model's.
using Choices = std::vector<DecisionAttr>;

/// Sets of decisions to be measured: in set i each piece of work is done in its
/// i-th way, if it has so many.
class CandidateList {
public:
  /// `standard`: text of what the cost model decides.
  explicit CandidateList(const std::vector<std::string> &standard);

  /// Forgets what is about other entry points.
  void restrictTo(llvm::StringRef entryPoint);

  const Choices &getStandard() const { return standard; }
  size_t size() const { return sets.size(); }
  const Choices &get(size_t i) const { return sets[i]; }

private:
  std::unique_ptr<mlir::MLIRContext> context;
  Choices standard;
  std::vector<Choices> sets;
};

} // namespace treadle

#endif // TREADLE_TOOLS_TREADLE_CANDIDATES_H
