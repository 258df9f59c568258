"""Models written as MLIR text, compiled by the tool and called with arrays."""

import os
import subprocess

from safetensors.numpy import save_file

import treadle


def tensor_type(shape, element="f32"):
    """The type of a tensor whose dimensions are extents, or names of unknown ones."""
    extents = "".join("?x" if isinstance(extent, str) else f"{extent}x" for extent in shape)
    return f"tensor<{extents}{element}>"


class Operand:
    """What an entry point takes or gives: `shape` has extents and dimensions' names."""

    def __init__(self, shape, element="f32", maximum=None):
        self.shape, self.element, self.maximum = shape, element, maximum

    @property
    def type(self):
        return tensor_type(self.shape, self.element)

    def attribute(self, name):
        dims = ", ".join(f'"{dim if isinstance(dim, str) else ""}"' for dim in self.shape)
        maximum = f', maximum = "{self.maximum}"' if self.maximum else ""
        return f'{{treadle.named = #treadle.named<"{name}", dims = [{dims}]{maximum}>}}'


class Program:
    """A module of entry points, their inputs and results, and the arrays of its parameters; with
    `attributes`, as text."""

    def __init__(self, attributes=""):
        self.attributes = attributes
        self.functions = []
        self.signatures = {}
        self.weights = {}

    def parameter(self, name, array, value=None):
        """The line that makes `%value`, or `%name`, of a parameter of this content."""
        self.weights[name] = array
        return f'%{value or name} = treadle.parameter "{name}" : {tensor_type(array.shape)}\n'

    def add(self, name, inputs, body, **results):
        """An entry point of a body whose last values are `%NAME` for each of its results."""
        self.define(name, inputs, body, [f"%{n}" for n in results], results)

    def define(self, name, inputs, body, values, results):
        """An entry point that returns these values, one for each of its results."""
        arguments = ", ".join(f"%{n}: {o.type} {o.attribute(n)}" for n, o in inputs.items())
        types = ", ".join(f"{o.type} {o.attribute(n)}" for n, o in results.items())
        ended = f"return {', '.join(values)} : {', '.join(o.type for o in results.values())}"
        self.functions.append(
            f"func.func @{name}({arguments}) -> ({types}) {{\n{body}\n{ended}\n}}\n"
        )
        self.signatures[name] = inputs, results

    def add_linear(self, weight, bias):
        """The entry point linear_K_N, y = x Wᵀ + b for any number of rows; W is [N, K]."""
        outputs, inputs = weight.shape
        name = f"{inputs}_{outputs}"
        self.add(
            f"linear_{name}",
            {"x": Operand(["rows", inputs])},
            self.parameter(f"w_{name}", weight, "w")
            + self.parameter(f"b_{name}", bias, "b")
            + f"%y = treadle.linear %x, %w bias(%b) : (tensor<?x{inputs}xf32>, "
            f"tensor<{outputs}x{inputs}xf32>, tensor<{outputs}xf32>) -> tensor<?x{outputs}xf32>",
            y=Operand(["rows", outputs]),
        )

    def compile(self, directory, *options):
        """The finished process that was to make `directory`/program.treadle."""
        (directory / "weights").mkdir()
        save_file(self.weights, directory / "weights" / "model.safetensors")
        module = "\n".join(self.functions)
        if self.attributes:
            module = f"module attributes {{{self.attributes}}} {{\n{module}}}\n"
        (directory / "program.mlir").write_text(module)
        command = [os.environ["TREADLE_TOOL"], "compile", directory / "program.mlir", *options]
        command += [f"--weights={directory / 'weights'}", "-o", directory / "program.treadle"]
        return subprocess.run([*command, "--quiet"], stderr=subprocess.PIPE, text=True)

    def load(self, directory, *options, threads=None):
        compiled = self.compile(directory, *options)
        assert compiled.returncode == 0, compiled.stderr
        return treadle.load(directory / "program.treadle", threads=threads)


def run(model, entry, **inputs):
    """The one output of an entry point."""
    (result,) = model.run(entry, **inputs).values()
    return result
