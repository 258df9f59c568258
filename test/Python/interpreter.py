"""The reference interpreter, called with arrays."""

import os
import subprocess
from pathlib import Path

import numpy as np
from fuzz.draw import DTYPES


class Interpreter:
    """Runs the entry points of a program, in float64: results are rounded to their types."""

    def __init__(self, program, directory):
        self.program, self.directory = program, Path(directory)
        self.text = dict(zip(program.signatures, program.functions))

    def run_all(self, calls):
        """Of each entry point the results, or what the interpreter says, for its inputs by name."""
        folder = self.directory / "cases"
        folder.mkdir(exist_ok=True)
        for path in folder.iterdir():
            path.unlink()
        for entry, inputs in calls.items():
            for i, name in enumerate(self.program.signatures[entry][0]):
                array = np.asarray(inputs[name])
                if array.dtype.name == "bfloat16":  # which the file's format does not have
                    array = array.astype(np.float32)
                np.save(folder / f"{entry}.arg{i}.npy", array)
        module = self.directory / "cases.mlir"
        module.write_text("\n".join(self.text[entry] for entry in calls))
        tool = Path(os.environ["TREADLE_TOOL"]).with_name("treadle-opt")
        done = subprocess.run(
            [tool, module, f"--treadle-interpret=cases={folder}", "-o", os.devnull],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        outputs = {}
        for entry in calls:
            outputs[entry] = {}
            for i, (name, operand) in enumerate(self.program.signatures[entry][1].items()):
                path = folder / f"{entry}.result{i}.npy"
                if not path.exists():
                    outputs[entry] = AssertionError(f"interpreter: {done.stderr[:2000]}")
                    break
                outputs[entry][name] = np.load(path).astype(DTYPES[operand.element])
        return outputs

    def run(self, entry, /, **inputs):
        """The results of one entry point by name."""
        (outputs,) = self.run_all({entry: inputs}).values()
        if isinstance(outputs, AssertionError):
            raise outputs
        return outputs
