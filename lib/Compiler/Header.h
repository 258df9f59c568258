//===- Header.h - The header of --emit=obj ----------------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_COMPILER_HEADER_H
#define TREADLE_LIB_COMPILER_HEADER_H

#include "treadle/Formats/ModelDescription.h"

#include <string>

namespace treadle {

/// The text of model.h: declares what model.o defines.
std::string printHeader(const ModelDescription &description);

} // namespace treadle

#endif // TREADLE_LIB_COMPILER_HEADER_H
