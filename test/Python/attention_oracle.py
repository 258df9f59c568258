"""Attention with all that treadle.attention has, in float64, and how far f32 may be from it.

Each bound is first order in the rounding unit. A sum of n terms is granted `growth(n)` units of
the sum of magnitudes: n units hold for any order of the terms (Higham, Accuracy and Stability,
section 3.1), and 4 √n hold for roundings that do not conspire, at four standard deviations of a
random walk."""

import numpy as np
from numerics import UNIT

#: Half the distance of 1 and the next number, by element type; f64 is computed in f32.
ROUNDING = {"f32": 0.0, "f64": 0.0, "f16": 2.0**-11, "bf16": 2.0**-8}
#: The largest absolute error of a number that is too small to be normal in the type.
TINY = {"f32": 0.0, "f64": 0.0, "f16": 2.0**-25, "bf16": 0.0}


def growth(n):
    return min(n, 4 * np.sqrt(n))


def swap(x):
    return np.swapaxes(x, -1, -2)


def score_dot(q, k, scale, errors=None):
    """scale · q kᵀ and its bound, where q and k are known up to `errors`, of their shapes."""
    with np.errstate(all="ignore"):
        x = scale * (q @ swap(k))
        error = (growth(q.shape[-1]) + 3) * UNIT * (np.abs(q) @ swap(np.abs(k)))
        if errors:
            error = error + errors[0] @ swap(np.abs(k) + errors[1]) + np.abs(q) @ swap(errors[1])
        return x, abs(scale) * error


def score_additive(q, k, w):
    """Σ_d w tanh(q + k) and its bound; tanh is good to 8 units of 1."""
    with np.errstate(all="ignore"):
        inner = q[..., :, None, :] + k[..., None, :, :]
        t = np.tanh(inner)
        w = w[..., None, None, :]
        x = (w * t).sum(-1)
        slope = (1 - t * t) * UNIT * np.where(np.isfinite(inner), np.abs(inner), 0)
        error = (np.abs(w) * (8 * UNIT + slope)).sum(-1)
        error = error + (growth(q.shape[-1]) + 2) * UNIT * np.abs(w * t).sum(-1)
    return x, error


def soft_cap(x, error, cap):
    with np.errstate(all="ignore"):
        t = np.tanh(x / cap)
        return cap * t, np.where(np.isfinite(x), error * (1 - t * t), 0) + 12 * UNIT * cap


def add(x, error, y):
    """x + y, where y is known up to 4 units of itself."""
    with np.errstate(all="ignore"):
        sum = x + y
        size = np.where(np.isfinite(y), np.abs(y), 0) + np.where(np.isfinite(sum), np.abs(sum), 0)
    return sum, error + 4 * UNIT * size


def alibi_slopes(heads):
    """Press et al., 2021: a geometric sequence; that of twice as many fills up the rest."""

    def powers(n):
        return 2.0 ** (-8 * np.arange(1, n + 1) / n)

    whole = 2 ** int(np.log2(heads))
    return np.concatenate([powers(whole), powers(2 * whole)[::2][: heads - whole]])


def relative_bucket(query, key, buckets, max_distance, bidirectional):
    """Raffel et al., 2019: exact up to half of the buckets, then logarithmic.

    Written as the condition that a distance reaches a bucket, so that no logarithm decides."""
    distance, first = key - query, 0
    if bidirectional:
        buckets //= 2
        first = buckets if distance > 0 else 0
        distance = abs(distance)
    else:
        distance = max(-distance, 0)
    exact = buckets // 2
    if distance < exact:
        return first + distance
    bucket = exact
    # (distance/exact)^(buckets - exact) ≥ (max_distance/exact)^i
    while bucket < buckets - 1:
        i = bucket + 1 - exact
        if distance ** (buckets - exact) * exact**i < max_distance**i * exact ** (buckets - exact):
            break
        bucket += 1
    return first + bucket


def visible_keys(shape, mask, align="bottom_right", window=None, lengths=None, offsets=None,
                 prefixes=None):  # fmt: skip
    """[batch, queries, keys]: what a mask shows. `mask` has the names of its parts."""
    batch, queries, keys = shape
    if lengths is not None:
        lengths = np.clip(lengths, 0, keys)
    column = lambda x: np.asarray(x, np.int64).reshape(-1, 1, 1)
    m, n = np.arange(queries)[None, :, None], np.arange(keys)[None, None, :]
    position = (
        m
        + {
            "bottom_right": lambda: np.int64(keys - queries),
            "top_left": lambda: np.int64(0),
            "lengths": lambda: column(lengths) - queries,
            "offsets": lambda: column(offsets),
        }[align]()
    )
    seen = np.ones((batch, queries, keys), bool)
    if "causal" in mask:
        seen = seen & (n <= position)
    if window is not None:
        seen = seen & (np.abs(position - n) < window)
    if "prefix" in mask:
        seen = seen | (n < column(prefixes))
    if "keys_within_lengths" in mask:
        seen = seen & (n < column(lengths))
    return seen


def attend(scores, error, v, visible, sinks=None, value_error=0.0, rounding=0.0):
    """softmax(scores) v over the visible keys, and the log of the denominator, each with its bound.

    Weights are rounded by as much as `rounding` before values are multiplied, and not before they
    are summed up.
    scores [..., m, n], v [..., n, e], sinks [...]. A weight is off by as much as its score, above
    and below the line. A query with a NaN or +∞ among its scores is NaN."""
    with np.errstate(all="ignore"):
        visible = np.broadcast_to(visible, scores.shape)
        ruined = (visible & (np.isnan(scores) | (scores == np.inf))).any(-1, keepdims=True)
        shown = np.where(visible & ~ruined, scores, -np.inf)
        error = np.where(np.isfinite(shown), error + 4 * UNIT * np.abs(shown), 0)
        largest = shown.max(-1, keepdims=True, initial=-np.inf)
        if sinks is not None:
            sinks = np.broadcast_to(sinks[..., None, None], largest.shape)
            largest = np.maximum(largest, sinks)
        shift = np.where(np.isfinite(largest), largest, 0)
        weights = np.exp(shown - shift)
        # exp2 of a difference: a unit of the difference and a few of the result
        error = np.expm1(error) + UNIT * (4 + np.where(weights > 0, np.abs(shown - shift), 0))
        total = weights.sum(-1, keepdims=True)
        spread = (weights * error).sum(-1, keepdims=True)
        if sinks is not None:
            extra = np.exp(sinks - shift)
            total = total + extra
            size = np.where(np.isfinite(sinks), np.abs(sinks), 0)
            spread = spread + extra * UNIT * (4 + 4 * size)
        safe = np.where(total > 0, total, 1)
        keys = scores.shape[-1]
        units = (2 * growth(keys) + keys / 16 + 16) * UNIT
        relative = spread / safe + units
        p = weights / safe
        value = p @ v
        bound = (p * (error + relative + rounding)) @ np.abs(v) + (p * np.ones_like(error)) @ (
            np.broadcast_to(value_error, v.shape)
        )
        bound = bound + 2.0**-115 * np.abs(v).sum(-2)[..., None, :]
        lse = (np.log(safe) + shift)[..., 0]
        empty = (total == 0)[..., 0]
        bound = np.where((weights == 0).all(-1, keepdims=True), 0, bound)  # exact zeros
        lse = np.where(empty, -np.inf, lse)
        lse_bound = (relative + 6 * UNIT)[..., 0] + 4 * UNIT * np.abs(np.where(empty, 0, lse))
        lse_bound = lse_bound + 2 * UNIT * np.abs(shift[..., 0])
    value = np.where(ruined, np.nan, value)
    lse = np.where(ruined[..., 0], np.nan, lse)
    return (value, bound), (lse, lse_bound)
