//===- treadle.cpp - The command treadle ----------------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Process.h"
#include "Terminal.h"
#include "Verbs.h"

#include "llvm/Support/raw_ostream.h"

using namespace treadle;

/// What a user who typed nothing else needs to see, in ten lines.
static void printGreeting() {
  llvm::outs() << "treadle compiles transformer models.\n\n"
                  "  treadle compile ./all-MiniLM-L6-v2 -o minilm.treadle\n"
                  "  treadle bench minilm.treadle\n\n"
                  "Verbs: ";
  size_t column = 0;
  for (const Verb &verb : getVerbs()) {
    llvm::StringRef name = verb.name;
    llvm::outs() << (column ? ", " : "") << name;
    column += name.size() + 2;
  }
  llvm::outs() << "\n\n'treadle help' says what they do, and 'treadle VERB "
                  "--help' how.\n";
}

static int runVerb(llvm::ArrayRef<const char *> arguments) {
  if (arguments.empty()) {
    printGreeting();
    return 0;
  }
  // What people try first with a command that they do not know.
  llvm::StringRef word = arguments.front();
  if (word == "--version" || word == "-V")
    word = "version";
  else if (word == "--help" || word == "-h")
    word = "help";

  const Verb *verb = findVerb(word);
  if (!verb)
    return report(makeUnknownVerb(word));
  Result<Arguments> parsed =
      Arguments::parse(verb->name, verb->visibility, arguments.drop_front());
  if (!parsed)
    return report(parsed.error());
  if (parsed->has(OPT_help)) {
    printHelp(*verb);
    return 0;
  }
  return verb->run(*parsed);
}

int main(int argc, char **argv) {
  installProcessHandlers();
  llvm::ArrayRef<const char *> arguments(argv, argc);
  return finishProcess(runVerb(arguments.drop_front(argc > 0)));
}
