"""The graphs of FlexAttention's `score_mod` and `prob_mod` as the text of a score region."""

import onnx
from builder import number

#: Of a float and of an integer.
BINARY = {
    "Add": ("addf", "addi"),
    "Sub": ("subf", "subi"),
    "Mul": ("mulf", "muli"),
    "Div": ("divf", None),
}


def translate_score_graph(graph):
    """Text, and the value that it computes of a score %s, an f32, at query %m and key %n.

    A graph is of the whole tensor of scores: where a score's place matters it makes ranges of
    queries and keys, told apart by the dimension that they are reshaped to."""
    lines, values = [], {graph.input[0].name: "%s"}
    integers, shapes = set(), {}
    for tensor in graph.initializer:
        array = onnx.numpy_helper.to_array(tensor)
        if array.ndim == 0 and array.dtype.kind == "f":
            values[tensor.name] = f"%{tensor.name}"
            lines.append(f"%{tensor.name} = arith.constant {number(float(array))} : f32")
        shapes[tensor.name] = array

    def emit(name, text):
        values[name] = f"%{name}"
        lines.append(f"%{name} = {text}")

    for node in graph.node:
        name, kind = node.output[0], node.op_type
        operands = ", ".join(values[i] for i in node.input if i in values)
        whole = any(i in integers for i in node.input)
        if kind in ("Shape", "Gather", "Range"):
            continue  # extents and ranges: what is read is the index
        if kind == "Reshape":
            shape = list(shapes[node.input[1]])
            index = "%n" if shape[-1] == -1 else "%m"
            assert shape.count(-1) == 1 and -1 in shape[-2:]
            emit(name, f"arith.index_cast {index} : index to i64")
            integers.add(name)
        elif kind in BINARY:
            emit(name, f"arith.{BINARY[kind][whole]} {operands} : {'i64' if whole else 'f32'}")
            if whole:
                integers.add(name)
        elif kind == "Tanh":
            emit(name, f"math.tanh {operands} : f32")
        elif kind == "GreaterOrEqual":
            emit(name, f"arith.cmpi sge, {operands} : i64")
        elif kind == "Where":
            emit(name, f"arith.select {operands} : f32")
        elif kind == "Cast":
            emit(name, f"arith.sitofp {operands} : i64 to f32")
        else:
            raise NotImplementedError(kind)
    return "\n".join(lines) + "\n", values[graph.output[0].name]
