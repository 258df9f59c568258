//===- ObjectTest.cpp - Objects, assembly and shared libraries -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestModule.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"

#include <dlfcn.h>

using namespace treadle;
using namespace treadle::test;
using llvm::SmallString;
using llvm::StringRef;

namespace {

class ObjectTest : public TargetTest {
protected:
  using Bytes = llvm::SmallVector<char, 0>;

  TargetAttr getNative() {
    return llvm::cantFail(getTarget(&context, "native"));
  }

  Bytes emit(mlir::ModuleOp module, bool prepared = false,
             unsigned optimize = 3) {
    return llvm::cantFail(emitObject(module, prepared, getNative(), optimize));
  }
  std::string emitText(mlir::ModuleOp module, TargetAttr target,
                       bool prepared = false, unsigned optimize = 3) {
    Bytes text =
        llvm::cantFail(emitAssembly(module, prepared, target, optimize));
    return std::string(text.begin(), text.end());
  }
};

/// A temporary file.
struct File {
  SmallString<128> path;
  llvm::FileRemover remover;

  explicit File(StringRef suffix) {
    EXPECT_FALSE(
        llvm::sys::fs::createTemporaryFile("treadle-test", suffix, path));
    remover.setFile(path);
  }
  File(StringRef suffix, llvm::ArrayRef<char> bytes) : File(suffix) {
    std::error_code error;
    llvm::raw_fd_ostream(path, error).write(bytes.data(), bytes.size());
    EXPECT_FALSE(error);
  }
  std::string read() {
    return llvm::cantFail(
               llvm::errorOrToExpected(llvm::MemoryBuffer::getFile(path)))
        ->getBuffer()
        .str();
  }
};

bool contains(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_F(ObjectTest, RunsAfterLinking) {
  auto module = parse(kTwoParts);
  for (unsigned optimize : {0, 3}) {
    File object("o", emit(*module, /*prepared=*/false, optimize)),
        library("so");
    llvm::cantFail(linkSharedLibrary(object.path, library.path));
    void *handle = dlopen(library.path.c_str(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_TRUE(handle) << dlerror();
    auto *abi =
        static_cast<const uint32_t *>(dlsym(handle, "treadle_code_abi"));
    ASSERT_TRUE(abi);
    EXPECT_EQ(*abi, TREADLE_CODE_ABI);
    auto entry = reinterpret_cast<treadle_entry_point>(
        dlsym(handle, "treadle_entry_answer"));
    ASSERT_TRUE(entry);
    float result = 0;
    treadle_host host = {};
    treadle_operand output = {&result, {}};
    EXPECT_EQ(entry(&host, nullptr, &output), TREADLE_CODE_OK);
    EXPECT_EQ(result, 42.0f);
    // What is not for callers is not seen by them.
    EXPECT_FALSE(dlsym(handle, "answer"));
    EXPECT_FALSE(dlsym(handle, "treadle_entry_prepare_0"));
    dlclose(handle);
  }
}

TEST_F(ObjectTest, SameModuleSameBytes) {
  auto module = parse(kTwoParts);
  Bytes first = emit(*module), second = emit(*module);
  EXPECT_EQ(StringRef(first.data(), first.size()),
            StringRef(second.data(), second.size()));

  File firstObject("o", first), secondObject("o", second), library("so"),
      other("so");
  llvm::cantFail(linkSharedLibrary(firstObject.path, library.path));
  llvm::cantFail(linkSharedLibrary(secondObject.path, other.path));
  std::string linked = library.read();
  EXPECT_EQ(linked, other.read());
  EXPECT_FALSE(contains(linked, "treadle-test"));
}

TEST_F(ObjectTest, PartsAreApart) {
  auto module = parse(kTwoParts);
  std::string entries = emitText(*module, getNative(), false, 0);
  EXPECT_TRUE(contains(entries, "answer"));
  EXPECT_TRUE(contains(entries, "forty_two"));
  EXPECT_TRUE(contains(entries, ".globl\ttreadle_code_abi"));
  EXPECT_FALSE(contains(entries, "prepare_0"));
  std::string preparation = emitText(*module, getNative(), true, 0);
  EXPECT_TRUE(contains(preparation, "prepare_0"));
  EXPECT_FALSE(contains(preparation, "answer"));
  EXPECT_FALSE(contains(preparation, "forty_two"));
  EXPECT_FALSE(contains(preparation, "treadle_code_abi"));
}

/// y += a * x on 16 lanes, as a product and a sum, or as one operation.
static std::string getMultiplyAdd(StringRef operations) {
  return (R"mlir(
    llvm.func @treadle_entry_f(%host: !llvm.ptr, %in: !llvm.ptr, %out: !llvm.ptr) -> i32 {
      %ok = llvm.mlir.constant(0 : i32) : i32
      %x = llvm.load %in : !llvm.ptr -> vector<16xf32>
      %y = llvm.load %out : !llvm.ptr -> vector<16xf32>
  )mlir" + operations +
          R"mlir(
      llvm.store %r, %out : vector<16xf32>, !llvm.ptr
      llvm.return %ok : i32
    })mlir")
      .str();
}

TEST_F(ObjectTest, TargetDecidesTheInstructions) {
  auto module = parse(getMultiplyAdd(
      "%r = llvm.intr.fmuladd(%x, %x, %y) : "
      "(vector<16xf32>, vector<16xf32>, vector<16xf32>) -> vector<16xf32>"));
  TargetAttr wide = llvm::cantFail(getTarget(&context, "x86-64-v4"));
  TargetAttr medium = llvm::cantFail(getTarget(&context, "x86-64-v3"));
  std::string wideText = emitText(*module, wide),
              mediumText = emitText(*module, medium);
  EXPECT_TRUE(contains(wideText, "zmm")) << wideText;
  EXPECT_TRUE(contains(wideText, "vfmadd")) << wideText;
  EXPECT_FALSE(contains(mediumText, "zmm")) << mediumText;
  EXPECT_TRUE(contains(mediumText, "ymm")) << mediumText;
}

TEST_F(ObjectTest, DoesNotFuseBehindOurBack) {
  auto module = parse(getMultiplyAdd("%p = llvm.fmul %x, %x : vector<16xf32>\n"
                                     "%r = llvm.fadd %p, %y : vector<16xf32>"));
  EXPECT_FALSE(contains(emitText(*module, getNative()), "vfmadd"));
}

TEST_F(ObjectTest, UnknownCPU) {
  auto error = llvm::toString(getTarget(&context, "haswel").takeError());
  EXPECT_EQ(error, "unknown CPU 'haswel'; did you mean 'haswell'?");
  TargetAttr target = getNative();
  auto unknown =
      TargetAttr::get(&context, "abacus", "+avx2", 256, 16, target.getL1(),
                      target.getL2(), DotInstruction::None, TileUnit::None,
                      /*cores=*/1);
  auto object = emitObject(*parse(kTwoParts), false, unknown, 3);
  EXPECT_EQ(llvm::toString(object.takeError()), "unknown CPU 'abacus'");
}

TEST_F(ObjectTest, UndefinedSymbolIsRefused) {
  auto module = parse(R"mlir(
    llvm.func @expf(f32) -> f32
    llvm.func @memcpy(!llvm.ptr, !llvm.ptr, i64) -> !llvm.ptr
    llvm.func @treadle_entry_f(%host: !llvm.ptr, %in: !llvm.ptr, %out: !llvm.ptr) -> i32 {
      %ok = llvm.mlir.constant(0 : i32) : i32
      %n = llvm.mlir.constant(1000 : i64) : i64
      %x = llvm.load %in : !llvm.ptr -> f32
      %e = llvm.call @expf(%x) : (f32) -> f32
      llvm.store %e, %in : f32, !llvm.ptr
      llvm.call @memcpy(%out, %in, %n) : (!llvm.ptr, !llvm.ptr, i64) -> !llvm.ptr
      llvm.return %ok : i32
    })mlir");
  File object("o", emit(*module)), library("so");
  EXPECT_EQ(llvm::toString(linkSharedLibrary(object.path, library.path)),
            "generated code calls 'expf', which nothing will provide when it "
            "is loaded");
}

TEST_F(ObjectTest, LinkerFailureIsAnError) {
  auto module = parse(kTwoParts);
  File object("o", emit(*module));
  std::string error = llvm::toString(
      linkSharedLibrary(object.path, "/nonexistent/folder/model.so"));
  EXPECT_TRUE(contains(error, "failed: ")) << error;
  EXPECT_TRUE(contains(error, "/nonexistent/folder/model.so")) << error;
}
