"""Runs the models of examples/mlir and compares them with their equations in float64.

    python check_models.py NAME WEIGHTS MODEL.treadle
"""

import math
import sys

import numpy as np
from safetensors.numpy import load_file

import treadle

RNG = np.random.default_rng(4)


class Weights:
    """The parameters below a name, in float64."""

    def __init__(self, arrays, prefix=""):
        self.arrays, self.prefix = arrays, prefix

    def __getattr__(self, name):
        key = self.prefix + name
        if key in self.arrays:
            return self.arrays[key].astype(np.float64)
        return Weights(self.arrays, key + ".")

    def __getitem__(self, layer):
        return Weights(self.arrays, f"{self.prefix}{layer}.")


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def layer_norm(x, gain, bias, epsilon=1e-5):
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + epsilon) * gain + bias


def rms_norm(x, gain, epsilon=1e-6):
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + epsilon) * gain


def sinusoidal(x):
    width = x.shape[-1]
    angles = np.arange(x.shape[1])[:, None] * 1e4 ** (-np.arange(0, width, 2) / width)
    places = np.stack([np.sin(angles), np.cos(angles)], -1).reshape(x.shape[1], width)
    return x + places


def split(x, heads):
    """[batch, tokens, heads * d] as [batch, heads, tokens, d]."""
    return x.reshape(*x.shape[:2], heads, -1).swapaxes(1, 2)


def rotate(x):
    """Rotary positions of [batch, heads, tokens, d], components in halves."""
    half = x.shape[-1] // 2
    angles = np.arange(x.shape[2])[:, None] * 1e4 ** (-np.arange(half) / half)
    cos, sin = np.cos(angles), np.sin(angles)
    a, b = x[..., :half], x[..., half:]
    return np.concatenate([a * cos - b * sin, b * cos + a * sin], -1)


def attend(q, k, v, w, heads=4, visible=True, bias=0.0, scale=None, turn=lambda x: x, key_heads=None):
    key_heads = key_heads or heads
    q, k, v = split(q @ w.query.T, heads), split(k @ w.key.T, key_heads), split(v @ w.value.T, key_heads)
    q, k = turn(q), turn(k)
    k, v = (np.repeat(x, heads // key_heads, axis=1) for x in (k, v))
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    scores = scale * (q @ k.swapaxes(-1, -2)) + bias
    scores = np.where(visible, scores, -np.inf)
    joined = (softmax(scores) @ v).swapaxes(1, 2)
    return joined.reshape(*joined.shape[:2], -1) @ w.output.T


def causal(tokens):
    return np.tril(np.ones((tokens, tokens), bool))


def transformer(w, source, lengths, target):
    table = w.embedding * np.float32(5.65685425)
    within = (np.arange(source.shape[1]) < lengths[:, None])[:, None, None, :]
    network = lambda x, n: np.maximum(x @ getattr(n, "in").T + n.in_bias, 0) @ n.out.T + n.out_bias
    memory = sinusoidal(table[source])
    for layer in range(2):
        a, n = w.encoder[layer].attention, w.encoder[layer].network
        memory = layer_norm(memory + attend(memory, memory, memory, a, visible=within), a.gain, a.bias)
        memory = layer_norm(memory + network(memory, n), n.gain, n.bias)
    x = sinusoidal(table[target])
    for layer in range(2):
        a, c, n = (getattr(w.decoder[layer], part) for part in ("attention", "cross", "network"))
        x = layer_norm(x + attend(x, x, x, a, visible=causal(x.shape[1])), a.gain, a.bias)
        x = layer_norm(x + attend(x, memory, memory, c, visible=within), c.gain, c.bias)
        x = layer_norm(x + network(x, n), n.gain, n.bias)
    return softmax(x @ w.embedding.T)


def decoder(w, x):
    n = rms_norm(x, w.attention.gain)
    x = x + attend(n, n, n, w.attention, visible=causal(x.shape[1]), turn=rotate, key_heads=2)
    n = rms_norm(x, w.network.gain)
    gate = n @ w.network.gate.T
    return x + (gate / (1 + np.exp(-gate)) * (n @ w.network.up.T)) @ w.network.down.T


def bucket(distance):
    """T5's bucket of key - query, of 32, in both directions, up to a distance of 128."""
    side, distance = (16 if distance > 0 else 0), abs(distance)
    if distance < 8:
        return side + distance
    return side + min(15, 8 + int(math.log(distance / 8) / math.log(128 / 8) * 8))


def t5(w, x):
    tokens = range(x.shape[1])
    rows = np.array([[bucket(key - query) for key in tokens] for query in tokens])
    bias = w.attention.relative_bias[rows].transpose(2, 0, 1)
    n = rms_norm(x, w.attention.gain)
    x = x + attend(n, n, n, w.attention, bias=bias, scale=1.0)
    n = rms_norm(x, w.network.gain)
    return x + np.maximum(n @ getattr(w.network, "in").T, 0) @ w.network.out.T


def compare(what, actual, expected):
    """Sums of some hundred terms of magnitude 1, a few layers of them: far below 1e-4."""
    error = np.abs(actual - expected).max() / max(1, np.abs(expected).max())
    print(f"{what}: {'agrees' if error < 2e-5 else f'is off by {error}'}")


def normal(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


def check_transformer(model, w):
    source, target = RNG.integers(0, 48, (3, 11)), RNG.integers(0, 48, (3, 7))
    lengths = np.array([11, 4, 1])
    result = model.run("translate", source=source, lengths=lengths, target=target)
    compare("translate", result["probabilities"], transformer(w, source, lengths, target))


def check_decoder(model, w):
    x = normal(2, 40, 32)
    expected = decoder(w, x.astype(np.float64))
    compare("layer", model.run("layer", x=x)["y"], expected)
    # A prompt, and then a token at a time.
    keys, values = np.zeros((2, 64, 2, 8), np.float32), np.zeros((2, 64, 2, 8), np.float32)
    parts, first = [], 0
    for count in [17, *[1] * 23]:
        result = model.run("step", x=x[:, first : first + count], past=np.full(2, first), keys=keys, values=values)
        keys, values = result["new_keys"], result["new_values"]
        parts.append(result["y"])
        first += count
    compare("step", np.concatenate(parts, 1), expected)


def check_t5(model, w):
    x = normal(2, 70, 32)
    compare("block", model.run("block", x=x)["y"], t5(w, x.astype(np.float64)))


def main():
    name, weights, path = sys.argv[1:]
    globals()[f"check_{name}"](treadle.load(path), Weights(load_file(weights)))


if __name__ == "__main__":
    main()
