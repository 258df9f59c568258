"""Random attention: all options crossed, and what each program should give."""

from dataclasses import dataclass, field, replace
from typing import Dict, Optional, Tuple

import attention_oracle as oracle
import numpy as np
from attention_text import attention as attention_text
from builder import number
from programs import Operand

from . import draw

OUTER = "bkg"


@dataclass(frozen=True)
class Attention:
    """A program. Dimensions are letters: b the batch, k heads of keys, g query heads that share
    one, m queries, n keys, d and e components. A tensor is there when `dims` has it."""

    seed: Tuple[int, ...]
    outer: str
    extents: Dict[str, int]
    dims: Dict[str, str]
    dynamic: str = ""  # those of unknown extent
    score: str = "scaled_dot"
    scale: Optional[float] = None
    element: str = "f32"
    stored: str = "f32"  # keys and values
    integer: str = "i64"
    mask: Tuple[str, ...] = ()
    align: str = "bottom_right"
    window: Optional[int] = None
    cap: Optional[float] = None
    alibi: bool = False
    buckets: Optional[Tuple[int, int, bool]] = None  # buckets, largest distance, bidirectional
    slope: Optional[float] = None  # slope · (m - n), in plain arithmetic
    spread: float = 1.0  # of queries
    infinite: bool = False  # some of the bias is -∞
    ruined: str = ""  # "nan" or "inf" in some queries
    options: Dict[str, str] = field(default_factory=dict)

    # ------------------------------------------------------------------------

    @staticmethod
    def draw(seed):
        rng = np.random.default_rng(seed)
        coin = lambda chance: rng.random() < chance
        outer = str(
            rng.choice(["", "b", "k", "bk", "bkg", "kg"], p=[0.05, 0.1, 0.05, 0.4, 0.35, 0.05])
        )
        extents = {
            "b": 0 if coin(0.01) else 1 + int(rng.integers(3)),
            "k": 1 + int(rng.integers(3)),
            "g": 1 + int(rng.integers(4)),
            "m": draw.extent(rng),
            "n": draw.extent(rng),
            "d": draw.extent(rng, 130, empty=0)
            if coin(0.5)
            else int(rng.choice([1, 8, 16, 32, 64])),
            "e": draw.extent(rng, 130, empty=0)
            if coin(0.5)
            else int(rng.choice([1, 8, 16, 32, 64])),
        }
        while extents["m"] * extents["n"] > 40000:  # an array of scores of 3 · 3 · 4 heads
            extents["m"] = (extents["m"] + 1) // 2
        shared = outer.replace("g", "")
        if coin(0.05) and shared:
            shared = shared.replace(str(rng.choice(list(shared))), "")
        first = coin(0.5)  # tokens before heads

        def layout(heads, token, component):
            dims = heads + token + component
            if first and heads[:1] == "b":
                dims = "b" + token + heads[1:] + component
            return draw.shuffled(rng, dims, 0.2)

        dims = {"queries": layout(outer, "m", "d"), "keys": layout(shared, "n", "d"),
                "values": layout(shared, "n", "e"), "result": layout(outer, "m", "e")}  # fmt: skip
        score = str(rng.choice(["scaled_dot", "dot", "additive"], p=[0.65, 0.15, 0.2]))
        scale = None
        if score == "scaled_dot" and coin(0.3):
            scale = float(rng.choice([0.0, 1.0, -0.5, 0.11]))

        def some(allowed, chance):
            return "".join(c for c in allowed if coin(chance))

        if score == "additive":
            extents["m"], extents["n"] = min(extents["m"], 65), min(extents["n"], 129)
            dims["score_weights"] = draw.shuffled(rng, some(outer, 0.4) + "d")
        if coin(0.25):
            dims["selection"] = draw.shuffled(rng, some(outer, 0.5) + some("mn", 0.8))
        if coin(0.3):
            dims["bias"] = draw.shuffled(rng, some(outer, 0.5) + some("mn", 0.8))
        if coin(0.2):
            dims["sinks"] = draw.shuffled(rng, some(outer, 0.6))
        if coin(0.3):
            dims["log_sum_exp"] = draw.shuffled(rng, outer + "m")
        mask, align, window = [], "bottom_right", None
        if coin(0.4):
            mask.append("causal")
        if coin(0.25):
            window = int(rng.choice([1, 2, draw.extent(rng, empty=0)]))
        if mask or window:
            align = str(rng.choice(["bottom_right", "top_left", "lengths", "offsets"]))
            if coin(0.3):
                mask.append("prefix")
        if coin(0.3):
            mask.append("keys_within_lengths")
        buckets = None
        if coin(0.15):
            count = int(rng.choice([4, 8, 32]))
            buckets = (count, int(rng.choice([count * 2, 128])), coin(0.5))
        element = draw.element(rng)
        return Attention(
            tuple(seed),
            outer,
            extents,
            dims,
            # A call may not leave an unknown extent empty.
            dynamic="".join(c for c in some(outer[:1] + "mn", 0.5) if c not in "kg" and extents[c]),
            score=score,
            scale=scale,
            element=element,
            stored=draw.stored(rng, element),
            integer=str(rng.choice(["i32", "i64"])),
            mask=tuple(mask),
            align=align,
            window=window,
            cap=float(rng.choice([0.5, 5.0, 50.0])) if coin(0.2) else None,
            alibi=coin(0.2) and ("k" in outer or "g" in outer),
            buckets=buckets,
            slope=float(rng.choice([-0.25, 0.0078125])) if coin(0.1) else None,
            spread=float(rng.choice([1.0, 0.1, 4.0], p=[0.7, 0.15, 0.15])),
            infinite=coin(0.3),
            ruined=str(rng.choice(["", "nan", "inf"], p=[0.9, 0.06, 0.04])),
        )

    def simpler(self):
        """Programs that are simpler in one respect, the boldest first."""
        for name in ("log_sum_exp", "sinks", "bias", "selection"):
            if name in self.dims:
                yield replace(self, dims={k: v for k, v in self.dims.items() if k != name})
        plain = {
            "mask": (), "window": None, "cap": None, "alibi": False, "buckets": None,
            "slope": None, "scale": None, "ruined": "", "infinite": False, "dynamic": "",
            "element": "f32", "stored": self.element, "spread": 1.0, "align": "bottom_right", "integer": "i64",
        }  # fmt: skip
        for name, value in plain.items():
            if getattr(self, name) != value:
                yield self.valid(**{name: value})
        for part in self.mask:
            yield self.valid(mask=tuple(p for p in self.mask if p != part))
        if self.score == "additive":
            dims = {k: v for k, v in self.dims.items() if k != "score_weights"}
            yield replace(self, score="scaled_dot", dims=dims)
        elif self.score == "dot":
            yield replace(self, score="scaled_dot")
        for letter in self.outer[::-1]:
            yield self.valid(
                outer=self.outer.replace(letter, ""),
                dims={name: text.replace(letter, "") for name, text in self.dims.items()},
            )
        for name, text in self.dims.items():
            ordered = "".join(c for c in "bkgmnde" if c in text)
            if ordered != text:
                yield replace(self, dims={**self.dims, name: ordered})
        for letter, now in self.extents.items():
            for smaller in sorted({1, now // 2, now - 1}):
                if 0 < smaller < now and (letter in "mnde" or letter in self.outer):
                    yield replace(self, extents={**self.extents, letter: smaller})

    def valid(self, **changes):
        """The program with changes, and with those that they force."""
        new = replace(self, **changes)
        if "causal" not in new.mask and new.window is None:
            new = replace(
                new, align="bottom_right", mask=tuple(p for p in new.mask if p != "prefix")
            )
        if not set(new.outer) & set("kg"):
            new = replace(new, alibi=False)
        return new

    # ------------------------------------------------------------------------

    def keys_are_known(self):
        return "n" not in self.dynamic

    @property
    def rows(self):
        """The extent that lengths, offsets and prefixes have."""
        return (self.extents[self.outer[0]],) if self.outer else ()

    def asked(self):
        """The names of integer operands, which the mask asks for."""
        names = set()
        if "keys_within_lengths" in self.mask or self.align == "lengths":
            names.add("lengths")
        if self.align == "offsets":
            names.add("offsets")
        if "prefix" in self.mask:
            names.add("prefixes")
        return [name for name in ("lengths", "offsets", "prefixes") if name in names]

    def shape(self, dims):
        return tuple(self.extents[dim] for dim in dims)

    def operand(self, dims, element=None):
        # Every program names its own dimensions.
        shape = [f"dim_{dim}" if dim in self.dynamic else self.extents[dim] for dim in dims]
        return Operand(shape, element or self.element)

    def get_element(self, tensor):
        if tensor == "selection":
            return "i1"
        return self.stored if tensor in ("keys", "values") else self.element

    def heads(self):
        return "".join(c for c in self.outer if c in "kg")

    def add_to(self, program, name):
        """Makes this an entry point."""
        inputs, operands = {}, {}
        for tensor in ("queries", "keys", "values", "score_weights", "selection", "bias", "sinks"):
            if tensor in self.dims:
                dims = self.dims[tensor]
                inputs[tensor] = self.operand(dims, self.get_element(tensor))
                operands[tensor] = (f"%{tensor}", inputs[tensor].type, dims)
        for tensor in self.asked():
            inputs[tensor] = self.operand(self.outer[:1], self.integer)
            operands[tensor] = (f"%{tensor}", inputs[tensor].type, "")
        if self.buckets:
            inputs["table"] = Operand([self.buckets[0]], "f32")
        results = {"result": self.operand(self.dims["result"])}
        lse = None
        if "log_sum_exp" in self.dims:
            results["log_sum_exp"] = self.operand(self.dims["log_sum_exp"], "f32")
            lse = (results["log_sum_exp"].type, self.dims["log_sum_exp"])
        parts = [part for part in self.mask if part == "causal"]
        parts += [f"window = {self.window}"] if self.window is not None else []
        parts += [part for part in self.mask if part != "causal"]
        parts += [f"align = {self.align}"] if self.align != "bottom_right" else []
        text = attention_text(
            self.outer + "mnde",
            operands,
            (results["result"].type, self.dims["result"]),
            score=self.score,
            lse=lse,
            mask=parts,
            options=[f"scale({number(self.scale)})"] if self.scale is not None else [],
            region=self.region(),
        )
        values = ["%r#0", "%r#1"] if lse else ["%r"]
        program.define(name, inputs, f"%r{':2' if lse else ''} = {text}", values, results)

    def region(self):
        lines, last = [], "%s"

        def then(text, type="f32"):
            nonlocal last
            last = f"%c{len(lines)}"
            lines.append(f"{last} = {text} : {type}")
            return last

        if self.cap is not None:
            then(f"treadle.soft_cap {last} cap({number(self.cap)})")
        if self.alibi:
            heads = self.heads()
            count, score = int(np.prod(self.shape(heads))), last
            head = f"%{heads[0]}"
            if len(heads) == 2:
                size = then(f"arith.constant {self.extents['g']}", "index")
                first = then(f"arith.muli %k, {size}", "index")
                head = then(f"arith.addi {first}, %g", "index")
            then(f"treadle.alibi {score} head({head} of {count}) query(%m) key(%n)")
        if self.buckets:
            count, most, both = self.buckets
            score = last
            bucket = then(
                f"treadle.relative_bucket query(%m) key(%n) buckets({count}) "
                f"max_distance({most}){' bidirectional' if both else ''}",
                "index",
            )
            added = then(f"tensor.extract %table[{bucket}]", f"tensor<{count}xf32>")
            then(f"arith.addf {score}, {added}")
        if self.slope is not None:
            score = last
            m, n = (then(f"arith.index_cast {x}", "index to i64") for x in ("%m", "%n"))
            distance = then(f"arith.subi {m}, {n}", "i64")
            distance = then(f"arith.sitofp {distance}", "i64 to f32")
            slope = then(f"arith.constant {number(self.slope)}")
            added = then(f"arith.mulf {slope}, {distance}")
            then(f"arith.addf {score}, {added}")
        if not lines:
            return None
        indices = "".join(f", %{dim}: index" for dim in self.outer + "mn")
        body = "\n".join([*lines, f"treadle.yield {last} : f32"])
        return f"^bb0(%s: f32{indices}):\n{body}"

    # ------------------------------------------------------------------------

    def inputs(self):
        rng = np.random.default_rng([*self.seed, 1])
        arrays = {}
        for name in ("queries", "keys", "values", "score_weights", "bias", "sinks"):
            if name in self.dims:
                spread = self.spread if name == "queries" else 1.0
                arrays[name] = draw.normal(
                    rng, self.shape(self.dims[name]), self.get_element(name), spread
                )
        if self.ruined and self.extents["m"]:
            at = self.dims["queries"].index("m")
            rows = np.moveaxis(arrays["queries"], at, 0)
            rows[rng.integers(len(rows))] = np.nan if self.ruined == "nan" else np.inf
        if "bias" in arrays and self.infinite:
            arrays["bias"][np.asarray(rng.random(arrays["bias"].shape) < 0.3)] = -np.inf
        if "selection" in self.dims:
            chance = rng.choice([0.1, 0.5, 0.95])
            drawn = rng.random(self.shape(self.dims["selection"])) < chance
            arrays["selection"] = np.asarray(drawn)
        keys, integer = self.extents["n"], draw.DTYPES[self.integer]
        for name in self.asked():
            low, high = {
                "lengths": (-2, keys + 3),
                "offsets": (-3, keys + 1),
                "prefixes": (-1, keys + 2),
            }[name]
            arrays[name] = np.asarray(rng.integers(low, high, self.rows), integer)
        if self.buckets:
            arrays["table"] = draw.normal(rng, (self.buckets[0],), "f32")
        return arrays

    def expected(self, arrays, narrow=False):
        """For each result the value, its bound, in the result's layout. With `narrow` both products
        are of bf16: of their operands, which are known, and of weights."""
        e = self.extents
        names = {**self.dims, "result": ""}

        def canonical(name, order):
            """As [outer…, order…], of extent 1 where it has no such dimension."""
            array, dims = arrays[name], names[name]
            array = array if array.dtype == bool else draw.wide(array)
            present = [c for c in self.outer + order if c in dims]
            array = array.transpose([dims.index(c) for c in present])
            shape = [e[c] if c in dims else 1 for c in self.outer + order]
            return array.reshape(shape)

        q, k, v = canonical("queries", "md"), canonical("keys", "nd"), canonical("values", "ne")
        if narrow:
            v = draw.round_bf16(v)
        if narrow and self.score != "additive":
            q, k = draw.round_bf16(q), draw.round_bf16(k)
        if self.score == "additive":
            w = canonical("score_weights", "d")
            x, error = oracle.score_additive(q, k, w)
        else:
            scale = 1.0
            if self.score == "scaled_dot":
                scale = 1 / np.sqrt(e["d"]) if self.scale is None else self.scale
            x, error = oracle.score_dot(q, k, scale)
        outer = self.shape(self.outer)
        x = np.broadcast_to(x, (*outer, e["m"], e["n"]))
        m, n = np.arange(e["m"])[:, None], np.arange(e["n"])[None, :]
        if self.cap is not None:
            x, error = oracle.soft_cap(x, error, self.cap)
        if self.alibi:
            heads = self.heads()
            slopes = oracle.alibi_slopes(int(np.prod(self.shape(heads))))
            slopes = slopes.reshape([e[c] if c in heads else 1 for c in self.outer])
            x, error = oracle.add(x, error, -slopes[..., None, None] * np.abs(m - n))
        if self.buckets:
            table = draw.wide(arrays["table"])
            rows = [
                [oracle.relative_bucket(i, j, *self.buckets) for j in range(e["n"])]
                for i in range(e["m"])
            ]
            x, error = oracle.add(x, error, table[np.array(rows, int).reshape(e["m"], e["n"])])
        if self.slope is not None:
            x, error = oracle.add(x, error, self.slope * (m - n))
        if "bias" in self.dims:
            x, error = oracle.add(x, error, canonical("bias", "mn"))

        given = {name: arrays.get(name) for name in ("lengths", "offsets", "prefixes")}
        rows = self.rows[0] if self.rows else 1
        seen = oracle.visible_keys(
            (rows, e["m"], e["n"]), self.mask, self.align, self.window, **given
        )
        first = [rows] + [1] * (len(self.outer) - 1) if self.outer else []
        seen = seen.reshape(first + [e["m"], e["n"]])
        if "selection" in self.dims:
            seen = seen & canonical("selection", "mn")
        sinks = canonical("sinks", "") if "sinks" in self.dims else None
        results = oracle.attend(x, error, v, seen, sinks, rounding=oracle.ROUNDING["bf16"] * narrow)
        out = {}
        for (value, bound), (name, order) in zip(results, (("result", "me"), ("log_sum_exp", "m"))):
            if name not in self.dims:
                continue
            axes = [(self.outer + order).index(c) for c in self.dims[name]]
            value, bound = (
                np.broadcast_to(a, self.shape(self.outer + order)).transpose(axes)
                for a in (value, bound)
            )
            if name == "result":
                size = np.where(np.isfinite(value), np.abs(value), 0)
                bound = bound + oracle.ROUNDING[self.element] * size + oracle.TINY[self.element]
            out[name] = value, bound
        return out
