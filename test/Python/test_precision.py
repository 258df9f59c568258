"""Products of bf16 and weights of f16: linear maps compiled with --precision and run, against their
equations in float64, and all-MiniLM-L6-v2 against transformers in float64. What f16 refuses is in
test_precision_f16.py."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from numerics import ACTIVATIONS, UNIT, assert_within
from programs import Operand, Program, run

import treadle

RNG = np.random.default_rng(16)
PROGRAM = Program()
GOLDEN = np.load(Path(__file__).with_name("minilm_golden.npz"))


def normal(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


@dataclass(frozen=True)
class Precision:
    kind: type
    #: Half the distance of 1 and the next number, and half of the least: how far rounding goes.
    unit: float
    least: float
    #: Whether products are of pairs of this type: inputs are rounded, too, and one that is left
    #: over is not, nor are its weights.
    pairs: bool
    #: How far an element and a cosine of MiniLM may be off, and how far an element is: that
    #: products are not f32 after all.
    element: float
    cosine: float
    noticed: float

    def rounded(self, inputs):
        """How many of so many inputs are."""
        return inputs - inputs % 2 if self.pairs else inputs

    def held(self, w):
        """What a product reads of its weights: the nearest numbers, the even one of two."""
        rounded = self.rounded(w.shape[-1])
        return np.concatenate(
            [w[:, :rounded].astype(self.kind).astype(np.float64), w[:, rounded:]], axis=1
        )

    def product(self, x, w):
        """x Wᵀ in float64 and a bound of its error: of rounding W and, where products are of
        pairs, x, and of summing in f32."""
        x, w = x.astype(np.float64), w.astype(np.float64)
        largest = np.abs(w) + np.maximum(self.unit * np.abs(w), self.least)
        x_error = self.unit if self.pairs else 0
        error = largest * (1 + x_error + 1.1 * (x.shape[-1] + 2) * UNIT) - np.abs(w)
        return x @ w.T, np.abs(x) @ error.T


# PyTorch, with bf16 for MiniLM's linear maps alone (autocast), is off by up to 1.6e-3 in an element
# and 4.7e-5 in the cosine, and with bf16 for everything by 3.2e-3 and 9.8e-5; this is off by 1.4e-3
# and 3.8e-5 in bf16, and by 1.4e-4 and 4.5e-7 in f16.
PRECISIONS = {
    "bf16": Precision(ml_dtypes.bfloat16, 2.0**-8, 0, True, 2e-3, 6e-5, 1e-5),
    "f16": Precision(np.float16, 2.0**-11, 2.0**-25, False, 2e-4, 8e-7, 1e-6),
}
# Widths of whole tiles, of parts of a vector and of one column; odd numbers of inputs, and one;
# rows that are copied in parts for several panels, the last of which is padded.
SHAPES = [
    (384, 96), (64, 384), (2, 32), (33, 32), (10, 40), (6, 7), (7, 7), (34, 1), (35, 1), (7, 64),
    (1, 100), (1100, 48), (2048, 250),
]  # fmt: skip
for inputs, outputs in SHAPES:
    # Some below the smallest normal f16, 2⁻¹⁴.
    scales = 2.0 ** RNG.integers(-20, 3, (outputs, inputs))
    PROGRAM.add_linear((normal(outputs, inputs) * scales).astype(np.float32), normal(outputs))
FEED_FORWARDS = [(48, 160), (47, 161)]
for width, hidden in FEED_FORWARDS:
    x, h = Operand(["rows", width]), Operand(["rows", hidden])
    PROGRAM.add(
        f"feed_forward_{width}",
        {"x": x},
        PROGRAM.parameter(f"up_{width}", normal(hidden, width) / 7, "up")
        + PROGRAM.parameter(f"down_{width}", normal(width, hidden) / 13, "down")
        + f"%h = treadle.linear %x, %up activation(gelu) : ({x.type}, tensor<{hidden}x{width}xf32>)"
        f" -> {h.type}\n"
        f"%y = treadle.linear %h, %down : ({h.type}, tensor<{width}x{hidden}xf32>) -> {x.type}",
        y=x,
    )


@pytest.fixture(scope="module", params=PRECISIONS)
def name(request):
    """What the option --precision says."""
    return request.param


@pytest.fixture(scope="module")
def precision(name):
    return PRECISIONS[name]


@pytest.fixture(scope="module")
def directory(target, name, tmp_path_factory):
    return tmp_path_factory.mktemp("precision")


@pytest.fixture(scope="module")
def model(target, name, directory):
    return PROGRAM.load(directory, f"--mcpu={target}", f"--precision={name}", threads=2)


@pytest.mark.parametrize("rows", [1, 2, 4, 5, 12, 13, 29, 100])
@pytest.mark.parametrize("inputs, outputs", SHAPES)
def test_linear(model, precision, inputs, outputs, rows):
    x = normal(rows, inputs)
    w, b = (PROGRAM.weights[f"{name}_{inputs}_{outputs}"] for name in "wb")
    expected, bound = precision.product(x, w)
    bound = bound + UNIT * (np.abs(expected) + np.abs(b))
    assert_within(run(model, f"linear_{inputs}_{outputs}", x=x), expected + b, bound)


@pytest.mark.parametrize("rows", [1, 2, 4, 5, 12, 13, 29, 100])
@pytest.mark.parametrize("inputs, outputs", SHAPES)
def test_what_is_held_is_exact(model, precision, inputs, outputs, rows):
    """Only weights are rounded, of inputs that bf16 holds: the error is that of a sum in f32. Of an
    odd number of inputs products of pairs do not round the last."""
    x = normal(rows, inputs)
    if precision.pairs:
        x = precision.held(x).astype(np.float32)
    w, b = (PROGRAM.weights[f"{name}_{inputs}_{outputs}"] for name in "wb")
    w = precision.held(w)
    bound = 1.1 * (inputs + 3) * UNIT * (np.abs(x) @ np.abs(w).T + np.abs(b))
    assert_within(run(model, f"linear_{inputs}_{outputs}", x=x), x @ w.T + b, bound)


@pytest.mark.parametrize("width, hidden", FEED_FORWARDS)
def test_feed_forward(model, precision, width, hidden):
    x = normal(31, width)
    down = PROGRAM.weights[f"down_{width}"]
    value, error = precision.product(x, PROGRAM.weights[f"up_{width}"])
    # gelu changes by no more than 1.13 times what its argument does; then it is rounded itself.
    active = ACTIVATIONS["gelu"](value)
    error = 1.13 * error + 8 * UNIT * (np.abs(active) + np.abs(value))
    expected, bound = precision.product(active, down)
    bound = bound + (1 + 3 * precision.unit) * error @ np.abs(down).T
    assert_within(run(model, f"feed_forward_{width}", x=x), expected, bound)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite(model, precision, value):
    """NaN stays NaN, whatever its bits, and infinity what it was; other rows do not see them."""
    x = normal(14, 64)
    clean = run(model, "linear_64_384", x=x)
    x[3, 5] = value
    rows = [3]
    if np.isnan(value):
        x[7, 60] = np.array(0xFF800001, np.uint32).view(np.float32)
        rows.append(7)
    actual = run(model, "linear_64_384", x=x)
    if np.isnan(value):
        assert np.isnan(actual[rows]).all()
    else:
        # A weight that became zero makes NaN of infinity.
        signs = np.sign(precision.held(PROGRAM.weights["w_64_384"])[:, 5])
        with np.errstate(invalid="ignore"):
            np.testing.assert_array_equal(actual[3], value * signs)
    np.testing.assert_array_equal(np.delete(actual, rows, 0), np.delete(clean, rows, 0))


def read_panels(path, name, kind):
    """A tensor of a safetensors file as its numbers are stored."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    tensor = json.loads(data[8 : 8 + size])[name]
    assert tensor["dtype"] == {ml_dtypes.bfloat16: "BF16", np.float16: "F16"}.get(kind, "F32")
    numbers = np.frombuffer(data[8 + size :][slice(*tensor["data_offsets"])], kind)
    return numbers.reshape(tensor["shape"])


def unpack(panels, inputs):
    """The weights of panels [panels, inputs, columns], or of pairs, [panels, pairs, columns, 2]."""
    panels = panels.reshape(*panels.shape[:3], -1)
    return panels.transpose(0, 2, 1, 3).reshape(-1, inputs)


@pytest.mark.parametrize("inputs, outputs", [(384, 96), (6, 7), (7, 7)])
def test_weights_are_rounded_to_nearest(model, precision, directory, inputs, outputs):
    """The last panel has zeros behind its outputs."""
    name = f"w_{inputs}_{outputs}"
    path = directory / "program.treadle" / "weights.safetensors"
    rounded = precision.rounded(inputs)
    panels = read_panels(path, f"{name}.prepared", precision.kind)
    made = unpack(panels, rounded).astype(np.float64)
    expected = precision.held(PROGRAM.weights[name])
    np.testing.assert_array_equal(made[:outputs], expected[:, :rounded])
    assert not made[outputs:].any()


def test_a_row_does_not_depend_on_its_place(model):
    """Nor on how many there are: panels of f16 are widened by tiles, or before them where there are
    many rows."""
    x = normal(61, 384)
    expected = run(model, "linear_384_96", x=x)
    order = RNG.permutation(61)
    np.testing.assert_array_equal(run(model, "linear_384_96", x=x[order]), expected[order])
    for rows in range(1, 61):
        np.testing.assert_array_equal(run(model, "linear_384_96", x=x[:rows]), expected[:rows])


# ----------------------------------------------------------------------------
# Weights that are published so
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


def test_weights_of_bf16_stay(tmp_path):
    """What a checkpoint has as bf16 is what the code reads, NaN and denormals included."""
    bits = RNG.integers(0, 1 << 16, (96, 64)).astype(np.uint16)
    # Quiet NaNs alone: a conversion makes others quiet.
    bits[(bits & 0x7FFF) > 0x7F80] = 0x7FC0
    done = one_map(bits.view(ml_dtypes.bfloat16), "bf16").compile(tmp_path, "--precision=bf16")
    assert done.returncode == 0, done.stderr
    path = tmp_path / "program.treadle" / "weights.safetensors"
    panels = read_panels(path, "w.prepared", ml_dtypes.bfloat16)
    np.testing.assert_array_equal(unpack(panels, 64).view(np.uint16), bits)


# ----------------------------------------------------------------------------
# A whole model
# ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def minilm_artifact(minilm_source, target, name, tmp_path_factory):
    artifact = tmp_path_factory.mktemp("artifacts") / "minilm.treadle"
    command = [os.environ["TREADLE_TOOL"], "compile", minilm_source, f"--mcpu={target}"]
    subprocess.run([*command, f"--precision={name}", "-o", artifact, "--quiet"], check=True)
    return artifact


@pytest.mark.parametrize("case", sorted({name.split(".")[0] for name in GOLDEN.files}))
def test_minilm(minilm_artifact, precision, case):
    ids, lengths, expected = (GOLDEN[f"{case}.{name}"] for name in ("ids", "lengths", "embeddings"))
    model = treadle.load(minilm_artifact, threads=2)
    actual = model.run("embed", ids=ids.astype(np.int64), lengths=lengths)["embeddings"]
    np.testing.assert_allclose(actual, expected, rtol=0, atol=precision.element)
    assert np.all(np.sum(actual * expected, axis=-1) >= 1 - precision.cosine)
    assert np.abs(actual - expected).max() > precision.noticed
