"""all-MiniLM-L6-v2 as a GGUF, written from the published checkpoint.

What llama.cpp's own converter makes of it, but for three things: query, key and value of a layer
are one tensor, which is one product where three would be; words are looked up in float32 at any
precision; and there is no vocabulary, because tokens are given as ids.
"""

import json
from pathlib import Path

import gguf
import numpy as np
from safetensors.numpy import load_file

#: What the matrices of products are stored in, by the names of --precision and one more.
TYPES = {
    "f32": gguf.GGMLQuantizationType.F32,
    "bf16": gguf.GGMLQuantizationType.BF16,
    "f16": gguf.GGMLQuantizationType.F16,
}


def write_model(directory, path, precision):
    """Writes the model of a Hugging Face directory."""
    directory = Path(directory)
    config = json.loads((directory / "config.json").read_text())
    writer = gguf.GGUFWriter(path, gguf.MODEL_ARCH_NAMES[gguf.MODEL_ARCH.BERT])
    add_parameters(writer, config)
    tensors = load_file(directory / "model.safetensors")
    for name, tensor in rename(tensors, config["num_hidden_layers"]):
        kind = TYPES[precision if is_factor(name) else "f32"]
        writer.add_tensor(name, gguf.quantize(tensor.astype(np.float32), kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def add_parameters(writer, config):
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_vocab_size(config["vocab_size"])
    writer.add_token_type_count(config["type_vocab_size"])
    writer.add_tokenizer_model("none")


def rename(tensors, layers):
    """Pairs of a name in GGUF and a tensor."""
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.BERT, layers)
    for i in range(layers):
        attention = f"encoder.layer.{i}.attention.self"
        for kind in ("weight", "bias"):
            parts = [tensors.pop(f"{attention}.{x}.{kind}") for x in ("query", "key", "value")]
            yield f"blk.{i}.attn_qkv.{kind}", np.concatenate(parts)
    for name, tensor in tensors.items():
        # Neither the pooler nor the buffer of positions is a part of the encoder.
        if not name.startswith("pooler.") and not name.endswith("position_ids"):
            yield names.get_name(name, (".weight", ".bias")), tensor


def is_factor(name):
    """Whether a tensor is the matrix of a product."""
    return name.startswith("blk.") and name.endswith(".weight") and "norm" not in name
