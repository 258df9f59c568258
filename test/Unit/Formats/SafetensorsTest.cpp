//===- SafetensorsTest.cpp - safetensors from outside ---------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Formats/Safetensors.h"
#include "TemporaryFolder.h"

#include <cstring>
#include <gmock/gmock.h>

using namespace treadle;
using testing::HasSubstr;

/// A file with this header and `size` bytes of data.
static std::string makeFile(const std::string &header, size_t size) {
  std::string file;
  for (int i = 0; i < 8; ++i)
    file += static_cast<char>(header.size() >> (8 * i));
  return file + header + std::string(size, '\1');
}

namespace {
class SafetensorsTest : public testing::Test {
protected:
  Result<SafetensorsFile> open(const std::string &content) {
    return SafetensorsFile::open(folder.write("f.safetensors", content));
  }

  /// Expects a refusal that names the file and says `rule`.
  void expectRefused(const std::string &header, size_t size,
                     const std::string &rule,
                     ErrorId id = ErrorId::MalformedSafetensors) {
    Result<SafetensorsFile> file = open(makeFile(header, size));
    ASSERT_FALSE(file) << header;
    EXPECT_EQ(file.error().getId(), id) << header;
    EXPECT_THAT(file.error().getMessage(), HasSubstr("f.safetensors"));
    EXPECT_THAT(file.error().getMessage(), HasSubstr(rule));
  }

  TemporaryFolder folder;
};
} // namespace

static const char kHeader[] =
    R"({"__metadata__":{"format":"pt"},)"
    R"("b":{"dtype":"F32","shape":[2,3],"data_offsets":[4,28]},)"
    R"("a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},)"
    R"("e":{"dtype":"I64","shape":[0,5],"data_offsets":[28,28]},)"
    R"("s":{"dtype":"F8_E4M3","shape":[],"data_offsets":[28,29]}}  )";

TEST_F(SafetensorsTest, ReadsTensorsInTheOrderOfTheirData) {
  Result<SafetensorsFile> file = open(makeFile(kHeader, 29));
  ASSERT_TRUE(file) << file.error().render();
  std::string names;
  for (const NamedTensor &tensor : file->tensors())
    names += tensor.name;
  EXPECT_EQ(names, "abes");
  const NamedTensor *b = file->find("b");
  ASSERT_TRUE(b);
  EXPECT_EQ(b->type, ElementType::F32);
  EXPECT_EQ(b->shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(b->bytes.size, 24u);
  EXPECT_EQ(b->bytes.data, file->find("a")->bytes.data + 4);
  EXPECT_FALSE(isSupported(file->find("s")->type));
  EXPECT_FALSE(file->find("c"));
  ASSERT_EQ(file->metadata().size(), 1u);
  EXPECT_EQ(file->metadata()[0].second, "pt");
}

TEST_F(SafetensorsTest, RefusesEveryTruncation) {
  std::string whole = makeFile(kHeader, 29);
  for (size_t size = 0; size < whole.size(); ++size) {
    Result<SafetensorsFile> file = open(whole.substr(0, size));
    ASSERT_FALSE(file) << size;
    EXPECT_EQ(file.error().getId(), ErrorId::MalformedSafetensors) << size;
    EXPECT_THAT(file.error().getMessage(), HasSubstr("f.safetensors")) << size;
  }
}

TEST_F(SafetensorsTest, RefusesLengthsThatLie) {
  std::string whole = makeFile("{}", 0);
  for (int byte = 0; byte < 8; ++byte) {
    std::string lie = whole;
    lie[byte] = '\xff';
    Result<SafetensorsFile> file = open(lie);
    ASSERT_FALSE(file) << byte;
    EXPECT_EQ(file.error().getId(), ErrorId::MalformedSafetensors);
  }
}

TEST_F(SafetensorsTest, RefusesHeadersThatAreNoObject) {
  expectRefused("", 0, "does not begin with '{'");
  expectRefused(" {}", 0, "does not begin with '{'");
  expectRefused("[]", 0, "does not begin with '{'");
  expectRefused("{]", 0, "(header):1:2", ErrorId::MalformedJson);
  expectRefused("{\"a\":" + std::string(20, '[') + std::string(20, ']') + "}",
                0, "deeper", ErrorId::JsonTooLarge);
}

static std::string describe(const std::string &dtype, const std::string &shape,
                            const std::string &offsets) {
  return R"({"t":{"dtype":)" + dtype + R"(,"shape":)" + shape +
         R"(,"data_offsets":)" + offsets + "}}";
}

TEST_F(SafetensorsTest, RefusesMalformedMembers) {
  expectRefused(R"({"t":1})", 0, "'t' is not described by an object");
  expectRefused(R"({"t":{"shape":[],"data_offsets":[0,4]}})", 4, "no 'dtype'");
  expectRefused(describe("7", "[]", "[0,4]"), 4, "no 'dtype'");
  expectRefused(describe("\"F31\"", "[]", "[0,4]"), 4,
                "'t' has unknown dtype 'F31'", ErrorId::UnknownElementType);
  for (const char *shape : {"1", "[-1]", "[1.0]", "[\"1\"]", "[1e3]", "null",
                            "[9223372036854775808]"})
    expectRefused(describe("\"U8\"", shape, "[0,1]"), 1, "'t' has no 'shape'");
  for (const char *offsets : {"1", "[0]", "[0,1,2]", "[0,-1]", "[0,1.5]"})
    expectRefused(describe("\"U8\"", "[1]", offsets), 1,
                  "'t' has no 'data_offsets'");
  expectRefused(R"({"t":{"dtype":"U8","shape":[],"data_offsets":[0,1],"x":1}})",
                1, "unknown member 'x'");
  expectRefused(R"({"__metadata__":[]})", 0, "'__metadata__'");
  expectRefused(R"({"__metadata__":{"a":1}})", 0, "'a' that is not a string");
}

TEST_F(SafetensorsTest, RefusesSizesThatLie) {
  expectRefused(describe("\"F32\"", "[2]", "[0,4]"), 4, "needs 8");
  expectRefused(describe("\"F32\"", "[2]", "[0,8]"), 4, "cut short");
  expectRefused(describe("\"U8\"", "[1]", "[1,0]"), 1, "out of order");
  // 2^32 * 2^32 * 4 is 0 in 64 bits.
  expectRefused(describe("\"F32\"", "[4294967296,4294967296]", "[0,0]"), 0,
                "no size in bytes");
  expectRefused(describe("\"F32\"", "[4611686018427387904]", "[0,0]"), 0,
                "no size in bytes");
  expectRefused(describe("\"F4\"", "[3]", "[0,1]"), 1, "no size in bytes");
}

TEST_F(SafetensorsTest, RefusesHolesOverlapsAndDuplicates) {
  auto two = [](const std::string &first, const std::string &second) {
    return R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + first +
           R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + second + "}}";
  };
  EXPECT_TRUE(open(makeFile(two("[0,4]", "[4,8]"), 8)));
  EXPECT_TRUE(open(makeFile(two("[4,8]", "[0,4]"), 8)));
  expectRefused(two("[0,4]", "[3,7]"), 7, "'b' overlaps");
  expectRefused(two("[0,4]", "[0,4]"), 4, "'b' overlaps");
  expectRefused(two("[0,4]", "[5,9]"), 9, "'b' leaves a hole of 1 bytes");
  expectRefused(two("[1,5]", "[5,9]"), 9, "'a' leaves a hole of 1 bytes");
  expectRefused(two("[0,4]", "[4,8]"), 9, "1 bytes at the end");
  expectRefused("{}", 1, "1 bytes at the end");
  expectRefused(R"({"a":{},"a":{}})", 0, "'a' occurs twice",
                ErrorId::MalformedJson);
}

TEST_F(SafetensorsTest, WritesAlignedAndTheSameEachTime) {
  std::string path = folder / "out.safetensors";
  std::vector<uint8_t> data(200);
  for (size_t i = 0; i < data.size(); ++i)
    data[i] = static_cast<uint8_t>(i);
  std::vector<NamedTensor> tensors = {
      {"second \"name\"", ElementType::F32, {5, 2}, {data.data(), 40}},
      {"first", ElementType::U8, {128}, {data.data() + 40, 128}},
      {"scalar", ElementType::I16, {}, {data.data() + 168, 2}}};
  Metadata metadata = {{"z", "1"}, {"a", "2"}};
  ASSERT_TRUE(writeSafetensors(path, tensors, metadata));
  std::string bytes = folder.read("out.safetensors");
  EXPECT_EQ(bytes.size() % 64, 0u);
  ASSERT_TRUE(writeSafetensors(path, tensors, metadata));
  EXPECT_EQ(folder.read("out.safetensors"), bytes);

  Result<SafetensorsFile> file = SafetensorsFile::open(path);
  ASSERT_TRUE(file) << file.error().render();
  EXPECT_EQ(file->metadata(), metadata);
  size_t next = 0;
  for (const NamedTensor &tensor : file->tensors()) {
    if (isPadding(tensor.name))
      continue;
    ASSERT_LT(next, tensors.size());
    EXPECT_EQ(tensor.name, tensors[next].name);
    EXPECT_EQ(tensor.type, tensors[next].type);
    EXPECT_EQ(tensor.shape, tensors[next].shape);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.bytes.data) % 64, 0u);
    ASSERT_EQ(tensor.bytes.size, tensors[next].bytes.size);
    EXPECT_EQ(std::memcmp(tensor.bytes.data, tensors[next].bytes.data,
                          tensor.bytes.size),
              0);
    ++next;
  }
  EXPECT_EQ(next, tensors.size());
}

TEST_F(SafetensorsTest, WriterRefusesWhatItCouldNotReadBack) {
  uint8_t byte = 0;
  std::string path = folder / "out.safetensors";
  NamedTensor good{"a", ElementType::U8, {1}, {&byte, 1}};
  NamedTensor wrongSize{"b", ElementType::F32, {1}, {&byte, 1}};
  NamedTensor kept{"__padding__.0", ElementType::U8, {1}, {&byte, 1}};
  for (const auto &tensors : std::vector<std::vector<NamedTensor>>{
           {good, good}, {wrongSize}, {kept}}) {
    Status status = writeSafetensors(path, tensors);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().getId(), ErrorId::MalformedSafetensors);
  }
  Status full = writeSafetensors("/dev/full", {good});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().getId(), ErrorId::FileNotWritten);
}
