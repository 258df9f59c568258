"""Products whose blocks make the rows that they multiply, of a norm, a softmax or an activation:
against the same done by two entry points one after the other, bit by bit, and against float64."""

import numpy as np
import pytest
from numerics import assert_within, linear, rms_norm
from programs import Operand, Program, run

import treadle

RNG = np.random.default_rng(77)
PROGRAM = Program()
#: A panel and many, outputs that are padded, an odd number of inputs, rows that a line is added to.
SHAPES = [(384, 96), (96, 384), (40, 72), (7, 64), (1024, 64)]
FORMS = {
    "rms_norm": "%n = treadle.rms_norm %x, %g epsilon(1.0e-6) : tensor<?x{0}xf32>, tensor<{0}xf32>",
    "layer_norm": "%n = treadle.layer_norm %x, %g epsilon(1.0e-6) : tensor<?x{0}xf32>, tensor<{0}xf32>",
    "softmax": "%n = treadle.softmax %x : tensor<?x{0}xf32>",
    "activate": "%n = treadle.activate silu %x : tensor<?x{0}xf32>",
}
ROWS = [1, 3, 47, 97, 200]


def normal(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


def add(inputs, outputs):
    name = f"{inputs}_{outputs}"
    x, y = Operand(["rows", inputs]), Operand(["rows", outputs])
    PROGRAM.add_linear(normal(outputs, inputs), normal(outputs))
    w, b = (PROGRAM.parameter(f"{n}_{name}", PROGRAM.weights[f"{n}_{name}"], n) for n in "wb")
    g = PROGRAM.parameter(f"g_{name}", normal(inputs), "g")
    product = (
        f"%y = treadle.linear %n, %w bias(%b) : ({x.type}, tensor<{outputs}x{inputs}xf32>, "
        f"tensor<{outputs}xf32>) -> {y.type}"
    )
    for form, text in FORMS.items():
        made = text.format(inputs) + "\n"
        PROGRAM.add(f"{form}_{name}", {"x": x}, g + made, n=x)
        PROGRAM.add(f"{form}_linear_{name}", {"x": x}, g + w + b + made + product, y=y)


for shape in SHAPES:
    add(*shape)
# What is read by others, too, is made once for all; what is written over is not read by blocks.
SQUARE = Operand(["rows", 64])
PROGRAM.add(
    "block",
    {"x": SQUARE},
    PROGRAM.parameter("w_block", normal(64, 64), "w")
    + f"%n = treadle.rms_norm %x epsilon(1.0e-6) : {SQUARE.type}\n"
    + f"%f = treadle.linear %n, %w : ({SQUARE.type}, tensor<64x64xf32>) -> {SQUARE.type}\n"
    + f"%y = arith.addf %x, %f : {SQUARE.type}",
    y=SQUARE,
    n=SQUARE,
)
# The number that blocks of columns go by.
PROGRAM.add(
    "team",
    {"x": Operand(["rows", 1])},
    "%threads = treadle.team_size\n%i = arith.index_cast %threads : index to i64\n"
    "%y = tensor.from_elements %i : tensor<1xi64>",
    y=Operand([1], "i64"),
)


@pytest.fixture(scope="module")
def directories(target, tmp_path_factory):
    """Where the program is, compiled in each precision."""
    made = {}
    for precision in ("f32", "bf16"):
        made[precision] = tmp_path_factory.mktemp(precision)
        options = (f"--mcpu={target}", f"--precision={precision}", "--cores=2")
        PROGRAM.load(made[precision], *options)
    return made


def load(directory):
    """The program for one thread, two and five."""
    return [treadle.load(directory / "program.treadle", threads=threads) for threads in (1, 2, 5)]


@pytest.fixture(scope="module", params=["f32", "bf16"])
def models(request, directories):
    return load(directories[request.param])


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("inputs, outputs", SHAPES)
def test_two_steps(models, inputs, outputs, form, rows):
    name = f"{inputs}_{outputs}"
    x = normal(rows, inputs)
    made = run(models[0], f"{form}_{name}", x=x)
    expected = run(models[0], f"linear_{name}", x=made)
    for model in models:
        np.testing.assert_array_equal(run(model, f"{form}_linear_{name}", x=x), expected)


@pytest.mark.parametrize("rows", [1, 97])
@pytest.mark.parametrize("inputs, outputs", SHAPES)
def test_float64(directories, inputs, outputs, rows):
    x = normal(rows, inputs)
    g, w, b = (PROGRAM.weights[f"{n}_{inputs}_{outputs}"] for n in "gwb")
    made, error = rms_norm(x, 0.0, g)
    expected, bound = linear(made, error, w, b)
    for model in load(directories["f32"]):
        actual = run(model, f"rms_norm_linear_{inputs}_{outputs}", x=x)
        assert_within(actual, expected, bound)


@pytest.mark.parametrize("rows", ROWS)
def test_what_others_read(models, rows):
    x = normal(rows, 64)
    results = [model.run("block", x=x) for model in models]
    made, error = rms_norm(x, 0.0)
    assert_within(results[0]["n"], made, error)
    for result in results[1:]:
        np.testing.assert_array_equal(result["n"], results[0]["n"])
        np.testing.assert_array_equal(result["y"], results[0]["y"])


def test_team_size(models):
    sizes = [int(run(model, "team", x=normal(1, 1))[0]) for model in models]
    assert sizes == [1, 2, 5]
