//===- Parameters.h - What weights.safetensors holds ------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_COMPILER_PARAMETERS_H
#define TREADLE_LIB_COMPILER_PARAMETERS_H

#include "treadle/Importer/ParameterSource.h"
#include "treadle/Target/Target.h"

#include "llvm/ADT/StringMap.h"

#include <memory>
#include <optional>
#include <vector>

namespace treadle {

/// What has to be done to make the parameters of an artifact. Noted while the
/// module still says so, at a stage from `structured` to `buffers`; done when
/// there is code.
struct ParameterPlan {
  /// A function that makes a parameter, or all members of a family.
  struct Function {
    std::string symbol;
    /// Names of the published parameters that it reads.
    std::vector<std::string> reads;
  };

  /// Read by entry points.
  llvm::SmallVector<ParameterUse> used;
  /// Read by functions that prepare others.
  llvm::SmallVector<ParameterUse> published;
  /// By the name of the parameter that they make.
  llvm::StringMap<Function> functions;
};

ParameterPlan planParameters(mlir::ModuleOp module);

/// The names of all members of a family, or the name itself.
std::vector<std::string> getMemberNames(const ParameterUse &use);

/// Checks that all that is published and read is in `source`, in its shape and
/// type: MissingTensor, WrongTensorShape, WrongTensorType.
void checkPlan(const ParameterPlan &plan, const ParameterSource &source,
               Findings &findings);

struct FreeDeleter {
  void operator()(void *memory) const { std::free(memory); }
};
/// Aligned to 64 bytes.
using AlignedMemory = std::unique_ptr<uint8_t, FreeDeleter>;

/// Parameters in the order of treadle_host::parameters.
struct PreparedParameters {
  std::vector<NamedTensor> tensors;
  /// Holds the bytes of those that are not in the source.
  std::vector<AlignedMemory> memory;
};

/// Makes the parameters: calls the functions that prepare, in `threads`
/// threads, and takes the others from the source. Nothing when there was an
/// error: OutOfMemory, or PreparationFailed, which is a bug.
std::optional<PreparedParameters>
prepareParameters(const ParameterPlan &plan, const PreparationCode &code,
                  const ParameterSource &source, unsigned threads,
                  Findings &findings);

} // namespace treadle

#endif // TREADLE_LIB_COMPILER_PARAMETERS_H
