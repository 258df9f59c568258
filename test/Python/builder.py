"""Straight-line functions of static shapes, written as MLIR text one operation at a time."""

from dataclasses import dataclass
from typing import Tuple

from programs import Operand, tensor_type

#: MLIR's names of numpy's element types.
ELEMENTS = {
    "float64": "f64",
    "float32": "f32",
    "float16": "f16",
    "bfloat16": "bf16",
    "int64": "i64",
    "int32": "i32",
    "bool": "i1",
}


def number(value):
    """A float as MLIR reads it."""
    if value == float("-inf"):
        return "0xFF800000"
    return f"{value:.17e}"


def affine_map(space, dims):
    """The map from an iteration space to a tensor's dimensions, each named by a letter."""
    return f"affine_map<({', '.join(space)}) -> ({', '.join(dims)})>"


@dataclass(frozen=True)
class Value:
    name: str
    shape: Tuple[int, ...]
    element: str

    @property
    def type(self):
        return tensor_type(self.shape, self.element)

    def __str__(self):
        return f"%{self.name}"


class Function:
    """A function's arguments and operations so far."""

    def __init__(self):
        self.inputs = {}
        self.lines = []

    def input(self, name, array):
        """An argument that is as long as `array` and of its type."""
        operand = Operand(array.shape, ELEMENTS[array.dtype.name])
        self.inputs[name] = operand
        return Value(name, tuple(array.shape), operand.element)

    def op(self, text, shape, element):
        """The value of an operation that has one."""
        value = Value(f"v{len(self.lines)}", tuple(shape), element)
        self.lines.append(f"{value} = {text}")
        return value

    def scalar(self, value, element):
        self.lines.append(f"%v{len(self.lines)} = arith.constant {value} : {element}")
        return f"%v{len(self.lines) - 1}"

    def filled(self, value, shape, element):
        """A tensor of equal elements; `value` is written as MLIR writes it."""
        empty = self.op(f"tensor.empty() : {tensor_type(shape, element)}", shape, element)
        scalar = self.scalar(value, element)
        text = f"linalg.fill ins({scalar} : {element}) outs({empty} : {empty.type}) -> {empty.type}"
        return self.op(text, shape, element)

    def reshape(self, x, shape):
        """The same elements in the same order, with dimensions merged or split."""
        shape = tuple(shape)
        if shape == x.shape:
            return x
        groups = _match(x.shape, shape)
        merged = []
        for before, _ in groups:
            extent = 1
            for axis in before:
                extent *= x.shape[axis]
            merged.append(extent)
        if len(merged) < len(x.shape):
            to = tensor_type(merged, x.element)
            sets = [before for before, _ in groups]
            x = self.op(f"tensor.collapse_shape {x} {sets} : {x.type} into {to}", merged, x.element)
        if len(merged) < len(shape):
            to = tensor_type(shape, x.element)
            sets = [after for _, after in groups]
            x = self.op(
                f"tensor.expand_shape {x} {sets} output_shape {list(shape)} : {x.type} into {to}",
                shape,
                x.element,
            )
        return x

    def transpose(self, x, order):
        shape = [x.shape[axis] for axis in order]
        empty = self.op(f"tensor.empty() : {tensor_type(shape, x.element)}", shape, x.element)
        text = f"linalg.transpose ins({x} : {x.type}) outs({empty} : {empty.type})"
        return self.op(f"{text} permutation = {list(order)}", shape, x.element)

    def concat(self, axis, a, b):
        shape = list(a.shape)
        shape[axis] += b.shape[axis]
        to = tensor_type(shape, a.element)
        text = f"tensor.concat dim({axis}) {a}, {b} : ({a.type}, {b.type}) -> {to}"
        return self.op(text, shape, a.element)

    def first(self, x, axis, count):
        """The first `count` slices along an axis."""
        shape = list(x.shape)
        shape[axis] = count
        to = tensor_type(shape, x.element)
        zeros, ones = [0] * len(shape), [1] * len(shape)
        text = f"tensor.extract_slice {x}{zeros} {shape} {ones} : {x.type} to {to}"
        return self.op(text, shape, x.element)

    def generic(self, space, operands, dims, shape, element, body, start=None):
        """A linalg.generic over a space of one letter a dimension.

        `operands` are pairs of a value and its dimensions, `dims` those of the result; what is
        missing there is reduced, from `start`. `body` computes %r, an f32 where the result is a
        float, from %a0, %a1, … and, in a reduction, %acc; floats are f32 there."""
        out = self.filled(start, shape, element) if start is not None else None
        if out is None:
            empty = f"tensor.empty() : {tensor_type(shape, element)}"
            out = self.op(empty, shape, element)
        maps = ", ".join(affine_map(space, d) for d in [*(d for _, d in operands), dims])
        kinds = ", ".join(f'"{"parallel" if dim in dims else "reduction"}"' for dim in space)
        values, types = (
            ", ".join(str(t) for t in ts)
            for ts in ([v for v, _ in operands], [v.type for v, _ in operands])
        )
        ins = f"ins({values} : {types}) " if operands else ""
        head = f"linalg.generic {{indexing_maps = [{maps}], iterator_types = [{kinds}]}} {ins}"
        arguments, prologue = [], []
        for i, (value, _) in enumerate(operands):
            kept = value.element in ("f32", "i1", "i64", "i32")
            arguments.append(f"%a{i}{'' if kept else '_'}: {value.element}")
            if not kept:
                cast = "truncf" if value.element == "f64" else "extf"
                prologue.append(f"%a{i} = arith.{cast} %a{i}_ : {value.element} to f32")
        arguments.append(f"%acc: {element}")
        result, epilogue = "%r", []
        if element in ("f16", "bf16", "f64"):
            cast = "extf" if element == "f64" else "truncf"
            result, epilogue = "%r_", [f"%r_ = arith.{cast} %r : f32 to {element}"]
        lines = "\n    ".join([*prologue, body, *epilogue])
        return self.op(
            f"{head}outs({out} : {out.type}) {{\n  ^bb0({', '.join(arguments)}):\n    {lines}\n"
            f"    linalg.yield {result} : {element}\n  }} -> {out.type}",
            shape,
            element,
        )

    def add_to(self, program, name, results):
        """Makes this an entry point that returns the values by their names."""
        operands = {n: Operand(v.shape, v.element) for n, v in results.items()}
        values = [str(value) for value in results.values()]
        program.define(name, self.inputs, "\n".join(self.lines), values, operands)


def _match(before, after):
    """Pairs of runs of dimensions of two shapes that have one product, as short as they can be."""
    groups, i, j = [], 0, 0
    while i < len(before) or j < len(after):
        left, right = [i], [j]
        if i == len(before) or j == len(after):  # ones are left over
            groups[-1][0].extend(range(i, len(before)))
            groups[-1][1].extend(range(j, len(after)))
            break
        products = [before[i], after[j]]
        while products[0] != products[1]:
            if products[0] < products[1]:
                left.append(left[-1] + 1)
                products[0] *= before[left[-1]]
            else:
                right.append(right[-1] + 1)
                products[1] *= after[right[-1]]
        groups.append((left, right))
        i, j = left[-1] + 1, right[-1] + 1
    return groups
