//===- Error.cpp - What is told when something is refused -----------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Formats/Error.h"

using namespace treadle;

const std::vector<ErrorInfo> &treadle::getAllErrors() {
  static const std::vector<ErrorInfo> errors = {
#define TREADLE_ERROR(code, exitCode, identifier, title, explanation)          \
  {ErrorId::identifier, #code, exitCode, #identifier, title, explanation},
#include "treadle-c/Errors.def"
  };
  return errors;
}

const ErrorInfo &treadle::getErrorInfo(ErrorId id) {
  return getAllErrors()[static_cast<size_t>(id)];
}

const ErrorInfo *treadle::findError(std::string_view code) {
  if (!code.empty() && (code.front() == 'E' || code.front() == 'e'))
    code.remove_prefix(1);
  for (const ErrorInfo &info : getAllErrors())
    if (std::string_view(info.code).substr(1) == code)
      return &info;
  return nullptr;
}

/// The length of the UTF-8 sequence of more than one byte that `text` begins
/// with; 0 when it does not.
static size_t getSequenceLength(std::string_view text) {
  unsigned char lead = text[0];
  size_t length = lead >= 0xF0 && lead < 0xF8   ? 4
                  : lead >= 0xE0 && lead < 0xF0 ? 3
                  : lead >= 0xC3 && lead < 0xE0 ? 2
                                                : 0;
  if (length > text.size())
    return 0;
  for (size_t i = 1; i < length; ++i)
    if ((text[i] & 0xC0) != 0x80)
      return 0;
  return length;
}

std::string treadle::quoteForMessage(std::string_view name) {
  constexpr size_t kLongest = 120;
  std::string quoted = "'";
  for (size_t i = 0; i < name.size();) {
    if (i >= kLongest) {
      quoted += "...";
      break;
    }
    unsigned char byte = name[i];
    if (byte >= 0x20 && byte < 0x7F) {
      quoted += name[i++];
      continue;
    }
    // C2 80 to C2 9F are control characters too, so a lead byte of C2 is not
    // let through.
    if (size_t length = byte >= 0x80 ? getSequenceLength(name.substr(i)) : 0) {
      quoted += name.substr(i, length);
      i += length;
      continue;
    }
    static const char digits[] = "0123456789abcdef";
    quoted += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
    ++i;
  }
  return quoted + "'";
}

std::string Error::render() const {
  std::string text = std::string("error[") + getCode() + "]: " + message;
  for (const std::string &line : notes)
    text += "\nnote: " + line;
  if (!helpText.empty())
    text += "\nhelp: " + helpText;
  return text;
}
