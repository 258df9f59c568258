"""Positions, compiled and run, against their equations in float64 (positions.py), and those
against numbers of Hugging Face's transformers 5.23."""

import itertools
import math

import numpy as np
import pytest
from numerics import UNIT, assert_within
from positions import Rotary, alibi_slopes, relative_bucket
from programs import Operand, Program, run

import treadle

RNG = np.random.default_rng(4)
PROGRAM = Program()


def normal(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


@pytest.fixture(scope="module")
def model(target, tmp_path_factory):
    return PROGRAM.load(tmp_path_factory.mktemp("positions"), f"--mcpu={target}", threads=2)


# ----------------------------------------------------------------------------
# The equations
# ----------------------------------------------------------------------------

LLAMA3 = dict(scaling="llama3", factor=8.0, original=8192, low=1.0, high=4.0)
YARN = dict(scaling="yarn", factor=40.0, original=4096)
LONGROPE = dict(
    scaling="longrope",
    factor=32.0,
    original=4096,
    short=[1 + 0.01 * i for i in range(32)],
    long=[1 + 0.7 * i for i in range(32)],
)


@pytest.mark.parametrize(
    "parameters, length, expected, magnitude",
    [
        (dict(scaling="linear", factor=4.0), 0, [0.25, 6.238852e-3, 5.327799e-4, 7.534645e-7], 1),
        (
            dict(scaling="dynamic", factor=2.0, original=2048),
            5000,
            [1, 1.6831474e-2, 1.1054446e-3, 7.7620496e-7],
            1,
        ),
        (YARN, 0, [1, 1.9548403e-2, 2.8414925e-4, 7.534645e-8], 1.3688879454113936),
        (LLAMA3, 0, [1, 2.4955409e-2, 1.3718937e-3, 3.7673226e-7], 1),
        (LONGROPE, 10, [1, 2.289487e-2, 1.8531474e-3, 2.3006551e-6], 1.1902380714238083),
        (LONGROPE, 5000, [1, 3.4185492e-3, 1.8531474e-4, 1.3276907e-7], 1.1902380714238083),
    ],
    ids=["linear", "dynamic", "yarn", "llama3", "short", "long"],
)
def test_frequencies_are_those_of_transformers(parameters, length, expected, magnitude):
    rotary = Rotary(64, 5e5, **parameters)
    np.testing.assert_allclose(rotary.frequencies(length)[[0, 9, 15, 31]], expected, rtol=3e-7)
    assert math.isclose(rotary.magnitude(), magnitude)


def test_distances_are_those_of_transformers():
    np.testing.assert_allclose(
        alibi_slopes(12)[[0, 1, 7, 8, 9, 11]],
        [0.5, 0.25, 0.00390625, 0.70710677, 0.35355338, 0.088388346],
        rtol=1e-7,
    )
    d = np.array([-200, -128, -127, -64, -32, -20, -16, -9, -8, -1, 0, 1, 8, 11, 16, 90, 91, 128])
    both = [15, 15, 15, 14, 12, 10, 10, 8, 8, 1, 0, 17, 24, 24, 26, 30, 31, 31]
    one = [31, 31, 31, 26, 21, 17, 16, 9, 8, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    np.testing.assert_array_equal(relative_bucket(d, 32, 128, True), both)
    np.testing.assert_array_equal(relative_bucket(d, 32, 128, False), one)


# ----------------------------------------------------------------------------
# Rotary
# ----------------------------------------------------------------------------

TOKENS = ["batch", "sequence"]
# Short lengths, so that runs of both kinds are cheap.
SCALINGS = {
    "none": {},
    "linear": dict(scaling="linear", factor=2.5),
    "dynamic": dict(scaling="dynamic", factor=2.0, original=24),
    "yarn": dict(scaling="yarn", factor=4.0, original=100),
    "yarn_exact": dict(
        scaling="yarn", factor=4.0, original=300, low=2.0, high=20.0, truncate=False, magnitude=1.5
    ),
    "llama3": dict(scaling="llama3", factor=8.0, original=64, low=1.0, high=4.0),
    "longrope": dict(scaling="longrope", factor=8.0, original=24),
}
# (width of a head, width of the rotation): whole, in whole parts, and neither.
PARTS = [(32, 32), (40, 16), (20, 12)]
# By position, how a call gives them.
GIVEN = {"plain": None, "offsets": Operand(["batch"]), "positions": Operand(TOKENS)}


def make_rotary(scaling, layout, width):
    parameters = dict(SCALINGS[scaling])
    if scaling == "longrope":
        parameters["short"] = [1 + 0.05 * i for i in range(width // 2)]
        parameters["long"] = [1.5 + 0.5 * i for i in range(width // 2)]
    return Rotary(width, 1e3, layout, **parameters)


def add_rotary(name, head, rotary, given, element="i64", tables=None, heads=3):
    x = Operand([*TOKENS, heads, head])
    inputs, operands, types = {"x": x}, "", [x.type]
    if given != "plain":
        inputs["p"] = Operand(GIVEN[given].shape, element)
        operands, types = f" {given}(%p)", [*types, inputs["p"].type]
    if tables:
        inputs |= {"c": tables, "s": tables}
        operands, types = f"{operands} tables(%c, %s)", [*types, tables.type, tables.type]
    PROGRAM.add(
        name,
        inputs,
        f"""
        %y = treadle.rotary %x rotary({rotary}){operands} : ({", ".join(types)}) -> {x.type}
        """,
        y=x,
    )


def check_rotary(model, name, rotary, x, positions, tables=None, **inputs):
    cosines, sines = tables or rotary.tables(positions)
    expected = rotary.turn(x, cosines, sines)
    # A table's number is rounded once, two products and a sum once each. What is not turned
    # is moved.
    first, second = rotary.pairs()
    bound = np.zeros(x.shape)
    pair = np.abs(x[..., first]) + np.abs(x[..., second])
    bound[..., first] = bound[..., second] = 3.1 * UNIT * pair * rotary.magnitude()
    assert_within(run(model, name, x=x, **inputs), expected, bound)


CASES = list(itertools.product(SCALINGS, ["half", "interleaved"], PARTS))
for scaling, layout, (head, width) in CASES:
    for given in GIVEN:
        add_rotary(
            f"rotary_{scaling}_{layout}_{head}_{given}",
            head,
            make_rotary(scaling, layout, width),
            given,
            element="i32" if layout == "half" else "i64",
        )


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("scaling, layout, part", CASES)
def test_rotary(model, scaling, layout, part, given):
    head, width = part
    rotary = make_rotary(scaling, layout, width)
    name = f"rotary_{scaling}_{layout}_{head}_{given}"
    element = np.int32 if layout == "half" else np.int64
    # Runs within the original length and beyond it.
    for batch, tokens, start in [(1, 1, 5), (2, 17, 0), (3, 24, 0), (2, 40, 100)]:
        x = normal(batch, tokens, 3, head)
        positions = np.broadcast_to(np.arange(tokens), (batch, tokens))
        inputs = {}
        if given == "offsets":
            offsets = RNG.integers(0, start + 1, batch).astype(element)
            offsets[-1] = start
            positions, inputs["p"] = positions + offsets[:, None], offsets
        elif given == "positions":
            positions = RNG.integers(0, start + tokens, (batch, tokens)).astype(element)
            inputs["p"] = positions
        check_rotary(model, name, rotary, x, positions, **inputs)


FAR = {
    "none": Rotary(64, 1e4),
    "slow": Rotary(64, 5e5, "interleaved", **LLAMA3),
    "dynamic": Rotary(64, 1e4, scaling="dynamic", factor=8.0, original=4096),
}
for name, rotary in FAR.items():
    add_rotary(f"far_{name}", 64, rotary, "positions", heads=1)


@pytest.mark.parametrize("name", FAR)
def test_angles_of_far_positions_are_exact(model, name):
    # Of (1, 0), which becomes the cosines and sines themselves. In f32 an angle of a million
    # would be off by 0.03.
    positions = np.array([[0, 1, 4095, 65535, 123457, 999999, 1000000, -1000000]])
    rotary = FAR[name]
    first, second = rotary.pairs()
    x = np.zeros((1, 8, 1, 64), np.float32)
    x[..., first] = 1
    turned = run(model, f"far_{name}", x=x, p=positions)
    cosines, sines = rotary.tables(positions)
    assert np.abs(turned[:, :, 0, first] - cosines).max() < 4e-8
    assert np.abs(turned[:, :, 0, second] - sines).max() < 4e-8


for layout, (head, width) in itertools.product(["half", "interleaved"], PARTS):
    rotary = Rotary(width, layout=layout)
    for given in GIVEN:
        table = Operand(["places", width // 2])
        add_rotary(f"tables_{layout}_{head}_{given}", head, rotary, given, tables=table)
    each = Operand([*TOKENS, width // 2])
    add_rotary(f"tables_{layout}_{head}_each", head, rotary, "plain", tables=each)


@pytest.mark.parametrize("given", [*GIVEN, "each"])
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("layout", ["half", "interleaved"])
def test_rotary_with_tables(model, layout, part, given):
    head, width = part
    rotary, name = Rotary(width, layout=layout), f"tables_{layout}_{head}_{given}"
    x = normal(2, 5, 3, head)
    c, s = normal(50, width // 2), normal(50, width // 2)
    positions, inputs = np.broadcast_to(np.arange(5), (2, 5)), {}
    if given == "offsets":
        inputs["p"] = np.array([45, 7])
        positions = positions + inputs["p"][:, None]
    elif given == "positions":
        inputs["p"] = positions = RNG.integers(0, 50, (2, 5))
    elif given == "each":
        c, s = normal(2, 5, width // 2), normal(2, 5, width // 2)
    tables = (c, s) if given == "each" else (c[positions], s[positions])
    expected = rotary.turn(x, *(t.astype(np.float64) for t in tables))
    bound = 3 * UNIT * rotary.turn(np.abs(x), np.abs(tables[0]), -np.abs(tables[1]))
    bound = np.maximum(np.abs(bound), 3 * UNIT * rotary.turn(np.abs(x), *map(np.abs, tables)))
    actual = run(model, name, x=x, c=c, s=s, **inputs)
    assert_within(actual, expected, bound)


# ----------------------------------------------------------------------------
# Absolute positions after others
# ----------------------------------------------------------------------------

for element in ("i32", "i64"):
    x, o = Operand([*TOKENS, 40]), Operand(["batch"], element)
    table = PROGRAM.parameter("places", normal(80, 40))
    PROGRAM.add(
        f"learned_{element}",
        {"x": x, "o": o},
        table
        + f"""
        %y = treadle.learned_position %x, %places offset(2) offsets(%o)
            : {x.type}, tensor<80x40xf32>, {o.type}
        """,
        y=x,
    )
    PROGRAM.add(
        f"sinusoidal_{element}",
        {"x": x, "o": o},
        f"""
        %y = treadle.sinusoidal_position %x offsets(%o) : {x.type}, {o.type}
        """,
        y=x,
    )


@pytest.mark.parametrize("element", ["i32", "i64"])
def test_absolute_positions_after_others(model, element):
    x, o = normal(3, 17, 40), np.array([0, 61, 20], element.replace("i", "int"))
    positions = np.arange(17) + o[:, None]
    expected = x.astype(np.float64) + PROGRAM.weights["places"][positions + 2]
    assert_within(run(model, f"learned_{element}", x=x, o=o), expected, UNIT * np.abs(expected))

    o = np.array([0, 1000000, 123], o.dtype)
    angle = (np.arange(17) + o[:, None])[..., None] * 1e4 ** (-np.arange(0, 40, 2) / 40)
    expected = x + np.stack([np.sin(angle), np.cos(angle)], axis=-1).reshape(3, 17, 40)
    # The sine and the sum are each rounded once.
    bound = UNIT * (1.01 + np.abs(expected))
    assert_within(run(model, f"sinusoidal_{element}", x=x, o=o), expected, bound)


def test_positions_past_the_table_read_the_table(model):
    # The result is nobody's promise; that memory beyond the table is not read is.
    x, table = np.zeros((2, 17, 40), np.float32), PROGRAM.weights["places"]
    y = run(model, "learned_i64", x=x, o=np.array([70, 77]))
    np.testing.assert_array_equal(y[0, 7:], np.broadcast_to(table[-1], (10, 40)))
    np.testing.assert_array_equal(y[1], np.broadcast_to(table[-1], (17, 40)))
    for wrong in (-1, 78):
        with pytest.raises(treadle.Error) as caught:
            run(model, "learned_i64", x=x, o=np.array([0, wrong]))
        assert caught.value.code == "E0707"


# ----------------------------------------------------------------------------
# Scores
# ----------------------------------------------------------------------------


def add_scores(name, heads, body):
    """`body` makes %r of the score %s, head %h, query %m and key %n."""
    x = Operand([heads, "queries", "keys"])
    PROGRAM.add(
        name,
        {"x": x},
        f"""
        %one = arith.constant 1 : index
        %two = arith.constant 2 : index
        %queries = tensor.dim %x, %one : {x.type}
        %keys = tensor.dim %x, %two : {x.type}
        %new = tensor.empty(%queries, %keys) : {x.type}
        %y = linalg.generic {{
            indexing_maps = [affine_map<(h, m, n) -> (h, m, n)>, affine_map<(h, m, n) -> (h, m, n)>],
            iterator_types = ["parallel", "parallel", "parallel"]}}
            ins(%x : {x.type}) outs(%new : {x.type}) {{
        ^bb0(%s: f32, %unused: f32):
          %h = linalg.index 0 : index
          %m = linalg.index 1 : index
          %n = linalg.index 2 : index
          {body}
          linalg.yield %r : f32
        }} -> {x.type}
        """,
        y=x,
    )


HEADS = [1, 2, 8, 12, 20]
for heads in HEADS:
    add_scores(
        f"alibi_{heads}",
        heads,
        f"%r = treadle.alibi %s head(%h of {heads}) query(%m) key(%n) : f32",
    )


@pytest.mark.parametrize("heads", HEADS)
def test_alibi(model, heads):
    for queries, keys in [(1, 1), (5, 70), (33, 33)]:
        x = normal(heads, queries, keys)
        distance = np.abs(np.arange(queries)[:, None] - np.arange(keys))
        change = alibi_slopes(heads)[:, None, None] * distance
        expected = x - change
        bound = UNIT * (3 * change + np.abs(expected))
        assert_within(run(model, f"alibi_{heads}", x=x), expected, bound)


BUCKETS = [(32, 128), (32, 1000), (20, 64), (8, 20), (4, 5), (64, 800)]
for (buckets, distance), bidirectional in itertools.product(BUCKETS, [False, True]):
    # Rows are far apart, so that no other one is mistaken for the right one.
    add_scores(
        f"relative_{buckets}_{distance}_{bidirectional}",
        1,
        f"""
        %b = treadle.relative_bucket query(%m) key(%n) buckets({buckets}) max_distance({distance})
            {"bidirectional" if bidirectional else ""} : index
        %i = arith.index_cast %b : index to i32
        %r = arith.sitofp %i : i32 to f32
        """,
    )


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("buckets, distance", BUCKETS)
def test_relative_bucket(model, buckets, distance, bidirectional):
    for queries, keys in [(1, 2500), (2500, 1), (40, 40)]:
        d = np.arange(keys) - np.arange(queries)[:, None]
        expected = relative_bucket(d, buckets, distance, bidirectional)
        x = np.zeros((1, queries, keys), np.float32)
        actual = run(model, f"relative_{buckets}_{distance}_{bidirectional}", x=x)
        np.testing.assert_array_equal(actual[0], expected)


add_scores("soft_cap", 2, "%r = treadle.soft_cap %s cap(20.0) : f32")
PROGRAM.add(
    "soft_cap_tensor",
    {"x": Operand(["rows", 37])},
    """
    %y = treadle.soft_cap %x cap(30.0) : tensor<?x37xf32>
    """,
    y=Operand(["rows", 37]),
)


def test_soft_cap(model):
    for name, cap, shape in [("soft_cap", 20, (2, 3, 50)), ("soft_cap_tensor", 30, (5, 37))]:
        x = (normal(*shape) * 40).astype(np.float32)
        x.flat[:4] = [0, np.inf, -np.inf, np.nan]
        expected = cap * np.tanh(x.astype(np.float64) / cap)
        # The reciprocal, two products, and the hyperbolic tangent's own 5 units.
        assert_within(run(model, name, x=x), expected, 8.5 * UNIT * np.abs(expected))
