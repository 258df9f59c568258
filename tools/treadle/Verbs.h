//===- Verbs.h - What the command treadle can do ----------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_TOOLS_TREADLE_VERBS_H
#define TREADLE_TOOLS_TREADLE_VERBS_H

#include "Options.h"

#include "llvm/ADT/ArrayRef.h"

namespace treadle {

/// One verb of the command.
struct Verb {
  const char *name;
  const char *summary;   ///< One line, for the list of verbs.
  const char *arguments; ///< What follows the verb in its usage line.
  const char *examples;  ///< Lines that a shell would take.
  const char *details;   ///< What examples and options leave open; may be "".
  VerbVisibility visibility;
  /// Does it; returns the exit code. Diagnostics have been printed by then.
  int (*run)(const Arguments &arguments);
};

/// All verbs, in the order in which help lists them.
llvm::ArrayRef<Verb> getVerbs();
/// Null when there is none of this name.
const Verb *findVerb(llvm::StringRef name);
/// The error for a word that is no verb.
Error makeUnknownVerb(llvm::StringRef word);

/// Prints what `treadle VERB --help` prints.
void printHelp(const Verb &verb);
/// Prints the list of verbs.
void printOverview();

// Each in a file of its own.
int runCompile(const Arguments &arguments);
int runRun(const Arguments &arguments);
int runBench(const Arguments &arguments);
int runCheck(const Arguments &arguments);
int runInspect(const Arguments &arguments);
int runTune(const Arguments &arguments);
int runVersion(const Arguments &arguments);
int runExplain(const Arguments &arguments);
int runTargets(const Arguments &arguments);
int runHelp(const Arguments &arguments);
int runCompletion(const Arguments &arguments);

} // namespace treadle

#endif // TREADLE_TOOLS_TREADLE_VERBS_H
