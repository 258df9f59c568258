//===- Run.cpp - treadle run ----------------------------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryCall.h"
#include "Terminal.h"
#include "Verbs.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <cstring>
#include <tuple>

using namespace treadle;

namespace {
/// What is said of an output. Elements that are not finite are counted and left
/// out of the rest.
struct Summary {
  double minimum = 0, mean = 0, maximum = 0;
  int64_t finite = 0, notFinite = 0;
};

/// An output, with the file that it goes to, if any.
struct OutputTensor {
  std::string name;
  treadle_tensor tensor;
  std::string file;
};
} // namespace

static double getElement(const treadle_tensor &tensor, int64_t index) {
  size_t size = treadle_type_size(tensor.type);
  uint64_t bits = 0;
  std::memcpy(&bits, static_cast<const char *>(tensor.data) + index * size,
              size);
  auto convert = [&](const llvm::fltSemantics &semantics) {
    llvm::APFloat value(semantics, llvm::APInt(size * 8, bits));
    bool losesInfo = false;
    value.convert(llvm::APFloat::IEEEdouble(),
                  llvm::APFloat::rmNearestTiesToEven, &losesInfo);
    return value.convertToDouble();
  };
  switch (tensor.type) {
  case TREADLE_F64:
    return llvm::bit_cast<double>(bits);
  case TREADLE_F32:
    return llvm::bit_cast<float>(static_cast<uint32_t>(bits));
  case TREADLE_F16:
    return convert(llvm::APFloat::IEEEhalf());
  case TREADLE_BF16:
    return convert(llvm::APFloat::BFloat());
  case TREADLE_U8:
  case TREADLE_BOOL:
    return static_cast<double>(bits);
  default:
    return static_cast<double>(llvm::SignExtend64(bits, size * 8));
  }
}

static int64_t countElements(const treadle_tensor &tensor) {
  int64_t count = 1;
  for (int32_t axis = 0; axis < tensor.rank; ++axis)
    count *= tensor.shape[axis];
  return count;
}

static Summary summarize(const treadle_tensor &tensor) {
  Summary summary;
  double sum = 0;
  for (int64_t i = 0, e = countElements(tensor); i < e; ++i) {
    double value = getElement(tensor, i);
    if (!std::isfinite(value)) {
      ++summary.notFinite;
      continue;
    }
    bool isFirst = summary.finite++ == 0;
    summary.minimum = isFirst ? value : std::min(summary.minimum, value);
    summary.maximum = isFirst ? value : std::max(summary.maximum, value);
    sum += value;
  }
  if (summary.finite)
    summary.mean = sum / static_cast<double>(summary.finite);
  return summary;
}

/// Finds out which output goes to which file.
static Status assignFiles(const Arguments &arguments,
                          const treadle_entry_info &entry,
                          std::vector<OutputTensor> &outputs) {
  for (const std::string &text : arguments.getAll(OPT_output)) {
    llvm::StringRef name, file;
    std::tie(name, file) = llvm::StringRef(text).split('=');
    auto it = llvm::find_if(outputs, [&](const OutputTensor &output) {
      return output.name == name;
    });
    if (it != outputs.end() && !file.empty()) {
      it->file = file.str();
      continue;
    }
    // With one output, all of it is a path, '=' included.
    if (outputs.size() == 1) {
      outputs.front().file = text;
      continue;
    }
    std::vector<std::string> names;
    for (const OutputTensor &output : outputs)
      names.push_back(output.name);
    return Error(ErrorId::UnknownOperand,
                 "--output " + quoteForMessage(text) +
                     " names no output of entry point '" + entry.name +
                     "'; it has " + llvm::join(names, ", "))
        .help("with several outputs, write --output NAME=FILE.npy");
  }
  return Success();
}

static Status writeFile(const OutputTensor &output) {
  const treadle_tensor &tensor = output.tensor;
  auto type = static_cast<ElementType>(tensor.type);
  std::vector<int64_t> shape(tensor.shape, tensor.shape + tensor.rank);
  ByteSpan bytes{static_cast<const uint8_t *>(tensor.data),
                 countElements(tensor) * treadle_type_size(tensor.type)};
  Status status = writeNpy(output.file, type, shape, bytes);
  // Half a file is none. Devices stay.
  if (!status && llvm::sys::fs::is_regular_file(output.file))
    llvm::sys::fs::remove(output.file);
  return status;
}

static void printJson(const EntryCall &call,
                      const std::vector<OutputTensor> &outputs) {
  llvm::json::OStream json(llvm::outs(), /*IndentSize=*/2);
  json.object([&] {
    json.attribute("entry", call.getEntry().name);
    json.attributeArray("outputs", [&] {
      for (const OutputTensor &output : outputs)
        json.object([&] {
          Summary summary = summarize(output.tensor);
          json.attribute("name", output.name);
          json.attribute("type", treadle_type_name(output.tensor.type));
          json.attributeArray("shape", [&] {
            for (int32_t axis = 0; axis < output.tensor.rank; ++axis)
              json.value(output.tensor.shape[axis]);
          });
          if (summary.finite) {
            json.attribute("min", summary.minimum);
            json.attribute("mean", summary.mean);
            json.attribute("max", summary.maximum);
          }
          json.attribute("not_finite", summary.notFinite);
          if (!output.file.empty())
            json.attribute("file", output.file);
        });
    });
  });
  llvm::outs() << "\n";
}

static void printText(const std::vector<OutputTensor> &outputs) {
  for (const OutputTensor &output : outputs) {
    Summary summary = summarize(output.tensor);
    llvm::outs() << output.name << ": " << formatTensor(output.tensor);
    if (summary.finite)
      llvm::outs() << llvm::format(", min %.6g, mean %.6g, max %.6g",
                                   summary.minimum, summary.mean,
                                   summary.maximum);
    if (summary.notFinite)
      llvm::outs() << ", " << summary.notFinite << " not finite";
    if (!output.file.empty())
      llvm::outs() << ", in " << output.file;
    llvm::outs() << "\n";
  }
}

int treadle::runRun(const Arguments &arguments) {
  int exitCode = 0;
  std::optional<EntryCall> call = EntryCall::create(arguments, exitCode);
  if (!call)
    return exitCode;

  const treadle_entry_info &entry = call->getEntry();
  std::vector<OutputTensor> outputs;
  for (int32_t i = 0; i < entry.num_outputs; ++i)
    outputs.push_back({entry.outputs[i].name, {}, {}});
  if (Status status = assignFiles(arguments, entry, outputs); !status)
    return report(status.error());

  if (int code = reportRuntime(treadle_call_run(call->get())))
    return code;
  for (int32_t i = 0; i < entry.num_outputs; ++i)
    if (int code = reportRuntime(
            treadle_call_get_output_at(call->get(), i, &outputs[i].tensor)))
      return code;
  for (const OutputTensor &output : outputs)
    if (!output.file.empty())
      if (Status status = writeFile(output); !status)
        return report(status.error());

  if (arguments.has(OPT_json))
    printJson(*call, outputs);
  else
    printText(outputs);
  return 0;
}
