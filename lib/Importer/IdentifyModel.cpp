//===- IdentifyModel.cpp - What a path leads to -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Formats/MappedFile.h"
#include "treadle/Importer/Importer.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

using namespace treadle;
using llvm::StringRef;

static Error makeUnsupported(StringRef path, const char *what,
                             const char *help) {
  return Error(ErrorId::UnsupportedModelKind,
               path.str() + ": is " + what + ", which is not read yet")
      .help(help);
}

static Error makeUnknown(StringRef path, const char *why, const char *help) {
  return Error(ErrorId::UnknownModelKind, path.str() + ": " + why).help(help);
}

/// One varint of a protobuf message; nothing when the text ends in it.
static std::optional<uint64_t> takeVarint(StringRef &text) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !text.empty(); shift += 7) {
    uint8_t byte = text.front();
    text = text.drop_front();
    value |= uint64_t(byte & 0x7F) << shift;
    if (byte < 0x80)
      return value;
  }
  return std::nullopt;
}

/// An onnx.ModelProto begins with its first field, ir_version, a small number,
/// and goes on with another of its fields, 2 to 25, of which all but the fifth
/// have a length.
static bool beginsLikeOnnx(StringRef text) {
  if (!text.consume_front("\x08"))
    return false;
  std::optional<uint64_t> version = takeVarint(text);
  if (!version || *version == 0 || *version > 64)
    return false;
  std::optional<uint64_t> tag = takeVarint(text);
  if (!tag)
    return false;
  uint64_t field = *tag >> 3, wire = *tag & 7;
  return field >= 2 && field <= 25 && wire == (field == 5 ? 0 : 2);
}

/// Whether the first token of a text, after spaces and comments, can begin a
/// text of MLIR: an operation in either form, an alias or a resource section.
static bool beginsLikeMlir(StringRef text) {
  for (;;) {
    text = text.ltrim(" \t\r\n");
    if (!text.consume_front("//"))
      break;
    text = text.drop_until([](char c) { return c == '\n'; });
  }
  if (text.starts_with("\"") || text.starts_with("{-#"))
    return true;
  auto isName = [](char c) {
    return llvm::isAlnum(c) || c == '_' || c == '.' || c == '$';
  };
  if (text.starts_with("#") || text.starts_with("!")) {
    StringRef rest = text.drop_front().drop_while(isName);
    return rest.size() + 1 < text.size() && rest.ltrim(" \t").starts_with("=");
  }
  // A results' list, `%0 = ...`, is no operation that can stand at the top.
  StringRef name = text.take_while(isName);
  if (name == "module" || name == "func")
    return true;
  auto [dialect, operation] = name.split('.');
  return !dialect.empty() && llvm::isAlpha(dialect.front()) &&
         !operation.empty();
}

static Result<ModelKind> identifyFile(StringRef path) {
  Result<MappedFile> file = MappedFile::open(path.str());
  if (!file)
    return file.takeError();
  StringRef text(file->text().data(), file->text().size());
  if (text.empty())
    return makeUnknown(path, "is empty", "fetch the file again");
  if (text.starts_with("GGUF"))
    return makeUnsupported(path, "a GGUF file",
                           "compile the Hugging Face directory of the model");
  if (text.starts_with("ML\xefR"))
    return makeUnsupported(path, "MLIR bytecode",
                           "write it as text: mlir-opt FILE -o FILE.mlir");
  if (text.starts_with("PK\x03\x04") || text.starts_with("\x80\x02"))
    return makeUnsupported(path, "an archive or a pickle, as PyTorch writes",
                           "save the model with transformers' save_pretrained "
                           "and compile the directory");
  if (beginsLikeOnnx(text))
    return makeUnsupported(path, "an ONNX model",
                           "compile the Hugging Face directory of the model");
  if (text.size() > 8 && text[8] == '{' && text.take_front(8).contains('\0'))
    return makeUnknown(path,
                       "is a safetensors file, which has weights and does "
                       "not say of what",
                       "compile the directory that it is in");
  if (!text.take_front(4096).contains('\0') && beginsLikeMlir(text))
    return ModelKind::Mlir;
  return makeUnknown(path, "is neither a directory nor a text of MLIR",
                     "give a Hugging Face directory or an .mlir file");
}

Result<ModelKind> treadle::identifyModel(StringRef path) {
  llvm::sys::fs::file_status status;
  if (std::error_code code = llvm::sys::fs::status(path, status))
    return Error(ErrorId::FileNotOpened,
                 path.str() + ": cannot be opened: " + code.message());
  if (!llvm::sys::fs::is_directory(status))
    return identifyFile(path);

  Result<ModelDirectory> directory = ModelDirectory::open(path);
  if (!directory)
    return directory.takeError();
  if (directory->contains("config.json") || directory->contains("modules.json"))
    return ModelKind::HuggingFace;
  if (directory->contains("model.json"))
    return makeUnknown(path,
                       "has a model.json and no config.json: it seems to "
                       "be an artifact, which is compiled already",
                       "run it, or give the directory that it was made from");
  return makeUnknown(path, "has neither config.json nor modules.json",
                     "give a directory as Hugging Face publishes it, or the "
                     "file of the model itself");
}
