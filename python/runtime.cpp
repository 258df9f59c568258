//===- runtime.cpp - treadle._runtime, the C interface in Python ----------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// treadle-c/Runtime.h, function by function: classes own what the C functions
// create, and errors become treadle.Error. What makes it pleasant to use, numpy
// included, is in treadle/model.py.
//
//===----------------------------------------------------------------------===//

#include "treadle-c/Runtime.h"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nb = nanobind;

namespace {

/// Any dense array in the memory of this machine. The bytes of the elements are
/// all that counts: the type is told beside it, for DLPack and buffers do not
/// know all of ours.
using InputArray = nb::ndarray<nb::ro, nb::c_contig, nb::device::cpu>;
using OutputArray = nb::ndarray<nb::c_contig, nb::device::cpu>;

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

/// A treadle_error on its way to Python. Shared, because exceptions are copied.
struct Failure {
  std::shared_ptr<treadle_error> error;
};

void check(treadle_error *error) {
  if (error)
    throw Failure{{error, treadle_error_free}};
}

/// Raises treadle.Error, whose class is `type`.
void raiseFailure(const std::exception_ptr &pointer, void *type) {
  try {
    std::rethrow_exception(pointer);
  } catch (const Failure &failure) {
    const treadle_error *error = failure.error.get();
    nb::handle errorType(static_cast<PyObject *>(type));
    nb::object raised =
        errorType(treadle_error_code(error), treadle_error_message(error),
                  treadle_error_render(error), treadle_error_exit_code(error));
    PyErr_SetObject(errorType.ptr(), raised.ptr());
  }
}

//===----------------------------------------------------------------------===//
// Types and descriptions
//===----------------------------------------------------------------------===//

treadle_type parseType(const std::string &name) {
  for (int number = 0;; ++number) {
    auto type = static_cast<treadle_type>(number);
    const char *known = treadle_type_name(type);
    if (!known)
      throw nb::value_error(("no element type: " + name).c_str());
    if (name == known)
      return type;
  }
}

/// (name, type, shape, bounds, optional): an extent that a call chooses is the
/// name of its dimension, and each axis has bounds (minimum, maximum or None).
nb::tuple describeOperand(const treadle_operand_info &operand) {
  nb::list shape, bounds;
  for (int32_t axis = 0; axis < operand.rank; ++axis) {
    if (const char *dimension = operand.dimensions[axis])
      shape.append(nb::str(dimension));
    else
      shape.append(nb::int_(operand.shape[axis]));
    nb::object maximum = nb::none();
    if (operand.maximum_extents[axis] >= 0)
      maximum = nb::int_(operand.maximum_extents[axis]);
    bounds.append(nb::make_tuple(operand.minimum_extents[axis], maximum));
  }
  return nb::make_tuple(operand.name, treadle_type_name(operand.type),
                        nb::tuple(shape), nb::tuple(bounds),
                        operand.default_value.present);
}

nb::list describeOperands(const treadle_operand_info *operands, int32_t count) {
  nb::list described;
  for (int32_t i = 0; i < count; ++i)
    described.append(describeOperand(operands[i]));
  return described;
}

template <typename Array>
treadle_tensor makeTensor(const std::string &type, const Array &array) {
  treadle_tensor tensor = {};
  tensor.type = parseType(type);
  if (array.itemsize() != treadle_type_size(tensor.type))
    throw nb::type_error(("the array's elements are not of " + type).c_str());
  if (array.ndim() > TREADLE_MAX_RANK)
    throw nb::value_error("the array has more than 8 axes");
  // The runtime writes to outputs alone.
  tensor.data = const_cast<void *>(static_cast<const void *>(array.data()));
  tensor.rank = static_cast<int32_t>(array.ndim());
  for (size_t axis = 0; axis < array.ndim(); ++axis)
    tensor.shape[axis] = static_cast<int64_t>(array.shape(axis));
  return tensor;
}

//===----------------------------------------------------------------------===//
// Models and calls
//===----------------------------------------------------------------------===//

class Model {
public:
  Model(const std::string &path, int64_t threads) {
    treadle_options options = {};
    options.size = sizeof(options);
    options.threads = threads;
    treadle_model *loaded = nullptr;
    {
      nb::gil_scoped_release release;
      check(treadle_model_load(path.c_str(), &options, &loaded));
    }
    model.reset(loaded, treadle_model_free);
  }

  nb::list describeEntries() const {
    nb::list entries;
    for (int32_t i = 0; i < treadle_model_num_entries(model.get()); ++i) {
      const treadle_entry_info *entry = treadle_model_entry(model.get(), i);
      entries.append(nb::make_tuple(
          entry->name, describeOperands(entry->inputs, entry->num_inputs),
          describeOperands(entry->outputs, entry->num_outputs)));
    }
    return entries;
  }

  int64_t getThreads() const { return treadle_model_threads(model.get()); }

  std::optional<std::string> findAnnotation(const std::string &key) const {
    if (const char *text = treadle_model_annotation(model.get(), key.c_str()))
      return text;
    return std::nullopt;
  }

private:
  friend class Call;
  /// Its calls share it: a model must outlive them.
  std::shared_ptr<treadle_model> model;
};

/// Arrays that are set are kept alive until they are cleared.
class Call {
public:
  Call(const Model &owner, const std::string &entry) : model(owner.model) {
    treadle_call *created = nullptr;
    check(treadle_call_create(model.get(), entry.c_str(), &created));
    call.reset(created);
  }

  void setInput(const std::string &name, const std::string &type,
                InputArray array) {
    treadle_tensor tensor = makeTensor(type, array);
    check(treadle_call_set_input(call.get(), name.c_str(), &tensor));
    inputs.insert_or_assign(name, std::move(array));
  }

  void setOutput(const std::string &name, const std::string &type,
                 OutputArray array) {
    treadle_tensor tensor = makeTensor(type, array);
    check(treadle_call_set_output(call.get(), name.c_str(), &tensor));
    outputs.insert_or_assign(name, std::move(array));
  }

  void infer() { check(treadle_call_infer(call.get())); }

  void run() {
    nb::gil_scoped_release release;
    check(treadle_call_run(call.get()));
  }

  std::vector<int64_t> getOutputShape(const std::string &name) {
    treadle_tensor tensor = {};
    check(treadle_call_get_output(call.get(), name.c_str(), &tensor));
    return {tensor.shape, tensor.shape + tensor.rank};
  }

  void clear() {
    for (const auto &[name, array] : inputs)
      check(treadle_call_set_input(call.get(), name.c_str(), nullptr));
    for (const auto &[name, array] : outputs)
      check(treadle_call_set_output(call.get(), name.c_str(), nullptr));
    inputs.clear();
    outputs.clear();
  }

private:
  struct Free {
    void operator()(treadle_call *call) const { treadle_call_free(call); }
  };

  std::shared_ptr<treadle_model> model;
  std::map<std::string, InputArray> inputs;
  std::map<std::string, OutputArray> outputs;
  std::unique_ptr<treadle_call, Free> call;
};

} // namespace

NB_MODULE(_runtime, module) {
  module.doc() = "The C interface of the runtime; use the package treadle.";
  // Borrowed for as long as the process lives: translators are never removed.
  nb::object errorType = nb::module_::import_("treadle.errors").attr("Error");
  nb::register_exception_translator(raiseFailure, errorType.release().ptr());

  module.def("version", &treadle_runtime_version);

  nb::class_<Model>(module, "Model")
      .def(nb::init<const std::string &, int64_t>(), nb::arg("path"),
           nb::arg("threads"))
      .def("describe_entries", &Model::describeEntries)
      .def("annotation", &Model::findAnnotation, nb::arg("key"))
      .def_prop_ro("threads", &Model::getThreads);

  nb::class_<Call>(module, "Call")
      .def(nb::init<const Model &, const std::string &>(), nb::arg("model"),
           nb::arg("entry"))
      .def("set_input", &Call::setInput, nb::arg("name"), nb::arg("type"),
           nb::arg("array"))
      .def("set_output", &Call::setOutput, nb::arg("name"), nb::arg("type"),
           nb::arg("array"))
      .def("infer", &Call::infer)
      .def("run", &Call::run)
      .def("output_shape", &Call::getOutputShape, nb::arg("name"))
      .def("clear", &Call::clear);
}
