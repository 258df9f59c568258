//===- Explain.cpp - treadle explain --------------------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Terminal.h"
#include "Verbs.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace treadle;

static const char *describeExitCode(int code) {
  switch (code) {
  case 1:
    return "the model or the run failed";
  case 2:
    return "wrong usage";
  case 3:
    return "not supported";
  case 5:
    return "a comparison found a difference";
  case 4:
    return "a resource is missing";
  default:
    return "a bug of treadle";
  }
}

/// Prints text filled to 80 columns.
static void printFilled(llvm::StringRef text) {
  size_t column = 0;
  for (llvm::StringRef word : llvm::split(text, ' ')) {
    if (column != 0 && column + 1 + word.size() > 80) {
      llvm::outs() << "\n";
      column = 0;
    }
    llvm::outs() << (column ? " " : "") << word;
    column += (column != 0) + word.size();
  }
  llvm::outs() << "\n";
}

int treadle::runExplain(const Arguments &arguments) {
  Result<std::vector<std::string>> codes =
      arguments.getPositional("one CODE", 0, 1);
  if (!codes)
    return report(codes.error());
  if (codes->empty()) {
    for (const ErrorInfo &info : getAllErrors())
      llvm::outs() << info.code << "  " << info.title << "\n";
    return 0;
  }

  const std::string &code = codes->front();
  if (const ErrorInfo *info = findError(code)) {
    llvm::outs() << info->code << ": " << info->title << "\n\n";
    printFilled(info->explanation);
    llvm::outs() << "\nExit code " << info->exitCode << ": "
                 << describeExitCode(info->exitCode) << ".\n";
    return 0;
  }
  std::vector<std::string> known;
  for (const ErrorInfo &info : getAllErrors())
    known.push_back(info.code);
  std::string nearest = findNearest(llvm::StringRef(code).upper(), known);
  return report(Error(ErrorId::UnknownErrorCode,
                      "there is no error " + quoteForMessage(code))
                    .help(nearest.empty()
                              ? "'treadle explain' lists all of them"
                              : "did you mean '" + nearest + "'?"));
}
