//===- ElementType.cpp - The types of tensors' elements -------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Formats/ElementType.h"

using namespace treadle;

namespace {
struct TypeInfo {
  const char *safetensorsName;
  const char *keyword;
  int bits;
};
} // namespace

/// Indexed by ElementType.
static const TypeInfo kTypes[] = {
    {"F64", "f64", 64},       {"F32", "f32", 32},
    {"F16", "f16", 16},       {"BF16", "bf16", 16},
    {"I64", "i64", 64},       {"I32", "i32", 32},
    {"I16", "i16", 16},       {"I8", "i8", 8},
    {"U8", "u8", 8},          {"BOOL", "bool", 8},
    {"U64", "u64", 64},       {"U32", "u32", 32},
    {"U16", "u16", 16},       {"C64", "c64", 64},
    {"F8_E4M3", "f8e4m3", 8}, {"F8_E5M2", "f8e5m2", 8},
    {"F8_E8M0", "f8e8m0", 8}, {"F6_E2M3", "f6e2m3", 6},
    {"F6_E3M2", "f6e3m2", 6}, {"F4", "f4", 4},
};
static_assert(sizeof(kTypes) / sizeof(kTypes[0]) ==
              static_cast<size_t>(ElementType::F4) + 1);

static const TypeInfo &getInfo(ElementType type) {
  return kTypes[static_cast<size_t>(type)];
}

bool treadle::isSupported(ElementType type) {
  return type <= ElementType::Bool;
}

bool treadle::isInteger(ElementType type) {
  return (type >= ElementType::I64 && type <= ElementType::U8) ||
         (type >= ElementType::U64 && type <= ElementType::U16);
}

int64_t treadle::getBitWidth(ElementType type) { return getInfo(type).bits; }

const char *treadle::getSafetensorsName(ElementType type) {
  return getInfo(type).safetensorsName;
}

const char *treadle::getKeyword(ElementType type) {
  return getInfo(type).keyword;
}

static std::optional<ElementType> findType(std::string_view name,
                                           const char *TypeInfo::*spelling) {
  int index = 0;
  for (const TypeInfo &info : kTypes) {
    if (name == info.*spelling)
      return static_cast<ElementType>(index);
    ++index;
  }
  return std::nullopt;
}

std::optional<ElementType>
treadle::parseSafetensorsName(std::string_view name) {
  return findType(name, &TypeInfo::safetensorsName);
}

std::optional<ElementType> treadle::parseKeyword(std::string_view keyword) {
  return findType(keyword, &TypeInfo::keyword);
}

std::optional<int64_t> treadle::getByteSize(ElementType type,
                                            const std::vector<int64_t> &shape) {
  int64_t bits = getBitWidth(type);
  for (int64_t extent : shape)
    if (extent < 0 || __builtin_mul_overflow(bits, extent, &bits))
      return std::nullopt;
  if (bits % 8)
    return std::nullopt;
  return bits / 8;
}

std::string treadle::formatShape(const std::vector<int64_t> &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}
