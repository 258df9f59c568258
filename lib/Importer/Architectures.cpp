//===- Architectures.cpp - The table of architectures -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Architecture.h"

using namespace treadle;

llvm::ArrayRef<const Architecture *> treadle::getArchitectures() {
  static const Architecture *const architectures[] = {&kBert};
  return architectures;
}

llvm::ArrayRef<llvm::StringLiteral> treadle::getHarmlessKeys() {
  // PretrainedConfig of transformers 2 to 5. Old versions wrote the generation
  // options into every configuration.
  static constexpr llvm::StringLiteral keys[] = {
      // Where it comes from.
      "_name_or_path", "_commit_hash", "_attn_implementation_autoset",
      "architectures", "auto_map", "transformers_version", "model_type",
      "name_or_path", "directionality",
      // The type that weights were saved in; the checkpoint itself says it.
      "torch_dtype", "dtype", "use_bfloat16", "torchscript",
      // Training.
      "gradient_checkpointing", "initializer_range", "initializer_factor",
      "hidden_dropout_prob", "attention_probs_dropout_prob",
      "classifier_dropout", "problem_type", "finetuning_task",
      "task_specific_params", "id2label", "label2id", "num_labels",
      "_num_labels", "tie_word_embeddings", "tf_legacy_loss",
      // How a result is handed over.
      "output_attentions", "output_hidden_states", "output_past",
      "output_scores", "return_dict", "return_dict_in_generate", "use_cache",
      // How memory is spent: the same numbers.
      "chunk_size_feed_forward",
      // Text, which the tokenizer's own files describe.
      "bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id",
      "decoder_start_token_id", "tokenizer_class", "prefix",
      // Generation.
      "bad_words_ids", "begin_suppress_tokens", "diversity_penalty",
      "do_sample", "early_stopping", "encoder_no_repeat_ngram_size",
      "exponential_decay_length_penalty", "forced_bos_token_id",
      "forced_eos_token_id", "length_penalty", "max_length", "min_length",
      "no_repeat_ngram_size", "num_beam_groups", "num_beams",
      "num_return_sequences", "remove_invalid_values", "repetition_penalty",
      "suppress_tokens", "temperature", "top_k", "top_p", "typical_p"};
  return keys;
}
