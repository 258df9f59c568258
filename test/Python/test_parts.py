"""Norms, softmax, activations, gated networks, factors of residual blocks and other types of
storage, compiled and run, against their equations in float64."""

import math

import numpy as np
import pytest
from numerics import ACTIVATIONS, UNIT, assert_within, linear, rms_norm
from programs import Operand, Program, run

RNG = np.random.default_rng(31)
PROGRAM = Program()


def normal(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


@pytest.fixture(scope="module")
def model(target, tmp_path_factory):
    return PROGRAM.load(tmp_path_factory.mktemp("parts"), f"--mcpu={target}", threads=2)


# ----------------------------------------------------------------------------
# Norms and softmax
# ----------------------------------------------------------------------------

WIDTHS = [1, 7, 40, 384]
for width in WIDTHS:
    x = Operand(["batch", "sequence", width])
    PROGRAM.add(
        f"rms_{width}",
        {"x": x},
        PROGRAM.parameter(f"gain_{width}", normal(width), "g")
        + f"%y = treadle.rms_norm %x, %g epsilon(1.0e-6) : {x.type}, tensor<{width}xf32>",
        y=x,
    )
    PROGRAM.add(f"softmax_{width}", {"x": x}, f"%y = treadle.softmax %x : {x.type}", y=x)
OPEN = Operand(["batch", "width"])
PROGRAM.add("rms_open", {"x": OPEN}, f"%y = treadle.rms_norm %x epsilon(1.0e-6) : {OPEN.type}", y=OPEN)
PROGRAM.add("softmax_open", {"x": OPEN}, f"%y = treadle.softmax %x : {OPEN.type}", y=OPEN)
ROW = Operand([24])
PROGRAM.add("rms_row", {"x": ROW}, f"%y = treadle.rms_norm %x epsilon(1.0e-6) : {ROW.type}", y=ROW)
PROGRAM.add("softmax_row", {"x": ROW}, f"%y = treadle.softmax %x : {ROW.type}", y=ROW)


@pytest.mark.parametrize("shape", [(1, 1), (2, 13), (3, 70)])
@pytest.mark.parametrize("width", WIDTHS)
def test_rms_norm(model, width, shape):
    x = normal(*shape, width)
    expected, bound = rms_norm(x, 0.0, PROGRAM.weights[f"gain_{width}"])
    assert_within(run(model, f"rms_{width}", x=x), expected, bound)


def softmax(x):
    """A score that is off by half a unit of itself and its maximum moves a weight by as much,
    relatively; exp is good to 4 units; the sum of n to n units."""
    x = x.astype(np.float64)
    largest = x.max(-1, keepdims=True, initial=-np.inf)
    e = np.exp(x - np.where(np.isneginf(largest), 0, largest))
    total = e.sum(-1, keepdims=True)
    value = e / np.where(total == 0, 1, total)
    spread = np.abs(np.where(np.isfinite(x), x, 0)).max(-1, keepdims=True, initial=0)
    return value, value * (2 * spread + x.shape[-1] + 16) * UNIT


@pytest.mark.parametrize("shape", [(1, 1), (2, 13), (3, 70)])
@pytest.mark.parametrize("width", WIDTHS)
def test_softmax(model, width, shape):
    x = 5 * normal(*shape, width)
    x[..., :: max(2, width // 3)] -= 3
    x[0, 0, 0] = -np.inf
    x[-1, -1] = -np.inf  # A row of nothing: zeros.
    expected, bound = softmax(x)
    result = run(model, f"softmax_{width}", x=x)
    assert_within(result, expected, bound)
    assert (result[-1, -1] == 0).all()


def test_softmax_of_large_numbers(model):
    x = np.zeros((1, 4, 7), np.float32)
    x[0, 0] = 3e38
    x[0, 1, 2] = -3e38
    x[0, 2] = np.linspace(-1e4, 1e4, 7)
    x[0, 3] = -3e38
    expected = np.full((4, 7), 1 / 7)
    expected[1] = 1 / 6
    expected[1, 2] = 0
    expected[2] = [0, 0, 0, 0, 0, 0, 1]
    assert_within(run(model, "softmax_7", x=x)[0], expected, 4 * UNIT)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_softmax_spreads_what_is_no_number(model, bad):
    x = normal(1, 2, 40)
    x[0, 1, 17] = bad
    result = run(model, "softmax_40", x=x)
    assert np.isnan(result[0, 1]).all() and np.isfinite(result[0, 0]).all()


@pytest.mark.parametrize("shape", [(1, 1), (5, 24), (70, 301)])
def test_open_width(model, shape):
    x = normal(*shape)
    expected, bound = softmax(x)
    assert_within(run(model, "softmax_open", x=x), expected, bound)
    expected, bound = rms_norm(x, 0.0)
    assert_within(run(model, "rms_open", x=x), expected, bound)


def test_one_row(model):
    x = normal(24)
    assert_within(run(model, "softmax_row", x=x), *softmax(x))
    assert_within(run(model, "rms_row", x=x), *rms_norm(x, 0.0))


# ----------------------------------------------------------------------------
# Activations and gated networks
# ----------------------------------------------------------------------------

X = Operand(["batch", "sequence", 24])
for activation in ACTIVATIONS:
    PROGRAM.add(f"{activation}_alone", {"x": X}, f"%y = treadle.activate {activation} %x : {X.type}", y=X)
WG, WU, WD = normal(100, 24) / 5, normal(100, 24) / 5, normal(24, 100) / 10
BG, BU, BD = normal(100), normal(100), normal(24)
GATED = "".join(
    PROGRAM.parameter(name, array)
    for name, array in dict(wg=WG, wu=WU, wd=WD, bg=BG, bu=BU, bd=BD).items()
)
KINDS = f"{X.type}, tensor<100x24xf32>, tensor<100x24xf32>, tensor<24x100xf32>"
for activation in ["silu", "gelu", "relu_squared", "identity"]:
    PROGRAM.add(
        f"gated_{activation}",
        {"x": X},
        GATED + f"%y = treadle.gated_feed_forward %x, %wg, %wu, %wd activation({activation}) : {KINDS}",
        y=X,
    )
PROGRAM.add(
    "gated_biases",
    {"x": X},
    GATED
    + f"""%y = treadle.gated_feed_forward %x, %wg, %wu, %wd biases(%bg, %bu, %bd) activation(silu)
        : {KINDS}, tensor<100xf32>, tensor<100xf32>, tensor<24xf32>""",
    y=X,
)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activate(model, activation):
    x = 3 * normal(2, 13, 24)
    expected = ACTIVATIONS[activation](x.astype(np.float64))
    bound = 16 * UNIT * np.maximum(np.abs(x), 1) * np.maximum(np.abs(x), 1)
    assert_within(run(model, f"{activation}_alone", x=x), expected, bound)


def gated(x, activation, biases=(None, None, None)):
    gate, gate_error = linear(x, 0.0, WG, biases[0], activation)
    up, up_error = linear(x, 0.0, WU, biases[1])
    inner = gate * up
    error = np.abs(gate) * up_error + np.abs(up) * gate_error + gate_error * up_error
    value, bound = linear(inner, error + UNIT * np.abs(inner), WD, biases[2])
    return value, bound


@pytest.mark.parametrize("shape", [(1, 1), (2, 13), (1, 70)])
@pytest.mark.parametrize("activation", ["silu", "gelu", "relu_squared", "identity"])
def test_gated_feed_forward(model, activation, shape):
    x = normal(*shape, 24)
    expected, bound = gated(x, activation)
    # The square is as steep as its argument is large.
    bound = bound * (8 if activation == "relu_squared" else 1)
    assert_within(run(model, f"gated_{activation}", x=x), expected, bound)


def test_gated_feed_forward_with_biases(model):
    x = normal(2, 13, 24)
    assert_within(run(model, "gated_biases", x=x), *gated(x, "silu", (BG, BU, BD)))


# ----------------------------------------------------------------------------
# One vector
# ----------------------------------------------------------------------------

ONE_VECTOR = KINDS.replace(X.type, "tensor<24xf32>")
PROGRAM.add(
    "linear_vector",
    {"x": Operand([24])},
    GATED
    + """%y = treadle.linear %x, %wg bias(%bg) activation(gelu)
        : (tensor<24xf32>, tensor<100x24xf32>, tensor<100xf32>) -> tensor<100xf32>""",
    y=Operand([100]),
)
PROGRAM.add(
    "gated_vector",
    {"x": Operand([24])},
    GATED
    + f"%y = treadle.gated_feed_forward %x, %wg, %wu, %wd activation(silu) : {ONE_VECTOR}",
    y=Operand([24]),
)


def test_one_vector(model):
    x = normal(24)
    assert_within(run(model, "linear_vector", x=x), *linear(x, 0.0, WG, BG, "gelu"))
    assert_within(run(model, "gated_vector", x=x), *gated(x, "silu"))


# ----------------------------------------------------------------------------
# Factors of residual blocks
# ----------------------------------------------------------------------------

GATE, ONE = normal(24), normal(1)
FACTORS = PROGRAM.parameter("gate", GATE) + PROGRAM.parameter("one", ONE)
VARIANTS = {
    "plain": ("", "", (1, 1, 1)),
    "deep_norm": ("input_scale(2.5)", "", (2.5, 1, 1)),
    "scaled": ("scale(0.25)", "", (1, 0.25, 1)),
    "gated": ("gate(%gate)", ", tensor<24xf32>", (1, 1, GATE)),
    "re_zero": ("gate(%one)", ", tensor<1xf32>", (1, 1, ONE)),
    "all": ("input_scale(0.5) scale(3.0) gate(%gate)", ", tensor<24xf32>", (0.5, 3, GATE)),
}
for name, (text, kind, _) in VARIANTS.items():
    # What follows a product, and what follows something else.
    for branch in ["product", "other"]:
        body = (
            f"%f = treadle.linear %u, %w : ({X.type}, tensor<24x24xf32>) -> {X.type}"
            if branch == "product"
            else f"%f = treadle.activate tanh %u : {X.type}"
        )
        PROGRAM.add(
            f"{name}_{branch}",
            {"x": X},
            PROGRAM.parameter("w", np.float32(WG[:24]))
            + FACTORS
            + f"""
            %y = treadle.residual %x {text} : {X.type}{kind} {{
            ^branch(%u: {X.type}):
              {body}
              treadle.yield %f : {X.type}
            }}""",
            y=X,
        )


@pytest.mark.parametrize("branch", ["product", "other"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_residual_factors(model, variant, branch):
    x = normal(2, 13, 24)
    a, b, gate = VARIANTS[variant][2]
    if branch == "product":
        f, error = linear(x, 0.0, WG[:24])
    else:
        f = np.tanh(x.astype(np.float64))
        error = 16 * UNIT
    factor = b * np.asarray(gate, np.float64)
    expected = a * x.astype(np.float64) + factor * f
    bound = np.abs(factor) * error + 4 * UNIT * (np.abs(a * x) + np.abs(factor * f))
    assert_within(run(model, f"{variant}_{branch}", x=x), expected, bound)


# ----------------------------------------------------------------------------
# Other types of storage
# ----------------------------------------------------------------------------

STORED = {"f16": (np.float16, 2.0**-11), "f64": (np.float64, 2.0**-24)}
for element in ["f16", "bf16", "f64"]:
    x = Operand(["batch", "sequence", 24], element)
    g = Operand([24], element)
    PROGRAM.add(
        f"stored_{element}",
        {"x": x, "g": g},
        f"""
        %y = treadle.residual %x : {x.type} {{
        ^branch(%u: {x.type}):
          %n = treadle.rms_norm %u, %g epsilon(1.0e-6) : {x.type}, {g.type}
          %f = treadle.activate silu %n : {x.type}
          treadle.yield %f : {x.type}
        }}""",
        y=x,
    )


# The norm writes into memory of its own, though the loop over rows knows their number only when it
# runs.
x = Operand([1, "sequence", 24], "f16")
PROGRAM.add(
    "stored_norm",
    {"x": x, "g": Operand([24], "f16")},
    f"""
    %y = treadle.residual %x : {x.type} {{
    ^branch(%u: {x.type}):
      %f = treadle.layer_norm %u, %g epsilon(1.0e-5) : {x.type}, tensor<24xf16>
      treadle.yield %f : {x.type}
    }}""",
    y=x,
)


@pytest.mark.parametrize("tokens", [1, 16, 17, 40])
def test_stored_norm_in_a_residual_block(model, tokens):
    x, g = normal(1, tokens, 24).astype(np.float16), normal(24).astype(np.float16)
    result = run(model, "stored_norm", x=x, g=g)
    wide, gain = x.astype(np.float64), g.astype(np.float64)
    n = wide - wide.mean(-1, keepdims=True)
    n = n / np.sqrt((n**2).mean(-1, keepdims=True) + 1e-5) * gain
    bound = 2.0**-10 * (np.abs(wide) + 2 * np.abs(n))
    assert (np.abs(result.astype(np.float64) - (wide + n)) <= bound).all()


@pytest.mark.parametrize("element", ["f16", "bf16", "f64"])
def test_stored(model, element):
    if element == "bf16":
        ml_dtypes = pytest.importorskip("ml_dtypes")
        kind, unit = ml_dtypes.bfloat16, 2.0**-8
    else:
        kind, unit = STORED[element]
    x, g = normal(2, 13, 24).astype(kind), normal(24).astype(kind)
    result = run(model, f"stored_{element}", x=x, g=g)
    assert result.dtype == kind
    wide, gain = x.astype(np.float64), g.astype(np.float64)
    n = wide / np.sqrt((wide**2).mean(-1, keepdims=True) + 1e-6) * gain
    expected = wide + n / (1 + np.exp(-n))
    # Each of three results is rounded to what is stored.
    bound = 4 * max(unit, 8 * UNIT) * (np.abs(wide) + 1.2 * np.abs(n) + np.abs(expected))
    assert (np.abs(result.astype(np.float64) - expected) <= bound).all()
    # And is not worked on in it: the error of f64 is that of f32.
    if element == "f64":
        assert np.abs(result - expected).max() > 0
