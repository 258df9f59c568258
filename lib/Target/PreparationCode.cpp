//===- PreparationCode.cpp - Functions that run while compiling -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryPoints.h"

#include "treadle/Target/Target.h"

#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace treadle;

PreparationCode::PreparationCode(std::unique_ptr<orc::LLJIT> jit)
    : jit(std::move(jit)) {}
PreparationCode::PreparationCode(PreparationCode &&) = default;
PreparationCode::~PreparationCode() = default;

Expected<PreparationCode> PreparationCode::create(mlir::ModuleOp module) {
  // For this machine, whatever the module is compiled for.
  Expected<TargetAttr> target = getTarget(module.getContext(), "native");
  if (!target)
    return target.takeError();
  // Compiled as an artifact's code is, so that there is one way to make code,
  // not two.
  Expected<SmallVector<char, 0>> object =
      emitObject(module, /*prepared=*/true, *target, /*optimize=*/3);
  if (!object)
    return object.takeError();
  // memcpy and its like are found in this process, which is LLJIT's default.
  Expected<std::unique_ptr<orc::LLJIT>> jit = orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  if (Error error = (*jit)->addObjectFile(MemoryBuffer::getMemBufferCopy(
          StringRef(object->data(), object->size()), "preparation")))
    return std::move(error);
  return PreparationCode(std::move(*jit));
}

Expected<treadle_entry_point> PreparationCode::lookup(StringRef name) const {
  Expected<orc::ExecutorAddr> address =
      jit->lookup((kEntryPointPrefix + name).str());
  if (!address)
    return address.takeError();
  return address->toPtr<treadle_entry_point>();
}
