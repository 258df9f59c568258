//===- ModelBuilder.h - The model stage, built and checked as one -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The builder of an architecture asks for parameters as it goes. What it asks
// for is looked up at once, so that the program and the check of the checkpoint
// are one text; a parameter that is not there is recorded, and building goes
// on.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_IMPORTER_MODELBUILDER_H
#define TREADLE_LIB_IMPORTER_MODELBUILDER_H

#include "Architecture.h"
#include "treadle/Dialect/Treadle/IR/Treadle.h"
#include "treadle/Importer/ParameterSource.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace treadle {

/// A linear map's parameters; `bias` may be null.
struct LinearParameters {
  mlir::Value weight, bias;
};

class ModelBuilder {
public:
  ModelBuilder(mlir::ModuleOp module, const Architecture &architecture,
               llvm::StringRef configName, const ParameterSource &source,
               Findings &findings);

  /// A parameter of the checkpoint, widened to f32. The name has no prefix and
  /// the newest spelling; in a layer of a stack it may have a hole. Adds
  /// MissingTensor, WrongTensorShape, UnsupportedTensorType and
  /// MixedTensorTypes.
  mlir::Value parameter(llvm::StringRef name, llvm::ArrayRef<Size> shape);

  /// "NAME.weight" [outputs, inputs] and "NAME.bias" [outputs].
  LinearParameters linear(llvm::StringRef name, Size outputs, Size inputs);
  /// Layer normalisation with "NAME.weight" and "NAME.bias", both [width].
  mlir::Value layerNorm(llvm::StringRef name, mlir::Value input, Size width,
                        double epsilon);

  /// A stack of layers; inside of `layer`, names of parameters have holes.
  mlir::Value stack(int64_t count, mlir::Value input,
                    llvm::function_ref<mlir::Value(mlir::Value)> layer);
  mlir::Value residual(mlir::Value input,
                       llvm::function_ref<mlir::Value(mlir::Value)> branch);

  /// The entry point of an encoder of text, `@embed` with a head and `@encode`
  /// without: `body` makes [batch, sequence, width] of ids and lengths.
  void encoderEntry(
      Size width, const SentenceHead *head,
      llvm::function_ref<mlir::Value(mlir::Value ids, mlir::Value lengths)>
          body);

  /// Warns of the tensors that nobody asked for.
  void warnOfUnusedTensors();

  /// At the end of the block that is being filled.
  mlir::OpBuilder builder;
  mlir::Location loc;
  Findings &findings;

private:
  std::string getSourceName(llvm::StringRef name) const;
  std::string explainShape(llvm::ArrayRef<Size> shape) const;
  /// Checks one tensor and returns its type: nothing when it cannot be used.
  std::optional<ElementType> check(llvm::StringRef name,
                                   llvm::ArrayRef<Size> shape,
                                   std::optional<Error> &error);

  mlir::ModuleOp module;
  const Architecture &architecture;
  std::string configName;
  const ParameterSource &source;
  llvm::StringRef prefix;
  llvm::StringSet<> used;
  /// Of the stack that is being built: its layers and the index of one.
  int64_t layers = 0;
  mlir::Value layerIndex;
};

} // namespace treadle

#endif // TREADLE_LIB_IMPORTER_MODELBUILDER_H
