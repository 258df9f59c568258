"""LayerNormalization and RMSNormalization over all axes from one on: the dialect's are over the
last, and the axes become it."""

import math

from builder import number


def _rows(function, attributes, x, *weights):
    """x and weights as rows and vectors."""
    axis = attributes.get("axis", -1) % len(x.shape)
    length = math.prod(x.shape[axis:])
    rows = function.reshape(x, [math.prod(x.shape[:axis]), length])
    vectors = [function.reshape(weight, [length]) for weight in weights]
    kept = x.shape[:axis] + (1,) * (len(x.shape) - axis)
    return rows, vectors, kept, number(attributes.get("epsilon", 1e-5))


def layer_normalization(function, attributes, wanted, X, Scale, B=None):
    given = [Scale] if B is None else [Scale, B]
    rows, vectors, kept, epsilon = _rows(function, attributes, X, *given)
    operands = ", ".join(map(str, [rows, *vectors]))
    types = ", ".join(value.type for value in [rows, *vectors])
    text = f"treadle.layer_norm {operands} epsilon({epsilon}) : {types}"
    results = [function.reshape(function.op(text, rows.shape, rows.element), X.shape)]
    if not any(wanted[1:]):
        return results

    count, length = rows.shape
    divide = f"%n = arith.constant {number(length)} : f32\n    "
    body = divide + "%q = arith.divf %a0, %n : f32\n    %r = arith.addf %acc, %q : f32"
    mean = function.generic("ij", [(rows, "ij")], "i", [count], "f32", body, number(0))
    body = divide + (
        "%c = arith.subf %a0, %a1 : f32\n    %s = arith.mulf %c, %c : f32\n    "
        "%q = arith.divf %s, %n : f32\n    %r = arith.addf %acc, %q : f32"
    )
    operands = [(rows, "ij"), (mean, "i")]
    variance = function.generic("ij", operands, "i", [count], "f32", body, number(0))
    body = (
        f"%e = arith.constant {epsilon} : f32\n    %s = arith.addf %a0, %e : f32\n    "
        "%one = arith.constant 1.0 : f32\n    %root = math.sqrt %s : f32\n    "
        "%r = arith.divf %one, %root : f32"
    )
    inverse = function.generic("i", [(variance, "i")], "i", [count], "f32", body)
    for asked, value in zip(wanted[1:], (mean, inverse)):
        if asked:
            results.append(function.reshape(value, kept))
    return results


def rms_normalization(function, attributes, wanted, X, scale):
    rows, (gain,), _, epsilon = _rows(function, attributes, X, scale)
    text = f"treadle.rms_norm {rows}, {gain} epsilon({epsilon}) : {rows.type}, {gain.type}"
    return [function.reshape(function.op(text, rows.shape, rows.element), X.shape)]
