//===- ErrorTest.cpp - Errors and files -----------------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Formats/Error.h"
#include "TemporaryFolder.h"
#include "treadle/Formats/CpuFeatures.h"
#include "treadle/Formats/MappedFile.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <set>
#include <sys/stat.h>

using namespace treadle;
using testing::HasSubstr;

TEST(Error, RendersNotesAndHelp) {
  Error error = Error(ErrorId::WrongShape, "input 'x' is [1]")
                    .note("first")
                    .note("second")
                    .help("do this");
  EXPECT_EQ(error.render(), "error[E0705]: input 'x' is [1]\n"
                            "note: first\nnote: second\nhelp: do this");
  EXPECT_EQ(Error(ErrorId::OutOfMemory, "m").getExitCode(), 4);
}

TEST(Error, TableIsConsistent) {
  std::set<std::string> codes;
  for (const ErrorInfo &info : getAllErrors()) {
    EXPECT_TRUE(codes.insert(info.code).second) << info.code;
    EXPECT_EQ(std::string(info.code).size(), 5u) << info.code;
    EXPECT_EQ(&getErrorInfo(info.id), &info);
    EXPECT_THAT((std::set<int>{1, 2, 3, 4, 5, 70}),
                testing::Contains(info.exitCode))
        << info.code;
    // A title is no sentence; an explanation is made of sentences.
    EXPECT_NE(std::string(info.title).back(), '.') << info.code;
    EXPECT_EQ(std::string(info.explanation).back(), '.') << info.code;
  }
}

TEST(Error, IsFoundByItsCode) {
  for (const char *spelling : {"E0206", "e0206", "0206"}) {
    const ErrorInfo *info = findError(spelling);
    ASSERT_TRUE(info) << spelling;
    EXPECT_EQ(info->id, ErrorId::MalformedSafetensors);
  }
  for (const char *spelling : {"", "E", "E02066", "E9999", "206"})
    EXPECT_FALSE(findError(spelling)) << spelling;
}

TEST(Error, QuotedNamesCannotReachTheTerminal) {
  EXPECT_EQ(quoteForMessage("layer.0"), "'layer.0'");
  EXPECT_EQ(quoteForMessage("a\x1b[31m\n"), "'a\\x1b[31m\\x0a'");
  EXPECT_EQ(quoteForMessage("\xe2\x82\xac"), "'\xe2\x82\xac'");
  EXPECT_EQ(quoteForMessage("\xe2\x82"), "'\\xe2\\x82'");
  EXPECT_EQ(quoteForMessage("\xc2\x9b"), "'\\xc2\\x9b'");
  EXPECT_LT(quoteForMessage(std::string(1000, 'x')).size(), 130u);
}

TEST(MappedFile, ReadsRegularFilesOnly) {
  TemporaryFolder folder;
  Result<MappedFile> file = MappedFile::open(folder.write("a", "text"));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->text(), "text");
  Result<MappedFile> empty = MappedFile::open(folder.write("b", ""));
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->text(), "");

  Result<MappedFile> missing = MappedFile::open(folder / "missing");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().getId(), ErrorId::FileNotOpened);
  EXPECT_THAT(missing.error().getMessage(), HasSubstr("No such file"));

  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  for (const std::string &path :
       {folder.path(), folder / "pipe", std::string("/dev/zero")}) {
    Result<MappedFile> other = MappedFile::open(path);
    ASSERT_FALSE(other) << path;
    EXPECT_EQ(other.error().getId(), ErrorId::NotARegularFile) << path;
  }
}

TEST(FileWriter, TellsOfAFullDisk) {
  Result<FileWriter> file = FileWriter::create("/dev/full");
  ASSERT_TRUE(file);
  Status status = file->write("text");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().getId(), ErrorId::FileNotWritten);
  EXPECT_THAT(status.error().getMessage(), HasSubstr("No space left"));
}

#if defined(__x86_64__)
TEST(CpuFeatures, AgreeWithTheCompilersRuntime) {
  // These need no permission, so the two must agree on every machine.
  EXPECT_EQ(hostHasCpuFeature("sse4.2"), !!__builtin_cpu_supports("sse4.2"));
  EXPECT_EQ(hostHasCpuFeature("avx2"), !!__builtin_cpu_supports("avx2"));
  EXPECT_EQ(hostHasCpuFeature("fma"), !!__builtin_cpu_supports("fma"));
  EXPECT_EQ(hostHasCpuFeature("fma4"), !!__builtin_cpu_supports("fma4"));
  EXPECT_EQ(hostHasCpuFeature("bmi2"), !!__builtin_cpu_supports("bmi2"));
  EXPECT_EQ(hostHasCpuFeature("avx512f"), !!__builtin_cpu_supports("avx512f"));
  EXPECT_EQ(hostHasCpuFeature("avx512vnni"),
            !!__builtin_cpu_supports("avx512vnni"));
  EXPECT_EQ(hostHasCpuFeature("avx512bf16"),
            !!__builtin_cpu_supports("avx512bf16"));
  EXPECT_TRUE(hostHasCpuFeature("sse2"));
  EXPECT_FALSE(hostHasCpuFeature("no-such-feature"));
  EXPECT_FALSE(hostHasCpuFeature(""));
}

TEST(CpuFeatures, AreSorted) {
  // The look-up is a binary search.
  const std::vector<std::string_view> &names = getKnownCpuFeatures();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_EQ(std::set<std::string_view>(names.begin(), names.end()).size(),
            names.size());
}
#endif
