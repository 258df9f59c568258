//===- NpyTest.cpp - npy from outside -------------------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Formats/Npy.h"
#include "TemporaryFolder.h"

#include <cstring>
#include <gmock/gmock.h>

using namespace treadle;
using testing::HasSubstr;

static std::string makeFile(int version, const std::string &header,
                            size_t size) {
  std::string file("\x93NUMPY", 6);
  file += {static_cast<char>(version), '\0'};
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
    file += static_cast<char>(header.size() >> (8 * i));
  return file + header + std::string(size, '\1');
}

static std::string makeHeader(const std::string &descr,
                              const std::string &shape,
                              const std::string &fortran = "False") {
  return "{'descr': " + descr + ", 'fortran_order': " + fortran +
         ", 'shape': " + shape + ", }\n";
}

namespace {
class NpyTest : public testing::Test {
protected:
  Result<NpyFile> open(const std::string &content) {
    return NpyFile::open(folder.write("x.npy", content));
  }
  void expectRefused(const std::string &content, ErrorId id,
                     const std::string &rule) {
    Result<NpyFile> file = open(content);
    ASSERT_FALSE(file) << rule;
    EXPECT_EQ(file.error().getId(), id) << file.error().render();
    EXPECT_THAT(file.error().getMessage(), HasSubstr("x.npy: "));
    EXPECT_THAT(file.error().getMessage(), HasSubstr(rule));
  }
  TemporaryFolder folder;
};
} // namespace

TEST_F(NpyTest, ReadsWhatNumPyWrites) {
  // numpy.save of arange(6, dtype=int64).reshape(2, 3), byte for byte.
  std::string header = "{'descr': '<i8', 'fortran_order': False, 'shape': "
                       "(2, 3), }";
  header.append(117 - header.size(), ' ');
  std::string content = makeFile(1, header + "\n", 0);
  ASSERT_EQ(content.size(), 128u);
  for (int64_t i = 0; i < 6; ++i)
    content.append(reinterpret_cast<const char *>(&i), 8);
  Result<NpyFile> file = open(content);
  ASSERT_TRUE(file) << file.error().render();
  EXPECT_EQ(file->type(), ElementType::I64);
  EXPECT_EQ(file->shape(), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(reinterpret_cast<const int64_t *>(file->bytes().data)[5], 5);

  // What Treadle writes is the same file.
  ASSERT_TRUE(
      writeNpy(folder / "y.npy", file->type(), file->shape(), file->bytes()));
  EXPECT_EQ(folder.read("y.npy"), content);
}

TEST_F(NpyTest, EveryTypeComesBack) {
  std::vector<uint8_t> data(48, 1);
  for (ElementType type : {ElementType::F64, ElementType::F32, ElementType::F16,
                           ElementType::I64, ElementType::I32, ElementType::I16,
                           ElementType::I8, ElementType::U8, ElementType::Bool})
    for (const std::vector<int64_t> &shape : std::vector<std::vector<int64_t>>{
             {}, {3}, {2, 3}, {0, 7}, {1, 2, 1, 3}}) {
      ByteSpan bytes{data.data(),
                     static_cast<size_t>(*getByteSize(type, shape))};
      std::string path = folder / "z.npy";
      ASSERT_TRUE(writeNpy(path, type, shape, bytes));
      Result<NpyFile> file = NpyFile::open(path);
      ASSERT_TRUE(file) << file.error().render();
      EXPECT_EQ(file->type(), type);
      EXPECT_EQ(file->shape(), shape);
      EXPECT_EQ(file->bytes().size, bytes.size);
      EXPECT_EQ(folder.read("z.npy").size() - bytes.size, 128u);
    }
}

TEST_F(NpyTest, DataAtAnOddAddressIsMoved) {
  Result<NpyFile> file = open(makeFile(2, makeHeader("'<f8'", "(2,)"), 16));
  ASSERT_TRUE(file) << file.error().render();
  EXPECT_EQ(reinterpret_cast<uintptr_t>(file->bytes().data) % 8, 0u);
  EXPECT_EQ(file->bytes().data[15], 1);
  // The data follows the object when it moves.
  NpyFile moved = std::move(*file);
  EXPECT_EQ(moved.bytes().data[15], 1);
}

TEST_F(NpyTest, RefusesEveryTruncation) {
  std::string whole = makeFile(1, makeHeader("'<f4'", "(3,)"), 12);
  ASSERT_TRUE(open(whole));
  for (size_t size = 0; size < whole.size(); ++size)
    expectRefused(whole.substr(0, size), ErrorId::MalformedNpy, "");
  expectRefused(whole + "x", ErrorId::MalformedNpy, "13 bytes of data");
}

TEST_F(NpyTest, RefusesHeadersThatAreWrong) {
  for (const std::string &header :
       {std::string(""), std::string("{}"), std::string("[]"),
        makeHeader("'<f4'", "3"), makeHeader("'<f4'", "(-3,)"),
        makeHeader("'<f4'", "(3.0,)"), makeHeader("'<f4'", "(3 3)"),
        makeHeader("'<f4'", "(99999999999999999999,)"),
        makeHeader("'<f4'", "(3,)", "Maybe"), makeHeader("'<f4", "(3,)"),
        makeHeader("'<f4'", "(3,)") + "x",
        std::string("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, "
                    "'shape': (3,)}"),
        std::string("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), "
                    "'x': 1}")})
    expectRefused(makeFile(1, header, 12), ErrorId::MalformedNpy,
                  "header is not");
  expectRefused(makeFile(2, std::string(20000, ' '), 0), ErrorId::MalformedNpy,
                "at most 10000");
  expectRefused(makeFile(1, makeHeader("'<f4'", "(4294967296, 4294967296)"), 0),
                ErrorId::MalformedNpy, "more than 2^63");
}

TEST_F(NpyTest, RefusesWhatIsNotSupported) {
  for (const char *descr : {"'>f4'", "'<c8'", "'<U3'", "'|O'", "'<u4'", "'|V2'",
                            "[('a', '<f4'), ('b', '<i4')]"})
    expectRefused(makeFile(1, makeHeader(descr, "(3,)"), 12),
                  ErrorId::UnsupportedNpy, "element type");
  expectRefused(makeFile(1, makeHeader("'<f4'", "(1, 3)", "True"), 12),
                ErrorId::UnsupportedNpy, "Fortran");
  EXPECT_TRUE(open(makeFile(1, makeHeader("'<f4'", "(3,)", "True"), 12)));
  expectRefused(makeFile(3, makeHeader("'<f4'", "(3,)"), 12),
                ErrorId::UnsupportedNpy, "version 3");

  uint16_t value = 0;
  ByteSpan bytes{reinterpret_cast<uint8_t *>(&value), 2};
  Status status = writeNpy(folder / "y.npy", ElementType::BF16, {1}, bytes);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().getId(), ErrorId::UnsupportedNpy);
  EXPECT_FALSE(writeNpy(folder / "y.npy", ElementType::F16, {2}, bytes));
}
