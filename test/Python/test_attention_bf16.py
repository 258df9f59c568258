"""Attention compiled with --precision=bf16, against its equation in float64. Queries, keys and
values are numbers that bf16 holds, so that a CPU without an instruction for products of bf16, where
attention stays f32, is held to the same bounds."""

import numpy as np
import pytest
from attention_text import add_attention
from numerics import assert_within, attention
from programs import Program, run

RNG = np.random.default_rng(17)
#: Half the distance of 1 and the next bf16: the largest relative error of rounding to it.
UNIT_BF16 = 2.0**-8
PROGRAM = Program()
#: Keys and values as rows, and with tokens last, as some caches have them.
LAYOUTS = {
    "rows": {"queries": "hmd", "keys": "hnd", "values": "hne", "result": "hme"},
    "columns": {"queries": "hmd", "keys": "hdn", "values": "hen", "result": "hme"},
}
HEADS = 3


def draw(*shape):
    x = RNG.standard_normal(shape).astype(np.float32)
    bits = x.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).view(np.float32)


def add(name, layout, d, e, **more):
    extents = {"h": HEADS, "d": d, "e": e}
    add_attention(PROGRAM, name, "hmnde", LAYOUTS[layout], extents, **more)


# Even and odd numbers of components, whole vectors of them and parts of one.
WIDTHS = [(64, 64), (32, 20), (5, 3), (1, 1)]
for layout in LAYOUTS:
    for d, e in WIDTHS:
        add(f"{layout}_{d}_{e}", layout, d, e)
add("causal", "rows", 16, 16, mask=["causal"])
add("window", "rows", 16, 16, mask=["causal", "window = 37"])
add("negative", "rows", 16, 16, options=["scale(-0.5)"])
CAP = """^bb0(%s: f32, %h: index, %m: index, %n: index):
%c = treadle.soft_cap %s cap(2.0) : f32
treadle.yield %c : f32"""
add("capped", "rows", 16, 16, region=CAP)


@pytest.fixture(scope="module")
def model(target, tmp_path_factory):
    directory = tmp_path_factory.mktemp("attention_bf16")
    return PROGRAM.load(directory, f"--mcpu={target}", "--precision=bf16", threads=2)


def within(actual, q, k, v, **options):
    """The bound of f32, and that of weights which are rounded before values are multiplied."""
    expected, bound = attention(q, k, v, **options)
    magnitude, _ = attention(q, k, np.abs(v), **options)
    # A weight's polynomial is good to 3e-6, above and below the line.
    assert_within(actual, expected, bound + (UNIT_BF16 * 1.01 + 6e-6) * magnitude)


#: Parts of a block of queries, several of them, and two blocks of a task; keys of a part of a tile,
#: of one that is odd, and of three tiles.
COUNTS = [(1, 1), (16, 2), (33, 7), (40, 129), (64, 128), (65, 300), (130, 255)]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("d, e", WIDTHS)
def test_components(model, layout, d, e):
    for queries, keys in COUNTS:
        q, k, v = draw(HEADS, queries, d), draw(HEADS, keys, d), draw(HEADS, keys, e)
        given = (k, v) if layout == "rows" else (k.swapaxes(1, 2), v.swapaxes(1, 2))
        k_given, v_given = map(np.ascontiguousarray, given)
        within(run(model, f"{layout}_{d}_{e}", q=q, k=k_given, v=v_given), q, k, v)


def test_each_number_of_keys(model):
    for keys in range(1, 40):
        q, k, v = draw(HEADS, 9, 5), draw(HEADS, keys, 5), draw(HEADS, keys, 3)
        within(run(model, "rows_5_3", q=q, k=k, v=v), q, k, v)


@pytest.mark.parametrize("name, window", [("causal", 10**6), ("window", 37)])
@pytest.mark.parametrize("queries, keys", [(1, 1), (64, 64), (7, 300), (301, 301), (70, 33)])
def test_masks(model, name, window, queries, keys):
    q, k, v = (draw(HEADS, count, 16) for count in (queries, keys, keys))
    place, key = np.arange(queries)[:, None] + keys - queries, np.arange(keys)
    visible = np.broadcast_to((key <= place) & (key > place - window), (HEADS, queries, keys))
    actual = run(model, name, q=q, k=k, v=v)
    within(actual, q, k, v, visible=visible)
    np.testing.assert_array_equal(actual[~visible.any(-1)], 0)


def test_a_scale_that_is_not_positive(model):
    q, k, v = draw(HEADS, 40, 16), draw(HEADS, 150, 16), draw(HEADS, 150, 16)
    within(run(model, "negative", q=q, k=k, v=v), q, k, v, scale=-0.5)


def test_scores_that_are_changed(model):
    q, k, v = draw(HEADS, 40, 16), draw(HEADS, 151, 16), draw(HEADS, 151, 16)
    scores = q.astype(np.float64) @ k.swapaxes(1, 2).astype(np.float64) / 4
    weights = np.exp(2 * np.tanh(scores / 2))
    weights /= weights.sum(-1, keepdims=True)
    bound = (UNIT_BF16 + 1e-5) * weights @ np.abs(v)
    assert_within(run(model, "capped", q=q, k=k, v=v), weights @ v, bound)


def test_one_key(model):
    """Its value is the result: a weight of 1 is the same in bf16."""
    q, k, v = draw(HEADS, 40, 64), draw(HEADS, 1, 64), draw(HEADS, 1, 64)
    actual = run(model, "rows_64_64", q=q, k=k, v=v)
    np.testing.assert_allclose(actual, np.broadcast_to(v, actual.shape), rtol=1e-6, atol=0)


@pytest.mark.parametrize("keys", [20, 151])
def test_what_is_not_finite(model, keys):
    q, k, v = draw(HEADS, 40, 64), draw(HEADS, keys, 64), draw(HEADS, keys, 64)
    clean = run(model, "rows_64_64", q=q, k=k, v=v)
    q[0, 3, 5], k[1, keys - 1, 0], v[2, 4, 7] = np.nan, np.nan, np.inf
    actual = run(model, "rows_64_64", q=q, k=k, v=v)
    wrong = np.zeros(actual.shape, bool)
    wrong[0, 3], wrong[1], wrong[2, :, 7] = True, True, True
    assert np.isnan(actual[0, 3]).all() and np.isnan(actual[1]).all()
    np.testing.assert_array_equal(actual[2, :, 7], np.inf)
    np.testing.assert_array_equal(actual[~wrong], clean[~wrong])


def test_keys_that_weigh_nothing(model):
    q, k, v = draw(HEADS, 40, 64), draw(HEADS, 151, 64), draw(HEADS, 151, 64)
    q[..., 0], k[..., 0] = 1, -np.inf
    np.testing.assert_array_equal(run(model, "rows_64_64", q=q, k=k, v=v), 0)
