"""Writes a directory like those of sentence-transformers, with a tiny BERT.

    python make_tiny_bert.py DIR [--hidden 64 --layers 2 --heads 4 --vocab 100]

Weights come from a seed, so that the same arguments make the same bytes.
Needs nothing but the standard library.
"""

import argparse
import array
import json
import os
import random
import struct


def list_tensors(hidden, layers, vocab, positions):
    """Name and shape of each tensor."""
    yield "embeddings.word_embeddings.weight", [vocab, hidden]
    yield "embeddings.position_embeddings.weight", [positions, hidden]
    yield "embeddings.token_type_embeddings.weight", [2, hidden]
    yield "embeddings.LayerNorm.weight", [hidden]
    yield "embeddings.LayerNorm.bias", [hidden]
    for i in range(layers):
        prefix = f"encoder.layer.{i}."
        for name in ("self.query", "self.key", "self.value", "output.dense"):
            yield f"{prefix}attention.{name}.weight", [hidden, hidden]
            yield f"{prefix}attention.{name}.bias", [hidden]
        yield f"{prefix}attention.output.LayerNorm.weight", [hidden]
        yield f"{prefix}attention.output.LayerNorm.bias", [hidden]
        yield f"{prefix}intermediate.dense.weight", [4 * hidden, hidden]
        yield f"{prefix}intermediate.dense.bias", [4 * hidden]
        yield f"{prefix}output.dense.weight", [hidden, 4 * hidden]
        yield f"{prefix}output.dense.bias", [hidden]
        yield f"{prefix}output.LayerNorm.weight", [hidden]
        yield f"{prefix}output.LayerNorm.bias", [hidden]


def make_values(name, count, rng):
    """Near what training leaves: norms scale by about 1, the rest is small."""
    center = 1.0 if name.endswith("LayerNorm.weight") else 0.0
    return array.array("f", (rng.uniform(center - 0.1, center + 0.1) for _ in range(count)))


def write_safetensors(path, tensors, seed=0):
    rng = random.Random(seed)
    header, data = {}, []
    offset = 0
    for name, shape in tensors:
        count = 1
        for extent in shape:
            count *= extent
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + 4 * count]}
        offset += 4 * count
        data.append(make_values(name, count, rng))
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for values in data:
            file.write(values.tobytes())


def write_json(directory, name, value):
    path = os.path.join(directory, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        json.dump(value, file, indent=2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory")
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--vocab", type=int, default=100)
    parser.add_argument("--positions", type=int, default=48)
    arguments = parser.parse_args()

    directory = arguments.directory
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": arguments.hidden,
        "intermediate_size": 4 * arguments.hidden,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": arguments.positions,
        "num_attention_heads": arguments.heads,
        "num_hidden_layers": arguments.layers,
        "position_embedding_type": "absolute",
        "type_vocab_size": 2,
        "vocab_size": arguments.vocab,
    }
    modules = [
        ("", "sentence_transformers.models.Transformer"),
        ("1_Pooling", "sentence_transformers.models.Pooling"),
        ("2_Normalize", "sentence_transformers.models.Normalize"),
    ]
    write_json(directory, "config.json", config)
    write_json(
        directory,
        "modules.json",
        [
            {"idx": i, "name": str(i), "path": path, "type": kind}
            for i, (path, kind) in enumerate(modules)
        ],
    )
    write_json(
        directory,
        "1_Pooling/config.json",
        {"word_embedding_dimension": arguments.hidden, "pooling_mode_mean_tokens": True},
    )
    write_json(directory, "tokenizer_config.json", {"model_max_length": arguments.positions})
    tensors = list_tensors(
        arguments.hidden, arguments.layers, arguments.vocab, arguments.positions
    )
    write_safetensors(os.path.join(directory, "model.safetensors"), tensors)


if __name__ == "__main__":
    main()
