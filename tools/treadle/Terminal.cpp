//===- Terminal.cpp - What goes to stderr, and in which colours -----------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Terminal.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <unistd.h>

using namespace treadle;

static bool isSet(const char *variable) {
  const char *value = std::getenv(variable);
  return value && *value;
}

static bool isDumb() {
  const char *term = std::getenv("TERM");
  return term && llvm::StringRef(term) == "dumb";
}

bool treadle::showsColors(int descriptor) {
  if (isSet("NO_COLOR"))
    return false;
  if (isSet("CLICOLOR_FORCE") &&
      llvm::StringRef(std::getenv("CLICOLOR_FORCE")) != "0")
    return true;
  return !isDumb() && isatty(descriptor);
}

/// Prints "label: rest", the label in `color` (an SGR sequence).
static void printLabelled(llvm::StringRef line, llvm::StringRef label,
                          llvm::StringRef color) {
  if (showsColors(STDERR_FILENO))
    llvm::errs() << "\x1b[" << color << "m" << label << "\x1b[0m"
                 << line.drop_front(label.size()) << "\n";
  else
    llvm::errs() << line << "\n";
}

int treadle::reportText(llvm::StringRef rendered, int exitCode) {
  for (llvm::StringRef line : llvm::split(rendered, '\n')) {
    size_t colon = line.find(':');
    if (line.starts_with("error[") && colon != llvm::StringRef::npos)
      printLabelled(line, line.take_front(colon + 1), "1;31");
    else if (line.starts_with("note:"))
      printLabelled(line, "note:", "1;36");
    else if (line.starts_with("help:"))
      printLabelled(line, "help:", "1;32");
    else
      llvm::errs() << line << "\n";
  }
  return exitCode;
}

int treadle::report(const Error &error) {
  return reportText(error.render(), error.getExitCode());
}

void treadle::warn(llvm::StringRef text) {
  printLabelled(("warning: " + text).str(), "warning:", "1;35");
}

ProgressBar::ProgressBar(bool enabled)
    : enabled(enabled && isatty(STDERR_FILENO) && !isDumb()) {}

void ProgressBar::update(llvm::StringRef what, double fraction) {
  if (!enabled)
    return;
  constexpr int kWidth = 24;
  int done = static_cast<int>(fraction * kWidth);
  std::string bar(done, '=');
  bar.append(kWidth - done, ' ');
  // Back to the first column, the bar, and nothing after it.
  llvm::errs() << "\r[" << bar << "] " << what << "\x1b[K";
  llvm::errs().flush();
  shown = true;
}

void ProgressBar::clear() {
  if (shown)
    llvm::errs() << "\r\x1b[K";
  shown = false;
}
