//===- Options.h - The command line of a verb -------------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_TOOLS_TREADLE_OPTIONS_H
#define TREADLE_TOOLS_TREADLE_OPTIONS_H

#include "treadle/Formats/Error.h"

#include "llvm/Option/ArgList.h"
#include "llvm/Option/OptTable.h"

#include <string>
#include <vector>

namespace treadle {

/// Who has an option; one bit each, combined in Options.td.
enum VerbVisibility : unsigned {
  CompileVerb = 1u << 1,
  RunVerb = 1u << 2,
  BenchVerb = 1u << 3,
  InspectVerb = 1u << 4,
  ReportVerb = 1u << 5,
  PlainVerb = 1u << 6,
  CheckVerb = 1u << 7,
  TuneVerb = 1u << 8,
};

/// OPT_output and its fellows, which name the options.
enum OptionId : unsigned {
  OPT_INVALID = 0,
#define OPTION(...) LLVM_MAKE_OPT_ID(__VA_ARGS__),
#include "Options.inc"
#undef OPTION
};

/// The table of all verbs' options.
const llvm::opt::OptTable &getOptionTable();

/// The arguments of one verb, its options checked: each is one that the verb
/// has, with a value where it takes one.
class Arguments {
public:
  /// Errors: E0102, and E0104 when an option's value is missing.
  static Result<Arguments> parse(llvm::StringRef verb,
                                 VerbVisibility visibility,
                                 llvm::ArrayRef<const char *> arguments);

  bool has(OptionId id) const { return list.hasArg(id); }
  /// The last value of an option, or the fallback.
  std::string get(OptionId id, llvm::StringRef fallback = {}) const;
  std::vector<std::string> getAll(OptionId id) const;

  /// An option's value as an integer in [minimum, maximum]. E0103 otherwise.
  Result<int64_t> getInteger(OptionId id, int64_t fallback, int64_t minimum,
                             int64_t maximum) const;

  /// What is no option, at least `minimum` and at most `maximum` of them;
  /// `what` names them. Errors: E0104, E0105.
  Result<std::vector<std::string>>
  getPositional(llvm::StringRef what, size_t minimum, size_t maximum) const;

private:
  Arguments(std::string verb, llvm::opt::InputArgList list)
      : verb(std::move(verb)), list(std::move(list)) {}

  std::string verb;
  llvm::opt::InputArgList list;
};

/// "--name" of an option, as diagnostics spell it.
std::string getSpelling(OptionId id);

/// The options of a verb with what they do, a line or two for each.
std::string formatOptions(VerbVisibility visibility);

/// The nearest of `candidates` to a word that is none of them, or nothing when
/// none is near.
std::string findNearest(llvm::StringRef word,
                        llvm::ArrayRef<std::string> candidates);

} // namespace treadle

#endif // TREADLE_TOOLS_TREADLE_OPTIONS_H
