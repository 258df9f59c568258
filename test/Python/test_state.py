"""Caches, compiled and run, against their equations."""

import numpy as np
import pytest
from programs import Operand, Program, run

RNG = np.random.default_rng(41)
PROGRAM = Program()
CAPACITY, WIDTH = 9, 6


@pytest.fixture(scope="module")
def model(target, tmp_path_factory):
    return PROGRAM.load(tmp_path_factory.mktemp("state"), f"--mcpu={target}", threads=2)


def operands(element, lengths):
    return (
        Operand(["batch", "tokens", 2, WIDTH], element),
        Operand(["batch", CAPACITY, 2, WIDTH], element),
        Operand(["batch"], lengths),
    )


for element, lengths in [("f32", "i64"), ("f16", "i32"), ("i32", "i64")]:
    T, C, L = operands(element, lengths)
    for ring in ["", "ring"]:
        PROGRAM.add(
            f"append{ring}_{element}",
            {"tokens": T, "cache": C, "lengths": L},
            f"%y = treadle.cache_append %tokens to(%cache) at(%lengths) {ring} : {T.type}, {C.type}, {L.type}",
            y=C,
        )
    PROGRAM.add(
        f"read_{element}",
        {"cache": C, "lengths": L},
        f"%y = treadle.cache_read %cache at(%lengths) ring : {C.type}, {L.type}",
        y=C,
    )

T, C, L = operands("f32", "i64")
# Both caches are wanted, the old one and the new: this one costs a copy.
PROGRAM.add(
    "both",
    {"tokens": T, "cache": C, "lengths": L},
    f"""
    %y = treadle.cache_append %tokens to(%cache) at(%lengths) : {T.type}, {C.type}, {L.type}
    %z = treadle.activate relu %cache : {C.type}
    """,
    y=C,
    z=C,
)
# A stack that appends at each layer, and reads what is there.
PROGRAM.add(
    "stack",
    {"tokens": T, "cache": C, "lengths": L},
    f"""
    %t, %y = treadle.stack 3 (%tokens, %cache) : {T.type}, {C.type} {{
    ^layer(%u: {T.type}, %c: {C.type}, %i: index):
      %d = treadle.cache_append %u to(%c) at(%lengths) : {T.type}, {C.type}, {L.type}
      %v = treadle.activate relu_squared %u : {T.type}
      treadle.yield %v, %d : {T.type}, {C.type}
    }}""",
    t=T,
    y=C,
)


def append(tokens, cache, lengths, ring):
    result = cache.copy()
    for b, length in enumerate(lengths):
        for s in range(tokens.shape[1]):
            place = max(length, 0) + s
            if ring:
                place %= CAPACITY
            if place < CAPACITY:
                result[b, place] = tokens[b, s]
    return result


def draw(element, batch, tokens, lengths):
    kind = {"f32": np.float32, "f16": np.float16, "i32": np.int32}[element]
    values = lambda *shape: (100 * RNG.standard_normal(shape)).astype(kind)
    offsets = np.int32 if element == "f16" else np.int64
    return dict(
        tokens=values(batch, tokens, 2, WIDTH),
        cache=values(batch, CAPACITY, 2, WIDTH),
        lengths=np.array(lengths[:batch], offsets),
    )


@pytest.mark.parametrize("element", ["f32", "f16", "i32"])
@pytest.mark.parametrize("ring", ["", "ring"])
@pytest.mark.parametrize("tokens", [1, 4, 9, 23])
def test_append(model, element, ring, tokens):
    # From nothing to full and beyond; negative is nothing.
    inputs = draw(element, 6, tokens, [0, 3, 8, 9, 100, -5])
    result = run(model, f"append{ring}_{element}", **inputs)
    np.testing.assert_array_equal(result, append(**inputs, ring=bool(ring)))


@pytest.mark.parametrize("element", ["f32", "f16", "i32"])
def test_read(model, element):
    """What was appended last, in the order in which it was appended."""
    lengths = [0, 1, 8, 9, 10, 22]
    inputs = draw(element, 6, 1, lengths)
    del inputs["tokens"]
    result = run(model, f"read_{element}", **inputs)
    for b, length in enumerate(lengths):
        first = max(length - CAPACITY, 0)
        expected = inputs["cache"][b, (first + np.arange(CAPACITY)) % CAPACITY]
        np.testing.assert_array_equal(result[b], expected)


def test_window_of_a_long_sequence(model):
    """Token by token through a ring: it has the last ones, in order."""
    sequence = RNG.standard_normal((2, 40, 2, WIDTH)).astype(np.float32)
    cache = np.zeros((2, CAPACITY, 2, WIDTH), np.float32)
    for s in range(40):
        lengths = np.full(2, s)
        cache = run(model, "appendring_f32", tokens=sequence[:, s : s + 1], cache=cache, lengths=lengths)
    window = run(model, "read_f32", cache=cache, lengths=np.full(2, 40))
    np.testing.assert_array_equal(window, sequence[:, -CAPACITY:])


def test_old_and_new(model):
    inputs = draw("f32", 3, 2, [0, 4, 8])
    result = model.run("both", **inputs)
    np.testing.assert_array_equal(result["y"], append(**inputs, ring=False))
    np.testing.assert_array_equal(result["z"], np.maximum(inputs["cache"], 0))


def test_stack(model):
    inputs = draw("f32", 3, 2, [0, 4, 8])
    inputs["tokens"] /= 100
    expected, tokens = inputs["cache"], inputs["tokens"].copy()
    for _ in range(3):
        expected = append(tokens, expected, inputs["lengths"], ring=False)
        tokens = np.maximum(tokens, 0) ** 2
    result = model.run("stack", **inputs)
    np.testing.assert_allclose(result["t"], tokens, rtol=1e-6)
    np.testing.assert_allclose(result["y"], expected, rtol=1e-6)
