//===- treadle-lsp-server.cpp - The dialect for editors -------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// mlir-lsp-server with the dialect, and with the operations' equations where an
// editor shows what the cursor is on. It takes mlir-lsp-server's options.
//
//===----------------------------------------------------------------------===//

#include "HoverFilter.h"

#include "treadle/Pipelines/Pipelines.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"
#include "llvm/Support/Errno.h"

#include <csignal>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(llvm::StringRef what) {
  llvm::errs() << "treadle-lsp-server: " << what << ": "
               << llvm::sys::StrError() << "\n";
  return 1;
}

/// MLIR's own server, which reads stdin and writes stdout.
static int serve(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  treadle::registerPipelineDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}

/// Writes on what comes from a descriptor until it ends.
static void filter(int from) {
  llvm::raw_fd_ostream out(STDOUT_FILENO, /*shouldClose=*/false);
  HoverFilter hovers(out);
  std::string buffer(1 << 16, '\0');
  while (true) {
    ssize_t count =
        llvm::sys::RetryAfterSignal(-1, read, from, &buffer[0], buffer.size());
    if (count <= 0)
      break;
    hovers.add(llvm::StringRef(buffer.data(), count));
  }
  hovers.finish();
  // An editor that has gone is nobody to complain to.
  out.clear_error();
}

int main(int argc, char **argv) {
  // The server is a process of its own, because it writes to the stdout of its
  // process and may end it at any place; `--help` does.
  int pipes[2];
  if (pipe(pipes))
    return fail("pipe");
  pid_t parent = getpid(), server = fork();
  if (server < 0)
    return fail("fork");
  if (server == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    // The parent may have ended before that was said.
    if (getppid() != parent || dup2(pipes[1], STDOUT_FILENO) < 0)
      return fail("dup2");
    close(pipes[0]);
    close(pipes[1]);
    return serve(argc, argv);
  }
  // Only the server reads the requests.
  close(STDIN_FILENO);
  close(pipes[1]);
  filter(pipes[0]);

  int status = 0;
  if (llvm::sys::RetryAfterSignal(-1, waitpid, server, &status, 0) < 0)
    return fail("waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
