//===- Compiler.h - From a model to an artifact -----------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Everything that `treadle compile` does, for programs that want to do it
// themselves. Nothing here prints or exits.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_COMPILER_COMPILER_H
#define TREADLE_COMPILER_COMPILER_H

#include "treadle/Dialect/Treadle/IR/Treadle.h"
#include "treadle/Importer/Findings.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

#include <optional>
#include <string>
#include <vector>

namespace treadle {

/// "0.1.0".
llvm::StringRef getVersion();

/// What is made of a model.
enum class Emission {
  Artifact, ///< A folder that the runtime loads.
  Object,   ///< The same with model.o and model.h instead of model.so.
  Assembly, ///< Text, CompileResult::text.
};

/// What a compiler that has dialects of its own puts before Treadle's: texts
/// may then have operations of those dialects.
class FrontEnd {
public:
  virtual ~FrontEnd();

  /// Adds the dialects that a text may have beside those of the pipelines.
  virtual void registerDialects(mlir::DialectRegistry &registry) const = 0;
  /// Adds the passes, on a module, that make the stage `model` of such a text.
  /// What they refuse is E0502.
  virtual void buildPasses(mlir::OpPassManager &manager) const = 0;
};

struct CompileRequest {
  /// A model that `identifyModel` knows.
  std::string model;
  /// Where the parameters of an MLIR text are; see `openParameters`. May be
  /// empty for a text that names none. Nothing is read from it when no artifact
  /// is made.
  std::string weights;
  /// The artifact's folder. One that is there is replaced; see Artifact.h.
  std::string output;
  /// "native" or LLVM's name of a CPU. Empty: what the module says, and native
  /// when it says nothing.
  std::string cpu;
  /// Cores to decide for; 0: those of this machine for native, and one for
  /// another CPU.
  int64_t cores = 0;
  /// How attention that has no plan in the text is lowered; unset: as is best
  /// by shape and target.
  std::optional<Strategy> attention;
  /// What products are computed in. Unset: what the module
  /// says, and f32 when it says nothing.
  std::optional<Precision> precision;
  Emission emission = Emission::Artifact;
  /// Effort spent on machine code, 0 to 3.
  unsigned optimize = 3;
  /// Attributes #treadle.decision, a line each, that `treadle-decide` obeys,
  /// and what errors call that text. Lines that begin with // are comments.
  std::string decisions, decisionsName;
  /// Whether the observer is told what was decided, and why.
  bool remarks = false;
  /// Whether assembly says which piece of work it does; `work`: the only piece
  /// that is printed, all when it is empty.
  bool locate = false;
  std::string work;
  /// Whether CompileResult::decisions is made.
  bool listDecisions = false;
  /// Whether the code counts what its time is spent on.
  bool profile = false;
  /// Threads that compilation itself uses. Its result does not depend on them.
  unsigned threads = 1;
  /// Stop at this stage: CompileResult::text is then its IR.
  std::optional<Stage> stopAt;
  /// Run on texts that are at stage `model`; may be null.
  const FrontEnd *frontEnd = nullptr;
};

/// How long a phase took.
struct PhaseTime {
  std::string name;
  double seconds;
};

struct CompileResult {
  /// IR or assembly when that is what was asked for.
  std::string text;
  /// LLVM's name of the CPU that code was made for.
  std::string cpu;
  std::vector<PhaseTime> phases;
  /// How each piece of work is done: text of attributes #treadle.decision.
  std::vector<std::string> decisions;
};

/// Follows a compilation. What is told here may be ignored.
class CompileObserver {
public:
  virtual ~CompileObserver();

  /// A phase begins; `fraction` (0 to 1) of the usual time has passed.
  virtual void beginPhase(llvm::StringRef name, double fraction) {}
  /// Something that does not keep the model from being compiled.
  virtual void warn(llvm::StringRef text) {}
  /// What was decided, when that was asked for.
  virtual void remark(llvm::StringRef text) {}
  /// The module has reached a stage. Also called for the stage that it begins
  /// at.
  virtual void reachStage(Stage stage, mlir::ModuleOp module) {}
};

/// Compiles a model. Nothing when there was an error; all that were found are
/// in `findings`, and what lay at `request.output` is as it was before.
///
/// Errors: those of `identifyModel`, `importModel` and `openParameters`; E05xx;
/// E0203 and E0801 for the disk and the memory; E0902 and E0903, which are bugs
/// of Treadle.
std::optional<CompileResult> compile(const CompileRequest &request,
                                     CompileObserver &observer,
                                     Findings &findings);

/// Reads a model and does nothing with it: `observer` is told of the stage that
/// it is at. Returns whether there was no error; errors are those of `compile`.
bool readModel(llvm::StringRef model, CompileObserver &observer,
               Findings &findings);

} // namespace treadle

#endif // TREADLE_COMPILER_COMPILER_H
