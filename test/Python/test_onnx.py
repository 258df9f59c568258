"""ONNX's published cases of attention, positions, norms and activations, in the dialect: compiled,
and in the interpreter."""

import collections

import pytest
from interpreter import Interpreter
from onnx_cases import load_cases
from programs import Program

CASES = load_cases()


def test_every_case_is_here():
    """What the pinned onnx publishes: a case that a new one adds is noticed here."""
    assert collections.Counter(case.operator for case in CASES) == {
        "Attention": 93,
        "FlexAttention": 11,
        "RotaryEmbedding": 8,
        "LayerNormalization": 19,
        "RMSNormalization": 19,
        "Softmax": 7,
        "Gelu": 4,
        "Swish": 1,
        "SwiGLU": 3,
    }


@pytest.fixture(scope="module")
def programs():
    """For each operator its cases, an entry point each."""
    programs = collections.defaultdict(Program)
    for case in CASES:
        case.add_to(programs[case.operator])
    return programs


@pytest.fixture(scope="module")
def load(programs, target, tmp_path_factory):
    """The compiled cases of an operator."""
    models = {}

    def load(operator):
        if operator not in models:
            directory = tmp_path_factory.mktemp(operator)
            models[operator] = programs[operator].load(directory, f"--mcpu={target}")
        return models[operator]

    return load


@pytest.mark.parametrize("case", CASES, ids=str)
def test_compiled(case, load):
    case.check(load(case.operator).run(case.name, **case.inputs))


@pytest.fixture(scope="module")
def interpreted(programs, tmp_path_factory):
    """The interpreter's results for each case of an operator, made at once."""
    outputs = {}

    def interpret(operator):
        if operator not in outputs:
            interpreter = Interpreter(programs[operator], tmp_path_factory.mktemp(operator))
            calls = {case.name: case.inputs for case in CASES if case.operator == operator}
            outputs[operator] = interpreter.run_all(calls)
        return outputs[operator]

    return interpret


@pytest.mark.parametrize("case", CASES, ids=str)
def test_interpreted(case, interpreted):
    outputs = interpreted(case.operator)[case.name]
    if isinstance(outputs, Exception):
        raise outputs
    case.check(outputs)
