"""Weights of f16: linear maps compiled with --precision=f16 and run, against their equations in
float64, what is refused, and all-MiniLM-L6-v2 against transformers in float64."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numerics import ACTIVATIONS, UNIT, assert_within
from programs import Operand, Program, run
from safetensors.numpy import load_file

import treadle

RNG = np.random.default_rng(11)
#: Half the distance of 1 and the next f16, and half of the least f16: how far rounding goes.
UNIT_F16, LEAST_F16 = 2.0**-11, 2.0**-25
PROGRAM = Program()
GOLDEN = np.load(Path(__file__).with_name("minilm_golden.npz"))


def normal(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


# Widths of whole tiles, of parts of a vector and of one column; odd numbers of inputs, and one.
SHAPES = [(384, 96), (64, 384), (33, 32), (10, 40), (7, 7), (35, 1), (1, 100), (1100, 48)]
for inputs, outputs in SHAPES:
    # Some below the smallest normal number, 2⁻¹⁴.
    scales = 2.0 ** RNG.integers(-20, 3, (outputs, inputs))
    PROGRAM.add_linear((normal(outputs, inputs) * scales).astype(np.float32), normal(outputs))
PROGRAM.add(
    "feed_forward",
    {"x": Operand(["rows", 47])},
    PROGRAM.parameter("up", normal(161, 47) / 7)
    + PROGRAM.parameter("down", normal(47, 161) / 13)
    + "%h = treadle.linear %x, %up activation(gelu) : (tensor<?x47xf32>, tensor<161x47xf32>) -> "
    "tensor<?x161xf32>\n"
    "%y = treadle.linear %h, %down : (tensor<?x161xf32>, tensor<47x161xf32>) -> tensor<?x47xf32>",
    y=Operand(["rows", 47]),
)
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
def directory(target, tmp_path_factory):
    return tmp_path_factory.mktemp("precision")


@pytest.fixture(scope="module")
def model(target, directory):
    return PROGRAM.load(directory, f"--mcpu={target}", "--precision=f16", threads=2)


def half(w):
    """The nearest f16, the even one of two, in float64."""
    return w.astype(np.float16).astype(np.float64)


def product(x, w):
    """x Wᵀ in float64 and a bound of its error: of rounding W, and of summing in f32."""
    x, w = x.astype(np.float64), w.astype(np.float64)
    rounding = np.maximum(UNIT_F16 * np.abs(w), LEAST_F16)
    summing = 1.1 * (x.shape[-1] + 2) * UNIT * (np.abs(w) + rounding)
    return x @ w.T, np.abs(x) @ (rounding + summing).T


@pytest.mark.parametrize("rows", [1, 2, 4, 5, 12, 13, 100])
@pytest.mark.parametrize("inputs, outputs", SHAPES)
def test_linear(model, inputs, outputs, rows):
    x = normal(rows, inputs)
    w, b = (PROGRAM.weights[f"{name}_{inputs}_{outputs}"] for name in "wb")
    expected, bound = product(x, w)
    bound = bound + UNIT * (np.abs(expected) + np.abs(b))
    actual = run(model, f"linear_{inputs}_{outputs}", x=x)
    assert_within(actual, expected + b, bound)
    # Of what f16 holds of the weights it is a sum in f32, so that nothing else is rounded.
    expected = x @ half(w).T + b
    bound = 1.1 * (inputs + 3) * UNIT * (np.abs(x) @ np.abs(half(w)).T + np.abs(b))
    assert_within(actual, expected, bound)


def test_feed_forward(model):
    x = normal(31, 47)
    hidden, error = product(x, PROGRAM.weights["up"])
    # gelu changes by no more than 1.13 times what its argument does.
    active = ACTIVATIONS["gelu"](hidden)
    error = 1.13 * error + 8 * UNIT * (np.abs(active) + np.abs(hidden))
    expected, bound = product(active, PROGRAM.weights["down"])
    bound = bound + 1.01 * error @ np.abs(PROGRAM.weights["down"]).T
    assert_within(run(model, "feed_forward", x=x), expected, bound)


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
    w = half(PROGRAM.weights["stored"])
    bound = 1.1 * 10 * UNIT * (np.abs(x) @ np.abs(w).T + np.abs(b))
    assert_within(run(model, "given_bias", x=x, b=b), x @ w.T + b, bound)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_inputs_that_are_not_finite(model, value):
    x = normal(14, 64)
    clean = run(model, "linear_64_384", x=x)
    x[3, 5] = value
    actual = run(model, "linear_64_384", x=x)
    signs = np.sign(half(PROGRAM.weights["w_64_384"])[:, 5])
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(actual[3], value * signs)
    np.testing.assert_array_equal(np.delete(actual, 3, 0), np.delete(clean, 3, 0))


@pytest.mark.parametrize("inputs, outputs", [(384, 96), (7, 7)])
def test_weights_are_rounded_to_nearest(model, directory, inputs, outputs):
    """Panels [panels, inputs, columns], the last of which has zeros behind its outputs."""
    name = f"w_{inputs}_{outputs}"
    panels = load_file(directory / "program.treadle" / "weights.safetensors")[f"{name}.prepared"]
    assert panels.dtype == np.float16
    made = panels.transpose(0, 2, 1).reshape(-1, inputs)
    np.testing.assert_array_equal(made[:outputs], PROGRAM.weights[name].astype(np.float16))
    assert not made[outputs:].any()


def test_a_row_does_not_depend_on_its_place(model):
    """Panels are widened by tiles, or before them where there are many rows."""
    x = normal(61, 384)
    expected = run(model, "linear_384_96", x=x)
    order = RNG.permutation(61)
    np.testing.assert_array_equal(run(model, "linear_384_96", x=x[order]), expected[order])
    for rows in range(1, 61):
        np.testing.assert_array_equal(run(model, "linear_384_96", x=x[:rows]), expected[:rows])


# ----------------------------------------------------------------------------
# Weights of some values alone
# ----------------------------------------------------------------------------


def one_map(weight, element="f32", body=""):
    """y = x Wᵀ for the parameter w, or for what `body` makes of it."""
    outputs, inputs = weight.shape
    program, shape = Program(), f"{outputs}x{inputs}"
    x, y = Operand(["rows", inputs], element), Operand(["rows", outputs], element)
    program.weights["w"] = weight
    program.add(
        "linear",
        {"x": x},
        f'%{"u" if body else "w"} = treadle.parameter "w" : tensor<{shape}x{element}>\n{body}'
        f"%y = treadle.linear %x, %w : ({x.type}, tensor<{shape}x{element}>) -> {y.type}",
        y=y,
    )
    return program


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
    bits = np.full((8, 4), 0x3F80, np.uint16)
    bits[6, 3] = 0x4780
    header = {"w": {"dtype": "BF16", "shape": [8, 4], "data_offsets": [0, bits.nbytes]}}
    text = json.dumps(header).encode()
    data = len(text).to_bytes(8, "little") + text + bits.tobytes()
    (tmp_path / "model.safetensors").write_bytes(data)
    (tmp_path / "program.mlir").write_text("\n".join(one_map(bits, "bf16").functions))
    command = [os.environ["TREADLE_TOOL"], "compile", tmp_path / "program.mlir", "--precision=f16"]
    command += [f"--weights={tmp_path}", "-o", tmp_path / "program.treadle"]
    done = subprocess.run(command, capture_output=True, text=True)
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


# ----------------------------------------------------------------------------
# A whole model
# ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def minilm_f16(minilm_source, target, tmp_path_factory):
    artifact = tmp_path_factory.mktemp("artifacts") / "minilm.treadle"
    command = [os.environ["TREADLE_TOOL"], "compile", minilm_source, f"--mcpu={target}"]
    subprocess.run([*command, "--precision=f16", "-o", artifact, "--quiet"], check=True)
    return artifact


@pytest.mark.parametrize("case", sorted({name.split(".")[0] for name in GOLDEN.files}))
def test_minilm(minilm_f16, case):
    """Off by up to 1.4e-4 in an element and 4.5e-7 in the cosine: a tenth of what bf16 is, and a
    hundredth."""
    ids, lengths, expected = (GOLDEN[f"{case}.{name}"] for name in ("ids", "lengths", "embeddings"))
    model = treadle.load(minilm_f16, threads=2)
    actual = model.run("embed", ids=ids.astype(np.int64), lengths=lengths)["embeddings"]
    np.testing.assert_allclose(actual, expected, rtol=0, atol=2e-4)
    assert np.all(np.sum(actual * expected, axis=-1) >= 1 - 8e-7)
    # That weights are not f32 after all.
    assert np.abs(actual - expected).max() > 1e-6
