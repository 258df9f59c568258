"""Gelu, Swish and SwiGLU."""

from builder import number

LETTERS = "ijklpq"


def _activate(function, kind, x):
    return function.op(f"treadle.activate {kind} {x} : {x.type}", x.shape, x.element)


def gelu(function, attributes, wanted, X):
    approximate = attributes.get("approximate", b"none") == b"tanh"
    return [_activate(function, "gelu_tanh" if approximate else "gelu", X)]


def _scaled(function, x, factor):
    dims = LETTERS[: len(x.shape)]
    body = f"%c = arith.constant {number(factor)} : f32\n    %r = arith.mulf %a0, %c : f32"
    return function.generic(dims, [(x, dims)], dims, x.shape, x.element, body)


def _swish(function, x, alpha):
    """x / (1 + exp(-alpha x)), which is SiLU at alpha x over alpha."""
    if alpha == 1:
        return _activate(function, "silu", x)
    return _scaled(function, _activate(function, "silu", _scaled(function, x, alpha)), 1 / alpha)


def swish(function, attributes, wanted, X):
    return [_swish(function, X, attributes.get("alpha", 1.0))]


def swiglu(function, attributes, wanted, A, B):
    gate = _swish(function, A, attributes.get("alpha", 1.0))
    dims = LETTERS[: len(A.shape)]
    body = "%r = arith.mulf %a0, %a1 : f32"
    return [function.generic(dims, [(gate, dims), (B, dims)], dims, A.shape, A.element, body)]
