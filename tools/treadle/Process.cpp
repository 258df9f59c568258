//===- Process.cpp - Signals, and how the process ends --------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Process.h"

#include "Terminal.h"

#include "treadle/Compiler/Artifact.h"

#include "llvm/Support/raw_ostream.h"

#include <csignal>
#include <new>
#include <pthread.h>
#include <thread>
#include <unistd.h>

using namespace treadle;

/// Runs on a stack of its own, because an overflow of the stack is one of the
/// reasons to be here; calls only what is safe in a signal handler.
static void reportCrash(int) {
  static const char text[] =
      "error[E0904]: treadle crashed\n"
      "help: this is a bug; please report it with the model, the command and "
      "the output of 'treadle version'\n";
  ssize_t written = write(STDERR_FILENO, text, sizeof(text) - 1);
  (void)written;
  _exit(70);
}

static void installCrashHandler() {
  static char stack[64 * 1024];
  stack_t alternative = {};
  alternative.ss_sp = stack;
  alternative.ss_size = sizeof(stack);
  sigaltstack(&alternative, nullptr);

  struct sigaction action = {};
  action.sa_handler = reportCrash;
  action.sa_flags = SA_ONSTACK;
  for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT})
    sigaction(signal, &action, nullptr);
}

/// A thread that waits for the signals that end the process. In a thread, other
/// than in a handler, files can be removed and locks taken.
static void watchInterrupts() {
  sigset_t set;
  sigemptyset(&set);
  bool any = false;
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction current;
    if (sigaction(signal, nullptr, &current) == 0 &&
        current.sa_handler != SIG_IGN) {
      sigaddset(&set, signal);
      any = true;
    }
  }
  if (!any)
    return;
  // Inherited by every thread that is started later.
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::thread([set] {
    int signal = 0;
    if (sigwait(&set, &signal) != 0)
      return;
    removeUnfinishedArtifacts();
    _exit(128 + signal);
  }).detach();
}

/// Called by `operator new` when there is no memory: without exceptions nobody
/// else can be told.
static void reportOutOfMemory() {
  // What is done here may ask for memory too, and must not come back here.
  std::set_new_handler(nullptr);
  static const char text[] = "error[E0801]: there is not enough memory\n";
  ssize_t written = write(STDERR_FILENO, text, sizeof(text) - 1);
  (void)written;
  removeUnfinishedArtifacts();
  _exit(4);
}

void treadle::installProcessHandlers() {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  std::set_new_handler(reportOutOfMemory);
  installCrashHandler();
  watchInterrupts();
}

int treadle::finishProcess(int exitCode) {
  llvm::outs().flush();
  std::error_code code = llvm::outs().error();
  // An error that nobody has looked at would abort the process at its end.
  llvm::outs().clear_error();
  if (code == std::errc::broken_pipe)
    exitCode = 141;
  else if (code)
    exitCode = report(Error(ErrorId::FileNotWritten,
                            "stdout cannot be written: " + code.message()));
  llvm::errs().flush();
  llvm::errs().clear_error();
  return exitCode;
}
