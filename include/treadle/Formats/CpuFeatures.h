//===- CpuFeatures.h - What the CPU of this process can do -----*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_FORMATS_CPUFEATURES_H
#define TREADLE_FORMATS_CPUFEATURES_H

#include <string_view>
#include <vector>

namespace treadle {

/// The names (LLVM's) that hostHasCpuFeature knows, sorted. A compiler lists in
/// model.json the features of its target that are among these; the others name
/// nothing that generated code could need. Empty on anything but x86-64.
const std::vector<std::string_view> &getKnownCpuFeatures();

/// True when the CPU has the feature and the operating system keeps its
/// registers. For the AMX features this asks Linux for the permission to use
/// tiles, which the process then keeps.
bool hostHasCpuFeature(std::string_view name);

/// The first component of the triples of this machine: "x86_64", "aarch64".
std::string_view getHostArchitecture();

} // namespace treadle

#endif // TREADLE_FORMATS_CPUFEATURES_H
