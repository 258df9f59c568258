//===- Findings.h - What is told while a model is read -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_IMPORTER_FINDINGS_H
#define TREADLE_IMPORTER_FINDINGS_H

#include "treadle/Formats/Error.h"

#include <string>
#include <vector>

namespace treadle {

/// Everything that an importer has to say, in the order in which it was found.
/// A model is checked to its end before it is refused, so that a user sees all
/// that is wrong with it at once.
struct Findings {
  std::vector<Error> errors;
  /// Sentences that begin with the file, without "warning: ".
  std::vector<std::string> warnings;

  void add(Error error) { errors.push_back(std::move(error)); }
  bool failed() const { return !errors.empty(); }

  /// What a tool returns: the first error's exit code, 0 without errors.
  int getExitCode() const {
    return failed() ? errors.front().getExitCode() : 0;
  }
};

/// "'a', 'b', 'c' and 4 more": `names` quoted for a message, the first few.
std::string listForMessage(const std::vector<std::string> &names);

} // namespace treadle

#endif // TREADLE_IMPORTER_FINDINGS_H
