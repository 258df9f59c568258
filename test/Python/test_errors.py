"""What is refused, with which number, and that the sentence names the culprit."""

import json
import shutil

import numpy as np
import pytest

import treadle

X = np.ones((3, 4), np.float32)


@pytest.fixture(scope="module")
def model(scale_artifact):
    return treadle.load(scale_artifact)


@pytest.mark.parametrize(
    "code, named, entry, inputs",
    [
        ("E0701", "scael", "scael", {"x": X}),
        ("E0702", "z", "scale", {"x": X, "z": X}),
        ("E0703", "x", "scale", {}),
        ("E0704", "x", "scale", {"x": X.astype(np.float64)}),
        ("E0704", "factors", "scale", {"x": X, "factors": [1.0, 2.0, 3.0]}),
        ("E0705", "x", "scale", {"x": X[0]}),
        ("E0705", "x", "scale", {"x": X[:, :3]}),
        ("E0705", "factors", "scale", {"x": X, "factors": [1, 2]}),
        ("E0706", "rows", "scale", {"x": np.ones((1001, 4), np.float32)}),
        ("E0706", "rows", "scale", {"x": np.ones((0, 4), np.float32)}),
        ("E0707", "factors", "scale", {"x": X, "factors": [1, 101, 3]}),
        ("E0707", "factors", "scale", {"x": X, "factors": [1, 2, -1]}),
    ],
)
def test_call_is_refused(model, code, named, entry, inputs):
    with pytest.raises(treadle.Error) as caught:
        model.run(entry, **inputs)
    assert caught.value.code == code
    assert named in caught.value.message
    assert caught.value.exit_code == 1
    assert str(caught.value).startswith(f"error[{code}]: {caught.value.message}")
    # A refusal leaves nothing behind.
    np.testing.assert_array_equal(model.run("scale", x=X)["y"], X * 2)


@pytest.mark.parametrize(
    "value", ["text", None, object(), np.ones((3, 4), np.complex64), np.ones((3, 4), ">f4")]
)
def test_what_is_no_array_is_a_type_error(model, value):
    with pytest.raises(TypeError, match="'x'"):
        model.run("scale", x=value)


def test_more_axes_than_any_tensor_has(model):
    with pytest.raises(ValueError, match="8 axes"):
        model.run("scale", x=np.ones((1,) * 9, np.float32))


def test_which_entry_point(model):
    with pytest.raises(ValueError, match="scale, invert"):
        model.run(x=X)


def test_no_sentence_encoder(model):
    with pytest.raises(ValueError, match="embed"):
        model.embed(["A loom."])


def test_threads(scale_artifact):
    with pytest.raises(ValueError, match="threads"):
        treadle.load(scale_artifact, threads=0)
    with pytest.raises(treadle.Error) as caught:
        treadle.load(scale_artifact, threads=1025)
    assert caught.value.code == "E0709"


def change_description(artifact, **changes):
    path = artifact / "model.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize(
    "code, damage",
    [
        ("E0605", lambda a: (a / "weights.safetensors").write_bytes(b"")),
        ("E0606", lambda a: (a / "model.so").write_bytes(b"no code")),
        (
            "E0604",
            lambda a: change_description(
                a,
                target={
                    "triple": "x86_64-unknown-linux-gnu",
                    "cpu": "x86-64",
                    "features": ["none-such"],
                },
            ),
        ),
    ],
    ids=["short weights", "no code", "another CPU"],
)
def test_damaged_artifact_is_refused(scale_artifact, tmp_path, code, damage):
    artifact = tmp_path / "damaged.treadle"
    shutil.copytree(scale_artifact, artifact)
    damage(artifact)
    with pytest.raises(treadle.Error) as caught:
        treadle.load(artifact)
    assert caught.value.code == code


def test_no_artifact(tmp_path):
    with pytest.raises(treadle.Error, match="none-such"):
        treadle.load(tmp_path / "none-such.treadle")
