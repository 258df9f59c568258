//===- InspectModel.cpp - treadle inspect, of models ----------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InspectModel.h"

#include "Terminal.h"

#include "treadle/Compiler/Compiler.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <map>

using namespace treadle;

namespace {
/// What the module of a model says.
struct ModelSummary {
  struct EntryPoint {
    std::string name;
    std::vector<std::string> inputs, outputs;
  };

  std::vector<EntryPoint> entryPoints;
  /// Operations of the dialect by name; those in a stack of layers count once.
  std::map<std::string, int64_t> operations;
  int64_t tensors = 0;
  int64_t elements = 0;
};

/// Collects the summary when the module has been read.
class SummaryObserver : public CompileObserver {
public:
  void warn(llvm::StringRef text) override { treadle::warn(text); }
  void reachStage(Stage, mlir::ModuleOp module) override;

  ModelSummary summary;
};
} // namespace

/// "ids: tensor<?x?xi64>", with the names of dynamic dimensions.
static std::string formatOperand(NamedAttr named, mlir::Type type,
                                 const std::string &fallback) {
  std::string text = named ? named.getName().str() : fallback;
  text += ": ";
  auto shaped = mlir::dyn_cast<mlir::ShapedType>(type);
  llvm::raw_string_ostream os(text);
  if (!shaped || !shaped.hasRank()) {
    os << type;
    return text;
  }
  os << shaped.getElementType() << " [";
  for (int64_t axis = 0; axis < shaped.getRank(); ++axis) {
    os << (axis ? ", " : "");
    if (!shaped.isDynamicDim(axis))
      os << shaped.getDimSize(axis);
    else if (named && axis < static_cast<int64_t>(named.getDims().size()))
      os << named.getDims()[axis].getValue();
    else
      os << "?";
  }
  os << "]";
  return text;
}

/// How many members a family has: what the operation says, or the layers of the
/// stack around it.
static int64_t countMembers(ParameterOp parameter) {
  if (!parameter.isFamily())
    return 1;
  if (parameter.getMembers())
    return *parameter.getMembers();
  auto stack = parameter->getParentOfType<StackOp>();
  return stack ? static_cast<int64_t>(stack.getCount()) : 1;
}

void SummaryObserver::reachStage(Stage, mlir::ModuleOp module) {
  for (auto function : module.getOps<mlir::func::FuncOp>()) {
    if (!function.isPublic() || function->hasAttr(kPreparedAttrName))
      continue;
    ModelSummary::EntryPoint entry;
    entry.name = function.getName().str();
    for (unsigned i = 0; i < function.getNumArguments(); ++i) {
      auto named = function.getArgAttrOfType<NamedAttr>(i, kNamedAttrName);
      (named && named.getOutput() ? entry.outputs : entry.inputs)
          .push_back(formatOperand(named, function.getArgumentTypes()[i],
                                   "argument " + std::to_string(i)));
    }
    for (unsigned i = 0; i < function.getNumResults(); ++i)
      entry.outputs.push_back(formatOperand(
          function.getResultAttrOfType<NamedAttr>(i, kNamedAttrName),
          function.getResultTypes()[i], "result " + std::to_string(i)));
    summary.entryPoints.push_back(std::move(entry));
  }

  // A parameter that is read twice is one parameter.
  std::map<std::string, std::pair<int64_t, int64_t>> parameters;
  module.walk([&](mlir::Operation *op) {
    if (!llvm::isa_and_nonnull<TreadleDialect>(op->getDialect()))
      return;
    ++summary.operations[op->getName().getStringRef().str()];
    if (auto parameter = llvm::dyn_cast<ParameterOp>(op))
      parameters[parameter.getName().str()] = {
          countMembers(parameter),
          mlir::cast<mlir::ShapedType>(parameter.getType()).getNumElements()};
  });
  for (const auto &[name, counts] : parameters) {
    summary.tensors += counts.first;
    summary.elements += counts.first * counts.second;
  }
}

static void printText(const ModelSummary &summary, const std::string &path) {
  llvm::raw_ostream &os = llvm::outs();
  os << path << "\n";
  for (const ModelSummary::EntryPoint &entry : summary.entryPoints) {
    os << "\nentry point " << entry.name << "\n";
    for (const std::string &input : entry.inputs)
      os << "  input       " << input << "\n";
    for (const std::string &output : entry.outputs)
      os << "  output      " << output << "\n";
  }
  os << "\nparameters    " << summary.tensors << " tensors, "
     << summary.elements << " elements\n"
     << "operations    those in a stack of layers count once\n";
  for (const auto &[name, count] : summary.operations)
    os << llvm::format("  %5lld  ", static_cast<long long>(count)) << name
       << "\n";
}

static void printJson(const ModelSummary &summary) {
  llvm::json::OStream json(llvm::outs(), /*IndentSize=*/2);
  auto printList = [&](const char *key, const std::vector<std::string> &list) {
    json.attributeArray(key, [&] {
      for (const std::string &text : list)
        json.value(text);
    });
  };
  json.object([&] {
    json.attributeArray("entry_points", [&] {
      for (const ModelSummary::EntryPoint &entry : summary.entryPoints)
        json.object([&] {
          json.attribute("name", entry.name);
          printList("inputs", entry.inputs);
          printList("outputs", entry.outputs);
        });
    });
    json.attributeObject("parameters", [&] {
      json.attribute("tensors", summary.tensors);
      json.attribute("elements", summary.elements);
    });
    json.attributeObject("operations", [&] {
      for (const auto &[name, count] : summary.operations)
        json.attribute(name, count);
    });
  });
  llvm::outs() << "\n";
}

int treadle::inspectModel(const std::string &path, bool json) {
  SummaryObserver observer;
  Findings findings;
  if (!readModel(path, observer, findings)) {
    for (const Error &error : findings.errors)
      report(error);
    return findings.getExitCode();
  }
  if (json)
    printJson(observer.summary);
  else
    printText(observer.summary, path);
  return 0;
}
