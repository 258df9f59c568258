"""What the tests share: where the build is, and models that were compiled once."""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2]
# The float64 encoder that the demo shows is the tests' oracle, too.
sys.path.insert(0, str(SOURCE / "examples" / "demo"))


@pytest.fixture(scope="session")
def build_dir():
    return Path(os.environ["TREADLE_BUILD_DIR"])


@pytest.fixture(scope="session")
def minilm_source():
    directory = Path(os.environ["TREADLE_MODELS_DIR"]) / "all-MiniLM-L6-v2"
    if not (directory / "model.safetensors").exists():
        pytest.skip("all-MiniLM-L6-v2 is not here: scripts/fetch-model.sh fetches it")
    return directory


@pytest.fixture(scope="session")
def minilm(minilm_source, tmp_path_factory):
    """all-MiniLM-L6-v2, compiled for this machine: the artifact's path."""
    if "TREADLE_TOOL" not in os.environ:
        pytest.skip("this build has no compiler")
    artifact = tmp_path_factory.mktemp("artifacts") / "minilm.treadle"
    subprocess.run(
        [os.environ["TREADLE_TOOL"], "compile", minilm_source, "-o", artifact], check=True
    )
    return artifact


@pytest.fixture(scope="session")
def scale_artifact(tmp_path_factory):
    """An artifact made by hand out of Inputs/scale.c: needs no compiler of models."""
    artifact = tmp_path_factory.mktemp("artifacts") / "scale.treadle"
    artifact.mkdir()
    source = Path(__file__).with_name("Inputs") / "scale.c"
    subprocess.run(
        [os.environ["CC"], "-shared", "-fPIC", "-O1", f"-I{SOURCE / 'include'}", source]
        + ["-o", artifact / "model.so"],
        check=True,
    )
    # safetensors: the size of the header, the header; here there is no tensor.
    header = b"{}".ljust(64 - 8)
    (artifact / "weights.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    factors = {"name": "factors", "type": "i64", "shape": ["rows"]}
    description = {
        "schema": 1,
        "producer": "conftest.py",
        "code_abi": 1,
        "target": {"triple": "x86_64-unknown-linux-gnu", "cpu": "x86-64", "features": []},
        "dimensions": {"rows": {"minimum": 1, "maximum": 1000}, "count": {}},
        "entry_points": [
            {
                "name": "scale",
                "inputs": [
                    {"name": "x", "type": "f32", "shape": ["rows", 4]},
                    {**factors, "minimum": 0, "maximum": 100, "default": 2},
                ],
                "outputs": [{"name": "y", "type": "f32", "shape": ["rows", 4]}],
            },
            {
                "name": "invert",
                "inputs": [{"name": "flags", "type": "bool", "shape": ["count"]}],
                "outputs": [{"name": "inverted", "type": "bool", "shape": ["count"]}],
            },
        ],
        "parameters": [],
        "weights_size": 64,
        "source": {"kind": "mlir", "files": []},
        "annotations": {},
    }
    (artifact / "model.json").write_text(json.dumps(description))
    return artifact
