//===- AnnotateAssembly.cpp - Work by its name in assembly ----------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AnnotateAssembly.h"

#include "llvm/ADT/StringExtras.h"

using namespace treadle;
using llvm::StringRef;

std::vector<std::string> treadle::collectLocatedWork(mlir::ModuleOp module) {
  std::vector<std::string> names;
  module->walk([&](mlir::Operation *op) {
    op->getLoc()->walk([&](mlir::Location location) {
      if (auto place = mlir::dyn_cast<mlir::FileLineColLoc>(location)) {
        if (place.getLine() >= names.size())
          names.resize(place.getLine() + 1);
        names[place.getLine()] = place.getFilename().str();
      }
      return mlir::WalkResult::advance();
    });
  });
  // Line 0 is of no piece.
  if (!names.empty())
    names.front().clear();
  return names;
}

/// The line that a directive `.loc FILE LINE COLUMN …` is about.
static std::optional<unsigned> getLine(StringRef text) {
  unsigned line = 0;
  if (!text.consume_front("\t.loc\t") ||
      text.split(' ').second.split(' ').first.getAsInteger(10, line))
    return std::nullopt;
  return line;
}

std::string treadle::annotateAssembly(StringRef assembly,
                                      const std::vector<std::string> &names,
                                      StringRef only) {
  std::string text;
  StringRef current, printed;
  bool isTable = false;
  for (StringRef line : llvm::split(assembly, '\n')) {
    if (std::optional<unsigned> number = getLine(line)) {
      current = "";
      if (*number < names.size())
        current = names[*number];
      if (current.empty() || current == printed ||
          (!only.empty() && current != only))
        continue;
      text += ("# " + current + "\n").str();
      printed = current;
      continue;
    }
    StringRef content = line.trim();
    // Tables of lines, and the labels that only they refer to.
    if (content.starts_with(".section"))
      isTable = content.contains(".debug_");
    bool isNumberedFile = content.consume_front(".file\t") &&
                          !content.empty() && llvm::isDigit(content.front());
    if (isTable || isNumberedFile || content.starts_with(".Ltmp") ||
        content.starts_with(".Lfunc_begin"))
      continue;
    if (only.empty() ||
        (current == only && !content.empty() && !content.starts_with(".cfi_")))
      text += (line + "\n").str();
  }
  // What follows the last line is no line.
  while (llvm::StringRef(text).ends_with("\n\n"))
    text.pop_back();
  return text;
}
