"""How far f32 may be from an equation: each bound is first order in the rounding unit and
holds for any order of the sums (Higham, Accuracy and Stability, section 3.1)."""

import math

import numpy as np

#: Half the distance of 1 and the next f32: the largest relative error of one operation.
UNIT = 2.0**-24


def round_bf16(x):
    """The nearest bf16, the even one of two, as f32; x is finite."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).view(np.float32)


def assert_within(actual, expected, bound):
    """Elementwise; what is not finite must be so in both."""
    assert actual.shape == expected.shape and actual.dtype == np.float32
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(actual[~finite], expected[~finite])
    actual, expected = actual[finite].astype(np.float64), expected[finite]
    # Numbers below the smallest normal one may become zero.
    bound = np.broadcast_to(bound, finite.shape)[finite] + 2.0**-126
    wrong = ~(np.abs(actual - expected) <= bound)
    assert not wrong.any(), (
        f"{wrong.sum()} of {wrong.size}, first at {np.argwhere(finite)[np.argmax(wrong)]}: "
        f"{actual[wrong][0]!r}, expected {expected[wrong][0]!r} within {bound[wrong][0]:.2e}"
    )


erf = np.vectorize(math.erf, otypes=[np.float64])

ACTIVATIONS = {
    "identity": lambda x: x,
    "gelu": lambda x: x / 2 * (1 + erf(x / math.sqrt(2))),
    "gelu_tanh": lambda x: x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "relu": lambda x: np.maximum(x, 0),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "quick_gelu": lambda x: x / (1 + np.exp(-1.702 * x)),
    "relu_squared": lambda x: np.maximum(x, 0) ** 2,
}


def linear(x, x_error, weight, bias=None, activation="identity"):
    """activation(W x + b) and its bound, where x is known up to x_error.

    The sum of n products, and the bias on top, is off by at most (n + 2) units of the sum of
    the magnitudes. No activation but the square is steeper than 1.13. Its own error is that of erf and tanh,
    which are good to 8 units of 1 and multiplied by x."""
    x_error = np.broadcast_to(x_error, x.shape)
    x, weight = x.astype(np.float64), weight.astype(np.float64)
    bias = np.zeros(len(weight)) if bias is None else bias.astype(np.float64)
    value = x @ weight.T + bias
    magnitude = np.abs(x) @ np.abs(weight).T + np.abs(bias)
    error = (weight.shape[1] + 2) * UNIT * magnitude + x_error @ np.abs(weight).T
    if activation == "relu_squared":
        error = (2 * np.abs(value) + error) * error + 2 * UNIT * value**2
    elif activation != "identity":
        bounded = activation in ("tanh", "sigmoid")
        error = 1.13 * error + 8 * UNIT * np.maximum(np.abs(value), bounded)
    return ACTIVATIONS[activation](value), error


def layer_norm(x, x_error, gain, bias=None, epsilon=1e-5):
    """(x - mean) / sqrt(variance + epsilon) · gain + bias, and its bound.

    The mean of n elements is off by n + 2 units of the mean magnitude: so is every x - mean.
    The variance feels that only squared, and is otherwise off by n + 8 units of itself."""
    x_error = np.broadcast_to(x_error, x.shape)
    x, gain = x.astype(np.float64), gain.astype(np.float64)
    bias = np.zeros_like(gain) if bias is None else bias.astype(np.float64)
    n = x.shape[-1]
    centred = x - x.mean(-1, keepdims=True)
    variance = (centred**2).mean(-1, keepdims=True) + epsilon
    value = centred / np.sqrt(variance) * gain + bias
    shift = (n + 2) * UNIT * np.abs(x).mean(-1, keepdims=True) + UNIT * np.abs(x)
    shift = shift + x_error + x_error.mean(-1, keepdims=True)
    spread = (n + 8) * UNIT + (shift**2).mean(-1, keepdims=True) / variance
    spread = spread + np.sqrt((x_error**2).mean(-1, keepdims=True) / variance)
    scaled = np.abs(gain) / np.sqrt(variance)
    error = scaled * (shift + np.abs(centred) * spread) + 4 * UNIT * (np.abs(value) + np.abs(bias))
    return value, error


def rms_norm(x, x_error, gain=None, epsilon=1e-6):
    """x / sqrt(mean of squares + epsilon) · gain, and its bound: the mean of n squares is off
    by n + 8 units of itself, its root by half as much."""
    x_error = np.broadcast_to(x_error, x.shape)
    x = x.astype(np.float64)
    gain = np.ones(x.shape[-1]) if gain is None else gain.astype(np.float64)
    n = max(x.shape[-1], 1)
    root = np.sqrt((x**2).sum(-1, keepdims=True) / n + epsilon)
    value = x / root * gain
    shift = np.sqrt((x_error**2).sum(-1, keepdims=True) / n) / root
    error = np.abs(gain) * x_error / root + np.abs(value) * ((n + 12) * UNIT + shift)
    return value, error


def attention(q, k, v, scale=None, visible=None, errors=(0.0, 0.0, 0.0)):
    """softmax(scale · q kᵀ) v of [..., queries, d], [..., keys, d] and [..., keys, e] over the
    visible keys, and its bound, where q, k and v are known up to `errors`.

    A score of d products is off by d + 6 units of its magnitudes, the largest one's error
    included, which is subtracted; a weight by as much relatively, above and below the line.
    Sums over n keys, which each tile of keys corrects, add 2 n + 16 units."""
    errors = [np.broadcast_to(error, x.shape) for error, x in zip(errors, (q, k, v))]
    q, k, v = (x.astype(np.float64) for x in (q, k, v))
    transpose = lambda x: x.swapaxes(-1, -2)
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    scores = scale * (q @ transpose(k))
    if visible is not None:
        scores = np.where(visible, scores, -np.inf)
    largest = scores.max(-1, keepdims=True, initial=-np.inf)
    weights = np.exp(scores - np.where(largest == -np.inf, 0, largest))
    total = weights.sum(-1, keepdims=True)
    weights = weights / np.where(total == 0, 1, total)

    score_error = (q.shape[-1] + 6) * UNIT * (np.abs(q) @ transpose(np.abs(k)))
    score_error = score_error + errors[0] @ transpose(np.abs(k)) + np.abs(q) @ transpose(errors[1])
    score_error = np.where(np.isfinite(scores), abs(scale) * score_error, 0)
    relative = 2 * score_error.max(-1, keepdims=True, initial=0.0) + (2 * k.shape[-2] + 16) * UNIT
    return weights @ v, relative * (weights @ np.abs(v)) + weights @ errors[2]
