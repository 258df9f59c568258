"""What `treadle.count` counts is what the equations say, and counting changes no result."""

import json
import os
import subprocess

import numpy as np
import pytest

import treadle

LENGTHS = np.array([7, 0, 16, 3])

PRODUCT = """
func.func @f(%x: tensor<?x40xf32> {treadle.named = #treadle.named<"x", dims = ["rows", ""]>},
             %w: tensor<24x40xf32> {treadle.named = #treadle.named<"w", dims = ["", ""]>})
    -> (tensor<?x24xf32> {treadle.named = #treadle.named<"y", dims = ["rows", ""]>}) {
  %y = treadle.linear %x, %w : (tensor<?x40xf32>, tensor<24x40xf32>) -> tensor<?x24xf32>
  return %y : tensor<?x24xf32>
}
"""

ATTENTION = """
func.func @f(%x: tensor<?x?x8xf32> {treadle.named = #treadle.named<"x", dims = ["batch", "tokens", ""]>},
             %l: tensor<?xi64> {treadle.named = #treadle.named<"l", dims = ["batch"]>})
    -> (tensor<?x?x8xf32> {treadle.named = #treadle.named<"y", dims = ["batch", "tokens", ""]>}) {
  %y = treadle.attention scaled_dot queries(%x) keys(%x) values(%x) mask(MASK) lengths(%l)
      indexing_maps = [affine_map<(b, m, n, d, e) -> (b, m, d)>, affine_map<(b, m, n, d, e) -> (b, n, d)>,
                       affine_map<(b, m, n, d, e) -> (b, n, e)>, affine_map<(b, m, n, d, e) -> (b, m, e)>]
      : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?xi64>) -> tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}
"""


def compile_text(directory, text, *flags):
    if "TREADLE_TOOL" not in os.environ:
        pytest.skip("this build has no compiler")
    (directory / "f.mlir").write_text(text)
    artifact = directory / "f.treadle"
    command = [os.environ["TREADLE_TOOL"], "compile", directory / "f.mlir", "-o", artifact]
    subprocess.run([*command, "-q", *flags], check=True)
    return artifact


def profile(artifact, directory, threads=2, **inputs):
    """The pieces of work of one call, by name."""
    command = [os.environ["TREADLE_TOOL"], "bench", artifact, "--profile", "--json", "-n1"]
    for name, array in inputs.items():
        np.save(directory / f"{name}.npy", array)
        command += ["--input", f"{name}=@{directory / name}.npy"]
    done = subprocess.run([*command, f"-t{threads}"], check=True, capture_output=True)
    return {piece["name"]: piece for piece in json.loads(done.stdout)["profile"]["work"]}


def test_product(tmp_path):
    artifact = compile_text(tmp_path, PRODUCT, "--profile", "--mcpu=x86-64-v3")
    x, w = np.ones((13, 40), np.float32), np.ones((24, 40), np.float32)
    product = profile(artifact, tmp_path, x=x, w=w)["product"]
    # Panels of 16 columns, or of 8, hold the 24 outputs without padding or with it.
    assert product["operations"] in (2 * 13 * 40 * 24, 2 * 13 * 40 * 32)
    columns = product["operations"] // (2 * 13 * 40)
    assert product["bytes"] == 4 * (13 * 40 + 40 * columns + 13 * columns)
    assert product["executions"] == 1


@pytest.mark.parametrize("strategy", ["online", "split", "decomposed"])
@pytest.mark.parametrize(
    "mask, sees",
    [
        ("keys_within_lengths", lambda m, n, length: n < length),
        ("causal", lambda m, n, length: n <= m),
        ("causal, window = 5", lambda m, n, length: m - 5 < n <= m),
        (
            "causal, keys_within_lengths, align = lengths",
            lambda m, n, length: n < length and n <= m + length - 16,
        ),
    ],
)
def test_attention(tmp_path, mask, sees, strategy):
    text = ATTENTION.replace("MASK", f"#treadle.mask<{mask}>")
    if "lengths" not in mask:
        text = text.replace("lengths(%l)", "").replace("tensor<?xi64>) -> ", ") -> ")
        text = text.replace(", ) -> ", ") -> ")
    artifact = compile_text(tmp_path, text, "--profile", f"--attention={strategy}")
    x = np.random.default_rng(0).normal(size=(4, 16, 8)).astype(np.float32)
    pieces = profile(artifact, tmp_path, x=x, l=LENGTHS)
    pairs = sum(sees(m, n, length) for length in LENGTHS for m in range(16) for n in range(16))
    # Two products of 8 components.
    assert pieces["attention"]["operations"] == 2 * pairs * (8 + 8)
    assert pieces["attention"]["bytes"] == 4 * x.nbytes


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_counting_changes_nothing(tmp_path, threads):
    text = ATTENTION.replace("MASK", "#treadle.mask<causal, keys_within_lengths>")
    (tmp_path / "counting").mkdir()
    plain = treadle.load(compile_text(tmp_path, text), threads=threads)
    counting = treadle.load(compile_text(tmp_path / "counting", text, "--profile"), threads=threads)
    x = np.random.default_rng(1).normal(size=(4, 16, 8)).astype(np.float32)
    for _ in range(3):
        expected = plain.run("f", x=x, l=LENGTHS)["y"]
        np.testing.assert_array_equal(counting.run("f", x=x, l=LENGTHS)["y"], expected)
