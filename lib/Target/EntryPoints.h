//===- EntryPoints.h - What entry points are called -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_TARGET_ENTRYPOINTS_H
#define TREADLE_LIB_TARGET_ENTRYPOINTS_H

#include "llvm/ADT/StringRef.h"

namespace treadle {

/// How the symbols begin that treadle-c/Code.h names `treadle_entry_NAME`.
inline constexpr llvm::StringLiteral kEntryPointPrefix = "treadle_entry_";

} // namespace treadle

#endif // TREADLE_LIB_TARGET_ENTRYPOINTS_H
