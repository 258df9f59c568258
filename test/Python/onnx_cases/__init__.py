"""ONNX's published test cases of nodes, as functions of the dialect.

A case is a model of one node with inputs and outputs. `TRANSLATIONS` has for each operator the
function that writes such a node as operations on static shapes. The loader has every case a
second time, as `NAME_expanded`: the node written out in primitive operators, with the same inputs
and outputs, which therefore say nothing new of the operator.
"""

import importlib
from dataclasses import dataclass
from typing import Any, Dict
from unittest import mock

import numpy as np
import onnx
import onnx.backend.test.case.node as onnx_nodes
from builder import Function
from onnx.backend.test import loader

from . import activation, attention, normalization, rotary, softmax

#: An operator's translation takes a Function, the node's attributes and its inputs by the
#: specification's names, and gives the outputs in the specification's order, those asked for.
TRANSLATIONS = {
    "Attention": attention.attention,
    "FlexAttention": attention.flex_attention,
    "RotaryEmbedding": rotary.rotary_embedding,
    "LayerNormalization": normalization.layer_normalization,
    "RMSNormalization": normalization.rms_normalization,
    "Softmax": softmax.softmax,
    "Gelu": activation.gelu,
    "Swish": activation.swish,
    "SwiGLU": activation.swiglu,
}


@dataclass
class Case:
    name: str
    operator: str
    node: Any
    inputs: Dict[str, np.ndarray]
    outputs: Dict[str, np.ndarray]
    rtol: float
    atol: float

    def __str__(self):
        return self.name

    def add_to(self, program):
        """Makes the case an entry point of its name."""
        function = Function()
        values = {name: function.input(name, array) for name, array in self.inputs.items()}
        schema = onnx.defs.get_schema(self.operator, domain=self.node.domain)
        given = {
            formal.name: values[actual]
            for formal, actual in zip(schema.inputs, self.node.input)
            if actual
        }
        attributes = {
            attribute.name: onnx.helper.get_attribute_value(attribute)
            for attribute in self.node.attribute
        }
        wanted = [bool(name) for name in self.node.output]
        results = TRANSLATIONS[self.operator](function, attributes, wanted, **given)
        names = [name for name in self.node.output if name]
        function.add_to(program, self.name, dict(zip(names, results)))

    def check(self, outputs):
        """As ONNX's own runner compares: shapes, types, and values within the case's tolerances."""
        assert list(outputs) == list(self.outputs)
        for name, expected in self.outputs.items():
            actual = outputs[name]
            assert actual.shape == expected.shape and actual.dtype == expected.dtype, name
            rtol = self.rtol
            if expected.dtype.name == "bfloat16":
                rtol = max(rtol, 2.0**-6)
                actual, expected = actual.astype(np.float32), expected.astype(np.float32)
            np.testing.assert_allclose(actual, expected, rtol=rtol, atol=self.atol, err_msg=name)


def load_cases():
    """All cases of the operators of TRANSLATIONS, without those that are written out."""

    def load_modules(_):  # of all operators it takes ten times as long
        for operator in TRANSLATIONS:
            importlib.import_module(f"{onnx_nodes.__name__}.{operator.lower()}")

    with mock.patch.object(loader, "import_recursive", load_modules):
        published = loader.load_model_tests(kind="node")
    cases = []
    for case in published:
        nodes = case.model.graph.node
        if case.name.endswith("_expanded") or "_expanded_ver" in case.name:
            continue
        assert len(nodes) == 1 and nodes[0].op_type in TRANSLATIONS, case.name
        ((inputs, outputs),) = case.data_sets
        names = [value.name for value in case.model.graph.input]
        results = [value.name for value in case.model.graph.output]
        cases.append(
            Case(
                case.name,
                nodes[0].op_type,
                nodes[0],
                dict(zip(names, inputs)),
                dict(zip(results, outputs)),
                case.rtol,
                case.atol,
            )
        )
    return cases
