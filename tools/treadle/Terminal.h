//===- Terminal.h - What goes to stderr, and in which colours ---*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_TOOLS_TREADLE_TERMINAL_H
#define TREADLE_TOOLS_TREADLE_TERMINAL_H

#include "treadle/Formats/Error.h"

#include "llvm/ADT/StringRef.h"

#include <string>

namespace treadle {

/// Whether text for a file descriptor is coloured: NO_COLOR and TERM=dumb say
/// no, CLICOLOR_FORCE says yes, and otherwise it is when it is a terminal.
bool showsColors(int descriptor);

/// Prints a diagnostic, as Error::render writes it, to stderr. Returns
/// `exitCode`, so that a verb may end with it.
int reportText(llvm::StringRef rendered, int exitCode);
int report(const Error &error);

/// Prints "warning: text" to stderr.
void warn(llvm::StringRef text);

/// A bar on stderr, when that is a terminal that can move its cursor; nothing
/// anywhere else. Gone when the object is.
class ProgressBar {
public:
  /// A disabled bar shows nothing.
  explicit ProgressBar(bool enabled);
  ~ProgressBar() { clear(); }

  /// Shows that `fraction` (0 to 1) is done and `what` comes next.
  void update(llvm::StringRef what, double fraction);
  /// Takes the bar away, so that something else can be printed.
  void clear();

private:
  bool enabled;
  bool shown = false;
};

} // namespace treadle

#endif // TREADLE_TOOLS_TREADLE_TERMINAL_H
