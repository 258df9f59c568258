//===- CheckParameters.cpp - Whether a source has what a module asks for -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/IR/Treadle.h"
#include "treadle/Importer/ParameterSource.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace treadle;

Type treadle::getMlirType(MLIRContext *context, ElementType type) {
  Builder builder(context);
  switch (type) {
  case ElementType::F64:
    return builder.getF64Type();
  case ElementType::F32:
    return builder.getF32Type();
  case ElementType::F16:
    return builder.getF16Type();
  case ElementType::BF16:
    return builder.getBF16Type();
  case ElementType::I64:
    return builder.getI64Type();
  case ElementType::I32:
    return builder.getI32Type();
  case ElementType::I16:
    return builder.getI16Type();
  case ElementType::I8:
    return builder.getI8Type();
  case ElementType::U8:
    return builder.getIntegerType(8, /*isSigned=*/false);
  case ElementType::Bool:
    return builder.getI1Type();
  default:
    return {};
  }
}

/// The indices of the members that an operation stands for, [first, last);
/// nothing when they cannot be counted.
static std::optional<std::pair<int64_t, int64_t>> getMembers(ParameterOp op) {
  if (!op.isFamily())
    return std::make_pair<int64_t, int64_t>(0, 1);
  if (op.getMembers())
    return std::make_pair<int64_t, int64_t>(0, *op.getMembers());
  APInt constant;
  if (matchPattern(op.getIndex(), m_ConstantInt(&constant)))
    return std::make_pair(constant.getSExtValue(), constant.getSExtValue() + 1);
  auto argument = dyn_cast<BlockArgument>(op.getIndex());
  if (argument)
    if (auto stack = dyn_cast<StackOp>(argument.getOwner()->getParentOp()))
      return std::make_pair<int64_t, int64_t>(0, stack.getCount());
  return std::nullopt;
}

static std::string print(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

/// What is wrong with one tensor; nothing when it is as the operation says.
static std::optional<Error> checkTensor(ParameterOp op, StringRef name,
                                        const ParameterSource &source) {
  auto type = cast<RankedTensorType>(op.getType());
  std::string quoted = quoteForMessage(name.str());
  std::optional<ParameterData> data = source.find(name);
  if (!data)
    return Error(ErrorId::MissingTensor,
                 source.getName().str() + ": has no tensor " + quoted);
  std::string prefix = data->file.str() + ": tensor " + quoted + " is ";
  if (ArrayRef<int64_t>(data->shape) != type.getShape())
    return Error(ErrorId::WrongTensorShape,
                 prefix + formatShape(data->shape) + ", expected " +
                     formatShape(type.getShape().vec()));
  if (getMlirType(op.getContext(), data->type) != type.getElementType())
    return Error(ErrorId::WrongTensorType,
                 prefix + "of " + getKeyword(data->type) + ", expected " +
                     print(type.getElementType()));
  return std::nullopt;
}

static void checkParameter(ParameterOp op, const ParameterSource &source,
                           Findings &findings) {
  std::optional<std::pair<int64_t, int64_t>> members = getMembers(op);
  if (!members)
    return findings.add(
        Error(ErrorId::UncountedFamily,
              "the family " + quoteForMessage(op.getName().str()) +
                  " does not say how many members it has")
            .help("write [%index of N], or use it in a treadle.stack"));
  // One refusal for a family, however many layers it has.
  std::optional<Error> first;
  int64_t more = 0;
  for (int64_t i = members->first; i < members->second; ++i) {
    std::optional<Error> error =
        checkTensor(op, ParameterOp::getMemberName(op.getName(), i), source);
    if (error && first)
      ++more;
    else if (error)
      first = std::move(error);
  }
  if (!first)
    return;
  std::string note = "the program declares it as " + print(op.getType());
  if (more != 0)
    note += "; " + std::to_string(more) + " more of the family " +
            quoteForMessage(op.getName().str()) + " do not fit";
  findings.add(std::move(*first).note(note));
}

void treadle::checkParameters(ModuleOp module, const ParameterSource &source,
                              Findings &findings) {
  // Operations that are alike are checked, and reported, once.
  llvm::DenseSet<std::pair<StringRef, std::pair<Type, int64_t>>> seen;
  module.walk([&](ParameterOp op) {
    auto members = getMembers(op);
    int64_t last = members ? members->second : -1;
    if (seen.insert({op.getName(), {op.getType(), last}}).second)
      checkParameter(op, source, findings);
  });
}
