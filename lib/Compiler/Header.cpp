//===- Header.cpp - The header of --emit=obj ------------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Header.h"

using namespace treadle;

/// "///   ids: i64 [batch, sequence], in [0, 30521]".
static std::string printOperand(const OperandDescription &operand) {
  auto print = [](const Extent &extent) {
    return extent.isDynamic() ? extent.dimension : std::to_string(extent.value);
  };
  std::string text =
      "///   " + operand.name + ": " + getKeyword(operand.type) + " [";
  for (size_t i = 0; i < operand.shape.size(); ++i)
    text += (i ? ", " : "") + print(operand.shape[i]);
  text += "]";
  if (operand.minimum && operand.maximum)
    text += ", in [" + print(*operand.minimum) + ", " +
            print(*operand.maximum) + "]";
  return text + "\n";
}

std::string treadle::printHeader(const ModelDescription &description) {
  std::string text =
      "// Made by " + description.producer +
      "; model.json says the same in a form for programs.\n"
      "//\n"
      "// treadle_host::parameters are the tensors of weights.safetensors in\n"
      "// the order of model.json, each aligned to 64 bytes. Extents and\n"
      "// elements are not checked: the caller must keep to the ranges.\n";
  if (llvm::is_contained(description.features, "amx-tile"))
    text += "//\n"
            "// The code uses tiles (AMX), which Linux gives to a process that "
            "asks for them\n"
            "// before the first call: syscall(SYS_arch_prctl, 0x1023, 18) is "
            "then 0.\n";
  text += "\n"
          "#ifndef TREADLE_MODEL_H\n"
          "#define TREADLE_MODEL_H\n"
          "\n"
          "#include \"treadle-c/Code.h\"\n"
          "\n"
          "#ifdef __cplusplus\n"
          "extern \"C\" {\n"
          "#endif\n"
          "\n"
          "/// Equal to " +
          std::string(description.hasCounters() ? "TREADLE_CODE_ABI_COUNTERS"
                                                : "TREADLE_CODE_ABI") +
          " of the compiler that made the object.\n"
          "extern const uint32_t treadle_code_abi;\n";
  for (const Dimension &dimension : description.dimensions)
    if (dimension.maximum)
      text += "\n/// The largest extent of '" + dimension.name +
              "'.\n#define TREADLE_MODEL_MAX_" + dimension.name + " " +
              std::to_string(*dimension.maximum) + "\n";
  for (const EntryPointDescription &entry : description.entryPoints) {
    text += "\n/// Inputs:\n";
    for (const OperandDescription &operand : entry.inputs)
      text += printOperand(operand);
    text += "/// Outputs:\n";
    for (const OperandDescription &operand : entry.outputs)
      text += printOperand(operand);
    text += "int32_t treadle_entry_" + entry.name +
            "(treadle_host *host,\n"
            "    const treadle_operand *inputs,\n"
            "    const treadle_operand *outputs);\n";
  }
  return text + "\n"
                "#ifdef __cplusplus\n"
                "}\n"
                "#endif\n"
                "\n"
                "#endif // TREADLE_MODEL_H\n";
}
