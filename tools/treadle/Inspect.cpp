//===- Inspect.cpp - treadle inspect, of artifacts ------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InspectModel.h"
#include "Terminal.h"
#include "Verbs.h"

#include "treadle/Formats/MappedFile.h"
#include "treadle/Formats/ModelDescription.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace treadle;

std::string treadle::formatBytes(uint64_t bytes) {
  const char *units[] = {"B", "kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  int unit = 0;
  for (; value >= 1000 && unit < 4; ++unit)
    value /= 1000;
  std::string text;
  llvm::raw_string_ostream(text)
      << llvm::format(unit ? "%.1f " : "%.0f ", value) << units[unit];
  return text;
}

static std::string formatExtent(const Extent &extent) {
  return extent.isDynamic() ? extent.dimension : std::to_string(extent.value);
}

static std::string formatOperand(const OperandDescription &operand) {
  std::string text = operand.name + ": " + getKeyword(operand.type) + " [";
  for (size_t i = 0; i < operand.shape.size(); ++i)
    text += (i ? ", " : "") + formatExtent(operand.shape[i]);
  text += "]";
  if (operand.minimum && operand.maximum)
    text += ", in [" + formatExtent(*operand.minimum) + ", " +
            formatExtent(*operand.maximum) + "]";
  if (operand.defaultValue)
    text += ", " + formatExtent(*operand.defaultValue) + " when left out";
  return text;
}

static int64_t countElements(const ModelDescription &description) {
  int64_t count = 0;
  for (const ParameterDescription &parameter : description.parameters) {
    int64_t elements = 1;
    for (int64_t extent : parameter.shape)
      elements *= extent;
    count += elements;
  }
  return count;
}

/// The size of a file of the artifact; 0 when it is not there.
static uint64_t getFileSize(llvm::StringRef folder, llvm::StringRef name) {
  uint64_t size = 0;
  if (llvm::sys::fs::file_size(folder + "/" + name, size))
    return 0;
  return size;
}

static void printText(const ModelDescription &description,
                      llvm::StringRef path) {
  llvm::raw_ostream &os = llvm::outs();
  os << path << ": made by " << description.producer << "\n";
  for (const EntryPointDescription &entry : description.entryPoints) {
    os << "\nentry point " << entry.name << "\n";
    for (const OperandDescription &operand : entry.inputs)
      os << "  input       " << formatOperand(operand) << "\n";
    for (const OperandDescription &operand : entry.outputs)
      os << "  output      " << formatOperand(operand) << "\n";
  }
  os << "\n";
  for (const Dimension &dimension : description.dimensions) {
    os << "dimension     " << dimension.name << ": from " << dimension.minimum;
    if (dimension.maximum)
      os << " to " << *dimension.maximum;
    os << "\n";
  }
  os << "parameters    " << description.parameters.size() << " tensors, "
     << countElements(description) << " elements, "
     << formatBytes(description.weightsSize) << "\n"
     << "code          "
     << formatBytes(getFileSize(path, "model.so") +
                    getFileSize(path, "model.o"))
     << " for " << description.cpu << " (" << description.triple << ")\n"
     << "needs         " << llvm::join(description.features, " ") << "\n";
  for (const auto &[key, value] : description.annotations)
    os << llvm::left_justify(key + " ", 14) << value << "\n";
  os << "source        " << description.sourceKind << "\n";
  for (const SourceFile &file : description.sourceFiles)
    os << "  sha256      " << file.sha256 << "  " << file.name << "\n";
}

/// Whether a folder has the description of an artifact.
static bool isArtifact(llvm::StringRef path) {
  return llvm::sys::fs::exists(path + "/model.json");
}

int treadle::runInspect(const Arguments &arguments) {
  Result<std::vector<std::string>> paths =
      arguments.getPositional("one MODEL or NAME.treadle", 1, 1);
  if (!paths)
    return report(paths.error());
  const std::string &path = paths->front();
  if (!isArtifact(path))
    return inspectModel(path, arguments.has(OPT_json));

  std::string file = llvm::StringRef(path).rtrim('/').str() + "/model.json";
  Result<MappedFile> content = MappedFile::open(file);
  if (!content)
    return report(content.error());
  Result<ModelDescription> description =
      parseDescription(content->text(), file);
  if (!description)
    return report(description.error());
  // model.json is for programs already.
  if (arguments.has(OPT_json))
    llvm::outs() << printDescription(*description);
  else
    printText(*description, path);
  return 0;
}
