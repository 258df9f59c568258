//===- InspectModel.h - treadle inspect, of models --------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_TOOLS_TREADLE_INSPECTMODEL_H
#define TREADLE_TOOLS_TREADLE_INSPECTMODEL_H

#include <cstdint>
#include <string>

namespace treadle {

/// Inspects what can be compiled. Returns the exit code.
int inspectModel(const std::string &path, bool json);

/// "90.9 MB".
std::string formatBytes(uint64_t bytes);

} // namespace treadle

#endif // TREADLE_TOOLS_TREADLE_INSPECTMODEL_H
