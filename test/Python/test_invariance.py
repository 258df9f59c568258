"""A result is the same to the last bit however many threads make it, and whatever else is in
its batch: only so can a service batch what its callers send."""

import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import SOURCE

import treadle

RNG = np.random.default_rng(3)
LENGTHS = np.array([48, 1, 13, 32, 17, 2, 47, 33, 16, 5, 48])


@pytest.fixture(scope="module", params=["f32", "bf16", "f16"])
def artifact(request, target, tmp_path_factory):
    """A small BERT of random weights."""
    directory = tmp_path_factory.mktemp("invariance")
    maker = SOURCE / "test" / "Inputs" / "make_tiny_bert.py"
    subprocess.run([sys.executable, maker, directory / "bert"], check=True)
    command = [os.environ["TREADLE_TOOL"], "compile", directory / "bert", f"--mcpu={target}"]
    command.append(f"--precision={request.param}")
    subprocess.run([*command, "-o", directory / "bert.treadle", "--quiet"], check=True)
    return directory / "bert.treadle"


@pytest.fixture(scope="module", params=[1, 2, 3])
def model(request, artifact):
    return treadle.load(artifact, threads=request.param)


@pytest.fixture(scope="module")
def batch(artifact):
    """Ids, and what one thread makes of them."""
    ids = RNG.integers(0, 100, (len(LENGTHS), LENGTHS.max()))
    one = treadle.load(artifact, threads=1)
    return ids, one.run("embed", ids=ids, lengths=LENGTHS)["embeddings"]


def embed(model, ids, lengths):
    return model.run("embed", ids=ids, lengths=lengths)["embeddings"]


def test_threads(model, batch):
    ids, expected = batch
    assert np.isfinite(expected).all() and len(np.unique(expected[:, 0])) == len(LENGTHS)
    for _ in range(20):
        np.testing.assert_array_equal(embed(model, ids, LENGTHS), expected)


def test_alone_and_together(model, batch):
    ids, expected = batch
    for i, length in enumerate(LENGTHS):
        alone = embed(model, ids[i : i + 1, :length], LENGTHS[i : i + 1])
        np.testing.assert_array_equal(alone[0], expected[i])


def test_order_and_padding(model, batch):
    ids, expected = batch
    order = RNG.permutation(len(LENGTHS))
    np.testing.assert_array_equal(embed(model, ids[order], LENGTHS[order]), expected[order])
    padded = np.where(np.arange(ids.shape[1]) < LENGTHS[:, None], ids, 99)
    np.testing.assert_array_equal(embed(model, padded, LENGTHS), expected)


def test_every_size_of_batch(model, batch):
    ids, expected = batch
    for size in range(1, len(LENGTHS)):
        longest = LENGTHS[:size].max()
        np.testing.assert_array_equal(
            embed(model, ids[:size, :longest], LENGTHS[:size]), expected[:size]
        )
