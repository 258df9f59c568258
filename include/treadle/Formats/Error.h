//===- Error.h - What is told when something is refused --------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Errors are values: nothing in these libraries throws across its interface,
// prints or exits. Every error has a number out of Errors.def, so that
// `treadle explain` has something to say about it.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_FORMATS_ERROR_H
#define TREADLE_FORMATS_ERROR_H

#include <cassert>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace treadle {

/// One enumerator for each line of Errors.def.
enum class ErrorId {
#define TREADLE_ERROR(code, exitCode, identifier, title, explanation)          \
  identifier,
#include "treadle-c/Errors.def"
};

/// What Errors.def says about an error.
struct ErrorInfo {
  ErrorId id;
  const char *code; ///< "E0412".
  int exitCode;     ///< What a tool that gives up because of it returns.
  const char *identifier;
  const char *title;
  const char *explanation;
};

const ErrorInfo &getErrorInfo(ErrorId id);

/// All errors, in the order of Errors.def.
const std::vector<ErrorInfo> &getAllErrors();

/// The error that is written "E0412", "e0412" or "0412"; null when there is
/// none.
const ErrorInfo *findError(std::string_view code);

/// A name out of a file between single quotes, fit for a terminal: control
/// characters and bytes outside ASCII that are not part of UTF-8 text are
/// written \xNN, and what is longer than 120 bytes is cut.
std::string quoteForMessage(std::string_view name);

/// One refusal: what is wrong (beginning with the file, where there is one),
/// why that is wrong, and what to do about it.
class Error {
public:
  Error(ErrorId id, std::string message)
      : id(id), message(std::move(message)) {}

  /// Adds a line that says why; there may be several.
  Error &&note(std::string text) && {
    notes.push_back(std::move(text));
    return std::move(*this);
  }
  /// Sets the line that says what to do.
  Error &&help(std::string text) && {
    helpText = std::move(text);
    return std::move(*this);
  }

  ErrorId getId() const { return id; }
  const char *getCode() const { return getErrorInfo(id).code; }
  int getExitCode() const { return getErrorInfo(id).exitCode; }
  const std::string &getMessage() const { return message; }
  const std::vector<std::string> &getNotes() const { return notes; }
  const std::string &getHelp() const { return helpText; }

  /// "error[E0412]: message", then a line for each note and for the help;
  /// lines are separated by, and do not end in, a newline.
  std::string render() const;

private:
  ErrorId id;
  std::string message;
  std::vector<std::string> notes;
  std::string helpText;
};

/// A value, or the reason why there is none.
template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : storage(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : storage(std::in_place_index<1>, std::move(error)) {}

  /// True when there is a value.
  explicit operator bool() const { return storage.index() == 0; }

  T &operator*() {
    assert(*this && "no value");
    return *std::get_if<0>(&storage);
  }
  const T &operator*() const {
    assert(*this && "no value");
    return *std::get_if<0>(&storage);
  }
  T *operator->() { return &**this; }
  const T *operator->() const { return &**this; }

  const Error &error() const {
    assert(!*this && "no error");
    return *std::get_if<1>(&storage);
  }
  /// Moves the error out, to hand it on as another Result.
  Error takeError() {
    assert(!*this && "no error");
    return std::move(*std::get_if<1>(&storage));
  }

private:
  std::variant<T, Error> storage;
};

/// Success without a value.
struct Success {};
using Status = Result<Success>;

} // namespace treadle

#endif // TREADLE_FORMATS_ERROR_H
