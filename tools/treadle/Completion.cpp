//===- Completion.cpp - treadle completion --------------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Terminal.h"
#include "Verbs.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Option/Option.h"
#include "llvm/Support/raw_ostream.h"

using namespace treadle;

/// All spellings of the options of a verb.
static std::string listOptions(VerbVisibility visibility) {
  const llvm::opt::OptTable &table = getOptionTable();
  std::vector<std::string> words;
  for (unsigned id = 1; id <= table.getNumOptions(); ++id) {
    llvm::opt::Option option = table.getOption(id);
    llvm::StringRef name = option.getPrefixedName();
    // "--name" and "--name=" are one option: the second is easier to go on
    // from.
    if (option.hasVisibilityFlag(visibility) && name.starts_with("-") &&
        (table.getOptionHelpText(id) || name.size() == 2))
      words.push_back(name.str());
  }
  return llvm::join(words, " ");
}

int treadle::runCompletion(const Arguments &arguments) {
  Result<std::vector<std::string>> shells =
      arguments.getPositional("one SHELL", 1, 1);
  if (!shells)
    return report(shells.error());
  if (shells->front() != "bash")
    return report(Error(ErrorId::InvalidOptionValue,
                        "'completion' takes bash, not " +
                            quoteForMessage(shells->front())));

  std::vector<std::string> verbs;
  for (const Verb &verb : getVerbs())
    verbs.push_back(verb.name);
  llvm::outs() << "_treadle() {\n"
                  "  local word=${COMP_WORDS[COMP_CWORD]} options=\n"
                  "  if ((COMP_CWORD == 1)); then\n"
                  "    COMPREPLY=($(compgen -W '"
               << llvm::join(verbs, " ")
               << "' -- \"$word\"))\n"
                  "    return\n"
                  "  fi\n"
                  "  case ${COMP_WORDS[1]} in\n";
  for (const Verb &verb : getVerbs())
    llvm::outs() << "  " << verb.name << ") options='"
                 << listOptions(verb.visibility) << "' ;;\n";
  llvm::outs() << "  esac\n"
                  "  if [[ $word == -* ]]; then\n"
                  "    COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
                  "    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n"
                  "  elif [[ ${COMP_WORDS[1]} == help ]]; then\n"
                  "    COMPREPLY=($(compgen -W '"
               << llvm::join(verbs, " ")
               << "' -- \"$word\"))\n"
                  "  else\n"
                  "    COMPREPLY=($(compgen -f -- \"$word\"))\n"
                  "    compopt -o filenames\n"
                  "  fi\n"
                  "}\n"
                  "complete -F _treadle treadle\n";
  return 0;
}
