"""What the dialect can say and the compiler does not make is refused with a reason, and other
types of storage are not."""

import os

import numpy as np
import pytest
from programs import Operand, Program

pytestmark = pytest.mark.skipif("TREADLE_TOOL" not in os.environ, reason="no compiler")


def attention(tensors, element="f32"):
    """Attention of queries, keys, values and result with these dimensions."""
    operands = [Operand([8 if dim in "de" else dim for dim in dims], element) for dims in tensors]
    maps = ", ".join(f"affine_map<(b, m, n, d, e) -> ({', '.join(dims)})>" for dims in tensors)
    q, k, v, y = operands
    return (
        {"q": q, "k": k, "v": v},
        y,
        f"""
        %y = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
            indexing_maps = [{maps}] : ({q.type}, {k.type}, {v.type}) -> {y.type}""",
    )


def unary(shape, result, text, element="f32"):
    x, y = Operand(shape, element), Operand(result, element)
    g = Operand(shape[-1:], element)
    inputs = {"x": x, "g": g} if "%g" in text else {"x": x}
    return inputs, y, f"%y = {text.format(x=x.type, y=y.type, g=g.type)}"


NORM = "treadle.layer_norm %x, %g epsilon(1.0e-5) : {x}, {g}"
POOL = "treadle.pool mean %x : ({x}) -> {y}"
UNIT_NORM = "treadle.unit_norm %x epsilon(1.0e-5) : {x}"
DIRECT = ["bmd", "bnd", "bne", "bme"]
# What is stored in another type, and made in f32.
STORED = {
    "norm": lambda element: unary(["rows", 3], ["rows", 3], NORM, element),
    "unit norm": lambda element: unary(["rows", 3], ["rows", 3], UNIT_NORM, element),
    "mean": lambda element: unary(["b", "s", 3], ["b", 3], POOL, element),
    "attention": lambda element: attention(DIRECT, element),
}


@pytest.mark.parametrize("element", ["f16", "bf16", "f64"])
@pytest.mark.parametrize("case", STORED)
def test_other_floats_are_made_in_f32(case, element, tmp_path):
    """The same numbers as in f32, rounded once."""
    if element == "bf16":
        kind = pytest.importorskip("ml_dtypes").bfloat16
    else:
        kind = {"f16": np.float16, "f64": np.float64}[element]
    rng = np.random.default_rng(3)
    program = Program()
    for entry, used in [("stored", element), ("wide", "f32")]:
        inputs, y, body = STORED[case](used)
        program.add(entry, inputs, body, y=y)
    extents = {"b": 2, "m": 5, "n": 7, "rows": 5, "s": 5}
    arrays = {
        name: rng.standard_normal([extents.get(dim, dim) for dim in operand.shape]).astype(kind)
        for name, operand in inputs.items()
    }
    model = program.load(tmp_path)
    wide = model.run("wide", **{name: array.astype(np.float32) for name, array in arrays.items()})
    stored = model.run("stored", **arrays)
    assert stored["y"].dtype == kind
    np.testing.assert_array_equal(stored["y"], wide["y"].astype(kind))


def test_linear_maps_of_unknown_width_are_refused(tmp_path):
    x, y = Operand(["rows", "k"]), Operand(["rows", 4])
    w = Operand([4, x.shape[-1]])
    program = Program()
    program.add(
        "f",
        {"x": x, "w": w},
        f"""
        %y = treadle.linear %x, %w : ({x.type}, {w.type}) -> {y.type}""",
        y=y,
    )
    result = program.compile(tmp_path)
    assert result.returncode == 1, result.stderr
    assert "error[E0502]" in result.stderr and "is not supported by the compiler" in result.stderr
    assert not (tmp_path / "program.treadle").exists()


def test_a_linear_map_of_nothing_is_refused(tmp_path):
    program, x, y = Program(), Operand(["rows", 0]), Operand(["rows", 4])
    program.add(
        "f",
        {"x": x},
        program.parameter("w", np.zeros((4, 0), np.float32))
        + f"%y = treadle.linear %x, %w : ({x.type}, tensor<4x0xf32>) -> {y.type}",
        y=y,
    )
    result = program.compile(tmp_path)
    assert result.returncode == 1 and "error[E0502]" in result.stderr, result.stderr


@pytest.mark.parametrize("shape", [(4, 3), (3, 4)])
def test_a_parameter_of_two_types_is_refused(shape, tmp_path):
    program, x, y = Program(), Operand(["rows", 3]), Operand(["rows", 4])
    program.weights["w"] = np.zeros(shape, np.float32)
    program.add(
        "f",
        {"x": x},
        f"""
        %w = treadle.parameter "w" : tensor<4x3xf32>
        %v = treadle.parameter "w" : tensor<3x4xf32>
        %a = treadle.linear %x, %w : ({x.type}, tensor<4x3xf32>) -> {y.type}
        %b = treadle.linear %a, %v : ({y.type}, tensor<3x4xf32>) -> {x.type}""",
        b=x,
    )
    result = program.compile(tmp_path)
    assert result.returncode == 1 and "error[E0412]" in result.stderr, result.stderr


def test_what_is_moved_and_not_summed_has_any_type(tmp_path):
    """An embedding in f16 is its table's rows."""
    program, ids, y = Program(), Operand(["b", "s"], "i64"), Operand(["b", "s", 8], "f16")
    table = np.random.default_rng(0).standard_normal((5, 8)).astype(np.float16)
    program.add(
        "f",
        {"i": ids, "t": Operand([5, 8], "f16")},
        f"""
        %y = treadle.embedding %i, %t : ({ids.type}, tensor<5x8xf16>) -> {y.type}""",
        y=y,
    )
    model = program.load(tmp_path)
    chosen = np.array([[4, 0, 2]])
    np.testing.assert_array_equal(model.run("f", i=chosen, t=table)["y"], table[chosen])
