"""Random norms, linear maps, feed-forward networks, activations and residual blocks."""

from dataclasses import dataclass, replace
from typing import Optional, Tuple

import attention_oracle as oracle
import numerics
import numpy as np
from builder import number
from programs import Operand, tensor_type

from . import draw

ACTIVATIONS = {
    **numerics.ACTIVATIONS,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "quick_gelu": lambda x: x / (1 + np.exp(-1.702 * x)),
    "relu_squared": lambda x: np.maximum(x, 0) ** 2,
}
NORMS = ("layer_norm", "rms_norm", "unit_norm", "softmax")
KINDS = (*NORMS, "activate", "linear", "feed_forward", "gated_feed_forward")


def rms_norm(x, error, gain, epsilon):
    """x / √(mean square + epsilon) · gain and its bound: the mean of n squares is off by n units,
    or as many as they grow, and half as much of it is in the root."""
    n = x.shape[-1]
    mean = (x * x).mean(-1, keepdims=True) + epsilon
    value = x / np.sqrt(mean) * gain
    spread = (oracle.growth(n) + 8) * oracle.UNIT
    spread = spread + 2 * np.sqrt((error**2).mean(-1, keepdims=True) / mean)
    return value, np.abs(gain) / np.sqrt(mean) * error + np.abs(value) * spread


def activate(x, error, name):
    """No activation but the square is steeper than 1.13."""
    with np.errstate(over="ignore"):
        value = ACTIVATIONS[name](x)
    if name == "identity":
        return value, error
    if name == "relu_squared":
        return value, 2 * np.maximum(x, 0) * error + error**2 + 2 * oracle.UNIT * value
    size = np.maximum(np.abs(x), np.isin(name, ("tanh", "sigmoid")))
    return value, 1.13 * error + 8 * oracle.UNIT * size


def linear(x, error, weight, bias=None, activation="identity"):
    value = x @ weight.T + (0 if bias is None else bias)
    size = np.abs(x) @ np.abs(weight).T + (0 if bias is None else np.abs(bias))
    bound = (oracle.growth(weight.shape[1]) + 3) * oracle.UNIT * size + error @ np.abs(weight).T
    return activate(value, bound, activation)


def softmax(x, error):
    keys = x.shape[-1]
    identity = np.broadcast_to(np.eye(keys), (*x.shape[:-1], keys, keys))
    (value, bound), _ = oracle.attend(x[..., None, :], error[..., None, :], identity, True)
    return value[..., 0, :], bound[..., 0, :]


@dataclass(frozen=True)
class Block:
    """f, or a x + b (g ⊙ f(x)), over vectors of the last dimension."""

    seed: Tuple[int, ...]
    kind: str
    shape: Tuple[int, ...]
    inner: int = 8  # outputs of linear, the inner width of a feed-forward network
    biased: bool = False
    gained: bool = True  # rms_norm
    activation: str = "gelu"
    epsilon: float = 1e-5
    residual: bool = False
    norm: str = ""  # before, in the residual branch
    input_scale: Optional[float] = None
    scale: Optional[float] = None
    gate: int = 0
    dynamic: str = ""
    element: str = "f32"

    @staticmethod
    def draw(seed):
        rng = np.random.default_rng(seed)
        coin = lambda chance: rng.random() < chance
        kind = str(rng.choice(KINDS))
        rank = int(rng.choice([1, 2, 3, 4], p=[0.1, 0.25, 0.55, 0.1]))
        shape = tuple(int(rng.integers(1, 4)) for _ in range(rank - 2))
        if rank > 1:
            shape += (draw.extent(rng),)
        width = draw.extent(rng, empty=0)
        residual = coin(0.5) and kind != "linear"
        return Block(
            tuple(seed),
            kind,
            (*shape, width),
            inner=draw.extent(rng, empty=0),
            biased=coin(0.5),
            gained=coin(0.7),
            activation=str(rng.choice(list(ACTIVATIONS))),
            epsilon=float(rng.choice([1e-12, 1e-5, 1e-6, 0.1])),
            residual=residual,
            norm=str(rng.choice(["layer_norm", "rms_norm"])) if residual and coin(0.5) else "",
            input_scale=float(rng.choice([0.5, 2.8])) if residual and coin(0.3) else None,
            scale=float(rng.choice([0.0, 0.25, -1.0])) if residual and coin(0.4) else None,
            gate=int(rng.choice([0, 1, width])) if residual and coin(0.5) else 0,
            dynamic="".join(str(i) for i in range(rank - 1) if coin(0.5) and shape[i]),
            element=draw.element(rng),
        )

    def simpler(self):
        plain = {"residual": False, "norm": "", "input_scale": None, "scale": None, "gate": 0,
                 "biased": False, "gained": True, "dynamic": "", "element": "f32",
                 "activation": "identity", "epsilon": 1e-5}  # fmt: skip
        for name, value in plain.items():
            if getattr(self, name) != value:
                new = replace(self, **{name: value})
                if not new.residual:
                    new = replace(new, norm="", input_scale=None, scale=None, gate=0)
                yield new
        for axis, now in enumerate(self.shape):
            for smaller in sorted({1, now // 2, now - 1}):
                if 0 < smaller < now:
                    last = axis == len(self.shape) - 1
                    yield replace(
                        self,
                        shape=self.shape[:axis] + (smaller,) + self.shape[axis + 1 :],
                        gate=min(self.gate, 1) if last and self.gate > 1 else self.gate,
                    )
        for smaller in sorted({1, self.inner // 2, self.inner - 1}):
            if 0 < smaller < self.inner:
                yield replace(self, inner=smaller)

    # ------------------------------------------------------------------------

    def weights(self):
        """The shape of each tensor beside x."""
        width, shapes = self.shape[-1], {}
        if self.norm:
            shapes["before"] = (width,)
        if self.kind == "layer_norm" or (self.kind == "rms_norm" and self.gained):
            shapes["gain"] = (width,)
        if self.kind == "layer_norm" and self.biased:
            shapes["bias"] = (width,)
        if self.kind == "linear":
            shapes["w"] = (self.inner, width)
            if self.biased:
                shapes["b"] = (self.inner,)
        if self.kind == "feed_forward":
            shapes.update(w1=(self.inner, width), w2=(width, self.inner))
            if self.biased:
                shapes.update(b1=(self.inner,), b2=(width,))
        if self.kind == "gated_feed_forward":
            shapes.update(w1=(self.inner, width), w2=(self.inner, width), w3=(width, self.inner))
            if self.biased:
                shapes.update(b1=(self.inner,), b2=(self.inner,), b3=(width,))
        if self.gate:
            shapes["gate"] = (self.gate,)
        return shapes

    def add_to(self, program, name):
        extents = [f"dim_{i}" if str(i) in self.dynamic else e for i, e in enumerate(self.shape)]
        x = Operand(extents, self.element)
        y = Operand([*extents[:-1], self.inner], self.element) if self.kind == "linear" else x
        operands = {"x": x, **{n: Operand(s, self.element) for n, s in self.weights().items()}}
        lines, u = [], "%u" if self.residual else "%x"
        if self.norm:
            lines.append(
                f"%before_ = treadle.{self.norm} {u}, %before epsilon(1.0e-5) "
                f": {x.type}, {operands['before'].type}"
            )
            u = "%before_"
        own = [n for n in operands if n not in ("x", "before", "gate")]
        biases = [n for n in own if n.startswith("b")]
        weights = [n for n in own if n not in biases]
        types = ", ".join([x.type, *(operands[n].type for n in weights + biases)])
        given = ", ".join([u, *(f"%{n}" for n in weights)])
        listed = ", ".join(f"%{n}" for n in biases)
        f = "%f" if self.residual else "%y"
        text = f"{f} = treadle.{self.kind} "
        if self.kind in ("layer_norm", "rms_norm", "unit_norm"):
            given += f", {listed}" if biases else ""
            text += f"{given} epsilon({number(self.epsilon)}) : {types}"
        elif self.kind == "softmax":
            text += f"{u} : {x.type}"
        elif self.kind == "activate":
            text += f"{self.activation} {u} : {x.type}"
        elif self.kind == "linear":
            bias = "bias(%b) " if biases else ""
            text += f"{given} {bias}activation({self.activation}) : ({types}) -> {y.type}"
        else:
            bias = f"biases({listed}) " if biases else ""
            text += f"{given} {bias}activation({self.activation}) : {types}"
        lines.append(text)
        if self.residual:
            clauses = ""
            if self.input_scale is not None:
                clauses += f"input_scale({number(self.input_scale)}) "
            if self.scale is not None:
                clauses += f"scale({number(self.scale)}) "
            clauses += "gate(%gate) " if self.gate else ""
            kind = x.type + (f", {tensor_type([self.gate], self.element)}" if self.gate else "")
            lines = [
                f"%y = treadle.residual %x {clauses}: {kind} {{\n^branch(%u: {x.type}):",
                *lines,
                f"treadle.yield %f : {x.type}\n}}",
            ]
        program.add(name, operands, "\n".join(lines), y=y)

    def inputs(self):
        rng = np.random.default_rng([*self.seed, 1])
        arrays = {"x": draw.normal(rng, self.shape, self.element)}
        for name, shape in self.weights().items():
            spread = shape[-1] ** -0.5 if len(shape) == 2 else 1.0
            arrays[name] = draw.normal(rng, shape, self.element, spread)
        return arrays

    def expected(self, arrays):
        a = {name: draw.wide(array) for name, array in arrays.items()}
        x = u = a["x"]
        error = np.zeros_like(u)
        # An operation of the dialect rounds its result to the element type.
        unit = oracle.ROUNDING[self.element]
        rounded = lambda value, bound: (
            value,
            bound + unit * (np.abs(value) + bound) + oracle.TINY[self.element],
        )
        if self.norm:
            u, error = rounded(*self.normalise(self.norm, u, error, a["before"], None, 1e-5))
        if self.kind in ("layer_norm", "rms_norm"):
            u, error = self.normalise(
                self.kind, u, error, a.get("gain"), a.get("bias"), self.epsilon
            )
        elif self.kind == "unit_norm":
            length = np.maximum(np.sqrt((u * u).sum(-1, keepdims=True)), self.epsilon)
            n = u.shape[-1]
            off = (
                np.sqrt((error**2).sum(-1, keepdims=True)) / length
                + (oracle.growth(n) + 8) * oracle.UNIT
            )
            u, error = u / length, error / length + np.abs(u / length) * off
        elif self.kind == "softmax":
            u, error = softmax(u, error)
        elif self.kind == "activate":
            u, error = activate(u, error, self.activation)
        elif self.kind == "linear":
            u, error = linear(u, error, a["w"], a.get("b"), self.activation)
        elif self.kind == "feed_forward":
            u, error = rounded(*linear(u, error, a["w1"], a.get("b1"), self.activation))
            u, error = linear(u, error, a["w2"], a.get("b2"))
        else:
            gate, gate_error = rounded(*linear(u, error, a["w1"], a.get("b1"), self.activation))
            up, up_error = rounded(*linear(u, error, a["w2"], a.get("b2")))
            error = np.abs(gate) * up_error + np.abs(up) * gate_error + gate_error * up_error
            u = gate * up
            error = error + oracle.UNIT * np.abs(u)
            u, error = linear(*rounded(u, error), a["w3"], a.get("b3"))
        if self.residual:
            u, error = rounded(u, error)
            scale = 1.0 if self.scale is None else self.scale
            factor = scale * a.get("gate", 1.0)
            kept = x * (1.0 if self.input_scale is None else self.input_scale)
            u, error = kept + factor * u, np.abs(factor) * error
            error = (
                error
                + 4 * oracle.UNIT * (np.abs(kept) + np.abs(u))
                + 2 * unit * (np.abs(kept) + np.abs(u))
            )
        return {"y": rounded(u, error)}

    def normalise(self, kind, x, error, gain, bias, epsilon):
        if kind == "layer_norm":
            return numerics.layer_norm(x, error, gain, bias, epsilon)
        return rms_norm(x, error, 1.0 if gain is None else gain, epsilon)
