//===- Target.h - CPUs, object files, and code that runs at once -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What lies behind the LLVM dialect: which CPU, machine code for it, and
// running the functions that prepare parameters.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_TARGET_TARGET_H
#define TREADLE_TARGET_TARGET_H

#include "treadle-c/Code.h"
#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace llvm::orc {
class LLJIT;
}

namespace treadle {

/// Describes a CPU: "native", or a name that LLVM knows for x86-64. An error
/// names the CPU and the nearest known name. It has the cores that this process
/// may use for "native", and one for other names.
llvm::Expected<TargetAttr> getTarget(mlir::MLIRContext *context,
                                     llvm::StringRef cpu);

/// A parameter that functions read.
struct ParameterUse {
  std::string name; ///< With its hole, if it has one.
  mlir::RankedTensorType type;
  int64_t members; ///< 0: not a family.
};

/// The parameters read by the functions that prepare others (`prepared`), or by
/// the entry points, of a module at the stage `structured`. Sorted by name.
/// This is the order of `treadle_host::parameters`, where a family's members
/// follow one another.
llvm::SmallVector<ParameterUse> collectParameters(mlir::ModuleOp module,
                                                  bool prepared);

/// What the code of a module at the stage `llvm` asks of its host.
uint32_t getCodeAbi(mlir::ModuleOp module);

/// Machine code for the functions that prepare parameters (`prepared`), or for
/// the entry points, of a module at the stage `llvm`. `optimize` is 0 to 3.
/// The same module gives the same bytes.
llvm::Expected<llvm::SmallVector<char, 0>> emitObject(mlir::ModuleOp module,
                                                      bool prepared,
                                                      TargetAttr target,
                                                      unsigned optimize);

/// The same as assembly text.
llvm::Expected<llvm::SmallVector<char, 0>> emitAssembly(mlir::ModuleOp module,
                                                        bool prepared,
                                                        TargetAttr target,
                                                        unsigned optimize);

/// Links the object file `object` into the shared library `output` with LLVM's
/// linker. Nothing of the paths stays in the output.
llvm::Error linkSharedLibrary(llvm::StringRef object, llvm::StringRef output);

/// The functions that prepare parameters, ready to be called.
class PreparationCode {
public:
  /// Compiles the `treadle.prepared` functions of a module at the stage `llvm`
  /// for the machine that this runs on.
  static llvm::Expected<PreparationCode> create(mlir::ModuleOp module);
  PreparationCode(PreparationCode &&);
  ~PreparationCode();

  /// The function of that name in the module, as an entry point. Its inputs are
  /// the member's index (tensor<i64>) for a family and none otherwise, its
  /// output is the prepared parameter; it reads `host->parameters` in the order
  /// of `collectParameters(module, true)`.
  llvm::Expected<treadle_entry_point> lookup(llvm::StringRef name) const;

private:
  explicit PreparationCode(std::unique_ptr<llvm::orc::LLJIT> jit);
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

} // namespace treadle

#endif // TREADLE_TARGET_TARGET_H
