//===- ModelBuilder.cpp - The model stage, built and checked as one -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelBuilder.h"
#include "SentenceHead.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace treadle;

ModelBuilder::ModelBuilder(ModuleOp module, const Architecture &architecture,
                           StringRef configName, const ParameterSource &source,
                           Findings &findings)
    : builder(module.getBodyRegion()), loc(builder.getUnknownLoc()),
      findings(findings), module(module), architecture(architecture),
      configName(configName), source(source) {
  for (StringRef candidate : architecture.prefixes)
    if (source.find((candidate + architecture.anchorTensor).str())) {
      prefix = candidate;
      break;
    }
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

/// The name under which the checkpoint has a parameter: with its prefix, and in
/// the old spelling when (the first member of) the parameter is there in that.
std::string ModelBuilder::getSourceName(StringRef name) const {
  std::string full = (prefix + name).str();
  auto isThere = [&](StringRef spelling) {
    return source.find(ParameterOp::getMemberName(spelling, 0)).has_value();
  };
  if (isThere(full))
    return full;
  for (const SuffixAlias &entry : architecture.suffixAliases) {
    StringRef stem = full;
    if (!stem.consume_back(entry.suffix))
      continue;
    std::string old = (stem + entry.alias).str();
    if (isThere(old))
      return old;
  }
  return full;
}

static std::vector<int64_t> getExtents(ArrayRef<Size> shape) {
  std::vector<int64_t> extents;
  for (const Size &size : shape)
    extents.push_back(size.value);
  return extents;
}

/// "config.json: hidden_size is 384, intermediate_size is 1536".
std::string ModelBuilder::explainShape(ArrayRef<Size> shape) const {
  std::string text;
  llvm::StringSet<> said;
  for (const Size &size : shape)
    if (!size.key.empty() && said.insert(size.key).second)
      text += (text.empty() ? configName + ": " : std::string(", ")) +
              size.key.str() + " is " + std::to_string(size.value);
  return text;
}

std::optional<ElementType> ModelBuilder::check(StringRef name,
                                               ArrayRef<Size> shape,
                                               std::optional<Error> &error) {
  used.insert(name);
  std::string quoted = quoteForMessage(name.str());
  std::optional<ParameterData> data = source.find(name);
  if (!data) {
    error = Error(ErrorId::MissingTensor,
                  source.getName().str() + ": has no tensor " + quoted)
                .note("expected " + formatShape(getExtents(shape)) + "; " +
                      explainShape(shape))
                .help("check that the weights are of the model that " +
                      configName + " describes");
    return std::nullopt;
  }
  std::string tensor = data->file.str() + ": tensor " + quoted;
  if (data->shape != getExtents(shape)) {
    error = Error(ErrorId::WrongTensorShape,
                  tensor + " is " + formatShape(data->shape) + ", expected " +
                      formatShape(getExtents(shape)))
                .note(explainShape(shape))
                .help("fetch the weights and " + configName +
                      " from one revision of the model");
    return std::nullopt;
  }
  switch (data->type) {
  case ElementType::F32:
  case ElementType::F16:
  case ElementType::BF16:
    return data->type;
  default:
    error = Error(ErrorId::UnsupportedTensorType,
                  tensor + " is of " + getSafetensorsName(data->type) +
                      "; F32, F16 and BF16 are supported")
                .help("convert the checkpoint, for example with "
                      "model.to(torch.float32).save_pretrained(...)");
    return std::nullopt;
  }
}

Value ModelBuilder::parameter(StringRef name, ArrayRef<Size> shape) {
  std::string sourceName = getSourceName(name);
  bool isFamily = StringRef(sourceName).contains("{}");
  assert(isFamily == static_cast<bool>(layerIndex) &&
         "a family is used in a layer, and nothing else is");

  // One refusal for a family, which names the first member concerned.
  std::optional<Error> first;
  std::optional<ElementType> type;
  int64_t more = 0;
  for (int64_t i = 0; i < (isFamily ? layers : 1); ++i) {
    std::string member = ParameterOp::getMemberName(sourceName, i);
    std::optional<Error> error;
    std::optional<ElementType> memberType = check(member, shape, error);
    if (memberType && type && *type != *memberType)
      error = Error(ErrorId::MixedTensorTypes,
                    source.find(member)->file.str() + ": tensor " +
                        quoteForMessage(member) + " is of " +
                        getSafetensorsName(*memberType) +
                        ", and the same tensor of a layer before it of " +
                        getSafetensorsName(*type))
                  .help("save the checkpoint in one element type");
    if (!type)
      type = memberType;
    if (error && first)
      ++more;
    else if (error)
      first = std::move(error);
  }
  if (first && more != 0)
    // Changes the error in place.
    (void)std::move(*first).note(
        std::to_string(more) + (more == 1 ? " more tensor" : " more tensors") +
        " of the family " + quoteForMessage(sourceName) +
        " cannot be used either");
  if (first)
    findings.add(std::move(*first));

  // Without a usable tensor the module will be thrown away; it is built to its
  // end only to find what else is wrong.
  Type elementType =
      getMlirType(builder.getContext(), type.value_or(ElementType::F32));
  auto resultType = RankedTensorType::get(getExtents(shape), elementType);
  Value value = ParameterOp::create(
      builder, NameLoc::get(builder.getStringAttr(sourceName)), resultType,
      builder.getStringAttr(sourceName), isFamily ? layerIndex : Value(),
      IntegerAttr());
  if (elementType.isF32())
    return value;
  return arith::ExtFOp::create(builder, loc,
                               resultType.clone(builder.getF32Type()), value);
}

LinearParameters ModelBuilder::linear(StringRef name, Size outputs,
                                      Size inputs) {
  Value weight = parameter((name + ".weight").str(), {outputs, inputs});
  Value bias = parameter((name + ".bias").str(), {outputs});
  return {weight, bias};
}

Value ModelBuilder::layerNorm(StringRef name, Value input, Size width,
                              double epsilon) {
  Value gain = parameter((name + ".weight").str(), {width});
  Value bias = parameter((name + ".bias").str(), {width});
  return LayerNormOp::create(builder, loc, input.getType(), input, gain, bias,
                             builder.getF64FloatAttr(epsilon));
}

void ModelBuilder::warnOfUnusedTensors() {
  llvm::StringSet<> harmless;
  for (StringRef name : architecture.harmlessTensors)
    harmless.insert((prefix + name).str());
  std::vector<std::string> rest;
  for (StringRef name : source.getNames())
    if (!used.contains(name) && !harmless.contains(name))
      rest.push_back(name.str());
  if (!rest.empty())
    findings.warnings.push_back(
        source.getName().str() + ": " + std::to_string(rest.size()) +
        (rest.size() == 1 ? " tensor is" : " tensors are") +
        " not used: " + listForMessage(rest));
}

//===----------------------------------------------------------------------===//
// Structure
//===----------------------------------------------------------------------===//

Value ModelBuilder::stack(int64_t count, Value input,
                          llvm::function_ref<Value(Value)> layer) {
  auto stack =
      StackOp::create(builder, loc, TypeRange(input.getType()),
                      builder.getI64IntegerAttr(count), ValueRange(input));
  Block &body = stack.getLayer().emplaceBlock();
  Value layerInput = body.addArgument(input.getType(), loc);
  layerIndex = body.addArgument(builder.getIndexType(), loc);
  layers = count;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&body);
  YieldOp::create(builder, loc, layer(layerInput));
  layerIndex = {};
  return stack.getResult(0);
}

Value ModelBuilder::residual(Value input,
                             llvm::function_ref<Value(Value)> branch) {
  auto residual =
      ResidualOp::create(builder, loc, input.getType(), input, /*gate=*/Value(),
                         /*input_scale=*/FloatAttr(), /*scale=*/FloatAttr());
  Block &body = residual.getBranch().emplaceBlock();
  Value branchInput = body.addArgument(input.getType(), loc);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&body);
  YieldOp::create(builder, loc, branch(branchInput));
  return residual.getResult();
}

void ModelBuilder::encoderEntry(Size width, const SentenceHead *head,
                                llvm::function_ref<Value(Value, Value)> body) {
  if (head && head->width && *head->width != width.value)
    findings.add(Error(ErrorId::InvalidConfigValue,
                       head->sources.back().name +
                           ": 'word_embedding_dimension' is " +
                           std::to_string(*head->width) + ", expected " +
                           std::to_string(width.value))
                     .note(explainShape(width)));
  MLIRContext *context = builder.getContext();
  constexpr int64_t dynamic = ShapedType::kDynamic;
  auto string = [&](StringRef text) { return builder.getStringAttr(text); };
  auto named = [&](StringRef name, ArrayRef<StringAttr> dims,
                   StringAttr maximum = {}) {
    return treadle::NamedAttr::get(context, string(name), dims, /*limits=*/{},
                                   /*below=*/0, maximum,
                                   /*optional=*/maximum != nullptr,
                                   /*output=*/false);
  };
  StringAttr batch = string("batch"), sequence = string("sequence");
  StringAttr fixed = string("");

  Type i64 = builder.getI64Type(), f32 = builder.getF32Type();
  bool pools = head && head->pooling;
  SmallVector<int64_t> resultShape = {dynamic, dynamic, width.value};
  if (pools)
    resultShape = {dynamic, width.value};
  auto function = func::FuncOp::create(
      builder, loc, pools ? "embed" : "encode",
      builder.getFunctionType({RankedTensorType::get({dynamic, dynamic}, i64),
                               RankedTensorType::get({dynamic}, i64)},
                              {RankedTensorType::get(resultShape, f32)}));
  function.setArgAttr(0, kNamedAttrName, named("ids", {batch, sequence}));
  function.setArgAttr(1, kNamedAttrName, named("lengths", {batch}, sequence));
  function.setResultAttr(0, kNamedAttrName,
                         pools ? named("embeddings", {batch, fixed})
                               : named("hidden", {batch, sequence, fixed}));

  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(function.addEntryBlock());
  Value lengths = function.getArgument(1);
  Value result = body(function.getArgument(0), lengths);
  if (pools)
    result =
        PoolOp::create(builder, loc, RankedTensorType::get(resultShape, f32),
                       *head->pooling, result, lengths);
  if (pools && head->normalize)
    // torch.nn.functional.normalize, which the published models were made with.
    result = UnitNormOp::create(builder, loc, result.getType(), result,
                                builder.getF64FloatAttr(1e-12));
  func::ReturnOp::create(builder, loc, result);
}
