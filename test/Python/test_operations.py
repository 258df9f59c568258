"""Each operation of the dialect, compiled and run, against its equation in float64."""

import math

import numpy as np
import pytest
from numerics import ACTIVATIONS, UNIT, assert_within, layer_norm, linear
from programs import Operand, Program, run

import treadle

RNG = np.random.default_rng(20)
PROGRAM = Program()


def normal(*shape, rng=RNG):
    return rng.standard_normal(shape).astype(np.float32)


@pytest.fixture(scope="module")
def model(target, tmp_path_factory):
    return PROGRAM.load(tmp_path_factory.mktemp("operations"), f"--mcpu={target}", threads=2)


# ----------------------------------------------------------------------------
# Tokens and positions
# ----------------------------------------------------------------------------

WIDTHS = [1, 7, 40, 384]
TOKENS = ["batch", "sequence"]
for element in ("i32", "i64"):
    for width in WIDTHS:
        name, x = f"embedding_{element}_{width}", Operand([*TOKENS, width])
        ids = Operand(TOKENS, element)
        table = PROGRAM.parameter(f"table_{width}", normal(50, width), "table")
        PROGRAM.add(
            name,
            {"ids": ids},
            table
            + f"""
            %y = treadle.embedding %ids, %table : ({ids.type}, tensor<50x{width}xf32>) -> {x.type}
            """,
            y=x,
        )


@pytest.mark.parametrize("element", ["i32", "i64"])
@pytest.mark.parametrize("width", WIDTHS)
def test_embedding(model, element, width):
    table = PROGRAM.weights[f"table_{width}"]
    for batch, tokens in [(1, 1), (3, 17), (1, 70)]:
        ids = RNG.integers(0, 50, (batch, tokens)).astype(element.replace("i", "int"))
        ids.flat[0], ids.flat[-1] = 0, 49
        # Rows are moved, not computed.
        np.testing.assert_array_equal(
            run(model, f"embedding_{element}_{width}", ids=ids), table[ids]
        )


def test_an_id_outside_of_the_table_is_refused(model):
    for wrong in (-1, 50):
        with pytest.raises(treadle.Error) as caught:
            run(model, "embedding_i64_7", ids=np.array([[3, wrong]]))
        assert caught.value.code == "E0707"


for width in WIDTHS:
    x = Operand([*TOKENS, width])
    for offset in (0, 2):
        places = PROGRAM.parameter(f"places_{width}", normal(80, width), "places")
        PROGRAM.add(
            f"learned_{offset}_{width}",
            {"x": x},
            places
            + f"""
            %y = treadle.learned_position %x, %places offset({offset}) : {x.type}, tensor<80x{width}xf32>
            """,
            y=x,
        )


@pytest.mark.parametrize("offset", [0, 2])
@pytest.mark.parametrize("width", WIDTHS)
def test_learned_position(model, offset, width):
    for batch, tokens in [(1, 1), (2, 37), (3, 78)]:
        x = normal(batch, tokens, width)
        expected = x.astype(np.float64) + PROGRAM.weights[f"places_{width}"][offset:][:tokens]
        # One addition.
        bound = UNIT * np.abs(expected)
        assert_within(run(model, f"learned_{offset}_{width}", x=x), expected, bound)


def test_positions_beyond_the_table_are_refused(model):
    # "sequence" is one dimension of all of these entry points, with the least of their limits.
    with pytest.raises(treadle.Error) as caught:
        run(model, "learned_2_7", x=normal(1, 79, 7))
    assert caught.value.code == "E0706"


SINUSOIDS = [(2, 1e4), (6, 100.0), (40, 1e4), (512, 1e4)]
for width, base in SINUSOIDS:
    x = Operand(["batch", "places", width])
    PROGRAM.add(
        f"sinusoidal_{width}",
        {"x": x},
        f"""
        %y = treadle.sinusoidal_position %x base({base:e}) : {x.type}
        """,
        y=x,
    )


@pytest.mark.parametrize("width, base", SINUSOIDS)
def test_sinusoidal_position(model, width, base):
    for batch, tokens in [(1, 501), (3, 5)]:
        x = normal(batch, tokens, width)
        angle = np.arange(tokens)[:, None] * base ** (-np.arange(0, width, 2) / width)
        places = np.stack([np.sin(angle), np.cos(angle)], axis=-1).reshape(tokens, width)
        expected = x + places
        # An angle of at most pi is rounded to f32 once, by 2 pi units; the sine's polynomial
        # adds 2 of the result's, the sum one. The position does not matter.
        bound = (2 * math.pi + 2) * UNIT + UNIT * np.abs(expected)
        assert_within(run(model, f"sinusoidal_{width}", x=x), expected, bound)


# ----------------------------------------------------------------------------
# Norms
# ----------------------------------------------------------------------------

for width in WIDTHS:
    x, vector = Operand(["rows", width]), f"tensor<{width}xf32>"
    gain = PROGRAM.parameter(f"gain_{width}", normal(width), "gain")
    bias = PROGRAM.parameter(f"shift_{width}", normal(width), "bias")
    PROGRAM.add(
        f"layer_norm_{width}",
        {"x": x},
        gain
        + f"""
        %y = treadle.layer_norm %x, %gain epsilon(1.0e-5) : {x.type}, {vector}
        """,
        y=x,
    )
    PROGRAM.add(
        f"layer_norm_bias_{width}",
        {"x": x},
        gain
        + bias
        + f"""
        %y = treadle.layer_norm %x, %gain, %bias epsilon(1.0e-5) : {x.type}, {vector}, {vector}
        """,
        y=x,
    )
    PROGRAM.add(
        f"unit_norm_{width}",
        {"x": x},
        f"""
        %y = treadle.unit_norm %x epsilon(1.0e-6) : {x.type}
        """,
        y=x,
    )
    deep = Operand(["rows", 3, "batch", width])
    PROGRAM.add(
        f"layer_norm_deep_{width}",
        {"x": deep},
        gain
        + f"""
        %y = treadle.layer_norm %x, %gain epsilon(1.0e-5) : {deep.type}, {vector}
        """,
        y=deep,
    )


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("mean", [0.0, 1e3, -1e5])
def test_layer_norm(model, width, mean):
    gain, bias = (PROGRAM.weights[f"{name}_{width}"] for name in ("gain", "shift"))
    for rows in (1, 2, 16, 17, 33):
        x = normal(rows, width) + np.float32(mean)
        kept = x.copy()
        assert_within(run(model, f"layer_norm_{width}", x=x), *layer_norm(x, 0.0, gain))
        assert_within(run(model, f"layer_norm_bias_{width}", x=x), *layer_norm(x, 0.0, gain, bias))
        np.testing.assert_array_equal(x, kept)  # a caller's input is not scratch memory


@pytest.mark.parametrize("width", WIDTHS)
def test_layer_norm_of_more_dimensions(model, width):
    x = normal(2, 3, 5, width)
    expected = layer_norm(x, 0.0, PROGRAM.weights[f"gain_{width}"])
    assert_within(run(model, f"layer_norm_deep_{width}", x=x), *expected)


def test_layer_norm_of_what_does_not_vary(model):
    # The mean is exact, so that epsilon alone divides.
    x = np.full((3, 40), 2.0, np.float32)
    np.testing.assert_array_equal(run(model, "layer_norm_40", x=x), np.zeros_like(x))


@pytest.mark.parametrize("width", WIDTHS)
def test_unit_norm(model, width):
    for rows in (1, 2, 16, 17, 33):
        x = normal(rows, width)
        x[0] *= 1e-9  # shorter than epsilon
        x[-1] *= 1e9
        length = np.sqrt((x.astype(np.float64) ** 2).sum(-1, keepdims=True))
        expected = x / np.maximum(length, 1e-6)
        # n squares and their sum, of which the root takes half; root, quotient, epsilon.
        bound = ((width + 1) / 2 + 4) * UNIT * np.abs(expected)
        assert_within(run(model, f"unit_norm_{width}", x=x), expected, bound)


def test_unit_norm_of_zero(model):
    x = np.zeros((2, 40), np.float32)
    np.testing.assert_array_equal(run(model, "unit_norm_40", x=x), x)


# ----------------------------------------------------------------------------
# Linear maps
# ----------------------------------------------------------------------------

OUTPUTS, INPUTS = [1, 7, 40, 100, 384], [1, 3, 17, 64]


def add_linear(name, x, outputs, activation="identity", bias=False):
    inputs, weight = x.shape[-1], f"{outputs}_{x.shape[-1]}"
    y = Operand([*x.shape[:-1], outputs])
    w, b = f"tensor<{outputs}x{inputs}xf32>", f"tensor<{outputs}xf32>"
    body = PROGRAM.parameter(
        f"weight_{weight}",
        normal(outputs, inputs, rng=np.random.default_rng(outputs + inputs)),
        "w",
    )
    body += (
        PROGRAM.parameter(
            f"bias_{outputs}", normal(outputs, rng=np.random.default_rng(outputs)), "b"
        )
        if bias
        else ""
    )
    PROGRAM.add(
        name,
        {"x": x},
        body
        + f"""
        %y = treadle.linear %x, %w {"bias(%b)" if bias else ""} activation({activation})
            : ({x.type}, {w}{", " + b if bias else ""}) -> {y.type}
        """,
        y=y,
    )


for outputs in OUTPUTS:
    for inputs in INPUTS:
        add_linear(f"linear_{outputs}_{inputs}", Operand(["rows", inputs]), outputs)
    for activation in ACTIVATIONS:
        add_linear(f"{activation}_{outputs}", Operand(["rows", 17]), outputs, activation, True)
# Rows that are copied in parts for several panels, the last of which is padded; sums that go there
# as they are, and sums that something is done with.
LONG = 1024, 250
add_linear("long", Operand(["rows", LONG[0]]), LONG[1])
add_linear("long_relu", Operand(["rows", LONG[0]]), LONG[1], "relu", True)
add_linear("gelu_no_bias", Operand(["rows", 17]), 40, "gelu")
add_linear("linear_3d", Operand([*TOKENS, 17]), 40, "identity", True)
add_linear("linear_4d", Operand(["batch", 2, "rows", 17]), 40, "silu", True)


@pytest.mark.parametrize("outputs", OUTPUTS)
@pytest.mark.parametrize("inputs", INPUTS)
def test_linear(model, outputs, inputs):
    weight = PROGRAM.weights[f"weight_{outputs}_{inputs}"]
    # Rows up to 70: each number that may be left over by tiles of rows, and several blocks.
    for rows in range(1, 71):
        x = normal(rows, inputs)
        assert_within(run(model, f"linear_{outputs}_{inputs}", x=x), *linear(x, 0.0, weight))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("outputs", OUTPUTS)
def test_linear_with_activation(model, activation, outputs):
    weight, bias = PROGRAM.weights[f"weight_{outputs}_17"], PROGRAM.weights[f"bias_{outputs}"]
    for rows in (1, 11, 12, 13, 70):
        x = normal(rows, 17)
        expected = linear(x, 0.0, weight, bias, activation)
        assert_within(run(model, f"{activation}_{outputs}", x=x), *expected)


@pytest.mark.parametrize("rows", [1, 5, 13, 121, 250])
def test_long_linear(model, rows):
    inputs, outputs = LONG
    weight, bias = PROGRAM.weights[f"weight_{outputs}_{inputs}"], PROGRAM.weights[f"bias_{outputs}"]
    x = normal(rows, inputs)
    assert_within(run(model, "long", x=x), *linear(x, 0.0, weight))
    assert_within(run(model, "long_relu", x=x), *linear(x, 0.0, weight, bias, "relu"))


def test_linear_without_bias_of_several_dimensions(model):
    weight, bias = PROGRAM.weights["weight_40_17"], PROGRAM.weights["bias_40"]
    x = normal(5, 17)
    assert_within(run(model, "gelu_no_bias", x=x), *linear(x, 0.0, weight, None, "gelu"))
    x = normal(3, 7, 17)
    assert_within(run(model, "linear_3d", x=x), *linear(x, 0.0, weight, bias))
    x = normal(3, 2, 7, 17)
    assert_within(run(model, "linear_4d", x=x), *linear(x, 0.0, weight, bias, "silu"))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activation_at_extremes(model, activation):
    """Far out, an activation is its asymptote; what is no number stays none."""
    weight, bias = PROGRAM.weights["weight_1_17"], PROGRAM.weights["bias_1"]
    values = np.array([-1e30, -1e4, -100, 100, 1e4, 1e30])
    x = np.zeros((7, 17), np.float32)
    x[:6, 0] = values / weight[0, 0]
    x[6, 0] = np.nan
    actual = run(model, f"{activation}_1", x=x)[:, 0]
    expected, bound = linear(x[:6], 0.0, weight, bias, "identity")
    below = {"identity": expected, "tanh": -np.ones((6, 1))}.get(activation, np.zeros((6, 1)))
    above = np.ones((6, 1)) if activation in ("tanh", "sigmoid") else expected
    if activation == "relu_squared":
        bound = (2 * np.abs(expected) + bound) * bound + 2 * UNIT * expected**2
        above = np.where(expected > 2.0**64, np.inf, expected**2)
    expected = np.where(expected < 0, below, above)[:, 0]
    assert_within(actual[:6], expected, bound[:, 0] + 2 * UNIT)
    assert np.isnan(actual[6])


def test_infinity_in_a_linear_map(model):
    weight = PROGRAM.weights["weight_7_3"]
    x = normal(3, 3)
    x[1, 1] = np.inf
    expected, bound = linear(x, 0.0, weight)
    assert_within(run(model, "linear_7_3", x=x), expected, np.nan_to_num(bound))


# ----------------------------------------------------------------------------
# Pooling
# ----------------------------------------------------------------------------

for width in WIDTHS:
    x, y = Operand([*TOKENS, width]), Operand(["batch", width])
    for kind in ("mean", "first", "max"):
        PROGRAM.add(
            f"{kind}_{width}",
            {"x": x},
            f"""
            %y = treadle.pool {kind} %x : ({x.type}) -> {y.type}
            """,
            y=y,
        )
        for element in ("i32", "i64"):
            lengths = Operand(["batch"], element, maximum="sequence")
            PROGRAM.add(
                f"{kind}_lengths_{element}_{width}",
                {"x": x, "n": lengths},
                f"""
                %y = treadle.pool {kind} %x lengths(%n) : ({x.type}, {lengths.type}) -> {y.type}
                """,
                y=y,
            )


def pool(kind, x, lengths):
    """Mean or maximum of the first tokens, zeros for none; or the first token."""
    if kind == "first":
        return x[:, 0].astype(np.float64), 0.0
    result, bound = np.zeros((2, x.shape[0], x.shape[2]))
    for b, n in enumerate(lengths):
        seen = x[b, :n].astype(np.float64)
        if n and kind == "max":
            result[b] = seen.max(0)
        elif n:
            # n additions and a quotient.
            result[b], bound[b] = seen.mean(0), (n + 1) * UNIT * np.abs(seen).mean(0)
    return result, bound


@pytest.mark.parametrize("kind", ["mean", "first", "max"])
@pytest.mark.parametrize("width", WIDTHS)
def test_pool(model, kind, width):
    for batch, tokens in [(1, 1), (3, 17), (33, 5)]:
        x = normal(batch, tokens, width) - 5 * (kind == "max")  # 0 is no maximum
        expected = pool(kind, x, [tokens] * batch)
        assert_within(run(model, f"{kind}_{width}", x=x), *expected)
        lengths = RNG.integers(0, tokens + 1, batch)
        lengths[0], lengths[-1] = 0, tokens
        for element in ("i32", "i64"):
            n = lengths.astype(element.replace("i", "int"))
            padded = x.copy()
            if kind != "first":
                padded[np.arange(tokens) >= lengths[:, None]] = np.nan  # nobody looks
            actual = run(model, f"{kind}_lengths_{element}_{width}", x=padded, n=n)
            assert_within(actual, *pool(kind, x, lengths))


@pytest.mark.parametrize("kind", ["mean", "max"])
def test_pool_passes_on_what_is_no_number(model, kind):
    x = normal(2, 5, 7)
    x[0, 2, 1], x[0, 3, 4], x[1, :, 0] = np.nan, np.inf, -np.inf
    actual = run(model, f"{kind}_7", x=x)
    assert np.isnan(actual[0, 1]) and actual[0, 4] == np.inf and actual[1, 0] == -np.inf
    assert np.isfinite(actual).sum() == 11


def test_pool_of_what_is_made_for_it(model):
    """Pooling right behind each operation that makes [batch, tokens, width]."""
    ids = RNG.integers(0, 50, (3, 9))
    x = PROGRAM.weights["table_40"][ids]
    assert_within(run(model, "pool_embedding", ids=ids), *pool("mean", x, [9] * 3))
    x = normal(3, 9, 40)
    placed = (x + PROGRAM.weights["places_40"][:9]).astype(np.float32)
    assert_within(run(model, "pool_learned", x=x), *pool("max", placed, [9] * 3))


ids, x, y = Operand(TOKENS, "i64"), Operand([*TOKENS, 40]), Operand(["batch", 40])
PROGRAM.add(
    "pool_embedding",
    {"ids": ids},
    PROGRAM.parameter("table_40", PROGRAM.weights["table_40"], "t")
    + f"""
    %x = treadle.embedding %ids, %t : ({ids.type}, tensor<50x40xf32>) -> {x.type}
    %y = treadle.pool mean %x : ({x.type}) -> {y.type}
    """,
    y=y,
)
PROGRAM.add(
    "pool_learned",
    {"x": x},
    PROGRAM.parameter("places_40", PROGRAM.weights["places_40"], "t")
    + f"""
    %p = treadle.learned_position %x, %t : {x.type}, tensor<80x40xf32>
    %y = treadle.pool max %p : ({x.type}) -> {y.type}
    """,
    y=y,
)
