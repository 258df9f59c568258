//===- Verbs.cpp - The table of verbs, and their help ---------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verbs.h"

#include "Terminal.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace treadle;

static constexpr Verb kVerbs[] = {
    {"compile", "make an artifact of a model", "MODEL -o NAME.treadle",
     "treadle compile ./all-MiniLM-L6-v2 -o minilm.treadle\n"
     "treadle compile encoder.mlir --weights=weights/ -o encoder.treadle\n"
     "treadle compile ./all-MiniLM-L6-v2 --stop-at=structured > model.mlir\n"
     "treadle compile ./all-MiniLM-L6-v2 --mcpu=x86-64-v3 -o portable.treadle",
     "MODEL is a folder as Hugging Face's transformers and "
     "sentence-transformers\n"
     "save it, or a module in MLIR's text form at any stage before 'llvm'; "
     "what\n"
     "it is is read from its content. An artifact at the output path is "
     "replaced\n"
     "once the new one is whole.\n",
     CompileVerb, runCompile},
    {"run", "call an entry point once", "NAME.treadle [--input NAME=@FILE]",
     "treadle run minilm.treadle --input ids=@ids.npy --output out.npy\n"
     "treadle run minilm.treadle --shape batch=2,sequence=16 --json\n"
     "treadle run decoder.treadle --output logits=l.npy --output state=s.npy",
     "Inputs that are not given are made: integers in their declared range, "
     "reals\n"
     "in [-1, 1), from a seed; inputs with a default keep it. 'batch' is then "
     "1,\n"
     "and every other dimension 128 or its limit, unless --shape says "
     "otherwise.\n"
     "--output takes FILE when there is one output, NAME=FILE otherwise.\n",
     RunVerb, runRun},
    {"bench", "measure an entry point", "NAME.treadle",
     "treadle bench minilm.treadle\n"
     "treadle bench minilm.treadle --shape batch=8,sequence=128 --threads 2\n"
     "treadle bench minilm.treadle -n 1000 --json\n"
     "treadle bench --ceilings --threads 2",
     "Latencies are of calls with the inputs in memory. Tokens are the "
     "elements\n"
     "of the first input of integers with two dimensions, items the extent of\n"
     "the first dimension of the first input.\n",
     BenchVerb, runBench},
    {"tune", "measure how a model is compiled best",
     "MODEL -o NAME.treadle [--shape ...]",
     "treadle tune ./all-MiniLM-L6-v2 -o minilm.treadle\n"
     "treadle tune ./all-MiniLM-L6-v2 -o minilm.treadle --shape "
     "batch=8,sequence=32\n"
     "treadle compile ./all-MiniLM-L6-v2 --decisions "
     "minilm.treadle/decisions.txt",
     "Blocks, tiles and strategies beside those of the cost model are "
     "compiled\n"
     "and run in turns, with inputs as for 'treadle run'. Each piece of work "
     "gets\n"
     "the one that is faster by more than the spread, or else the cost "
     "model's.\n"
     "What won is in the artifact's decisions.txt, if anything did.\n",
     TuneVerb, runTune},
    {"inspect", "show what a model or an artifact is", "MODEL or NAME.treadle",
     "treadle inspect minilm.treadle\n"
     "treadle inspect ./all-MiniLM-L6-v2\n"
     "treadle inspect minilm.treadle --json",
     "Nothing of an artifact is loaded or executed: artifacts for other CPUs "
     "can\n"
     "be inspected.\n",
     InspectVerb, runInspect},
    {"check", "compare an artifact with a reference",
     "NAME.treadle --against=REF",
     "treadle check minilm.treadle --against ./all-MiniLM-L6-v2\n"
     "treadle check minilm.treadle --against old.treadle --shape sequence=16\n"
     "treadle check minilm.treadle --input ids=@ids.npy --against out.npy",
     "REF is a model, which the reference interpreter runs in float64; "
     "another\n"
     "artifact; or stored outputs, a .npy file or a folder of NAME.npy. Inputs "
     "are\n"
     "those of 'treadle run'. An element differs when it is further off than "
     "the\n"
     "tolerance times the largest magnitude of its output; the exit code is "
     "then 5.\n",
     CheckVerb, runCheck},
    {"explain", "print the long form of an error", "[CODE]",
     "treadle explain E0206\n"
     "treadle explain",
     "Without a code, all codes are listed.\n", PlainVerb, runExplain},
    {"targets", "list the CPUs that code can be made for", "",
     "treadle targets\n"
     "treadle targets --json",
     "", ReportVerb, runTargets},
    {"version", "print versions and this machine's CPU", "",
     "treadle version\n"
     "treadle version --json",
     "", ReportVerb, runVersion},
    {"completion", "print a script that completes command lines", "SHELL",
     "source <(treadle completion bash)\n"
     "treadle completion bash > /etc/bash_completion.d/treadle",
     "SHELL is bash.\n", PlainVerb, runCompletion},
    {"help", "print help on a verb", "[VERB]",
     "treadle help\n"
     "treadle help compile",
     "", PlainVerb, runHelp},
};

llvm::ArrayRef<Verb> treadle::getVerbs() { return kVerbs; }

const Verb *treadle::findVerb(llvm::StringRef name) {
  for (const Verb &verb : kVerbs)
    if (name == verb.name)
      return &verb;
  return nullptr;
}

Error treadle::makeUnknownVerb(llvm::StringRef word) {
  std::vector<std::string> names;
  for (const Verb &verb : kVerbs)
    names.push_back(verb.name);
  std::string nearest = findNearest(word, names);
  return Error(ErrorId::UnknownVerb,
               "treadle has no verb " + quoteForMessage(word))
      .help(nearest.empty() ? "'treadle help' lists the verbs"
                            : "did you mean '" + nearest + "'?");
}

/// Prints lines with two spaces before each.
static void printIndented(llvm::StringRef lines) {
  for (llvm::StringRef line : llvm::split(lines, '\n'))
    llvm::outs() << "  " << line << "\n";
}

void treadle::printHelp(const Verb &verb) {
  llvm::outs() << "treadle " << verb.name << ": " << verb.summary << "\n\n";
  printIndented(verb.examples);
  llvm::outs() << "\nUsage: treadle " << verb.name;
  if (*verb.arguments)
    llvm::outs() << " " << verb.arguments;
  llvm::outs() << " [options]\n\n";
  if (*verb.details)
    llvm::outs() << verb.details << "\n";
  llvm::outs() << "Options:\n" << formatOptions(verb.visibility);
}

void treadle::printOverview() {
  llvm::outs() << "treadle compiles transformer models.\n\n"
                  "  treadle compile ./all-MiniLM-L6-v2 -o minilm.treadle\n"
                  "  treadle bench minilm.treadle\n\n"
                  "Usage: treadle VERB [arguments]\n\n"
                  "Verbs:\n";
  for (const Verb &verb : kVerbs)
    llvm::outs() << llvm::format("  %-12s", verb.name) << verb.summary << "\n";
  llvm::outs() << "\n'treadle VERB --help' says more.\n";
}

int treadle::runHelp(const Arguments &arguments) {
  Result<std::vector<std::string>> names =
      arguments.getPositional("one verb", 0, 1);
  if (!names)
    return report(names.error());
  if (names->empty()) {
    printOverview();
    return 0;
  }
  const Verb *verb = findVerb(names->front());
  if (!verb)
    return report(makeUnknownVerb(names->front()));
  printHelp(*verb);
  return 0;
}
