"""Attention to keys and values that are stored in f16 or bf16, as caches often are, with queries
of f32: compiled and run, against its equation in float64. Nothing is rounded but what the equation
of products of bf16 rounds."""

import ml_dtypes
import numpy as np
import pytest
from attention_text import add_attention
from numerics import assert_within, attention
from programs import Program, run
from test_attention_bf16 import LAYOUTS

RNG = np.random.default_rng(18)
UNIT_BF16 = 2.0**-8
PROGRAM = Program()
STORED = {"f16": np.float16, "bf16": ml_dtypes.bfloat16}
HEADS = 2
WAYS = {
    "f32": [],
    "bf16": ["--precision=bf16"],
    "split": ["--attention=split"],
    "decomposed": ["--attention=decomposed"],
}


def draw(*shape):
    """Numbers that both types hold."""
    return RNG.standard_normal(shape).astype(ml_dtypes.bfloat16).astype(np.float16).astype(np.float32)


def add(name, stored, layout, extents, **more):
    elements = {"keys": stored, "values": stored}
    dims = LAYOUTS[layout]
    if more.get("score") == "additive":
        dims = dims | {"score_weights": "d"}
    add_attention(PROGRAM, name, "hmnde", dims, {"h": HEADS} | extents, elements, **more)


#: Vectors of components and parts of one; queries of any number, and some that are few.
WIDTHS = [(64, 64), (16, 32), (5, 3)]
QUERIES = ["m", 1, 4, 8]
for stored in STORED:
    for layout in LAYOUTS:
        for d, e in WIDTHS:
            for m in QUERIES:
                add(f"{stored}_{layout}_{d}_{e}_{m}", stored, layout, {"d": d, "e": e, "m": m})
    add(f"{stored}_causal", stored, "rows", {"d": 16, "e": 16}, mask=["causal"])
    add(f"{stored}_additive", stored, "rows", {"d": 16, "e": 16}, score="additive")


@pytest.fixture(scope="module", params=WAYS)
def way(request):
    return request.param


@pytest.fixture(scope="module")
def model(target, way, tmp_path_factory):
    return PROGRAM.load(
        tmp_path_factory.mktemp("stored"), f"--mcpu={target}", *WAYS[way], threads=2
    )


def within(way, actual, q, k, v, **options):
    expected, bound = attention(q, k, v, **options)
    if way == "bf16":
        magnitude, _ = attention(q, k, np.abs(v), **options)
        # Weights are rounded, and their polynomial is good to 3e-6, above and below the line.
        bound = bound + (UNIT_BF16 * 1.01 + 6e-6) * magnitude
    assert_within(actual, expected, bound)


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("d, e", WIDTHS)
def test_components(model, way, stored, layout, d, e):
    for m in QUERIES:
        for keys in [1, 7, 64, 129, 300]:
            for queries in [1, 33, 70] if m == "m" else [m]:
                q, k, v = draw(HEADS, queries, d), draw(HEADS, keys, d), draw(HEADS, keys, e)
                given = (k, v) if layout == "rows" else (k.swapaxes(1, 2), v.swapaxes(1, 2))
                k_given, v_given = (np.ascontiguousarray(x).astype(STORED[stored]) for x in given)
                actual = run(model, f"{stored}_{layout}_{d}_{e}_{m}", q=q, k=k_given, v=v_given)
                within(way, actual, q, k, v)


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("queries, keys", [(1, 1), (64, 64), (7, 300), (70, 33)])
def test_causal(model, way, stored, queries, keys):
    q, k, v = (draw(HEADS, count, 16) for count in (queries, keys, keys))
    visible = np.arange(keys) <= np.arange(queries)[:, None] + keys - queries
    visible = np.broadcast_to(visible, (HEADS, queries, keys))
    actual = run(model, f"{stored}_causal", q=q, k=k.astype(STORED[stored]), v=v.astype(STORED[stored]))
    within(way, actual, q, k, v, visible=visible)


@pytest.mark.parametrize("stored", STORED)
def test_additive(model, way, stored):
    q, k, v, w = draw(HEADS, 9, 16), draw(HEADS, 150, 16), draw(HEADS, 150, 16), draw(16)
    scores = np.tanh(q[:, :, None].astype(np.float64) + k[:, None]) @ w
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    bound = (1e-5 + (UNIT_BF16 * 1.01 if way == "bf16" else 0)) * (weights @ np.abs(v))
    narrow = STORED[stored]
    actual = run(model, f"{stored}_additive", q=q, k=k.astype(narrow), v=v.astype(narrow), score_weights=w)
    assert_within(actual, weights @ v, bound)


@pytest.mark.parametrize("stored", STORED)
def test_what_is_not_finite(model, way, stored):
    q, k, v = draw(HEADS, 40, 64), draw(HEADS, 151, 64), draw(HEADS, 151, 64)
    k[0, 3, 0], v[1, 4, 7] = np.nan, np.inf
    narrow = STORED[stored]
    actual = run(model, f"{stored}_rows_64_64_m", q=q, k=k.astype(narrow), v=v.astype(narrow))
    assert np.isnan(actual[0]).all()
    np.testing.assert_array_equal(actual[1, :, 7], np.inf)
    assert np.isfinite(np.delete(actual[1], 7, axis=1)).all()
