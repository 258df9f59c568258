"""Artifacts made by hand: C instead of compiled models, so that tests of the
runtime's side need no compiler of models."""

import json
import os
import struct
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent


def make_artifact(directory, source, dimensions, entry_points):
    """Writes the artifact `directory` whose code is Inputs/`source`."""
    directory.mkdir()
    include = HERE.parents[1] / "include"
    command = [os.environ["CC"], "-shared", "-fPIC", "-O1", f"-I{include}"]
    subprocess.run([*command, HERE / "Inputs" / source, "-o", directory / "model.so"], check=True)
    # safetensors: the size of the header, the header; here there is no tensor.
    header = b"{}".ljust(64 - 8)
    weights = struct.pack("<Q", len(header)) + header
    (directory / "weights.safetensors").write_bytes(weights)
    description = {
        "schema": 1,
        "producer": "artifacts.py",
        "code_abi": 1,
        "target": {"triple": "x86_64-unknown-linux-gnu", "cpu": "x86-64", "features": []},
        "dimensions": dimensions,
        "entry_points": entry_points,
        "parameters": [],
        "weights_size": len(weights),
        "source": {"kind": "mlir", "files": []},
        "annotations": {},
    }
    (directory / "model.json").write_text(json.dumps(description))
    return directory


def make_scale(directory):
    """scale and invert of Inputs/scale.c."""
    factors = {"name": "factors", "type": "i64", "shape": ["rows"]}
    scale = {
        "name": "scale",
        "inputs": [
            {"name": "x", "type": "f32", "shape": ["rows", 4]},
            {**factors, "minimum": 0, "maximum": 100, "default": 2},
        ],
        "outputs": [{"name": "y", "type": "f32", "shape": ["rows", 4]}],
    }
    invert = {
        "name": "invert",
        "inputs": [{"name": "flags", "type": "bool", "shape": ["count"]}],
        "outputs": [{"name": "inverted", "type": "bool", "shape": ["count"]}],
    }
    dimensions = {"rows": {"minimum": 1, "maximum": 1000}, "count": {}}
    return make_artifact(directory, "scale.c", dimensions, [scale, invert])


def make_sum(directory, longest):
    """embed of Inputs/sum.c, for sequences of up to `longest` tokens."""
    lengths = {"name": "lengths", "type": "i64", "shape": ["batch"]}
    embed = {
        "name": "embed",
        "inputs": [
            {"name": "ids", "type": "i64", "shape": ["batch", "sequence"]},
            {**lengths, "minimum": 1, "maximum": "sequence"},
        ],
        "outputs": [{"name": "embeddings", "type": "f32", "shape": ["batch", 2]}],
    }
    dimensions = {"batch": {"minimum": 1}, "sequence": {"minimum": 1, "maximum": longest}}
    return make_artifact(directory, "sum.c", dimensions, [embed])
