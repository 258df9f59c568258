//===- Reference.h - What an artifact is compared with ----------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_TOOLS_TREADLE_REFERENCE_H
#define TREADLE_TOOLS_TREADLE_REFERENCE_H

#include "EntryCall.h"
#include "Options.h"

#include "treadle/Reference/Tensor.h"

#include <optional>
#include <string>
#include <vector>

namespace treadle {

/// An output of an entry point, whoever computed it.
struct Output {
  std::string name;
  Tensor tensor;
};

/// Runs the call and reads its outputs. Nothing when there was an error; it has
/// been printed, and `exitCode` is what the verb returns.
std::optional<std::vector<Output>> runCall(EntryCall &call, int &exitCode);

/// What the outputs of `call` should be, by what `path` leads to: another
/// artifact is run with the same inputs; a model is interpreted with them; a
/// .npy file is the only output, and a folder has a file NAME.npy for each.
/// Nothing when there was an error, as above.
std::optional<std::vector<Output>> computeReference(const std::string &path,
                                                    const Arguments &arguments,
                                                    const EntryCall &call,
                                                    int &exitCode);

} // namespace treadle

#endif // TREADLE_TOOLS_TREADLE_REFERENCE_H
