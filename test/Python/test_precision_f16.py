"""Weights of f16 that are no parameters, of some values alone, and such as are refused; what they
share with products of bf16 is in test_precision.py."""

import ml_dtypes
import numpy as np
import pytest
from numerics import UNIT, assert_within
from programs import Operand, Program, run
from safetensors.numpy import load_file
from test_precision import PRECISIONS, normal, one_map

PROGRAM = Program()
# What the caller gives stays as it is; a bias may be given to a weight that is stored.
for name, weight in ("given", Operand([100, 7])), ("given_bias", Operand([100])):
    line = PROGRAM.parameter("stored", normal(100, 7), "w") if name == "given_bias" else ""
    bias = " bias(%b)" if name == "given_bias" else ""
    PROGRAM.add(
        name,
        {"x": Operand(["rows", 7]), "b" if bias else "w": weight},
        f"{line}%y = treadle.linear %x, %w{bias} : (tensor<?x7xf32>, tensor<100x7xf32>"
        f"{', tensor<100xf32>' if bias else ''}) -> tensor<?x100xf32>",
        y=Operand(["rows", 100]),
    )


@pytest.fixture(scope="module")
def model(target, tmp_path_factory):
    directory = tmp_path_factory.mktemp("given")
    return PROGRAM.load(directory, f"--mcpu={target}", "--precision=f16", threads=2)


def test_a_given_weight_stays_f32(model):
    x, w = normal(13, 7), normal(100, 7)
    bound = 1.1 * 9 * UNIT * (np.abs(x) @ np.abs(w).T)
    expected = x.astype(np.float64) @ w.T.astype(np.float64)
    assert_within(run(model, "given", x=x, w=w), expected, bound)
    # 1 + 2⁻²⁰ is no f16, and 10⁶ is infinite.
    w = np.full((100, 7), 1 + 2.0**-20, np.float32)
    w[::2] = 1e6
    ones = np.eye(7, dtype=np.float32)
    np.testing.assert_array_equal(run(model, "given", x=ones, w=w), w.T)


def test_a_given_bias_stays_f32(model):
    x, b = normal(13, 7), normal(100) * 1e6
    w = PRECISIONS["f16"].held(PROGRAM.weights["stored"])
    bound = 1.1 * 10 * UNIT * (np.abs(x) @ np.abs(w).T + np.abs(b))
    assert_within(run(model, "given_bias", x=x, b=b), x @ w.T + b, bound)


# ----------------------------------------------------------------------------
# Weights of some values alone
# ----------------------------------------------------------------------------


@pytest.mark.parametrize("published", [np.float16, np.float32])
def test_every_f16_stays(tmp_path, target, published):
    """What a checkpoint has as f16, denormals, infinities and NaN included, is what the code
    reads: 1 times each, and zeros added to it."""
    bits = np.arange(1 << 16, dtype=np.uint16)
    # Quiet NaNs alone: a conversion makes others quiet. Infinities and NaN would be in each sum.
    bits[(bits & 0x7FFF) > 0x7C00] |= 0x200
    weight = bits.view(np.float16).reshape(-1, 1)
    program = one_map(weight.astype(published), {np.float16: "f16", np.float32: "f32"}[published])
    model = program.load(tmp_path, f"--mcpu={target}", "--precision=f16")
    panels = load_file(tmp_path / "program.treadle" / "weights.safetensors")["w.prepared"]
    np.testing.assert_array_equal(panels.reshape(-1).view(np.uint16), bits)
    for x in 1, -2.0**-10:
        y = run(model, "linear", x=np.full((1, 1), x, published))
        with np.errstate(invalid="ignore", over="ignore"):
            np.testing.assert_array_equal(y[0], (weight[:, 0] * np.float32(x)).astype(published))


def large(*values):
    weight = normal(40, 9)
    for i, value in enumerate(values):
        weight[17 + i, 4] = value
    return weight


@pytest.mark.parametrize(
    "value, expected",
    [(65504, 65504), (65519.99, 65504), (-65519.99, -65504)]
    + [(value, value) for value in (np.inf, -np.inf, np.nan)],
)
def test_what_becomes_no_infinity_is_taken(tmp_path, value, expected):
    model = one_map(large(value)).load(tmp_path, "--precision=f16")
    y = run(model, "linear", x=np.eye(9, dtype=np.float32)[4:5])
    np.testing.assert_array_equal(y[0, 17], expected)


@pytest.mark.parametrize(
    "values, told",
    [
        ([65520], "65520"),
        ([-65520], "-65520"),
        ([1e30, -2e30], "-2e+30"),
        ([7e4, np.inf], "70000"),
    ],
)
def test_what_would_become_infinity_is_refused(tmp_path, values, told):
    weight = large(*values)
    done = one_map(weight).compile(tmp_path, "--precision=f16")
    assert done.returncode == 3
    row = 17 + int(np.argmax(np.where(np.isfinite(values), np.abs(values), 0)))
    assert f"error[E0417]: model.safetensors: tensor 'w' has {told} at [{row}, 4], " in done.stderr
    assert "the largest number of f16 is 65504" in done.stderr
    assert "--precision=bf16 has the range of f32" in done.stderr
    assert not (tmp_path / "program.treadle").exists()


@pytest.mark.parametrize("precision", ["f32", "bf16"])
def test_other_precisions_take_it(tmp_path, precision):
    model = one_map(large(1e6)).load(tmp_path, f"--precision={precision}")
    y = run(model, "linear", x=np.eye(9, dtype=np.float32))
    assert abs(y[4, 17] / 1e6 - 1) < 2.0**-8


def test_what_is_computed_of_weights_is_refused(tmp_path):
    """No tensor has a number that is too large."""
    times = "%c = arith.constant dense<1024.0> : tensor<40x9xf32>\n"
    times += "%w = arith.mulf %u, %c : tensor<40x9xf32>\n"
    done = one_map(large(100), body=times).compile(tmp_path, "--precision=f16")
    assert done.returncode == 3
    assert "error[E0417]: parameter 'w.prepared' has an element of 65520 or more" in done.stderr


def test_each_layer_is_told(tmp_path):
    """Members of a family by their names, once each, though two maps have the second."""
    program = Program()
    x = Operand(["rows", 9])
    layer = (
        "%r = treadle.stack 3(%x) : tensor<?x9xf32> {\n^layer(%h: tensor<?x9xf32>, %i: index):\n"
        '%w = treadle.parameter "layer.{}.w"[%i] : tensor<9x9xf32>\n'
        "%l = treadle.linear %h, %w : (tensor<?x9xf32>, tensor<9x9xf32>) -> tensor<?x9xf32>\n"
        "treadle.yield %l : tensor<?x9xf32>\n}\n"
        '%v = treadle.parameter "layer.1.w" : tensor<9x9xf32>\n'
        "%y = treadle.linear %r, %v : (tensor<?x9xf32>, tensor<9x9xf32>) -> tensor<?x9xf32>"
    )
    program.add("layers", {"x": x}, layer, y=x)
    for i in range(3):
        program.weights[f"layer.{i}.w"] = np.full((9, 9), [1, 1e5, 3e5][i], np.float32)
    done = program.compile(tmp_path, "--precision=f16")
    assert done.returncode == 3
    assert done.stderr.count("E0417") == 2
    assert "tensor 'layer.1.w' has 100000 at [0, 0], " in done.stderr
    assert "tensor 'layer.2.w' has 300000 at [0, 0], " in done.stderr


def test_a_weight_of_bf16_is_refused(tmp_path):
    """bf16 has the range of f32: 2¹⁶ is the least that is too large."""
    weight = np.ones((8, 4), ml_dtypes.bfloat16)
    weight[6, 3] = 2**16
    done = one_map(weight, "bf16").compile(tmp_path, "--precision=f16")
    assert done.returncode == 3 and "tensor 'w' has 65536 at [6, 3], " in done.stderr


def test_a_cpu_that_cannot_widen_is_refused(tmp_path):
    done = one_map(normal(8, 8)).compile(tmp_path, "--precision=f16", "--mcpu=sandybridge")
    assert done.returncode == 2
    assert "error[E0107]: --precision=f16 asks for a CPU with F16C or AVX-512, and " in done.stderr
    program = Program("treadle.precision = #treadle.precision<f16>")
    program.add("f", {"x": Operand([1])}, "", x=Operand([1]))
    (tmp_path / "said").mkdir()
    done = program.compile(tmp_path / "said", "--mcpu=sandybridge")
    assert done.returncode == 1
    assert "'sandybridge' has no instruction that widens f16" in done.stderr
