"""Rewrites keep what a program computes.

The programs are those of the rewrites' own lit tests, before and after the pass, run by the
reference interpreter in float64, and compiled. docs/Rewrites.md says how exact each rewrite is.
"""

import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from programs import Operand, Program, run
from safetensors.numpy import save_file

TRANSFORMS = Path(__file__).resolve().parents[1] / "Dialect" / "Treadle" / "Transforms"
EXTENT = 6  # of every dimension that a type leaves open, and of every index


def treadle_opt(*arguments, text=None):
    tool = Path(os.environ["TREADLE_TOOL"]).with_name("treadle-opt")
    return subprocess.run(
        [tool, *arguments], input=text, text=True, check=True, stdout=subprocess.PIPE
    ).stdout


def split(text):
    """The programs of a lit test."""
    return re.split(r"^// -----$", text, flags=re.MULTILINE)


def draw(kind, rng):
    """An argument of a type as it is written."""
    if kind == "index":
        return np.int64(EXTENT)
    *shape, element = re.fullmatch(r"tensor<(.*)>", kind)[1].split("x")
    shape = [EXTENT if extent == "?" else int(extent) for extent in shape]
    if element == "i1":
        return rng.random(shape) < 0.7
    if element in ("i32", "i64"):
        return rng.integers(0, 5, shape).astype(np.int64 if element == "i64" else np.int32)
    return rng.standard_normal(shape).astype(np.float32)


def parameters(text, rng):
    """Content for each parameter that a program names, families of three members included."""
    weights = {}
    for name, kind in re.findall(r'treadle\.parameter "([^"]*)".*: (tensor<.*>)', text):
        for member in range(3):
            weights[name.replace("{}", str(member))] = draw(kind, rng)
    return weights or {"none": np.zeros(1, np.float32)}


def interpret(text, passes, directory):
    """The results of all functions of a program in float64, after some passes."""
    rng = np.random.default_rng(5)
    cases = directory / "cases"
    cases.mkdir(parents=True)
    for name, arguments in re.findall(r"func\.func @(\w+)\((.*?)\) ->", text):
        kinds = re.findall(r"%\w+: (tensor<[^>]*>|index)", arguments)
        for i, kind in enumerate(kinds):
            np.save(cases / f"{name}.arg{i}.npy", draw(kind, rng))
    save_file(parameters(text, rng), directory / "weights.safetensors")
    weights = directory / "weights.safetensors"
    treadle_opt(*passes, f"--treadle-interpret=cases={cases} weights={weights}", "-", text=text)
    results = {path.name: np.load(path) for path in sorted(cases.glob("*.result*.npy"))}
    assert results
    return results


def programs(*folders):
    return [path for folder in folders for path in sorted((TRANSFORMS / folder).glob("*.mlir"))]


@pytest.mark.parametrize("path", programs("Raise"), ids=lambda path: path.stem)
def test_raised_programs(path, tmp_path):
    """In f64 a raised program differs by the order of its sums, and by the digits that constants of
    activations have in f32."""
    for i, text in enumerate(split(path.read_text())):
        before = interpret(text, [], tmp_path / f"before{i}")
        after = interpret(text, ["--treadle-raise=remarks=false"], tmp_path / f"after{i}")
        assert before.keys() == after.keys()
        tolerance = 1e-6 if "math.erf" in text or "math.tanh" in text else 1e-11
        for name, expected in before.items():
            # A query that sees no key: -inf - -inf there, zeros in the dialect.
            hidden = np.isnan(expected)
            assert (after[name][hidden] == 0.0).all()
            np.testing.assert_allclose(
                after[name][~hidden], expected[~hidden], rtol=0, atol=tolerance
            )


BITWISE = [
    ("fuse-projections", "--treadle-fuse-projections=any-weights"),
    ("fold-scales", "--treadle-fold-scales=any-weights"),
    ("simplify-masks", "--treadle-simplify-masks"),
    ("merge-query-heads", "--treadle-merge-query-heads"),
]
ALGEBRAIC = [
    ("fold-scales", "--treadle-fold-scales=algebraic any-weights"),
    ("fold-norms", "--treadle-fold-scales=algebraic any-weights"),
]


@pytest.mark.parametrize("stem, option", BITWISE + ALGEBRAIC)
def test_rewritten_programs(stem, option, tmp_path):
    """Bitwise rewrites change no bit in f64 either; algebraic ones a few roundings of f64, and of
    f32 where a scale becomes a number of the weight's type."""
    text = (TRANSFORMS / "Rewrites" / f"{stem}.mlir").read_text()
    for i, chunk in enumerate(split(text)):
        before = interpret(chunk, [], tmp_path / f"before{i}")
        after = interpret(chunk, [option], tmp_path / f"after{i}")
        assert before.keys() == after.keys()
        for name, expected in before.items():
            if (stem, option) in BITWISE:
                np.testing.assert_array_equal(after[name], expected)
            else:
                tolerance = 1e-7 if stem == "fold-scales" else 1e-14
                tolerance *= 10 * np.abs(expected).max()
                np.testing.assert_allclose(after[name], expected, rtol=0, atol=tolerance)


def layer(program):
    """A layer with all that is fused and folded."""
    rng = np.random.default_rng(6)

    def parameter(name, *shape):
        return program.parameter(name, rng.standard_normal(shape).astype(np.float32) / 4)

    square, vector, wide = "tensor<32x32xf32>", "tensor<32xf32>", "tensor<64x32xf32>"
    x = "tensor<?x?x32xf32>"
    body = "".join(parameter(name, 32, 32) for name in ("wq", "wk", "wv", "wo"))
    body += "".join(parameter(name, 32) for name in ("g", "b", "bo"))
    body += parameter("wg", 64, 32) + parameter("wu", 64, 32) + parameter("wd", 32, 64)
    types = f"({x}, {x}, {x}" + f", {square}" * 4 + f", {vector}" * 4 + f") -> {x}"
    return (
        body
        + f"""
        %n = treadle.layer_norm %x, %g, %b epsilon(1.0e-5) : {x}, {vector}, {vector}
        %r = treadle.residual %x scale(0.5) : {x} {{
        ^branch(%u: {x}):
          %a = treadle.multi_head_attention %n, %n, %n heads(2) projections(%wq, %wk, %wv, %wo)
              biases(%b, %b, %b, %bo) : {types}
          treadle.yield %a : {x}
        }}
        %m = treadle.layer_norm %r, %g, %b epsilon(1.0e-5) : {x}, {vector}, {vector}
        %f = treadle.gated_feed_forward %m, %wg, %wu, %wd activation(silu)
            : {x}, {wide}, {wide}, tensor<32x64xf32>
        %y = arith.addf %r, %f : {x}
        """
    )


def compile_after(passes, directory):
    """The layer's compiled form, after some passes of its first stage."""
    directory.mkdir()
    program = Program()
    shape = Operand(["batch", "sequence", 32])
    program.add("layer", {"x": shape}, layer(program), y=shape)
    program.functions = [treadle_opt("-", *passes, text="\n".join(program.functions))]
    return program.load(directory)


@pytest.mark.parametrize(
    "passes, tolerance",
    [
        (["--treadle-fold-scales"], 0.0),
        (["--treadle-expand", "--treadle-fuse-projections"], 0.0),
        (["--treadle-fold-scales", "--treadle-expand", "--treadle-fuse-projections"], 0.0),
        (["--treadle-expand", "--treadle-fold-scales=algebraic"], 1e-5),
    ],
    ids=["scales", "projections", "both", "norms"],
)
def test_compiled_layer(passes, tolerance, tmp_path):
    """Compiled, bitwise rewrites change no bit, and algebraic ones a few roundings of f32."""
    plain = compile_after([], tmp_path / "plain")
    rewritten = compile_after(passes, tmp_path / "rewritten")
    x = np.random.default_rng(7).standard_normal((3, 11, 32)).astype(np.float32)
    expected, result = run(plain, "layer", x=x), run(rewritten, "layer", x=x)
    if tolerance == 0.0:
        np.testing.assert_array_equal(result, expected)
    else:
        np.testing.assert_allclose(result, expected, rtol=0, atol=tolerance)
        assert (result != expected).any()  # it did something


def test_own_lowering_is_raised(tmp_path):
    """What the compiler makes of blocks, before and after fusion, is recognised, with equal
    results."""
    program = Program()
    shape = Operand([2, 5, 32])
    program.add("layer", {"x": shape}, layer(program).replace("?x?x32", "2x5x32"), y=shape)
    text = re.sub(r" {treadle.named = [^}]*}", "", "\n".join(program.functions))
    lower = ["--treadle-set-target", "--treadle-expand", "--canonicalize", "--treadle-to-linalg"]
    expected = interpret(text, [], tmp_path / "model")
    for i, last in enumerate([["--canonicalize", "--cse"], ["--treadle-fuse-elementwise"]]):
        raised = lower + last + ["--treadle-raise=remarks=false"]
        module = treadle_opt("-", *raised, text=text)
        assert module.count("treadle.layer_norm") == 2
        assert module.count("treadle.gated_feed_forward") == 1
        result = interpret(text, raised, tmp_path / f"raised{i}")
        for name in expected:
            np.testing.assert_allclose(result[name], expected[name], rtol=0, atol=1e-6)
