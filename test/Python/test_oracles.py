"""The oracles of random programs against transformers and torch (make_oracle_golden.py)."""

import json
from pathlib import Path

import attention_oracle as oracle
import numpy as np
import pytest
from fuzz.positions import frequencies

GOLDEN = np.load(Path(__file__).with_name("oracle_golden.npz"))
ROTARY = json.loads(str(GOLDEN["rotary"]))
BUCKETS = json.loads(str(GOLDEN["buckets"]))


@pytest.mark.parametrize("i", range(len(ROTARY)))
def test_rotary_frequencies(i):
    parameters = dict(ROTARY[i])
    w, magnitude = frequencies(parameters.pop("width"), parameters.pop("length", 1), **parameters)
    # They were computed in float32, of a power.
    np.testing.assert_allclose(np.append(w, magnitude), GOLDEN[f"rotary.{i}"], rtol=3e-6)


@pytest.mark.parametrize("i", range(len(BUCKETS)))
def test_relative_buckets(i):
    expected = GOLDEN[f"buckets.{i}"]
    most = len(expected) // 2
    actual = [oracle.relative_bucket(0, d, *BUCKETS[i]) for d in range(-most, most + 1)]
    np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("heads", [1, 2, 6, 8, 12, 20])
def test_alibi_slopes(heads):
    np.testing.assert_allclose(oracle.alibi_slopes(heads), GOLDEN[f"alibi.{heads}"], rtol=1e-6)


def attend(change=lambda x, error: (x, error), scale=0.3, spread=1, causal=True, sinks=None):
    q, k, v = (GOLDEN[name] for name in "qkv")
    k, v = (np.repeat(x, 2, axis=1) for x in (k, v))
    x, error = change(*oracle.score_dot(spread * q, k, scale))
    shape = (1, x.shape[-2], x.shape[-1])
    seen = oracle.visible_keys(shape, ["causal"] if causal else [])
    (value, _), (lse, _) = oracle.attend(x, error, v, seen, sinks)
    return value, lse


def test_sinks():
    value, _ = attend(sinks=np.broadcast_to(GOLDEN["sinks"], (2, 4)))
    np.testing.assert_allclose(value, GOLDEN["with_sinks"], atol=1e-7)


def test_soft_cap():
    value, _ = attend(lambda x, error: oracle.soft_cap(x, error, 2.0), spread=4)
    np.testing.assert_allclose(value, GOLDEN["capped"], atol=1e-6)  # its softmax is in float32


def test_score_region_and_log_sum_exp():
    distance = np.abs(np.arange(5)[:, None] - np.arange(9)[None, :])
    value, lse = attend(
        lambda x, error: oracle.add(x, error, -0.25 * distance), scale=8**-0.5, causal=False
    )
    np.testing.assert_allclose(value, GOLDEN["flex"], atol=1e-12)
    np.testing.assert_allclose(lse, GOLDEN["flex_lse"], atol=1e-12)
