//===- TestArtifact.h - An artifact made by hand ----------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_TEST_UNIT_RUNTIME_TESTARTIFACT_H
#define TREADLE_TEST_UNIT_RUNTIME_TESTARTIFACT_H

#include "../Formats/TemporaryFolder.h"
#include "treadle-c/Runtime.h"
#include "treadle/Formats/ModelDescription.h"
#include "treadle/Formats/Safetensors.h"

#include <memory>
#include <string>
#include <vector>

/// The artifact around TestCode.c, which a test may spoil before it loads it:
/// change a member, then call `write`.
struct TestArtifact {
  TestArtifact();

  /// Writes model.json, weights.safetensors and model.so. The size of the
  /// weights is set in the description unless it was set before.
  void write();

  /// The value that the table has for an id and a column.
  static float tableAt(int64_t id, int64_t column) {
    return static_cast<float>(id * 10 + column);
  }

  TemporaryFolder folder;
  treadle::ModelDescription description;
  std::vector<treadle::NamedTensor> weights;
  std::string library; ///< Becomes model.so; none when empty.

private:
  std::vector<float> table;
  std::vector<float> bias;
};

struct FreeError {
  void operator()(treadle_error *error) const { treadle_error_free(error); }
};
struct FreeModel {
  void operator()(treadle_model *model) const { treadle_model_free(model); }
};
struct FreeCall {
  void operator()(treadle_call *call) const { treadle_call_free(call); }
};
using ErrorPtr = std::unique_ptr<treadle_error, FreeError>;
using ModelPtr = std::unique_ptr<treadle_model, FreeModel>;
using CallPtr = std::unique_ptr<treadle_call, FreeCall>;

/// "E0704 message", or "" for no error; releases it.
std::string describe(treadle_error *error);

/// Loads the artifact, which must succeed.
ModelPtr loadModel(const TestArtifact &artifact,
                   const treadle_options *options = nullptr);
/// `describe` of what loading says.
std::string tryLoad(const std::string &path,
                    const treadle_options *options = nullptr);
CallPtr createCall(const ModelPtr &model, const char *entry);

inline treadle_tensor makeTensor(treadle_type type, void *data,
                                 const std::vector<int64_t> &shape) {
  treadle_tensor tensor = {data, type, static_cast<int32_t>(shape.size()), {}};
  std::copy(shape.begin(), shape.end(), tensor.shape);
  return tensor;
}

#endif // TREADLE_TEST_UNIT_RUNTIME_TESTARTIFACT_H
