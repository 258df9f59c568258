"""Products on tile registers (AMX), on any CPU with AVX2. What is made for them runs with its tiles
emulated by vectors, against the equations in float64; and as machine code whose instructions for
tiles Inputs/tiles.c executes, against the emulation. Where there are no tiles it is refused."""

import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numerics import ACTIVATIONS, UNIT, assert_within, round_bf16
from programs import Operand, Program, run
from tiles import load_as_machine_code, make_tile_target

import treadle

RNG = np.random.default_rng(512)
GOLDEN = np.load(Path(__file__).with_name("minilm_golden.npz"))

#: By what a block of a product does: all of a reduction at once; a part of a panel that small
#: caches hold, for all rows; the same with rows that are brought into the thread's memory.
CACHES = {"whole": (49152, 2097152), "depth": (8192, 1048576), "reduction": (8192, 65536)}
# Panels of two and of one register, one panel and many; outputs that are padded; a reduction whose
# last part is shorter; inputs that do not fill a tile, and so are no tile's.
SHAPES = [(384, 96), (32, 32), (160, 16), (416, 32), (384, 528), (64, 1), (288, 40), (40, 64)]


def normal(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


def make_program(attributes):
    program = Program(attributes)
    for inputs, outputs in SHAPES:
        program.add_linear(normal(outputs, inputs), normal(outputs))
    program.add(
        "alone",
        {"x": Operand(["rows", 384])},
        program.parameter("w", normal(96, 384))
        + "%y = treadle.linear %x, %w : (tensor<?x384xf32>, tensor<96x384xf32>) -> "
        "tensor<?x96xf32>",
        y=Operand(["rows", 96]),
    )
    program.add(
        "block",
        {"x": Operand(["rows", 96])},
        program.parameter("up", normal(384, 96) / 10)
        + program.parameter("down", normal(96, 384) / 20)
        + "%h = treadle.linear %x, %up activation(gelu) : (tensor<?x96xf32>, tensor<384x96xf32>) "
        "-> tensor<?x384xf32>\n"
        "%d = treadle.linear %h, %down : (tensor<?x384xf32>, tensor<96x384xf32>) -> "
        "tensor<?x96xf32>\n"
        "%y = arith.addf %x, %d : tensor<?x96xf32>",
        y=Operand(["rows", 96]),
    )
    return program


@pytest.fixture(scope="module")
def tool():
    if "TREADLE_TOOL" not in os.environ:
        pytest.skip("this build has no compiler")
    return os.environ["TREADLE_TOOL"]


@pytest.fixture(scope="module", params=CACHES)
def compiled(request, tool, tmp_path_factory):
    program = make_program(make_tile_target(*CACHES[request.param]))
    directory = tmp_path_factory.mktemp(request.param)
    return program, program.load(directory, "--precision=bf16", threads=2)


def product(x, w):
    """x Wᵀ of what bf16 holds of them, and a bound of the error that f32 makes of its sum."""
    x, w = (round_bf16(factor).astype(np.float64) for factor in (x, w))
    return x @ w.T, 1.1 * (x.shape[-1] + 3) * UNIT * (np.abs(x) @ np.abs(w).T)


@pytest.mark.parametrize("name", CACHES)
def test_decisions(name, tool, tmp_path):
    """That the caches make the decisions that the other tests are about."""
    program = make_program(make_tile_target(*CACHES[name]))
    program.compile(tmp_path)
    command = [tool, "compile", tmp_path / "program.mlir", f"--weights={tmp_path / 'weights'}"]
    command += ["--precision=bf16", "--stop-at=tiled"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    decisions = [d for d in re.findall("#treadle.product<(.*?)>", text) if "amx_bf16" in d]
    assert len(decisions) >= 8
    kinds = {word for d in decisions for word in ["depth", "reduction"] if f"{word} =" in d}
    plain = any("depth" not in d and "reduction" not in d for d in decisions)
    assert plain if name == "whole" else name in kinds


# Beside the 16 and 32 rows of tiles, and more than a block of them.
@pytest.mark.parametrize("rows", [1, 2, 15, 16, 17, 31, 32, 33, 47, 100, 129, 300])
@pytest.mark.parametrize("inputs, outputs", SHAPES)
def test_linear(compiled, inputs, outputs, rows):
    program, model = compiled
    x = normal(rows, inputs)
    if inputs % 32 != 0:  # Not rounded, because it is widened and multiplied in f32.
        x = round_bf16(x)
    w, b = (program.weights[f"{name}_{inputs}_{outputs}"] for name in "wb")
    expected, bound = product(x, w)
    bound = bound + UNIT * (np.abs(expected) + np.abs(b))
    assert_within(run(model, f"linear_{inputs}_{outputs}", x=x), expected + b, bound)


@pytest.mark.parametrize("rows", [1, 16, 45, 300])
def test_result_that_nothing_follows(compiled, rows):
    """Sums are stored where the caller wants them."""
    program, model = compiled
    x = normal(rows, 384)
    expected, bound = product(x, program.weights["w"])
    assert_within(run(model, "alone", x=x), expected, bound)


@pytest.mark.parametrize("rows", [3, 64, 77])
def test_block(compiled, rows):
    """An activation that is stored as bf16, and a sum that is added to."""
    program, model = compiled
    x = normal(rows, 96)
    hidden, error = product(x, program.weights["up"])
    active = ACTIVATIONS["gelu"](hidden)
    error = 1.13 * error + 8 * UNIT * (np.abs(active) + np.abs(hidden))
    # What is nearly between two bf16 may become either.
    down = round_bf16(program.weights["down"]).astype(np.float64)
    expected = active @ down.T
    _, bound = product(active, program.weights["down"])
    bound = bound + (2.0**-8 * np.abs(active) + 1.01 * error) @ np.abs(down).T
    assert_within(run(model, "block", x=x), x + expected, bound + 2 * UNIT * np.abs(x + expected))


def test_a_row_does_not_depend_on_its_place(compiled):
    _, model = compiled
    x = normal(75, 384)
    expected = run(model, "linear_384_96", x=x)
    order = RNG.permutation(75)
    np.testing.assert_array_equal(run(model, "linear_384_96", x=x[order]), expected[order])
    for rows in range(1, 40):
        np.testing.assert_array_equal(run(model, "linear_384_96", x=x[:rows]), expected[:rows])


def test_what_is_not_finite_stays_in_its_row(compiled):
    """Rows of a tile that no row of the operand fills have anything in them."""
    _, model = compiled
    x = normal(21, 384)
    clean = run(model, "linear_384_96", x=x)
    x[18, 5] = np.nan
    actual = run(model, "linear_384_96", x=x)
    assert np.isnan(actual[18]).all()
    others = np.arange(21) != 18
    np.testing.assert_array_equal(actual[others], clean[others])
    run(model, "linear_384_96", x=np.full((40, 384), np.nan, np.float32))
    np.testing.assert_array_equal(run(model, "linear_384_96", x=x)[others], clean[others])


@pytest.mark.parametrize("compiled", CACHES, indirect=True)
def test_machine_code(compiled, tile_instructions, tmp_path, request):
    """To the bit what the emulation gives."""
    emulated, model = compiled
    caches = CACHES[request.node.callspec.params["compiled"]]
    machine = load_as_machine_code(emulated, tmp_path, *caches)
    for inputs, outputs in SHAPES:
        for rows in [1, 16, 33, 47, 300]:
            x = normal(rows, inputs)
            done = tile_instructions.tiles_products()
            expected = run(model, f"linear_{inputs}_{outputs}", x=x)
            assert tile_instructions.tiles_products() == done
            actual = run(machine, f"linear_{inputs}_{outputs}", x=x)
            np.testing.assert_array_equal(actual, expected)
            assert (tile_instructions.tiles_products() > done) == (inputs % 32 == 0)
    for rows in [5, 70]:
        x = normal(rows, 96)
        np.testing.assert_array_equal(run(machine, "block", x=x), run(model, "block", x=x))


def test_minilm(minilm_source, tool, tmp_path):
    """The bounds of test_precision.py, which for bf16 are those of vdpbf16ps."""
    command = [tool, "compile", minilm_source, "--stop-at=model"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    attributes = f"attributes {{{make_tile_target(*CACHES['whole'])}, "
    (tmp_path / "model.mlir").write_text(re.sub("attributes {", attributes, text, count=1))
    artifact = tmp_path / "minilm.treadle"
    command = [tool, "compile", tmp_path / "model.mlir", f"--weights={minilm_source}"]
    subprocess.run([*command, "--precision=bf16", "-o", artifact, "--quiet"], check=True)
    model = treadle.load(artifact, threads=2)
    for case in sorted({name.split(".")[0] for name in GOLDEN.files}):
        ids, lengths, expected = (GOLDEN[f"{case}.{n}"] for n in ("ids", "lengths", "embeddings"))
        actual = model.run("embed", ids=ids.astype(np.int64), lengths=lengths)["embeddings"]
        np.testing.assert_allclose(actual, expected, rtol=0, atol=2e-3)
        assert np.all(np.sum(actual * expected, axis=-1) >= 1 - 6e-5)


def test_code_for_tiles_is_refused_without_them(tool, tmp_path):
    """Code for a real CPU with tiles: it runs where there are some, and is refused elsewhere."""
    program, x = Program(), Operand(["rows", 64])
    program.add(
        "linear",
        {"x": x},
        program.parameter("w", normal(64, 64))
        + "%y = treadle.linear %x, %w : (tensor<?x64xf32>, tensor<64x64xf32>) -> tensor<?x64xf32>",
        y=x,
    )
    made = program.compile(tmp_path, "--precision=bf16", "--mcpu=sapphirerapids")
    assert made.returncode == 0, made.stderr
    artifact = tmp_path / "program.treadle"
    flags = Path("/proc/cpuinfo").read_text().split()
    if {"amx_bf16", "avx512_fp16"} <= set(flags):
        x = normal(20, 64)
        expected, bound = product(x, program.weights["w"])
        assert_within(run(treadle.load(artifact), "linear", x=x), expected, bound)
        return
    with pytest.raises(treadle.Error) as info:
        treadle.load(artifact)
    assert info.value.code == "E0604"
    assert "'amx-bf16'" in str(info.value) and "'amx-tile'" in str(info.value)
    refused = subprocess.run([tool, "bench", artifact], capture_output=True, text=True)
    assert refused.returncode == 4
    assert "only where the system lets this process use them" in refused.stderr
