//===- HoverFilter.h - Equations in what a server replies -------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_TOOLS_LSP_SERVER_HOVER_FILTER_H
#define TREADLE_TOOLS_LSP_SERVER_HOVER_FILTER_H

#include "llvm/Support/raw_ostream.h"

#include <string>

/// Reads the stream of messages that MLIR's language server writes, and writes
/// it on with the operations' equations in the replies about them. MLIR has no
/// hook for that: what a reply tells of an operation is its name and its
/// generic form. Everything else goes through byte for byte.
class HoverFilter {
public:
  explicit HoverFilter(llvm::raw_ostream &out) : out(out) {}

  /// Writes what is whole, and keeps what is not.
  void add(llvm::StringRef bytes);
  /// The stream ends: writes what has been kept.
  void finish();

private:
  /// Takes one message from the front of `kept` and writes it. Returns false
  /// when there is no whole one.
  bool takeMessage();
  void writeMessage(llvm::StringRef body);

  llvm::raw_ostream &out;
  std::string kept;
};

#endif // TREADLE_TOOLS_LSP_SERVER_HOVER_FILTER_H
