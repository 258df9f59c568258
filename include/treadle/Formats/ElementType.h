//===- ElementType.h - The types of tensors' elements ----------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_FORMATS_ELEMENTTYPE_H
#define TREADLE_FORMATS_ELEMENTTYPE_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace treadle {

/// Every element type that safetensors 0.6 knows. Those up to `Bool` are
/// supported: models and artifacts may use them. Numbers are part of the C
/// interface (treadle_type in Runtime.h).
enum class ElementType {
  F64 = 0,
  F32 = 1,
  F16 = 2,
  BF16 = 3,
  I64 = 4,
  I32 = 5,
  I16 = 6,
  I8 = 7,
  U8 = 8,
  Bool = 9,
  // Known, so that a file that has them can be read, and not supported.
  U64,
  U32,
  U16,
  C64,
  F8E4M3,
  F8E5M2,
  F8E8M0,
  F6E2M3,
  F6E3M2,
  F4
};

bool isSupported(ElementType type);
bool isInteger(ElementType type);
int64_t getBitWidth(ElementType type);

/// "F32": as safetensors spells it.
const char *getSafetensorsName(ElementType type);
/// "f32": as model.json, the command line and diagnostics spell it.
const char *getKeyword(ElementType type);
std::optional<ElementType> parseSafetensorsName(std::string_view name);
std::optional<ElementType> parseKeyword(std::string_view keyword);

/// The bytes of a dense tensor; nothing when an extent is negative, when the
/// product does not fit in 63 bits, or when it is no whole number of bytes.
std::optional<int64_t> getByteSize(ElementType type,
                                   const std::vector<int64_t> &shape);

/// "[2, 384]".
std::string formatShape(const std::vector<int64_t> &shape);

/// Bytes that somebody else owns.
struct ByteSpan {
  const uint8_t *data = nullptr;
  size_t size = 0;
};

} // namespace treadle

#endif // TREADLE_FORMATS_ELEMENTTYPE_H
