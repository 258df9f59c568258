"""Random multi-head attention: projections, norms, positions, masks and caches together."""

from dataclasses import dataclass, replace
from typing import Optional, Tuple

import attention_oracle as oracle
import numpy as np
from builder import number
from programs import Operand

from . import draw
from .blocks import linear, rms_norm
from .positions import TURN, frequencies, turn

#: Operands in the order of the operation's definition.
ORDER = (
    *("x", "memory", "wq", "wk", "wv", "wo", "bq", "bk", "bv", "bo", "lengths", "query_gain"),
    *("key_gain", "relative_table", "sinks", "offsets", "prefixes", "cache_keys", "cache_values"),
)


@dataclass(frozen=True)
class MultiHead:
    seed: Tuple[int, ...]
    batch: int
    queries: int
    keys: int  # of the memory; the queries' tokens when there is none
    memory: int  # its width, 0 when queries, keys and values are of the same tokens
    width: int
    heads: int
    key_heads: int
    d_k: int
    d_v: int
    out: int
    biased: bool = False
    mask: Tuple[str, ...] = ()
    align: str = "bottom_right"
    window: Optional[int] = None
    scale: Optional[float] = None
    normed: bool = False
    positions: str = ""  # rotary, alibi or relative
    cap: Optional[float] = None
    sinks: bool = False
    offsets: bool = False
    capacity: int = 0  # of a cache
    dynamic: str = ""
    element: str = "f32"
    stored: str = "f32"  # caches
    integer: str = "i64"

    @staticmethod
    def draw(seed):
        rng = np.random.default_rng(seed)
        coin = lambda chance: rng.random() < chance
        key_heads = int(rng.integers(1, 4))
        queries = draw.extent(rng, 130, empty=0)
        memory = int(rng.integers(1, 30)) if coin(0.3) else 0
        keys = draw.extent(rng, 130, empty=0) if memory else queries
        mask, window, align = [], None, "bottom_right"
        if coin(0.5):
            mask.append("causal")
        if coin(0.2):
            window = int(rng.integers(1, 40))
        if mask or window:
            align = str(rng.choice(["bottom_right", "top_left", "lengths", "offsets"]))
            if coin(0.2):
                mask.append("prefix")
        if coin(0.3):
            mask.append("keys_within_lengths")
        capacity = keys + int(rng.integers(0, 60)) if coin(0.3) else 0
        if capacity and "keys_within_lengths" not in mask:
            mask, align = ["causal", *(part for part in mask if part != "causal")], "offsets"
        element = draw.element(rng)
        return MultiHead(
            tuple(seed),
            int(rng.integers(1, 4)),
            queries,
            keys,
            memory,
            int(rng.integers(1, 40)),
            key_heads * int(rng.integers(1, 4)),
            key_heads,
            2 * int(rng.integers(1, 17)),
            int(rng.integers(1, 33)),
            int(rng.integers(1, 40)),
            biased=coin(0.5),
            mask=tuple(mask),
            align=align,
            window=window,
            scale=float(rng.choice([0.05, 1.0])) if coin(0.2) else None,
            normed=coin(0.3),
            positions=str(rng.choice(["", "rotary", "alibi", "relative"])),
            cap=float(rng.choice([0.5, 20.0])) if coin(0.2) else None,
            sinks=coin(0.2),
            offsets=coin(0.5),
            capacity=capacity,
            dynamic="".join(c for c in "bmn" if coin(0.4)),
            element=element,
            stored=draw.stored(rng, element),
            integer=str(rng.choice(["i32", "i64"])),
        )

    def simpler(self):
        plain = dict(
            **dict(biased=False, mask=(), window=None, scale=None, normed=False, positions=""),
            **dict(cap=None, sinks=False, capacity=0, dynamic="", element="f32", integer="i64", stored=self.element),
            **dict(align="bottom_right", offsets=False),
        )
        for name, value in plain.items():
            if getattr(self, name) != value:
                yield self.valid(**{name: value})
        if self.memory:
            yield self.valid(memory=0, keys=self.queries)
        if self.heads != self.key_heads:
            yield replace(self, heads=self.key_heads)
        if self.key_heads > 1:
            yield replace(self, heads=self.heads // self.key_heads, key_heads=1)
        for name in ("batch", "queries", "width", "d_k", "d_v", "out"):
            now = getattr(self, name)
            for smaller in sorted({1, 2, now // 2 // 2 * 2, now - 1}):
                if 0 < smaller < now and (name != "d_k" or smaller % 2 == 0):
                    changes = {name: smaller}
                    if name == "queries" and not self.memory:
                        changes["keys"] = smaller
                    yield replace(self, **changes)
        if self.memory and self.keys > 1:
            yield replace(self, keys=self.keys // 2)

    def valid(self, **changes):
        new = replace(self, **changes)
        if "causal" not in new.mask and new.window is None:
            mask = tuple(part for part in new.mask if part != "prefix")
            new = replace(new, align="bottom_right", mask=mask)
        by_offsets = "causal" in new.mask and new.align == "offsets"
        if new.capacity and not (by_offsets or "keys_within_lengths" in new.mask):
            new = replace(new, capacity=0)
        return new

    # ------------------------------------------------------------------------

    def keys_are_known(self):
        return bool(self.capacity or ("n" if self.memory else "m") not in self.dynamic)

    def has_offsets(self):
        return bool(self.align == "offsets" or self.capacity or (self.offsets and self.positions))

    def dim(self, letter, extent):
        return f"dim_{letter}" if letter in self.dynamic else extent

    def get_element(self, tensor):
        return self.stored if tensor.startswith("cache") else self.element

    def operands(self):
        batch, rows = self.dim("b", self.batch), self.key_heads * self.d_k
        memory = self.memory or self.width
        shapes = {"x": [batch, self.dim("m", self.queries), self.width]}
        if self.memory:
            shapes["memory"] = [batch, self.dim("n", self.keys), self.memory]
        shapes.update(
            wq=[self.heads * self.d_k, self.width],
            wk=[rows, memory],
            wv=[self.key_heads * self.d_v, memory],
            wo=[self.out, self.heads * self.d_v],
        )
        if self.biased:
            shapes.update({f"b{part}": shapes[f"w{part}"][:1] for part in "qkvo"})
        if self.normed:
            shapes.update(query_gain=[self.d_k], key_gain=[self.d_k])
        if self.positions == "relative":
            shapes["relative_table"] = [8, self.heads]
        if self.sinks:
            shapes["sinks"] = [self.heads]
        if self.capacity:
            shapes["cache_keys"] = [batch, self.capacity, self.key_heads, self.d_k]
            shapes["cache_values"] = [batch, self.capacity, self.key_heads, self.d_v]
        operands = {
            name: Operand(shape, self.get_element(name)) for name, shape in shapes.items()
        }
        asked = []
        if "keys_within_lengths" in self.mask or self.align == "lengths":
            asked.append("lengths")
        if self.has_offsets():
            asked.append("offsets")
        if "prefix" in self.mask:
            asked.append("prefixes")
        operands.update({name: Operand([batch], self.integer) for name in asked})
        return {name: operands[name] for name in ORDER if name in operands}

    def add_to(self, program, name):
        operands = self.operands()
        memory = "memory" if self.memory else "x"
        clauses = [f"biases({', '.join(f'%b{part}' for part in 'qkvo')})"] if self.biased else []
        parts = [part for part in self.mask if part == "causal"]
        parts += [f"window = {self.window}"] if self.window is not None else []
        parts += [part for part in self.mask if part != "causal"]
        parts += [f"align = {self.align}"] if self.align != "bottom_right" else []
        if parts:
            clauses.append(f"mask(#treadle.mask<{', '.join(parts)}>)")
        for tensor in (
            "lengths",
            "offsets",
            "prefixes",
            "query_gain",
            "key_gain",
            "relative_table",
            "sinks",
        ):
            if tensor in operands:
                clauses.append(f"{tensor}(%{tensor})")
        if self.scale is not None:
            clauses.append(f"scale({number(self.scale)})")
        if self.normed:
            clauses.append("norm_epsilon(1.0e-5)")
        if self.cap is not None:
            clauses.append(f"soft_cap({number(self.cap)})")
        if self.positions:
            written = {
                "rotary": f"rotary<width = {self.d_k}>",
                "alibi": "alibi",
                "relative": "relative<buckets = 8, max_distance = 20, bidirectional>",
            }
            clauses.append(f"positions(#treadle.{written[self.positions]})")
        if self.capacity:
            clauses.append("cache(%cache_keys, %cache_values)")
        result = Operand([*operands["x"].shape[:2], self.out], self.element)
        results = {"y": result}
        if self.capacity:
            results.update(keys_after=operands["cache_keys"], values_after=operands["cache_values"])
        inputs = [operands["x"], operands[memory], operands[memory]]
        types = ", ".join(
            o.type for o in inputs + [o for n, o in operands.items() if n not in ("x", "memory")]
        )
        names = ", ".join(f"%{n}" for n in results)
        given = ", ".join(o.type for o in results.values())
        program.add(
            name,
            operands,
            f"{names} = treadle.multi_head_attention %x, %{memory}, %{memory} heads({self.heads}) "
            f"key_heads({self.key_heads}) projections(%wq, %wk, %wv, %wo) {' '.join(clauses)}\n"
            f"    : ({types}) -> {f'({given})' if self.capacity else given}",
            **results,
        )

    def inputs(self):
        rng = np.random.default_rng([*self.seed, 1])
        extents = {"dim_b": self.batch, "dim_m": self.queries, "dim_n": self.keys}
        arrays, slots = {}, self.capacity or self.keys
        free = max(slots - self.keys, 0)
        limits = {"lengths": (0, slots + 1), "offsets": (0, free + 2), "prefixes": (-1, slots + 2)}
        for name, operand in self.operands().items():
            shape = [extents.get(extent, extent) for extent in operand.shape]
            if name in limits:
                values = rng.integers(*limits[name], shape)
                arrays[name] = values.astype(draw.DTYPES[self.integer])
            else:
                spread = shape[-1] ** -0.5 if name.startswith("w") else 1.0
                arrays[name] = draw.normal(rng, shape, self.get_element(name), spread)
        return arrays

    def expected(self, arrays):
        a = {
            name: array.astype(np.int64) if array.dtype.kind == "i" else draw.wide(array)
            for name, array in arrays.items()
        }
        unit = oracle.ROUNDING[self.element]

        def rounded(value, bound):
            return value, bound + unit * (np.abs(value) + bound) + oracle.TINY[self.element]

        def project(u, part, heads):
            error = np.zeros_like(u)
            value, error = rounded(*linear(u, error, a[f"w{part}"], a.get(f"b{part}")))
            return [t.reshape(*u.shape[:2], heads, -1) for t in (value, error)]

        memory = a.get("memory", a["x"])
        q, k = project(a["x"], "q", self.heads), project(memory, "k", self.key_heads)
        v = project(memory, "v", self.key_heads)
        before = a.get("offsets", np.zeros(self.batch, np.int64))
        if self.normed:
            q = rounded(*rms_norm(*q, a["query_gain"], 1e-5))
            k = rounded(*rms_norm(*k, a["key_gain"], 1e-5))
        if self.positions == "rotary":
            w, _ = frequencies(self.d_k, 1)

            def turned(x, error):
                angles = (np.arange(x.shape[1]) + before[:, None])[..., None] * w
                cos, sin = (f(angles)[:, :, None] for f in (np.cos, np.sin))
                return rounded(*turn(x, error, cos, sin, TURN, self.d_k, "half"))

            q, k = turned(*q), turned(*k)
        results = {}
        if self.capacity:
            k, v = (
                self.append(new, a[f"cache_{name}"], before)
                for new, name in ((k, "keys"), (v, "values"))
            )
            results = {"keys_after": k, "values_after": v}

        share = self.heads // self.key_heads
        first = lambda pair, count: [np.repeat(t.swapaxes(1, 2), count, axis=1) for t in pair]
        (q, dq), (k, dk), (v, dv) = first(q, 1), first(k, share), first(v, share)
        scale = self.d_k**-0.5 if self.scale is None else self.scale
        x, error = oracle.score_dot(q, k, scale, (dq, dk))
        queries, keys = x.shape[-2:]
        m, n = np.arange(queries)[:, None], np.arange(keys)
        place = (m + before[:, None, None])[:, None]
        if self.cap is not None:
            x, error = oracle.soft_cap(x, error, self.cap)
        if self.positions == "alibi":
            slopes = oracle.alibi_slopes(self.heads)[:, None, None]
            x, error = oracle.add(x, error, -slopes * np.abs(place - n))
        if self.positions == "relative":
            bucket = np.vectorize(
                lambda i, j: oracle.relative_bucket(i, j, 8, 20, True), otypes=[int]
            )
            added = a["relative_table"][bucket(place, n)]  # [batch, 1, queries, keys, heads]
            x, error = oracle.add(x, error, np.moveaxis(added[:, 0], -1, 1))
        given = {name: a.get(name) for name in ("lengths", "offsets", "prefixes")}
        shape = (self.batch, queries, keys)
        seen = oracle.visible_keys(shape, self.mask, self.align, self.window, **given)[:, None]
        sinks = a["sinks"] if self.sinks else None
        (o, do), _ = oracle.attend(x, error, v, seen, sinks, dv)
        o, do = rounded(o, do)
        joined = [t.swapaxes(1, 2).reshape(self.batch, queries, -1) for t in (o, do)]
        return {"y": rounded(*linear(*joined, a["wo"], a.get("bo"))), **results}

    def append(self, new, cache, before):
        value, error = cache.copy(), np.zeros_like(cache)
        for b in range(self.batch):
            count = min(new[0].shape[1], self.capacity - before[b])
            value[b, before[b] : before[b] + count] = new[0][b, :count]
            error[b, before[b] : before[b] + count] = new[1][b, :count]
            if self.stored != self.element:
                put = (b, slice(before[b], before[b] + count))
                error[put] += oracle.ROUNDING[self.stored] * (np.abs(value[put]) + error[put])
                error[put] += oracle.TINY[self.stored]
        return value, error
