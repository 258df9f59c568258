"""Random rotary, sinusoidal and learned positions."""

import math
from dataclasses import dataclass, replace
from typing import Any, Dict, Optional, Tuple

import attention_oracle as oracle
import numpy as np
from builder import number
from programs import Operand

from . import draw

#: How far a cosine or sine may be from the equation's, before the magnitude.
TURN = 1e-7


def frequencies(width, length, base=1e4, scaling="none", factor=1.0, original=None, low=None,
                high=None, truncate=True, magnitude=None, short=None, long=None):  # fmt: skip
    """w(i) and the magnitude, as transformers' ROPE_INIT_FUNCTIONS define them."""
    i = np.arange(width // 2)
    plain = base ** (-2.0 * i / width)
    if scaling == "none":
        return plain, 1.0
    if scaling == "linear":
        return plain / factor, 1.0
    if scaling == "dynamic":
        longest = max(length, original)
        grown = base * (factor * longest / original - (factor - 1)) ** (width / (width - 2))
        return grown ** (-2.0 * i / width), 1.0
    if scaling == "llama3":
        wavelengths = 2 * math.pi / plain
        smooth = (original / wavelengths - low) / (high - low)
        between = (1 - smooth) * plain / factor + smooth * plain
        scaled = np.where(wavelengths > original / low, plain / factor, between)
        return np.where(wavelengths < original / high, plain, scaled), 1.0
    if scaling == "longrope":
        if magnitude is None:
            magnitude = math.sqrt(1 + math.log(factor) / math.log(original)) if factor > 1 else 1.0
        return plain / np.array(long if length > original else short), magnitude
    assert scaling == "yarn"
    if magnitude is None:
        magnitude = 0.1 * math.log(factor) + 1 if factor > 1 else 1.0
    turns = lambda n: width * math.log(original / (n * 2 * math.pi)) / (2 * math.log(base))
    first, last = turns(32.0 if high is None else high), turns(1.0 if low is None else low)
    if truncate:
        first, last = math.floor(first), math.ceil(last)
    first, last = max(first, 0), min(last, width - 1)
    ramp = np.clip((i - first) / (last - first if last != first else 0.001), 0, 1)
    return plain / factor * ramp + plain * (1 - ramp), magnitude


def turn(x, error, cos, sin, off, width, layout):
    """The first components of x as pairs turned by angles, whose cosines and sines are known up to
    `off`, and the bound; cos and sin have an element for each pair."""
    i = np.arange(width // 2)
    first, second = (i, i + width // 2) if layout == "half" else (2 * i, 2 * i + 1)
    a, b, da, db = x[..., first], x[..., second], error[..., first], error[..., second]
    value, bound = x.copy(), error.copy()
    value[..., first], value[..., second] = a * cos - b * sin, b * cos + a * sin
    cos, sin = np.abs(cos), np.abs(sin)
    size = np.abs(a) + np.abs(b)
    rounded = 3 * oracle.UNIT * size * (cos + sin) + (size + da + db) * off
    bound[..., first], bound[..., second] = (
        rounded + da * cos + db * sin,
        rounded + db * cos + da * sin,
    )
    return value, bound


@dataclass(frozen=True)
class Rotary:
    seed: Tuple[int, ...]
    shape: Tuple[int, ...]  # batch, tokens, heads, width of a head
    width: int
    parameters: Dict[str, Any]
    layout: str = "half"
    dynamic: str = ""
    element: str = "f32"
    integer: str = "i64"
    place: str = ""  # positions or offsets
    tables: int = 0  # their rank
    reach: int = 100  # positions are below

    @staticmethod
    def draw(seed):
        rng = np.random.default_rng(seed)
        coin = lambda chance: rng.random() < chance
        tables = int(rng.choice([0, 2, 3], p=[0.7, 0.2, 0.1]))
        scaling = "none"
        if not tables:
            kinds = ["none", "linear", "dynamic", "yarn", "llama3", "longrope"]
            scaling = str(rng.choice(kinds))
        width = 2 * int(rng.choice([1, 2, 3, 4, 8, 16, 32, 33]))
        if scaling == "dynamic":
            width = max(width, 4)
        given = {}
        if coin(0.6):
            given["base"] = float(rng.choice([500.0, 1e6, 5e5]))
        if scaling != "none":
            given["scaling"] = scaling
        if scaling in ("linear", "dynamic", "yarn", "llama3") or (
            scaling == "longrope" and coin(0.6)
        ):
            given["factor"] = float(rng.choice([0.5, 1.0, 2.5, 32.0]))
        if scaling not in ("none", "linear"):
            given["original"] = int(rng.choice([2, 16, 200, 8192]))
        if scaling == "llama3" or (scaling == "yarn" and coin(0.5)):
            given["low"], given["high"] = 1.0, float(rng.choice([4.0, 32.0]))
        if scaling == "yarn" and coin(0.4):
            given["truncate"] = False
        if scaling in ("yarn", "longrope") and (coin(0.4) or "factor" not in given):
            given["magnitude"] = 1.25
        if scaling == "longrope":
            for name in ("short", "long"):
                given[name] = [round(float(x), 3) for x in rng.uniform(1, 9, width // 2)]
        batch = 0 if coin(0.02) else int(rng.integers(1, 4))
        rest = int(rng.choice([0, 1, 8])) if coin(0.4) else 0
        shape = (batch, draw.extent(rng), int(rng.integers(1, 4)), width + rest)
        places = ["", "positions", "offsets"]
        return Rotary(
            tuple(seed),
            shape,
            width,
            given,
            layout=str(rng.choice(["half", "interleaved"])),
            dynamic="".join(c for c, extent in zip("bsh", shape) if coin(0.4) and extent),
            element=draw.element(rng),
            integer=str(rng.choice(["i32", "i64"])),
            place="" if tables == 3 else str(rng.choice(places)),
            tables=tables,
            reach=int(rng.choice([100, 5000, 2**20 - 400])),
        )

    def simpler(self):
        plain = dict(
            **dict(place="", tables=0, dynamic="", element="f32", layout="half", parameters={}),
            **dict(integer="i64", reach=100),
        )
        for name, value in plain.items():
            if getattr(self, name) != value and not (name == "parameters" and self.tables):
                yield replace(self, **{name: value})
        for axis, now in enumerate(self.shape):
            for smaller in sorted({1, now // 2, now - 1}):
                if 0 < smaller < now and (axis < 3 or smaller >= self.width):
                    yield replace(
                        self, shape=self.shape[:axis] + (smaller,) + self.shape[axis + 1 :]
                    )
        if self.width > 4 and "short" not in self.parameters:
            yield replace(self, width=4)

    def operands(self):
        extent = lambda i: f"dim_{'bsh'[i]}" if "bsh"[i] in self.dynamic else self.shape[i]
        operands = {"x": Operand([extent(0), extent(1), extent(2), self.shape[3]], self.element)}
        if self.place == "positions":
            operands["positions"] = Operand([extent(0), extent(1)], self.integer)
        if self.place == "offsets":
            operands["offsets"] = Operand([extent(0)], self.integer)
        for name in ("cos", "sin") if self.tables else ():
            half = self.width // 2
            shape = [self.rows(), half] if self.tables == 2 else [extent(0), extent(1), half]
            operands[name] = Operand(shape, self.element)
        return operands

    def rows(self):
        return min(self.reach, 5000) + self.shape[1]

    def add_to(self, program, name):
        operands = self.operands()
        attribute = [f"width = {self.width}", f"layout = {self.layout}"]
        for key, value in self.parameters.items():
            if isinstance(value, bool):
                attribute.append(f"{key} = {str(value).lower()}")
            elif isinstance(value, float):
                attribute.append(f"{key} = {number(value)}")
            elif isinstance(value, list):
                attribute.append(f"{key} = [{', '.join(number(x) for x in value)}]")
            else:
                attribute.append(f"{key} = {value}")
        clauses = f"{self.place}(%{self.place}) " if self.place else ""
        clauses += "tables(%cos, %sin) " if self.tables else ""
        types = ", ".join(o.type for o in operands.values())
        program.add(
            name,
            operands,
            f"%y = treadle.rotary %x rotary(#treadle.rotary<{', '.join(attribute)}>) {clauses}"
            f": ({types}) -> {operands['x'].type}",
            y=operands["x"],
        )

    def inputs(self):
        rng = np.random.default_rng([*self.seed, 1])
        batch, tokens = self.shape[:2]
        arrays = {"x": draw.normal(rng, self.shape, self.element)}
        # A position that is no row of a table would mean nothing.
        low, high = (0, self.rows() - tokens) if self.tables else (-3, self.reach)
        if self.place:
            shape = (batch, tokens) if self.place == "positions" else (batch,)
            arrays[self.place] = rng.integers(low, max(high, 1), shape).astype(
                draw.DTYPES[self.integer]
            )
        if self.tables:
            shape = (self.rows(),) if self.tables == 2 else (batch, tokens)
            for name in ("cos", "sin"):
                arrays[name] = draw.normal(rng, (*shape, self.width // 2), self.element)
        return arrays

    def expected(self, arrays):
        batch, tokens = self.shape[:2]
        x = draw.wide(arrays["x"])
        positions = np.broadcast_to(np.arange(tokens), (batch, tokens))
        if self.place == "positions":
            positions = arrays["positions"]
        elif self.place == "offsets":
            positions = positions + arrays["offsets"].astype(np.int64)[:, None]
        if self.tables:
            cos, sin = (draw.wide(arrays[name]) for name in ("cos", "sin"))
            if self.tables == 2:
                cos, sin = cos[positions], sin[positions]
            off = 0.0
        else:
            length = int(positions.max(initial=-1)) + 1
            w, magnitude = frequencies(self.width, length, **self.parameters)
            angles = positions[..., None] * w
            cos, sin = magnitude * np.cos(angles), magnitude * np.sin(angles)
            off = magnitude * TURN
        cos, sin = cos[:, :, None], sin[:, :, None]
        value, bound = turn(x, np.zeros_like(x), cos, sin, off, self.width, self.layout)
        bound = bound + oracle.ROUNDING[self.element] * np.abs(value) + oracle.TINY[self.element]
        return {"y": (value, bound)}


@dataclass(frozen=True)
class Added:
    """sinusoidal_position and learned_position."""

    seed: Tuple[int, ...]
    kind: str
    shape: Tuple[int, ...]  # batch, tokens, width
    base: Optional[float] = None
    offset: int = 0
    offsets: bool = False
    dynamic: str = ""
    element: str = "f32"
    integer: str = "i64"
    reach: int = 100

    @staticmethod
    def draw(seed):
        rng = np.random.default_rng(seed)
        coin = lambda chance: rng.random() < chance
        kind = str(rng.choice(["sinusoidal", "learned"]))
        width = draw.extent(rng, 130, empty=0)
        if kind == "sinusoidal":
            width += width % 2
        return Added(
            tuple(seed),
            kind,
            (int(rng.integers(1, 4)), draw.extent(rng, empty=0), width),
            base=float(rng.choice([100.0, 1e5])) if coin(0.4) and kind == "sinusoidal" else None,
            offset=int(rng.integers(4)) if kind == "learned" else 0,
            offsets=coin(0.5),
            dynamic="".join(c for c in "bs" if coin(0.4)),
            element=draw.element(rng),
            integer=str(rng.choice(["i32", "i64"])),
            reach=int(rng.choice([1, 100, 3000])),
        )

    def simpler(self):
        plain = {
            "base": None,
            "offset": 0,
            "offsets": False,
            "dynamic": "",
            "element": "f32",
            "reach": 1,
        }
        for name, value in plain.items():
            if getattr(self, name) != value:
                yield replace(self, **{name: value})
        for axis, now in enumerate(self.shape):
            for smaller in sorted({1, 2, now // 2 // 2 * 2, now - 1}):
                if 0 < smaller < now and (axis < 2 or self.kind == "learned" or smaller % 2 == 0):
                    yield replace(
                        self, shape=self.shape[:axis] + (smaller,) + self.shape[axis + 1 :]
                    )

    def rows(self):
        return self.shape[1] + self.offset + (self.reach if self.offsets else 0)

    def add_to(self, program, name):
        extents = [f"dim_{c}" if c in self.dynamic else e for c, e in zip("bs", self.shape)]
        operands = {"x": Operand([*extents, self.shape[2]], self.element)}
        if self.kind == "learned":
            operands["table"] = Operand([self.rows(), self.shape[2]], self.element)
        if self.offsets:
            operands["offsets"] = Operand([extents[0]], self.integer)
        types = ", ".join(o.type for o in operands.values())
        text = f"treadle.{self.kind}_position %x"
        if self.kind == "learned":
            text += ", %table" + (f" offset({self.offset})" if self.offset else "")
        elif self.base is not None:
            text += f" base({number(self.base)})"
        text += " offsets(%offsets)" if self.offsets else ""
        program.add(name, operands, f"%y = {text} : {types}", y=operands["x"])

    def inputs(self):
        rng = np.random.default_rng([*self.seed, 1])
        arrays = {"x": draw.normal(rng, self.shape, self.element)}
        if self.kind == "learned":
            arrays["table"] = draw.normal(rng, (self.rows(), self.shape[2]), self.element)
        if self.offsets:
            offsets = rng.integers(0, self.reach, self.shape[:1])
            arrays["offsets"] = offsets.astype(draw.DTYPES[self.integer])
        return arrays

    def expected(self, arrays):
        batch, tokens, width = self.shape
        x = draw.wide(arrays["x"])
        positions = np.broadcast_to(np.arange(tokens), (batch, tokens))
        if self.offsets:
            positions = positions + arrays["offsets"].astype(np.int64)[:, None]
        if self.kind == "learned":
            added, off = draw.wide(arrays["table"])[positions + self.offset], 0.0
        else:
            i = np.arange(width // 2)
            angles = positions[..., None] * (self.base or 1e4) ** (-2.0 * i / width)
            added = np.stack([np.sin(angles), np.cos(angles)], -1).reshape(x.shape)
            off = TURN
        value = x + added
        bound = 2 * oracle.UNIT * (np.abs(x) + np.abs(added)) + off
        bound = bound + oracle.ROUNDING[self.element] * np.abs(value) + oracle.TINY[self.element]
        return {"y": (value, bound)}
