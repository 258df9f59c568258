//===- Signature.cpp - What callers must know of entry points -------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Signature.h"

#include "treadle-c/Code.h"
#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace treadle;

std::optional<ElementType> treadle::getElementType(mlir::Type type) {
  if (type.isF64())
    return ElementType::F64;
  if (type.isF32())
    return ElementType::F32;
  if (type.isF16())
    return ElementType::F16;
  if (type.isBF16())
    return ElementType::BF16;
  if (type.isUnsignedInteger(8))
    return ElementType::U8;
  if (!type.isSignlessInteger())
    return std::nullopt;
  switch (type.getIntOrFloatBitWidth()) {
  case 64:
    return ElementType::I64;
  case 32:
    return ElementType::I32;
  case 16:
    return ElementType::I16;
  case 8:
    return ElementType::I8;
  case 1:
    return ElementType::Bool;
  default:
    return std::nullopt;
  }
}

namespace {
/// Describes the functions of one module.
class SignatureReader {
public:
  SignatureReader(ModelDescription &description, Findings &findings)
      : description(description), findings(findings) {}

  void read(mlir::func::FuncOp function) {
    EntryPointDescription entry;
    entry.name = function.getName().str();
    for (unsigned i = 0; i < function.getNumArguments(); ++i) {
      std::string what = "argument " + std::to_string(i);
      auto named = function.getArgAttrOfType<NamedAttr>(i, kNamedAttrName);
      bool isOutput = named && named.getOutput();
      readOperand(function, what, named, function.getArgumentTypes()[i],
                  isOutput ? entry.outputs : entry.inputs);
    }
    for (unsigned i = 0; i < function.getNumResults(); ++i)
      readOperand(function, "result " + std::to_string(i),
                  function.getResultAttrOfType<NamedAttr>(i, kNamedAttrName),
                  function.getResultTypes()[i], entry.outputs);
    description.entryPoints.push_back(std::move(entry));
  }

private:
  void refuse(mlir::func::FuncOp function, const std::string &what,
              const char *why) {
    findings.add(Error(ErrorId::IncompleteSignature,
                       "entry point '" + function.getName().str() +
                           "': " + what + " " + why));
  }

  void readOperand(mlir::func::FuncOp function, const std::string &what,
                   NamedAttr named, mlir::Type type,
                   std::vector<OperandDescription> &operands) {
    auto shaped = mlir::dyn_cast<mlir::ShapedType>(type);
    if (!shaped || !shaped.hasRank() || shaped.getRank() > TREADLE_MAX_RANK)
      return refuse(function, what, "is no tensor of at most 8 dimensions");
    std::optional<ElementType> elementType =
        getElementType(shaped.getElementType());
    if (!elementType)
      return refuse(function, what,
                    "has an element type that artifacts do not have");
    if (!named)
      return refuse(function, what, "has no treadle.named attribute");

    OperandDescription operand;
    operand.name = named.getName().str();
    operand.type = *elementType;
    for (int64_t axis = 0; axis < shaped.getRank(); ++axis) {
      if (!shaped.isDynamicDim(axis)) {
        operand.shape.push_back(shaped.getDimSize(axis));
        continue;
      }
      if (axis >= static_cast<int64_t>(named.getDims().size()) ||
          named.getDims()[axis].empty())
        return refuse(function, what, "has a dynamic dimension without a name");
      std::string name = named.getDims()[axis].str();
      declareDimension(name,
                       axis < static_cast<int64_t>(named.getLimits().size())
                           ? named.getLimits()[axis]
                           : 0);
      operand.shape.push_back(name);
    }
    if (named.getBelow() > 0) {
      operand.minimum = Extent(int64_t(0));
      operand.maximum = Extent(named.getBelow() - 1);
    }
    if (mlir::StringAttr maximum = named.getMaximum()) {
      operand.minimum = Extent(int64_t(0));
      operand.maximum = Extent(maximum.str());
      if (named.getOptional())
        operand.defaultValue = operand.maximum;
    }
    operands.push_back(std::move(operand));
  }

  /// Notes that a dimension is used; the smallest of its limits holds.
  void declareDimension(const std::string &name, int64_t limit) {
    auto &dimensions = description.dimensions;
    auto it = llvm::find_if(dimensions, [&](const Dimension &dimension) {
      return dimension.name == name;
    });
    // A dimension without an extent is no input: means would divide by zero.
    if (it == dimensions.end())
      it = dimensions.insert(it, Dimension{name, /*minimum=*/1, std::nullopt});
    if (limit > 0)
      it->maximum = std::min(it->maximum.value_or(limit), limit);
  }

  ModelDescription &description;
  Findings &findings;
};
} // namespace

void treadle::describeEntryPoints(mlir::ModuleOp module,
                                  ModelDescription &description,
                                  Findings &findings) {
  SignatureReader reader(description, findings);
  for (auto function : module.getOps<mlir::func::FuncOp>())
    if (function.isPublic() && !function.isDeclaration() &&
        !function->hasAttr(kPreparedAttrName))
      reader.read(function);
  if (description.entryPoints.empty())
    findings.add(Error(ErrorId::NoEntryPoint,
                       "the module has no public function to be called"));
}
