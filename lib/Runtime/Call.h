//===- Call.h - One call of an entry point ----------------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_RUNTIME_CALL_H
#define TREADLE_RUNTIME_CALL_H

#include "Counters.h"
#include "Model.h"

#include <string_view>
#include <utility>

namespace treadle::runtime {

/// The extents that the inputs of a call give to the dimensions.
class Bindings {
public:
  struct Binding {
    std::string_view dimension;
    int64_t extent;
    /// The input that said so first, for diagnostics.
    const OperandDescription *input;
  };

  const Binding *find(std::string_view dimension) const;
  /// `extent.dimension` must be bound when it is dynamic.
  int64_t evaluate(const Extent &extent) const;
  void add(const Binding &binding) { bindings.push_back(binding); }

private:
  // A model has a handful of dimensions.
  std::vector<Binding> bindings;
};

} // namespace treadle::runtime

/// Tensors given so far, and the memory that the call adds to them.
struct treadle_call {
  treadle_call(treadle_model &model, const treadle::runtime::Entry &entry);
  treadle_call(const treadle_call &) = delete;
  treadle_call &operator=(const treadle_call &) = delete;

  enum Side { Inputs, Outputs };

  /// The position of an operand; UnknownOperand when there is none.
  treadle::Result<size_t> findOperand(Side side, std::string_view name) const;
  treadle::Status setOperand(Side side, int32_t index,
                             const treadle_tensor *tensor);
  treadle::Status infer();
  treadle::Status run();
  treadle::Result<treadle_tensor> getOutput(int32_t index) const;
  /// Of the last run.
  const std::vector<treadle_counter> &getCounters() const { return counters; }

private:
  /// A place for a tensor: what the caller gave, and what the call adds.
  struct Slot {
    std::optional<treadle_tensor> given;
    /// The tensor of this run, once `infer` has succeeded.
    treadle_tensor actual = {};
    treadle::runtime::Memory owned;
    int64_t ownedSize = 0;
  };
  enum class Stage { Collecting, Inferred, Done };

  const std::vector<treadle::OperandDescription> &describe(Side side) const {
    return side == Inputs ? entry.description->inputs
                          : entry.description->outputs;
  }
  std::string getName(Side side, size_t index) const;

  // The steps of `infer` and `run`.
  treadle::Status bindShape(const treadle::OperandDescription &input,
                            const treadle_tensor &tensor);
  treadle::Status checkDimensions() const;
  treadle::Status shapeOperand(Side side, size_t index);
  treadle::Status provideMemory(Side side, size_t index);
  treadle::Status fillDefaults();
  treadle::Status checkElements(size_t index) const;
  treadle::Status checkOverlaps() const;
  treadle::Status execute();

  treadle_model &model;
  const treadle::runtime::Entry &entry;
  std::vector<Slot> slots[2];
  treadle::runtime::Bindings bindings;
  Stage stage = Stage::Collecting;
  std::vector<treadle_counter> counters;
};

#endif // TREADLE_RUNTIME_CALL_H
