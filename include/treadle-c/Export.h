//===- Export.h - What the shared libraries show ------------------*- C -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_C_EXPORT_H
#define TREADLE_C_EXPORT_H

#if defined(__GNUC__)
#define TREADLE_EXPORT __attribute__((visibility("default")))
#else
#define TREADLE_EXPORT
#endif

#endif // TREADLE_C_EXPORT_H
