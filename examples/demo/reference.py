"""A BERT sentence encoder in float64, to be read and to be compared with.

Every line is one step of the paper (Devlin et al., 2018) and none is fast.
The parameters are read as Hugging Face publishes them.
"""

import json
import math
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

# numpy has no error function; the C library's is exact to the last bit or so.
erf = np.vectorize(math.erf, otypes=[np.float64])


def gelu(x):
    return x * 0.5 * (1.0 + erf(x / math.sqrt(2.0)))


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class SentenceEncoder:
    """A sentence-transformers directory: BERT, mean over tokens, unit length."""

    def __init__(self, directory):
        directory = Path(directory)
        config = json.loads((directory / "config.json").read_text())
        if config["model_type"] != "bert" or config["hidden_act"] != "gelu":
            raise ValueError(f"{directory}: not a BERT with exact GELU")
        self.layers = config["num_hidden_layers"]
        self.heads = config["num_attention_heads"]
        self.epsilon = config["layer_norm_eps"]
        self.tensors = {
            name: tensor.astype(np.float64)
            for name, tensor in load_file(directory / "model.safetensors").items()
            if tensor.dtype.kind == "f"
        }

    def embed(self, ids):
        """The embedding [width] of one unpadded sequence of token ids [n]."""
        x = self.encode(np.asarray(ids)).mean(axis=0)
        return x / np.linalg.norm(x)

    def encode(self, ids):
        """The last hidden states [n, width] of token ids [n]."""
        words = self.tensors["embeddings.word_embeddings.weight"]
        places = self.tensors["embeddings.position_embeddings.weight"]
        segments = self.tensors["embeddings.token_type_embeddings.weight"]
        x = words[ids] + places[: len(ids)] + segments[0]
        x = self.norm(x, "embeddings.LayerNorm")
        for i in range(self.layers):
            x = self.layer(x, f"encoder.layer.{i}")
        return x

    def layer(self, x, name):
        attended = self.attention(x, f"{name}.attention.self")
        attended = self.linear(attended, f"{name}.attention.output.dense")
        x = self.norm(x + attended, f"{name}.attention.output.LayerNorm")
        hidden = gelu(self.linear(x, f"{name}.intermediate.dense"))
        hidden = self.linear(hidden, f"{name}.output.dense")
        return self.norm(x + hidden, f"{name}.output.LayerNorm")

    def attention(self, x, name):
        def heads(part):  # [n, width] -> [heads, n, width of a head]
            y = self.linear(x, f"{name}.{part}")
            return y.reshape(len(x), self.heads, -1).transpose(1, 0, 2)

        queries, keys, values = heads("query"), heads("key"), heads("value")
        scores = queries @ keys.transpose(0, 2, 1) / math.sqrt(queries.shape[-1])
        return (softmax(scores) @ values).transpose(1, 0, 2).reshape(x.shape)

    def linear(self, x, name):
        return x @ self.tensors[f"{name}.weight"].T + self.tensors[f"{name}.bias"]

    def norm(self, x, name):
        x = x - x.mean(axis=-1, keepdims=True)
        x = x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + self.epsilon)
        return x * self.tensors[f"{name}.weight"] + self.tensors[f"{name}.bias"]
