//===- SanitizerOptions.cpp - How sanitizers see these tests --------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Read by the sanitizers' runtimes when the tests are built with them; nobody
// else calls these.
//
//===----------------------------------------------------------------------===//

/// A reservation that is too large must be refused, as the C library does,
/// where AddressSanitizer would end the program.
extern "C" const char *__asan_default_options() {
  return "allocator_may_return_null=1";
}

/// OpenMP keeps what it made for the threads that used it until the end.
extern "C" const char *__lsan_default_suppressions() { return "leak:libomp"; }
