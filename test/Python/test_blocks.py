"""Operations inside of each other: branches, layers, and what the compiler makes in one loop or
in one place of memory. Each program against its equation in float64."""

import numpy as np
import pytest
from numerics import UNIT, assert_within, attention, layer_norm, linear
from programs import Operand, Program, run

import treadle

RNG = np.random.default_rng(12)
PROGRAM = Program()
SHAPES = [(1, 1), (2, 13), (1, 70)]


def normal(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


@pytest.fixture(scope="module")
def model(target, tmp_path_factory):
    return PROGRAM.load(tmp_path_factory.mktemp("blocks"), f"--mcpu={target}", threads=2)


X = Operand(["batch", "sequence", 24])
W, G = "tensor<24x24xf32>", "tensor<24xf32>"
GAIN, SQUARE, INNER, OUTER = (
    normal(24),
    normal(24, 24) / 5,
    normal(100, 24) / 5,
    normal(24, 100) / 10,
)
B_IN, B_OUT = normal(100), normal(24)
PARAMETERS = (
    PROGRAM.parameter("w", SQUARE)
    + PROGRAM.parameter("g", GAIN)
    + PROGRAM.parameter("w1", INNER)
    + PROGRAM.parameter("w2", OUTER)
    + PROGRAM.parameter("b1", B_IN)
    + PROGRAM.parameter("b2", B_OUT)
)


def linear_text(result, x, weight="w", activation="identity", kind=X.type):
    return f"""
        %{result} = treadle.linear %{x}, %{weight} activation({activation})
            : ({kind}, {W}) -> {kind}"""


def norm_text(result, x, kind=X.type):
    return f"\n%{result} = treadle.layer_norm %{x}, %g epsilon(1.0e-5) : {kind}, {G}"


def residual_text(result, x, argument, body, last, scale=""):
    return f"""
        %{result} = treadle.residual %{x} {scale} : {X.type} {{
        ^branch(%{argument}: {X.type}):
          {body}
          treadle.yield %{last} : {X.type}
        }}"""


def stack_text(result, count, x, argument, index, body, last):
    return f"""
        %{result} = treadle.stack {count} (%{x}) : {X.type} {{
        ^layer(%{argument}: {X.type}, %{index}: index):
          {body}
          treadle.yield %{last} : {X.type}
        }}"""


def add(name, body, inputs=None, **results):
    PROGRAM.add(name, inputs or {"x": X}, PARAMETERS + body, **(results or {"y": X}))


def exact(x):
    """A value and how far it may be off."""
    return x.astype(np.float64), np.zeros(x.shape)


def plus(left, right, scale=1.0):
    """left + scale · right, which rounds the scale, the product and the sum."""
    value = left[0] + scale * right[0]
    rounding = UNIT * (np.abs(value) + 2 * np.abs(right[0]) * (scale != 1) * abs(scale))
    return value, left[1] + abs(scale) * right[1] + rounding


# ----------------------------------------------------------------------------
# Feed-forward
# ----------------------------------------------------------------------------

for name, biased, activation in [
    ("feed_forward", True, "gelu"),
    ("feed_forward_relu", True, "relu"),
    ("feed_forward_plain", False, "tanh"),
]:
    add(
        name,
        f"""
        %y = treadle.feed_forward %x, %w1, %w2 {"biases(%b1, %b2)" if biased else ""}
            activation({activation}) : {X.type}, tensor<100x24xf32>, tensor<24x100xf32>
            {", tensor<100xf32>, tensor<24xf32>" if biased else ""}""",
    )


@pytest.mark.parametrize("batch, tokens", SHAPES)
def test_feed_forward(model, batch, tokens):
    x = normal(batch, tokens, 24)
    for name, activation in [("feed_forward", "gelu"), ("feed_forward_relu", "relu")]:
        expected = linear(*linear(*exact(x), INNER, B_IN, activation), OUTER, B_OUT)
        assert_within(run(model, name, x=x), *expected)
    expected = linear(*linear(*exact(x), INNER, None, "tanh"), OUTER)
    assert_within(run(model, "feed_forward_plain", x=x), *expected)


# ----------------------------------------------------------------------------
# Residuals
# ----------------------------------------------------------------------------

add("residual", residual_text("y", "x", "u", linear_text("f", "u"), "f"))
add("scaled", residual_text("y", "x", "u", linear_text("f", "u"), "f", "scale(-0.3)"))
add("itself", residual_text("y", "x", "u", "", "u"))
add("outside", residual_text("y", "x", "u", "", "o", "scale(2.0)"), {"x": X, "o": X})
add("pre_norm", residual_text("y", "x", "u", norm_text("n", "u") + linear_text("f", "n"), "f"))
add("post_norm", residual_text("r", "x", "u", linear_text("f", "u"), "f") + norm_text("y", "r"))
SANDWICH = norm_text("n", "u") + linear_text("f", "n") + norm_text("p", "f")
add("sandwich", residual_text("y", "x", "u", SANDWICH, "p"))
NESTED = residual_text("r", "a", "v", norm_text("n", "v") + linear_text("b", "n"), "b")
add("nested", residual_text("y", "x", "u", linear_text("a", "u") + NESTED, "r"))
PARALLEL = norm_text("n", "u") + linear_text("a", "n") + linear_text("b", "u", activation="gelu")
add("parallel", residual_text("y", "x", "u", PARALLEL + f"%c = arith.addf %a, %b : {X.type}", "c"))


@pytest.mark.parametrize("batch, tokens", SHAPES)
def test_residual(model, batch, tokens):
    start = exact(normal(batch, tokens, 24))
    x = start[0].astype(np.float32)
    mapped, normed = linear(*start, SQUARE), layer_norm(*start, GAIN)
    mapped_norm = linear(*normed, SQUARE)
    assert_within(run(model, "residual", x=x), *plus(start, mapped))
    assert_within(run(model, "scaled", x=x), *plus(start, mapped, -0.3))
    assert_within(run(model, "pre_norm", x=x), *plus(start, mapped_norm))
    assert_within(run(model, "post_norm", x=x), *layer_norm(*plus(start, mapped), GAIN))
    assert_within(run(model, "sandwich", x=x), *plus(start, layer_norm(*mapped_norm, GAIN)))
    inner = plus(mapped, linear(*layer_norm(*mapped, GAIN), SQUARE))
    assert_within(run(model, "nested", x=x), *plus(start, inner))
    both = plus(mapped_norm, linear(*start, SQUARE, None, "gelu"))
    assert_within(run(model, "parallel", x=x), *plus(start, both))


def test_branches_that_compute_nothing(model):
    x, other = normal(2, 13, 24), normal(2, 13, 24)
    np.testing.assert_array_equal(run(model, "itself", x=x), 2 * x)
    assert_within(run(model, "outside", x=x, o=other), *plus(exact(x), exact(other), 2.0))


ZERO = f"""
    %zero = arith.constant 0.0 : f32
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %d0 = tensor.dim %x, %c0 : {X.type}
    %d1 = tensor.dim %x, %c1 : {X.type}
    %zeros = tensor.splat %zero[%d0, %d1] : {X.type}"""
add("zero", ZERO + residual_text("y", "x", "u", "", "zeros"))
add("zero_scale", residual_text("y", "x", "u", linear_text("f", "u"), "f", "scale(0.0)"))
add("identity", "", x=X)


@pytest.mark.parametrize("name", ["zero", "zero_scale", "identity"])
def test_a_zero_branch_is_the_identity(model, name):
    x = normal(2, 13, 24)
    x[0, 0, :3] = np.nan, np.inf, -np.inf
    np.testing.assert_array_equal(run(model, name, x=x), x)


# ----------------------------------------------------------------------------
# Stacks
# ----------------------------------------------------------------------------

LAYERS = [normal(24, 24) / 5 for _ in range(3)]
for i, layer in enumerate(LAYERS):
    PROGRAM.weights[f"layer.{i}"] = layer
MEMBER = f'%l = treadle.parameter "layer.{{}}"[%i of 3] : {W}'
LAYER = MEMBER + linear_text("f", "h", "l", "gelu")
for count in (1, 3):
    add(
        f"stack_{count}",
        stack_text("y", count, "x", "h", "i", LAYER.replace("of 3", f"of {count}"), "f"),
    )
add("stack_0", stack_text("y", 0, "x", "h", "i", linear_text("f", "h"), "f"))
add("stack_same", stack_text("y", 4, "x", "h", "i", "", "h"))
add("stack_norm", stack_text("y", 3, "x", "h", "i", norm_text("n", "h"), "n"))
BRANCH = MEMBER + linear_text("f", "u", "l", "tanh")
RESIDUAL = residual_text("r", "h", "u", BRANCH, "f")
add("stack_residual", stack_text("y", 3, "x", "h", "i", RESIDUAL, "r"))
POST_NORM = RESIDUAL + norm_text("n", "r")
add("stack_post_norm", stack_text("y", 3, "x", "h", "i", POST_NORM, "n"))
PRE_NORM = residual_text(
    "r", "h", "u", MEMBER + norm_text("n", "u") + linear_text("f", "n", "l"), "f"
)
add("stack_pre_norm", stack_text("y", 3, "x", "h", "i", PRE_NORM, "r"))
STACKED = stack_text("s", 3, "k", "h", "i", LAYER + norm_text("n", "f"), "n")
add("stack_of_stacks", stack_text("y", 2, "x", "k", "j", STACKED + linear_text("m", "s"), "m"))


def fold(value, step, layers=LAYERS):
    for weight in layers:
        value = step(value, weight)
    return value


@pytest.mark.parametrize("batch, tokens", SHAPES)
def test_stack(model, batch, tokens):
    x = normal(batch, tokens, 24)

    def check(name, step, layers=LAYERS):
        assert_within(run(model, name, x=x), *fold(exact(x), step, layers))

    gelu = lambda h, weight: linear(*h, weight, None, "gelu")
    residual = lambda h, weight: plus(h, linear(*h, weight, None, "tanh"))
    np.testing.assert_array_equal(run(model, "stack_0", x=x), x)
    np.testing.assert_array_equal(run(model, "stack_same", x=x), x)
    check("stack_1", gelu, LAYERS[:1])
    check("stack_3", gelu)
    check("stack_norm", lambda h, _: layer_norm(*h, GAIN))
    check("stack_residual", residual)
    check("stack_post_norm", lambda h, weight: layer_norm(*residual(h, weight), GAIN))
    check("stack_pre_norm", lambda h, weight: plus(h, linear(*layer_norm(*h, GAIN), weight)))
    inner = lambda h, weight: layer_norm(*gelu(h, weight), GAIN)
    check("stack_of_stacks", lambda h, _: linear(*fold(h, inner), SQUARE), LAYERS[:2])


# ----------------------------------------------------------------------------
# Several results
# ----------------------------------------------------------------------------

add("argument", f"%y = treadle.unit_norm %x epsilon(1.0) : {X.type}", y=X, x=X)
add("steps", linear_text("a", "x") + norm_text("b", "a") + linear_text("c", "b"), a=X, b=X, c=X)


def test_several_results(model):
    """A result that another one is made of, or that is an input, keeps its content."""
    x = normal(2, 13, 24)
    result = model.run("argument", x=x)
    np.testing.assert_array_equal(result["x"], x)
    length = np.maximum(np.sqrt((x.astype(np.float64) ** 2).sum(-1, keepdims=True)), 1)
    assert_within(result["y"], x / length, 17 * UNIT * np.abs(x / length))
    result = model.run("steps", x=x)
    mapped = linear(*exact(x), SQUARE)
    normed = layer_norm(*mapped, GAIN)
    assert_within(result["a"], *mapped)
    assert_within(result["b"], *normed)
    assert_within(result["c"], *linear(*normed, SQUARE))


# ----------------------------------------------------------------------------
# Shapes that are known
# ----------------------------------------------------------------------------

# One block of each loop: what is in no parallel loop would be done by every thread.
FIXED = Operand([2, 5, 24])
POOLED, HEADS = Operand([2, 24]), Operand([2, 3, 5, 8])
BODY = (
    norm_text("n", "x", FIXED.type)
    + linear_text("f", "n", "w", "gelu", FIXED.type)
    + f"""
    %r = arith.addf %x, %f : {FIXED.type}
    %p = treadle.pool mean %r : ({FIXED.type}) -> {POOLED.type}
    %y = treadle.unit_norm %p epsilon(1.0e-12) : {POOLED.type}"""
)
add("fixed", BODY, {"x": FIXED}, y=POOLED)
MAPS = ", ".join(
    f"affine_map<(b, h, m, n, d, e) -> (b, h, {last})>" for last in ["m, d", "n, d", "n, e", "m, e"]
)
add(
    "fixed_attention",
    f"""
    %y = treadle.attention scaled_dot queries(%x) keys(%x) values(%x) indexing_maps = [{MAPS}]
        : ({HEADS.type}, {HEADS.type}, {HEADS.type}) -> {HEADS.type}""",
    {"x": HEADS},
    y=HEADS,
)
ALONE = Operand([1, 8, 8])
MAPS_ALONE = MAPS.replace("b, h,", "b,")
add(
    "fixed_attention_alone",
    f"""
    %y = treadle.attention scaled_dot queries(%x) keys(%x) values(%x) indexing_maps = [{MAPS_ALONE}]
        : ({ALONE.type}, {ALONE.type}, {ALONE.type}) -> {ALONE.type}""",
    {"x": ALONE},
    y=ALONE,
)
WEIGHT, CALLED = Operand([24, 24]), Operand(["rows", 24])
add(
    "weight_as_input",
    linear_text("y", "x", "m", kind=CALLED.type),
    {"x": CALLED, "m": WEIGHT},
    y=CALLED,
)
add("square_of_input", linear_text("y", "m", "m", kind=WEIGHT.type), {"m": WEIGHT}, y=WEIGHT)
EMPTY = Operand([0, 5, 24])
add(
    "no_batch",
    norm_text("n", "x", EMPTY.type) + linear_text("y", "n", "w", "gelu", EMPTY.type),
    {"x": EMPTY},
    y=EMPTY,
)
NO_KEYS, NO_QUERIES = Operand([2, 0, 8]), Operand([2, 3, 8])
for name, queries, keys in [("no_keys", NO_QUERIES, NO_KEYS), ("no_queries", NO_KEYS, NO_QUERIES)]:
    PROGRAM.add(
        name,
        {"q": queries, "k": keys},
        f"""
        %y = treadle.attention scaled_dot queries(%q) keys(%k) values(%k) indexing_maps = [{MAPS_ALONE}]
            : ({queries.type}, {keys.type}, {keys.type}) -> {queries.type}""",
        y=queries,
    )


def test_static_shapes(model):
    x = normal(2, 5, 24)
    stream = plus(exact(x), linear(*layer_norm(*exact(x), GAIN), SQUARE, None, "gelu"))
    pooled = stream[0].mean(1)
    length = np.sqrt((pooled**2).sum(-1, keepdims=True))
    # The mean's own roundings, the length's, and what the stream was off.
    error = stream[1].mean(1) + 6 * UNIT * np.abs(stream[0]).mean(1)
    error = (error + np.sqrt((error**2).sum(-1, keepdims=True))) / length
    expected = pooled / length
    assert_within(run(model, "fixed", x=x), expected, error + 17 * UNIT * np.abs(expected))
    x = normal(2, 3, 5, 8)
    assert_within(run(model, "fixed_attention", x=x), *attention(x, x, x))
    x = normal(1, 8, 8)
    assert_within(run(model, "fixed_attention_alone", x=x), *attention(x, x, x))


def test_a_weight_that_is_no_parameter(model):
    x, m = normal(70, 24), normal(24, 24)
    assert_within(run(model, "weight_as_input", x=x, m=m), *linear(*exact(x), m))
    assert_within(run(model, "square_of_input", m=m), *linear(*exact(m), m))


def test_extents_of_zero(model):
    assert run(model, "no_batch", x=np.zeros((0, 5, 24), np.float32)).shape == (0, 5, 24)
    some, none = normal(2, 3, 8), np.zeros((2, 0, 8), np.float32)
    np.testing.assert_array_equal(run(model, "no_keys", q=some, k=none), 0)
    assert run(model, "no_queries", q=none, k=some).shape == (2, 0, 8)


@pytest.mark.parametrize("shape", [(0, 5, 24), (2, 0, 24)])
def test_a_dimension_without_extent_is_refused(model, shape):
    for entry in ("identity", "pre_norm", "stack_3"):
        with pytest.raises(treadle.Error) as caught:
            run(model, entry, x=np.zeros(shape, np.float32))
        assert caught.value.code == "E0706"
