//===- Process.h - Signals, and how the process ends ------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_TOOLS_TREADLE_PROCESS_H
#define TREADLE_TOOLS_TREADLE_PROCESS_H

namespace treadle {

/// Call first in main, before any thread is started. From then on
///
/// - SIGINT, SIGTERM and SIGHUP (unless they were ignored) end the process with
///   128 + the signal's number, after unfinished artifacts were removed;
/// - a closed pipe and a file that is too large are errors of `write`, which
///   finishProcess and the writers of files report;
/// - running out of memory ends the process with 4, in the same way;
/// - a crash is reported as the bug that it is, exit code 70.
void installProcessHandlers();

/// Writes out stdout and returns the exit code: 141 when nobody reads stdout
/// any more, 4 (with a diagnostic) when it could not be written, else
/// `exitCode`. Call last in main.
int finishProcess(int exitCode);

} // namespace treadle

#endif // TREADLE_TOOLS_TREADLE_PROCESS_H
