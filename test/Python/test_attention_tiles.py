"""Attention on tile registers (AMX), on any CPU with AVX2: vectors emulate them, under the bounds
of products of bf16 by other instructions. Its machine code is run by Inputs/tiles.c, against the
emulation."""

import numpy as np
import pytest
import test_attention_bf16 as bf16
from attention_text import add_attention
from programs import Program, run
from test_attention_bf16 import (  # noqa: F401 (run with the model of this file)
    HEADS,
    draw,
    test_a_scale_that_is_not_positive,
    test_components,
    test_each_number_of_keys,
    test_keys_that_weigh_nothing,
    test_masks,
    test_one_key,
    test_scores_that_are_changed,
    test_what_is_not_finite,
    within,
)
from tiles import load_as_machine_code, make_tile_target

PROGRAM = Program(make_tile_target())
PROGRAM.functions += bf16.PROGRAM.functions


def add(name, queries, keys, d, e, element="f32", more=(), **text):
    """Attention of heads whose numbers of queries and keys are extents or names; `element` is what
    keys and values are stored as, `more` has the dimensions of further operands."""
    extents = {"h": HEADS, "m": queries, "n": keys, "d": d, "e": e}
    dims, elements = bf16.LAYOUTS["rows"] | dict(more), {"keys": element, "values": element}
    add_attention(PROGRAM, name, "hmnde", dims, extents, elements, **text)


# One register of queries; keys at once, of a number that fills no tile, and of one that does; parts
# of the keys; components that need zeros behind them, and that fill their tiles.
PLAN = "plan(#treadle.attention_plan<{}tileRows = {}, precision = bf16, {}unit = amx_bf16>)"
PLANS = {
    "narrow": ("m", "n", 64, 64, "queries = 16, keys = 64, ", 32, "blocks = 3, "),
    "low": ("m", "n", 40, 72, "queries = 32, keys = 32, ", 16, ""),
    "odd_rows": ("m", 37, 32, 32, "strategy = rows, queries = 32, keys = 32, ", 32, "blocks = 2, "),
    "rows": ("m", 64, 96, 16, "strategy = rows, queries = 32, keys = 32, ", 32, ""),
    "split": ("m", "n", 64, 48, "strategy = split, queries = 32, keys = 32, ", 32, "splits = 3, "),
}
for name, (queries, keys, d, e, sizes, rows, rest) in PLANS.items():
    add(name, queries, keys, d, e, options=[PLAN.format(sizes, rows, rest)])
# Keys that are read where they lie, and such that are padded.
STORED = {"bf16": (64, 64), "f16": (40, 20)}
for element, (d, e) in STORED.items():
    add(f"stored_{element}", "m", "n", d, e, element=element)
add("selected", "m", "n", 32, 32, more={"selection": "mn"})
add("sunk", "m", "n", 32, 32, more={"sinks": "h"})


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return PROGRAM.load(tmp_path_factory.mktemp("tiles"), "--precision=bf16", threads=2)


def draw_all(queries, keys, d, e):
    return draw(HEADS, queries, d), draw(HEADS, keys, d), draw(HEADS, keys, e)


@pytest.mark.parametrize("name", PLANS)
def test_plans(model, name):
    _, known, d, e, *_ = PLANS[name]
    for queries, keys in [(1, 1), (15, 31), (16, 32), (33, 65), (100, 129), (130, 300)]:
        q, k, v = draw_all(queries, keys if known == "n" else known, d, e)
        within(run(model, name, q=q, k=k, v=v), q, k, v)


@pytest.mark.parametrize("name", ["rows_64_64", "rows_32_20", "rows_5_3", "columns_5_3", "low"])
def test_what_lies_behind_the_end(model, name):
    """Not what an earlier call left in a thread's memory."""
    d, e = PLANS[name][2:4] if name in PLANS else map(int, name.split("_")[1:])
    q, k, v = draw_all(40, 21, d, e)
    swap = name.startswith("columns")
    shape = np.swapaxes if swap else lambda x, *_: x
    nothing = [np.full((HEADS, 128, width), np.nan, np.float32) for width in (d, d, e)]
    for queries, keys, values in (nothing, (q, k, v)):
        keys, values = (np.ascontiguousarray(shape(x, 1, 2)) for x in (keys, values))
        actual = run(model, name, q=queries, k=keys, v=values)
    within(actual, q, k, v)


@pytest.mark.parametrize("element", STORED)
@pytest.mark.parametrize("queries, keys", [(17, 5), (70, 131), (130, 260)])
def test_stored_keys_and_values(model, element, queries, keys):
    kind = np.float16 if element == "f16" else pytest.importorskip("ml_dtypes").bfloat16
    q, k, v = draw_all(queries, keys, *STORED[element])
    k, v = k.astype(kind), v.astype(kind)
    actual = run(model, f"stored_{element}", q=q, k=k, v=v)
    within(actual, q, k.astype(np.float32), v.astype(np.float32))


def test_a_selection(model):
    q, k, v = draw_all(70, 131, 32, 32)
    seen = np.random.default_rng(4).random((70, 131)) < 0.1
    seen[3] = False
    actual = run(model, "selected", q=q, k=k, v=v, selection=seen)
    within(actual, q, k, v, visible=np.broadcast_to(seen, (HEADS, 70, 131)))
    np.testing.assert_array_equal(actual[:, 3], 0)


def test_sinks(model):
    """A sink is a key of that score without a value."""
    q, k, v = draw_all(40, 33, 32, 32)
    sinks = draw(HEADS)
    scores = q.astype(np.float64) @ k.swapaxes(1, 2).astype(np.float64) / 32**0.5
    weights = np.exp(scores)
    weights /= weights.sum(-1, keepdims=True) + np.exp(sinks.astype(np.float64))[:, None, None]
    bound = (2.0**-8 + 1e-5) * weights @ np.abs(v)
    bf16.assert_within(run(model, "sunk", q=q, k=k, v=v, sinks=sinks), weights @ v, bound)


def test_machine_code(model, tile_instructions, tmp_path):
    """To the bit what the emulation gives."""
    machine = load_as_machine_code(PROGRAM, tmp_path)
    for name, queries, keys, d, e in [
        ("rows_64_64", 130, 300, 64, 64),
        ("rows_32_20", 33, 40, 32, 20),
        ("narrow", 40, 65, 64, 64),
        ("odd_rows", 20, 37, 32, 32),
    ]:
        q, k, v = draw_all(queries, keys, d, e)
        expected = run(model, name, q=q, k=k, v=v)
        done = tile_instructions.tiles_products()
        np.testing.assert_array_equal(run(machine, name, q=q, k=k, v=v), expected)
        assert tile_instructions.tiles_products() > done
