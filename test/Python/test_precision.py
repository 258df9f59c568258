"""Products of bf16: linear maps compiled with --precision=bf16 and run, against their equations
in float64, and all-MiniLM-L6-v2 against transformers in float64."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numerics import ACTIVATIONS, UNIT, assert_within, round_bf16
from programs import Operand, Program, run

import treadle

RNG = np.random.default_rng(16)
#: Half the distance of 1 and the next bf16: the largest relative error of rounding to it.
UNIT_BF16 = 2.0**-8
PROGRAM = Program()
GOLDEN = np.load(Path(__file__).with_name("minilm_golden.npz"))


def normal(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


# Widths of whole tiles, of parts of a vector and of one column; an odd number of inputs.
SHAPES = [(384, 96), (64, 384), (2, 32), (10, 40), (6, 7), (34, 1), (7, 64)]
for inputs, outputs in SHAPES:
    PROGRAM.add_linear(normal(outputs, inputs), normal(outputs))
PROGRAM.add(
    "feed_forward",
    {"x": Operand(["rows", 48])},
    PROGRAM.parameter("up", normal(160, 48) / 7)
    + PROGRAM.parameter("down", normal(48, 160) / 13)
    + "%h = treadle.linear %x, %up activation(gelu) : (tensor<?x48xf32>, tensor<160x48xf32>) -> "
    "tensor<?x160xf32>\n"
    "%y = treadle.linear %h, %down : (tensor<?x160xf32>, tensor<48x160xf32>) -> tensor<?x48xf32>",
    y=Operand(["rows", 48]),
)


@pytest.fixture(scope="module")
def directory(target, tmp_path_factory):
    return tmp_path_factory.mktemp("precision")


@pytest.fixture(scope="module")
def model(target, directory):
    return PROGRAM.load(directory, f"--mcpu={target}", "--precision=bf16", threads=2)


def product(x, w, x_error):
    """x Wᵀ in float64 and a bound of its error: of rounding W, of x's own error, which is relative
    to each element, and of summing in f32."""
    x, w = x.astype(np.float64), w.astype(np.float64)
    terms = np.abs(x) @ np.abs(w).T
    relative = (1 + UNIT_BF16) * (1 + x_error) - 1 + 1.1 * (x.shape[-1] + 2) * UNIT
    return x @ w.T, relative * terms


@pytest.mark.parametrize("rows", [1, 2, 5, 12, 13, 100])
@pytest.mark.parametrize("inputs, outputs", SHAPES)
def test_linear(model, inputs, outputs, rows):
    x = normal(rows, inputs)
    w, b = (PROGRAM.weights[f"{name}_{inputs}_{outputs}"] for name in "wb")
    expected, bound = product(x, w, UNIT_BF16)
    bound = bound + UNIT * (np.abs(expected) + np.abs(b))
    assert_within(run(model, f"linear_{inputs}_{outputs}", x=x), expected + b, bound)


@pytest.mark.parametrize("inputs, outputs", [shape for shape in SHAPES if shape[0] % 2 == 0])
def test_what_bf16_holds_is_exact(model, inputs, outputs):
    """Of inputs that bf16 holds only the weights are rounded, and to nearest: the error is that
    of a sum in f32."""
    x = round_bf16(normal(29, inputs))
    w, b = (PROGRAM.weights[f"{name}_{inputs}_{outputs}"] for name in "wb")
    w = round_bf16(w).astype(np.float64)
    expected = x @ w.T + b
    bound = 1.1 * (inputs + 3) * UNIT * (np.abs(x) @ np.abs(w).T + np.abs(b))
    assert_within(run(model, f"linear_{inputs}_{outputs}", x=x), expected, bound)


def test_odd_numbers_of_inputs_stay_f32(model):
    x = normal(13, 7)
    w, b = PROGRAM.weights["w_7_64"].astype(np.float64), PROGRAM.weights["b_7_64"]
    bound = 1.1 * 10 * UNIT * (np.abs(x) @ np.abs(w).T + np.abs(b))
    assert_within(run(model, "linear_7_64", x=x), x @ w.T + b, bound)


def test_feed_forward(model):
    x = normal(31, 48)
    hidden, error = product(x, PROGRAM.weights["up"], UNIT_BF16)
    # gelu changes by no more than 1.13 times what its argument does; then it is rounded itself.
    active = ACTIVATIONS["gelu"](hidden)
    error = 1.13 * error + 8 * UNIT * (np.abs(active) + np.abs(hidden))
    expected, bound = product(active, PROGRAM.weights["down"], UNIT_BF16)
    bound = bound + (1 + 3 * UNIT_BF16) * error @ np.abs(PROGRAM.weights["down"]).T
    assert_within(run(model, "feed_forward", x=x), expected, bound)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite(model, value):
    """NaN stays NaN, whatever its bits, and infinity what it was; other rows do not see them."""
    x = normal(14, 64)
    clean = run(model, "linear_64_384", x=x)
    x[3, 5] = value
    if np.isnan(value):
        x[7, 60] = np.array(0xFF800001, np.uint32).view(np.float32)
    actual = run(model, "linear_64_384", x=x)
    rows = [3, 7] if np.isnan(value) else [3]
    if np.isnan(value):
        assert np.isnan(actual[rows]).all()
    else:
        signs = np.sign(PROGRAM.weights["w_64_384"][:, 5])
        np.testing.assert_array_equal(actual[3], value * signs)
    others = np.setdiff1d(np.arange(14), rows)
    np.testing.assert_array_equal(actual[others], clean[others])


def read_bf16(path, name):
    """A tensor of a safetensors file as f32: numpy has no bf16."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    tensor = json.loads(data[8 : 8 + size])[name]
    assert tensor["dtype"] == "BF16"
    bits = np.frombuffer(data[8 + size :][slice(*tensor["data_offsets"])], np.uint16)
    return (bits.astype(np.uint32) << 16).view(np.float32).reshape(tensor["shape"])


def test_weights_are_rounded_to_nearest(model, directory):
    """Panels of pairs, [panels, pairs, columns, 2]."""
    path = directory / "program.treadle" / "weights.safetensors"
    panels = read_bf16(path, "w_384_96.prepared")
    w = PROGRAM.weights["w_384_96"]
    np.testing.assert_array_equal(panels.transpose(0, 2, 1, 3).reshape(w.shape), round_bf16(w))


def test_weights_of_bf16_stay(tmp_path):
    """What a checkpoint has as bf16 is what the code reads, NaN and denormals included."""
    bits = RNG.integers(0, 1 << 16, (96, 64)).astype(np.uint16)
    # Quiet NaNs alone: a conversion makes others quiet.
    bits[(bits & 0x7FFF) > 0x7F80] = 0x7FC0
    header = {"w": {"dtype": "BF16", "shape": [96, 64], "data_offsets": [0, bits.nbytes]}}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (tmp_path / "model.safetensors").write_bytes(
        len(text).to_bytes(8, "little") + text + bits.tobytes()
    )
    x, y = Operand(["rows", 64], "bf16"), Operand(["rows", 96], "bf16")
    program = Program()
    program.add(
        "linear",
        {"x": x},
        '%w = treadle.parameter "w" : tensor<96x64xbf16>\n'
        f"%y = treadle.linear %x, %w : ({x.type}, tensor<96x64xbf16>) -> {y.type}",
        y=y,
    )
    (tmp_path / "program.mlir").write_text("\n".join(program.functions))
    artifact = tmp_path / "program.treadle"
    command = [os.environ["TREADLE_TOOL"], "compile", tmp_path / "program.mlir", "--precision=bf16"]
    subprocess.run([*command, f"--weights={tmp_path}", "-o", artifact, "--quiet"], check=True)
    panels = read_bf16(artifact / "weights.safetensors", "w.prepared").view(np.uint32) >> 16
    outputs = panels.transpose(0, 2, 1, 3).reshape(96, 64)
    np.testing.assert_array_equal(outputs, bits)


def test_a_row_does_not_depend_on_its_place(model):
    x = normal(61, 384)
    expected = run(model, "linear_384_96", x=x)
    order = RNG.permutation(61)
    np.testing.assert_array_equal(run(model, "linear_384_96", x=x[order]), expected[order])
    for rows in range(1, 30):
        np.testing.assert_array_equal(run(model, "linear_384_96", x=x[:rows]), expected[:rows])


# ----------------------------------------------------------------------------
# A whole model
# ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def minilm_bf16(minilm_source, target, tmp_path_factory):
    artifact = tmp_path_factory.mktemp("artifacts") / "minilm.treadle"
    command = [os.environ["TREADLE_TOOL"], "compile", minilm_source, f"--mcpu={target}"]
    subprocess.run([*command, "--precision=bf16", "-o", artifact, "--quiet"], check=True)
    return artifact


@pytest.mark.parametrize("case", sorted({name.split(".")[0] for name in GOLDEN.files}))
def test_minilm(minilm_bf16, case):
    """PyTorch, with bf16 for its linear maps alone (autocast), is off by up to 1.6e-3 in an element
    and 4.7e-5 in the cosine on these inputs, and with bf16 for everything by 3.2e-3 and 9.8e-5;
    this is off by 1.4e-3 and 3.8e-5."""
    ids, lengths, expected = (GOLDEN[f"{case}.{name}"] for name in ("ids", "lengths", "embeddings"))
    model = treadle.load(minilm_bf16, threads=2)
    actual = model.run("embed", ids=ids.astype(np.int64), lengths=lengths)["embeddings"]
    np.testing.assert_allclose(actual, expected, rtol=0, atol=2e-3)
    assert np.all(np.sum(actual * expected, axis=-1) >= 1 - 6e-5)
    # That products are not f32 after all.
    assert np.abs(actual - expected).max() > 1e-5
