"""What the programs of this folder share: running MLIR text on arrays, and saying what came out.

`treadle` and `treadle-opt` are looked for on PATH; of Python's packages numpy is needed.
"""

import json
import os
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent


def read(name):
    return (FOLDER / name).read_text()


def draw(seed):
    """Normal random arrays: draw(seed)(2, 3). numpy promises this generator's numbers for ever."""
    return np.random.RandomState(seed).standard_normal


def write_weights(folder, weights):
    """A safetensors file: the length of a header, the header in JSON, the tensors in a row."""
    header, data = {}, b""
    for name, array in weights.items():
        raw = np.asarray(array, np.float32).tobytes()
        offsets = [len(data), len(data) + len(raw)]
        header[name] = {"dtype": "F32", "shape": np.shape(array), "data_offsets": offsets}
        data += raw
    text = json.dumps(header).encode()
    (Path(folder) / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)


def interpret(text, calls, weights=None):
    """Runs functions in float64: a list of arrays for each, and the one result of each."""
    with tempfile.TemporaryDirectory() as folder:
        write_weights(folder, weights or {})
        for name, arrays in calls.items():
            for i, array in enumerate(arrays):
                np.save(f"{folder}/{name}.arg{i}.npy", array)
        Path(folder, "program.mlir").write_text(text)
        option = f"--treadle-interpret=cases={folder} weights={folder}"
        command = ["treadle-opt", f"{folder}/program.mlir", option, "-o", os.devnull]
        subprocess.run(command, check=True)
        return {name: np.load(f"{folder}/{name}.result0.npy") for name in calls}


def lower(text, *options, stage="llvm"):
    """The text that the compiler makes of a program by the end of a stage."""
    with tempfile.TemporaryDirectory() as folder:
        write_weights(folder, {})
        Path(folder, "program.mlir").write_text(text)
        command = ["treadle", "compile", f"{folder}/program.mlir", f"--stop-at={stage}", *options]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


class Artifact:
    """A program that was compiled for this machine."""

    def __init__(self, text, weights=None, options=()):
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "program.treadle"
        source = Path(self.folder.name) / "program.mlir"
        source.write_text(text)
        write_weights(self.folder.name, weights or {})
        command = ["treadle", "compile", source, "-q", "-o", self.path, *options]
        subprocess.run([*command, f"--weights={self.folder.name}"], check=True)

    def code(self):
        return (self.path / "model.so").read_bytes()

    def run(self, entry, **inputs):
        """The one output of an entry point."""
        command = ["treadle", "run", self.path, f"--entry={entry}", "-o", f"{self.path}.npy"]
        for name, array in inputs.items():
            np.save(f"{self.path}.{name}.npy", array)
            command.append(f"--input={name}=@{self.path}.{name}.npy")
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return np.load(f"{self.path}.npy")

    def seconds(self, entry):
        """The shortest of twenty calls on one thread, with inputs that are made up."""
        command = ["treadle", "bench", self.path, f"--entry={entry}", "-t1", "-n20", "--json"]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        return json.loads(done.stdout)["latency_ms"]["min"] / 1e3


def memory(text, *options):
    """Bytes that functions use besides their tensors: in all, and each thread on its stack."""
    sizes = {}
    for function in lower(text, *options, stage="buffers").split("func.func @")[1:]:
        found = dict(re.findall(r"memref\.(alloca?)\(.*: memref<(\d+)xi8>", function))
        name = re.match(r"\w+", function)[0]
        sizes[name] = int(found.get("alloc", 0)), int(found.get("alloca", 0))
    return sizes


FAILED = []


def claim(sentence, holds):
    """Prints whether what was claimed holds; the program fails in the end if it does not."""
    print(f"{'yes' if holds else 'NO '}  {sentence}")
    if not holds:
        FAILED.append(sentence)


def finish():
    sys.exit(1 if FAILED else 0)
