//===- Npy.cpp - The .npy files of NumPy ----------------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Formats/Npy.h"

#include <cstring>
#include <optional>

using namespace treadle;

static constexpr std::string_view kMagic("\x93NUMPY", 6);
/// NumPy itself refuses headers of more than 10000 bytes unless it is told that
/// the file is trusted.
static constexpr size_t kMaxHeaderSize = 10000;

namespace {
struct TypeCode {
  const char *code;
  ElementType type;
};

/// Reads the header, a literal of Python's with exactly three keys, as strictly
/// as numpy.lib.format writes it.
class HeaderParser {
public:
  explicit HeaderParser(std::string_view text) : text(text) {}

  /// False when the text is no such literal.
  bool parse() {
    if (!eat('{'))
      return false;
    while (!eat('}')) {
      std::optional<std::string_view> key = parseString();
      if (!key || !eat(':') || !parseMember(*key))
        return false;
      if (!eat(',')) {
        if (!eat('}'))
          return false;
        break;
      }
    }
    skipSpace();
    return text.empty() && descr && fortranOrder && shape;
  }

  std::optional<std::string_view> descr;
  std::optional<bool> fortranOrder;
  std::optional<std::vector<int64_t>> shape;

private:
  void skipSpace() {
    size_t begin = text.find_first_not_of(" \t\r\n");
    text.remove_prefix(begin == text.npos ? text.size() : begin);
  }
  bool eat(char expected) {
    skipSpace();
    if (text.empty() || text.front() != expected)
      return false;
    text.remove_prefix(1);
    return true;
  }
  bool eatWord(std::string_view word) {
    skipSpace();
    if (text.substr(0, word.size()) != word)
      return false;
    text.remove_prefix(word.size());
    return true;
  }

  std::optional<std::string_view> parseString() {
    skipSpace();
    if (text.empty() || (text.front() != '\'' && text.front() != '"'))
      return std::nullopt;
    size_t end = text.find(text.front(), 1);
    if (end == text.npos)
      return std::nullopt;
    std::string_view value = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    return value;
  }

  bool parseMember(std::string_view key) {
    if (key == "descr" && !descr)
      return (descr = parseString()).has_value() || parseStructure();
    if (key == "shape" && !shape)
      return parseShape();
    if (key != "fortran_order" || fortranOrder)
      return false;
    if (eatWord("True"))
      fortranOrder = true;
    else if (eatWord("False"))
      fortranOrder = false;
    return fortranOrder.has_value();
  }

  /// A structured type is a list where a name is expected. It is not read any
  /// further than is needed to say so.
  bool parseStructure() {
    if (!eat('['))
      return false;
    int depth = 1;
    size_t end = 0;
    for (; end < text.size() && depth; ++end)
      depth += (text[end] == '[') - (text[end] == ']');
    if (depth)
      return false;
    text.remove_prefix(end);
    descr = "a structure";
    return true;
  }

  bool parseShape() {
    if (!eat('('))
      return false;
    shape.emplace();
    while (!eat(')')) {
      skipSpace();
      size_t digits = 0;
      int64_t extent = 0;
      for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9';
           ++digits)
        if (__builtin_mul_overflow(extent, 10, &extent) ||
            __builtin_add_overflow(extent, text[digits] - '0', &extent))
          return false;
      if (digits == 0)
        return false;
      text.remove_prefix(digits);
      shape->push_back(extent);
      if (!eat(','))
        return eat(')');
    }
    return true;
  }

  std::string_view text;
};
} // namespace

static const TypeCode kTypeCodes[] = {
    {"<f8", ElementType::F64}, {"<f4", ElementType::F32},
    {"<f2", ElementType::F16}, {"<i8", ElementType::I64},
    {"<i4", ElementType::I32}, {"<i2", ElementType::I16},
    {"|i1", ElementType::I8},  {"|u1", ElementType::U8},
    {"|b1", ElementType::Bool}};

static Error makeError(const std::string &path, const std::string &rule) {
  return Error(ErrorId::MalformedNpy, path + ": " + rule);
}

static Error makeUnsupported(const std::string &path, const std::string &what) {
  return Error(ErrorId::UnsupportedNpy, path + ": " + what)
      .help("write it with "
            "numpy.save(path, numpy.ascontiguousarray(x, dtype='f4')), or "
            "another of f8 f4 f2 i8 i4 i2 i1 u1 b1");
}

Result<NpyFile> NpyFile::open(const std::string &path) {
  Result<MappedFile> mapped = MappedFile::open(path);
  if (!mapped)
    return mapped.takeError();
  NpyFile result(std::move(*mapped));
  std::string_view text = result.file.text();

  if (text.substr(0, kMagic.size()) != kMagic)
    return makeError(path, "does not begin with NumPy's magic");
  if (text.size() < 8)
    return makeError(path, "ends inside its version");
  int major = static_cast<uint8_t>(text[6]);
  if (major != 1 && major != 2)
    return makeUnsupported(path, "has version " + std::to_string(major) +
                                     "; 1 and 2 are read");
  size_t start = major == 1 ? 10 : 12;
  if (text.size() < start)
    return makeError(path, "ends inside its header's length");
  size_t length = 0;
  for (size_t i = start - 1; i >= 8; --i)
    length = length << 8 | static_cast<uint8_t>(text[i]);
  if (length > kMaxHeaderSize)
    return makeError(path, "says that its header has " +
                               std::to_string(length) +
                               " bytes; at most 10000 are read");
  if (length > text.size() - start)
    return makeError(path, "ends inside its header");

  HeaderParser header(text.substr(start, length));
  if (!header.parse())
    return makeError(path, "header is not a dictionary of 'descr', "
                           "'fortran_order' and 'shape'");
  std::string code(*header.descr);
  if (code == "<i1" || code == "<u1" || code == "<b1")
    code[0] = '|';
  const TypeCode *known = nullptr;
  for (const TypeCode &candidate : kTypeCodes)
    if (code == candidate.code)
      known = &candidate;
  if (!known)
    return makeUnsupported(path, "has element type " + quoteForMessage(code));
  // With one axis or none, both orders are the same.
  if (*header.fortranOrder && header.shape->size() > 1)
    return makeUnsupported(path, "is in Fortran order");

  result.elementType = known->type;
  result.extents = std::move(*header.shape);
  size_t available = text.size() - start - length;
  std::optional<int64_t> size = getByteSize(known->type, result.extents);
  if (!size || static_cast<uint64_t>(*size) != available)
    return makeError(
        path, "has " + std::to_string(available) + " bytes of data; shape " +
                  formatShape(result.extents) + " of " +
                  getKeyword(known->type) + " needs " +
                  (size ? std::to_string(*size) : "more than 2^63"));

  result.content = {result.file.bytes().data + start + length, available};
  if ((start + length) % 16 != 0) {
    result.realigned.resize((available + 7) / 8);
    if (available)
      std::memcpy(result.realigned.data(), result.content.data, available);
    result.content.data =
        reinterpret_cast<const uint8_t *>(result.realigned.data());
  }
  return result;
}

Status treadle::writeNpy(const std::string &path, ElementType type,
                         const std::vector<int64_t> &shape, ByteSpan bytes) {
  const char *code = nullptr;
  for (const TypeCode &candidate : kTypeCodes)
    if (candidate.type == type)
      code = candidate.code;
  if (!code)
    return makeUnsupported(path, std::string("NumPy has no type ") +
                                     getKeyword(type));
  std::optional<int64_t> size = getByteSize(type, shape);
  if (!size || static_cast<uint64_t>(*size) != bytes.size)
    return makeError(path, std::to_string(bytes.size) +
                               " bytes do not fit shape " + formatShape(shape) +
                               " of " + getKeyword(type));

  std::string header = std::string("{'descr': '") + code +
                       "', 'fortran_order': False, 'shape': (";
  for (size_t i = 0; i < shape.size(); ++i)
    header += (i ? ", " : "") + std::to_string(shape[i]);
  header += shape.size() == 1 ? ",), }" : "), }";
  // Spaces and a newline, so that the data begins at a multiple of 64.
  bool isLong = header.size() + 64 > 0xFFFF;
  size_t start = isLong ? 12 : 10;
  header.append(63 - (start + header.size()) % 64, ' ');
  header += '\n';
  std::string prefix(kMagic);
  prefix += {isLong ? '\2' : '\1', '\0'};
  for (size_t i = 0; i < start - 8; ++i)
    prefix += static_cast<char>(header.size() >> (8 * i));

  Result<FileWriter> file = FileWriter::create(path);
  if (!file)
    return file.takeError();
  Status status = file->write(prefix + header);
  if (status)
    status = file->write(bytes.data, bytes.size);
  return status ? file->close() : std::move(status);
}
