//===- Compiler.cpp - The C interface of the compiler ---------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle-c/Compiler.h"

#include "treadle/Compiler/Compiler.h"

#include <algorithm>
#include <cstring>

using namespace treadle;

struct treadle_compile_error {
  explicit treadle_compile_error(Findings found) : findings(std::move(found)) {
    for (const Error &error : findings.errors)
      rendered += error.render() + "\n";
  }

  const Error *getPart(size_t part) const {
    return part < findings.errors.size() ? &findings.errors[part] : nullptr;
  }

  Findings findings;
  std::string rendered;
};

namespace {
/// Hands what a compilation tells to the functions of an application.
class CallbackObserver : public CompileObserver {
public:
  explicit CallbackObserver(const treadle_compile_options &options)
      : options(options) {}

  void beginPhase(llvm::StringRef name, double fraction) override {
    if (options.begin_phase)
      options.begin_phase(options.context, name.str().c_str(), fraction);
  }
  void warn(llvm::StringRef text) override {
    if (options.warn)
      options.warn(options.context, text.str().c_str());
  }

private:
  const treadle_compile_options &options;
};
} // namespace

static treadle_compile_error *makeError(std::string message) {
  Findings findings;
  findings.add(Error(ErrorId::InvalidOptionValue, std::move(message)));
  return new treadle_compile_error(std::move(findings));
}

/// The options that a caller knows of, and the defaults of the others.
static treadle_compile_options
readOptions(const treadle_compile_options *options) {
  // An application that was compiled with an older header has fewer members.
  treadle_compile_options known = {};
  if (options)
    std::memcpy(&known, options, std::min(options->size, sizeof(known)));
  return known;
}

/// Fills in `request`; an error when an option has no such value.
static treadle_compile_error *
readRequest(const char *model, const treadle_compile_options &options,
            CompileRequest &request) {
  request.model = model;
  if (options.cpu)
    request.cpu = options.cpu;
  if (options.weights)
    request.weights = options.weights;
  if (options.precision &&
      !(request.precision = symbolizePrecision(options.precision)))
    return makeError("precision is f32, bf16 or f16, not " +
                     quoteForMessage(options.precision));
  if (options.optimize < 0 || options.optimize > 3)
    return makeError("optimize is 0 to 3, not " +
                     std::to_string(options.optimize));
  if (options.optimize)
    request.optimize = options.optimize;
  if (options.threads < 0 || options.threads > 1024)
    return makeError("threads are 0 to 1024, not " +
                     std::to_string(options.threads));
  if (options.threads)
    request.threads = options.threads;
  if (options.emit != TREADLE_EMIT_ARTIFACT &&
      options.emit != TREADLE_EMIT_OBJECT)
    return makeError("emit is 0 or 1, not " + std::to_string(options.emit));
  request.emission = options.emit == TREADLE_EMIT_OBJECT ? Emission::Object
                                                         : Emission::Artifact;
  return nullptr;
}

/// Compiles; the text, if one was asked for, goes to `text`.
static treadle_compile_error *run(const CompileRequest &request,
                                  const treadle_compile_options &options,
                                  std::string *text) {
  CallbackObserver observer(options);
  Findings findings;
  std::optional<CompileResult> result = compile(request, observer, findings);
  for (const std::string &warning : findings.warnings)
    observer.warn(warning);
  if (!result)
    return new treadle_compile_error(std::move(findings));
  if (text)
    *text = std::move(result->text);
  return nullptr;
}

const char *treadle_compiler_version(void) { return getVersion().data(); }

size_t treadle_compile_error_count(const treadle_compile_error *error) {
  return error->findings.errors.size();
}

const char *treadle_compile_error_code(const treadle_compile_error *error,
                                       size_t part) {
  const Error *found = error->getPart(part);
  return found ? found->getCode() : nullptr;
}

const char *treadle_compile_error_message(const treadle_compile_error *error,
                                          size_t part) {
  const Error *found = error->getPart(part);
  return found ? found->getMessage().c_str() : nullptr;
}

const char *treadle_compile_error_render(const treadle_compile_error *error) {
  return error->rendered.c_str();
}

int treadle_compile_error_exit_code(const treadle_compile_error *error) {
  return error->findings.getExitCode();
}

void treadle_compile_error_free(treadle_compile_error *error) { delete error; }

treadle_compile_error *treadle_compile(const char *model, const char *output,
                                       const treadle_compile_options *options) {
  treadle_compile_options known = readOptions(options);
  CompileRequest request;
  request.output = output;
  if (treadle_compile_error *error = readRequest(model, known, request))
    return error;
  return run(request, known, /*text=*/nullptr);
}

treadle_compile_error *
treadle_compile_to_text(const char *model, const char *stage,
                        const treadle_compile_options *options, char **text) {
  *text = nullptr;
  treadle_compile_options known = readOptions(options);
  CompileRequest request;
  if (treadle_compile_error *error = readRequest(model, known, request))
    return error;
  if (llvm::StringRef(stage) == "assembly")
    request.emission = Emission::Assembly;
  else if (!(request.stopAt = symbolizeStage(stage)))
    return makeError("there is no stage " + quoteForMessage(stage));
  std::string result;
  if (treadle_compile_error *error = run(request, known, &result))
    return error;
  *text = static_cast<char *>(std::malloc(result.size() + 1));
  if (!*text) {
    Findings findings;
    findings.add(
        Error(ErrorId::OutOfMemory, "there is not enough memory for the text"));
    return new treadle_compile_error(std::move(findings));
  }
  std::memcpy(*text, result.c_str(), result.size() + 1);
  return nullptr;
}

void treadle_text_free(char *text) { std::free(text); }
