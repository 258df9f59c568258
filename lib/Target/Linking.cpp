//===- Linking.cpp - From an object file to a shared library -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Target/Target.h"

#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

using namespace llvm;

/// LLVM's linker; the system's where there is none.
static ErrorOr<std::string> findLinker() {
  if (ErrorOr<std::string> own =
          sys::findProgramByName("ld.lld", {TREADLE_LLVM_TOOLS_DIR}))
    return own;
  for (StringRef name : {"ld.lld-22", "ld.lld"})
    if (ErrorOr<std::string> found = sys::findProgramByName(name))
      return found;
  return sys::findProgramByName("ld");
}

/// A model is opened with no library behind it. The three functions that
/// compilers assume are in every process; anything else (a libm function that
/// was not expanded) would fail when the model is loaded, so it fails here.
static Error checkUndefinedSymbols(StringRef path) {
  Expected<object::OwningBinary<object::ObjectFile>> file =
      object::ObjectFile::createObjectFile(path);
  if (!file)
    return createFileError(path, file.takeError());
  std::string others;
  for (const object::SymbolRef &symbol : file->getBinary()->symbols()) {
    Expected<uint32_t> flags = symbol.getFlags();
    if (!flags)
      return createFileError(path, flags.takeError());
    if (!(*flags & object::SymbolRef::SF_Undefined) ||
        *flags & object::SymbolRef::SF_FormatSpecific)
      continue;
    Expected<StringRef> name = symbol.getName();
    if (!name)
      return createFileError(path, name.takeError());
    if (*name != "memcpy" && *name != "memmove" && *name != "memset")
      others += (others.empty() ? "'" : ", '") + name->str() + "'";
  }
  if (others.empty())
    return Error::success();
  return createStringError("generated code calls " + others +
                           ", which nothing will provide when it is loaded");
}

Error treadle::linkSharedLibrary(StringRef object, StringRef output) {
  if (Error error = checkUndefinedSymbols(object))
    return error;
  ErrorOr<std::string> linker = findLinker();
  if (!linker)
    return createStringError(
        "no linker found: neither ld.lld nor ld is in PATH");

  SmallString<128> messages;
  if (std::error_code code =
          sys::fs::createTemporaryFile("treadle-link", "txt", messages))
    return createStringError(code, "cannot make a temporary file");
  FileRemover remover(messages);
  // No build id and no path: equal objects make equal libraries. -s leaves the
  // dynamic symbols, which are the entry points.
  StringRef arguments[] = {*linker,
                           "-shared",
                           "--build-id=none",
                           "--hash-style=gnu",
                           "-z",
                           "noexecstack",
                           "-z",
                           "now",
                           "-z",
                           "relro",
                           "-soname",
                           "model.so",
                           "-s",
                           "-o",
                           output,
                           object};
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(messages),
                                          StringRef(messages)};
  std::string error;
  int status =
      sys::ExecuteAndWait(*linker, arguments, /*Env=*/std::nullopt, redirects,
                          /*SecondsToWait=*/0, /*MemoryLimit=*/0, &error);
  if (status == 0)
    return Error::success();
  if (auto said = MemoryBuffer::getFile(messages); error.empty() && said)
    error = (*said)->getBuffer().trim().str();
  return createStringError("'" + *linker + "' failed: " + error);
}
