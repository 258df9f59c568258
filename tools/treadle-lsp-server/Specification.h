//===- Specification.h - What docs/Spec.md says of an operation -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_TOOLS_LSP_SERVER_SPECIFICATION_H
#define TREADLE_TOOLS_LSP_SERVER_SPECIFICATION_H

#include "llvm/ADT/StringRef.h"

/// What an editor shows of an operation, "treadle.linear": the semantics, the
/// equation and the table of inputs, in Markdown. The constraints are left out,
/// which diagnostics tell when one is broken, and the example. Empty for an
/// operation that the specification does not know.
llvm::StringRef getSpecification(llvm::StringRef operation);

#endif // TREADLE_TOOLS_LSP_SERVER_SPECIFICATION_H
