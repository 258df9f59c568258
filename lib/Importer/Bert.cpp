//===- Bert.cpp - BERT -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Devlin et al., 2018; the names are those of BertModel in transformers.
//
//===----------------------------------------------------------------------===//

#include "ModelBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace treadle;

namespace {

struct BertConfig {
  Size vocabulary, positions, tokenTypes, width, inner;
  int64_t layers, heads;
  double epsilon;
  Activation activation;
};

} // namespace

static BertConfig readConfig(Configuration &config) {
  // Far above every published model, and far below what would overflow.
  constexpr int64_t kMost = int64_t(1) << 24;
  size_t errorsBefore = config.getFindings().errors.size();
  BertConfig bert;
  bert.vocabulary = config.getSize("vocab_size", kMost);
  bert.positions = config.getSize("max_position_embeddings", kMost);
  // Absent from the oldest configurations; BertConfig has these values then.
  bert.tokenTypes = config.getSize("type_vocab_size", kMost, 2);
  bert.epsilon = config.getPositive("layer_norm_eps", 1.0, 1e-12);
  bert.width = config.getSize("hidden_size", kMost);
  bert.inner = config.getSize("intermediate_size", kMost);
  bert.layers = config.getSize("num_hidden_layers", 4096).value;
  bert.heads = config.getSize("num_attention_heads", kMost).value;
  // Both are stand-ins after an error.
  if (config.getFindings().errors.size() == errorsBefore &&
      bert.width.value % bert.heads != 0)
    config.refuse(ErrorId::InvalidConfigValue, "hidden_size",
                  "is " + std::to_string(bert.width.value) +
                      ", no multiple of num_attention_heads, " +
                      std::to_string(bert.heads));

  std::string name = config.getString("hidden_act", "gelu");
  auto activation = llvm::StringSwitch<std::optional<Activation>>(name)
                        .Cases({"gelu", "gelu_python"}, Activation::Gelu)
                        .Cases({"gelu_new", "gelu_fast", "gelu_pytorch_tanh"},
                               Activation::GeluTanh)
                        .Case("relu", Activation::Relu)
                        .Cases({"silu", "swish"}, Activation::Silu)
                        .Default(std::nullopt);
  if (!activation)
    config.refuse(ErrorId::UnsupportedConfigValue, "hidden_act",
                  "is " + quoteForMessage(name) +
                      "; 'gelu', 'gelu_new', 'relu', 'silu' and their other "
                      "names are implemented");
  bert.activation = activation.value_or(Activation::Gelu);
  return bert;
}

/// Words, token types and positions, added and normalised. A text of one part
/// has token type 0 throughout.
static Value buildEmbeddings(ModelBuilder &model, const BertConfig &bert,
                             Value ids) {
  OpBuilder &builder = model.builder;
  Location loc = model.loc;
  Value words = model.parameter("embeddings.word_embeddings.weight",
                                {bert.vocabulary, bert.width});
  Value types = model.parameter("embeddings.token_type_embeddings.weight",
                                {bert.tokenTypes, bert.width});
  Value places = model.parameter("embeddings.position_embeddings.weight",
                                 {bert.positions, bert.width});

  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(0));
  Value batch = tensor::DimOp::create(builder, loc, ids, 0);
  Value sequence = tensor::DimOp::create(builder, loc, ids, 1);
  Value zeros = tensor::SplatOp::create(builder, loc, zero, ids.getType(),
                                        ValueRange{batch, sequence});

  auto type = RankedTensorType::get(
      {ShapedType::kDynamic, ShapedType::kDynamic, bert.width.value},
      builder.getF32Type());
  Value word = EmbeddingOp::create(builder, loc, type, ids, words);
  Value part = EmbeddingOp::create(builder, loc, type, zeros, types);
  Value sum = arith::AddFOp::create(builder, loc, word, part);
  Value placed = LearnedPositionOp::create(builder, loc, type, sum, places,
                                           /*offsets=*/nullptr);
  return model.layerNorm("embeddings.LayerNorm", placed, bert.width,
                         bert.epsilon);
}

static Value buildAttention(ModelBuilder &model, const BertConfig &bert,
                            Value input, Value lengths) {
  auto projection = [&](StringRef name) {
    return model.linear(("encoder.layer.{}.attention." + name).str(),
                        bert.width, bert.width);
  };
  LinearParameters query = projection("self.query");
  LinearParameters key = projection("self.key");
  LinearParameters value = projection("self.value");
  LinearParameters output = projection("output.dense");
  OpBuilder &builder = model.builder;
  auto attention = MultiHeadAttentionOp::create(
      builder, model.loc, input, input, input, bert.heads,
      {query.weight, key.weight, value.weight, output.weight},
      {query.bias, key.bias, value.bias, output.bias});
  attention.setMaskAttr(MaskAttr::get(builder.getContext(), /*causal=*/false,
                                      /*keysWithinLengths=*/true));
  attention.getLengthsMutable().assign(lengths);
  return attention.getResult();
}

/// Norms come after their blocks, as in the paper.
static Value buildLayer(ModelBuilder &model, const BertConfig &bert,
                        Value input, Value lengths) {
  Value attended = model.residual(
      input, [&](Value x) { return buildAttention(model, bert, x, lengths); });
  attended = model.layerNorm("encoder.layer.{}.attention.output.LayerNorm",
                             attended, bert.width, bert.epsilon);
  Value fed = model.residual(attended, [&](Value x) -> Value {
    LinearParameters in = model.linear("encoder.layer.{}.intermediate.dense",
                                       bert.inner, bert.width);
    LinearParameters out =
        model.linear("encoder.layer.{}.output.dense", bert.width, bert.inner);
    return FeedForwardOp::create(model.builder, model.loc, x.getType(), x,
                                 in.weight, out.weight, in.bias, out.bias,
                                 bert.activation);
  });
  return model.layerNorm("encoder.layer.{}.output.LayerNorm", fed, bert.width,
                         bert.epsilon);
}

static void buildBert(ModelBuilder &model, Configuration &config,
                      const SentenceHead *head) {
  size_t errorsBefore = model.findings.errors.size();
  BertConfig bert = readConfig(config);
  // Sizes that are wrong would make every tensor look wrong.
  if (model.findings.errors.size() != errorsBefore)
    return;
  model.encoderEntry(bert.width, head, [&](Value ids, Value lengths) {
    Value embedded = buildEmbeddings(model, bert, ids);
    return model.stack(bert.layers, embedded, [&](Value x) {
      return buildLayer(model, bert, x, lengths);
    });
  });
}

static constexpr FixedKey kFixedKeys[] = {
    {"position_embedding_type", "\"absolute\"",
     "adds a term for the distance of two tokens to the scores of attention"},
    {"is_decoder", "false", "masks the tokens that follow"},
    {"add_cross_attention", "false", "attends to the output of an encoder"},
    {"is_encoder_decoder", "false", "needs a decoder"},
    {"tie_encoder_decoder", "false", "needs a decoder"},
    {"pruned_heads", "{}", "leaves heads out of some layers"},
    {"quantization_config", "null",
     "stores weights in a quantised form of its own"}};

static constexpr llvm::StringLiteral kHarmlessKeys[] = {
    // Of cross-attention, which is refused itself.
    "cross_attention_hidden_size",
    // Of the pooler, which feeds the heads of classification only.
    "pooler_fc_size", "pooler_num_attention_heads", "pooler_num_fc_layers",
    "pooler_size_per_head", "pooler_type"};

static constexpr llvm::StringLiteral kPrefixes[] = {"", "bert."};

// The names that TensorFlow's checkpoints had.
static constexpr SuffixAlias kSuffixAliases[] = {
    {".LayerNorm.weight", ".LayerNorm.gamma"},
    {".LayerNorm.bias", ".LayerNorm.beta"}};

static constexpr llvm::StringLiteral kHarmlessTensors[] = {
    // 0, 1, 2, ...: a buffer that old versions saved.
    "embeddings.position_ids", "embeddings.token_type_ids",
    "pooler.dense.weight", "pooler.dense.bias"};

const Architecture treadle::kBert = {
    /*modelType=*/"bert",
    /*keyAliases=*/{},
    kFixedKeys,
    kHarmlessKeys,
    /*anchorTensor=*/"embeddings.word_embeddings.weight",
    kPrefixes,
    kSuffixAliases,
    kHarmlessTensors,
    buildBert};
