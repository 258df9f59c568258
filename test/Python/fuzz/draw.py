"""What all generators draw: extents, element types and arrays."""

import numerics
import numpy as np

try:
    import ml_dtypes

    BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
except ImportError:
    BFLOAT16 = None

DTYPES = {
    "f32": np.dtype(np.float32),
    "f64": np.dtype(np.float64),
    "f16": np.dtype(np.float16),
    "bf16": BFLOAT16,
    "i64": np.dtype(np.int64),
    "i32": np.dtype(np.int32),
    "i1": np.dtype(np.bool_),
}


def extent(rng, largest=300, empty=0.02):
    """Mostly small; a power of two and its neighbours; rarely nothing."""
    kind = rng.random()
    if kind < empty:
        return 0
    if kind < 0.25:
        return 1 + int(rng.integers(4))
    if kind < 0.6:
        value = 2 ** int(rng.integers(1, 9)) + int(rng.integers(-1, 2))
    elif kind < 0.9:
        value = 1 + int(rng.integers(70))
    else:
        value = 1 + int(rng.integers(largest))
    return max(1, min(value, largest))


def element(rng):
    return str(rng.choice(["f32", "f16", "bf16", "f64"], p=[0.7, 0.1, 0.1, 0.1]))


def stored(rng, element):
    """A type that tensors of `element` are stored in: mostly itself, or one of 16 bits."""
    if element not in ("f32", "f64") or rng.random() < 0.8:
        return element
    return str(rng.choice(["f16", "bf16"]))


def normal(rng, shape, element, spread=1.0):
    """Numbers of a type, and of f32, in which programs compute."""
    values = np.asarray(spread * rng.standard_normal(shape), np.float32)
    return values.astype(DTYPES[element])


def wide(array):
    return array.astype(np.float64)


def round_bf16(array):
    """As float64; NaN stays what it is."""
    return np.where(np.isnan(array), np.nan, numerics.round_bf16(array).astype(np.float64))


def shuffled(rng, dims, chance=0.3):
    """Dimensions, mostly in the order given."""
    return "".join(rng.permutation(list(dims))) if rng.random() < chance and dims else dims
