//===- ParameterSource.h - Where the values of parameters come from -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_IMPORTER_PARAMETERSOURCE_H
#define TREADLE_IMPORTER_PARAMETERSOURCE_H

#include "treadle/Formats/ElementType.h"
#include "treadle/Formats/Safetensors.h"
#include "treadle/Importer/Findings.h"
#include "treadle/Importer/ModelDirectory.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Types.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace treadle {

/// One tensor of a source: dense, row-major, little-endian.
struct ParameterData {
  ElementType type = ElementType::F32;
  std::vector<int64_t> shape;
  /// Mapped from the file, at any address; valid as long as the source.
  ByteSpan bytes;
  /// The file's name in the model, for messages.
  llvm::StringRef file;
};

/// Tensors by the names that `treadle.parameter` gives them (of a family, the
/// names of its members).
class ParameterSource {
public:
  virtual ~ParameterSource() = default;

  /// Nothing when there is no tensor of this name.
  virtual std::optional<ParameterData> find(llvm::StringRef name) const = 0;

  /// All names, sorted.
  virtual std::vector<llvm::StringRef> getNames() const = 0;

  /// The files that tensors are read from.
  virtual const std::vector<ModelFile> &getFiles() const = 0;

  /// What messages call the whole: the file, or the index of its shards.
  virtual llvm::StringRef getName() const = 0;
};

/// Opens the weights of a Hugging Face directory: `model.safetensors` or, when
/// it is absent, the shards of `model.safetensors.index.json`. `folder` is
/// where they are inside the directory, "" or a name that ends in '/'.
///
/// Without either, NoWeights. Of an index: MalformedIndex, a shard that is not
/// a plain file name FileOutsideModel, an absent one MissingShard, one name in
/// two shards DuplicateTensor, and where the index and the shards disagree
/// about where a tensor is IndexMismatch. Errors of SafetensorsFile::open are
/// passed on. Null when there was an error; all that were found are in
/// `findings`.
std::unique_ptr<ParameterSource> openCheckpoint(const ModelDirectory &directory,
                                                llvm::StringRef folder,
                                                Findings &findings);

/// Opens the parameters of a program in the dialect (`--weights=PATH`): a
/// safetensors file, a directory that `openCheckpoint` reads, or one with any
/// safetensors files, whose tensors are taken together. Errors as there.
std::unique_ptr<ParameterSource> openParameters(llvm::StringRef path,
                                                Findings &findings);

/// Checks that every `treadle.parameter` of the module, each member of a family
/// included, has a tensor of its shape and element type. The number of members
/// is that of the operation, or the number of layers of the stack around it.
/// Adds MissingTensor, WrongTensorShape, WrongTensorType and UncountedFamily,
/// one for each operation, which says how many members are concerned.
void checkParameters(mlir::ModuleOp module, const ParameterSource &source,
                     Findings &findings);

/// The type of the elements in the IR; null for types that are not supported.
mlir::Type getMlirType(mlir::MLIRContext *context, ElementType type);

} // namespace treadle

#endif // TREADLE_IMPORTER_PARAMETERSOURCE_H
