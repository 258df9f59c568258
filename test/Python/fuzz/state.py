"""Random caches: tokens appended, and read in the order of their time."""

from dataclasses import dataclass, replace
from typing import Tuple

import numpy as np
from programs import Operand

from . import draw


@dataclass(frozen=True)
class Cache:
    """Tokens appended to a cache, which is then read; each value is moved, and none computed."""

    seed: Tuple[int, ...]
    shape: Tuple[int, ...]  # batch, tokens, …
    capacity: int
    ring: bool = False
    read: bool = False
    longest: int = 10  # lengths are at most this
    dynamic: str = ""
    element: str = "f32"
    integer: str = "i64"

    @staticmethod
    def draw(seed):
        rng = np.random.default_rng(seed)
        coin = lambda chance: rng.random() < chance
        inner = tuple(int(rng.integers(1, 20)) for _ in range(rng.integers(0, 3)))
        shape = (int(rng.integers(1, 4)), draw.extent(rng, 70), *inner)
        capacity = draw.extent(rng, 130, empty=0)
        return Cache(
            tuple(seed),
            shape,
            capacity,
            ring=coin(0.5),
            read=coin(0.5),
            longest=int(rng.choice([1, capacity, 3 * capacity])),
            dynamic="".join(c for c, extent in zip("bs", shape) if coin(0.5) and extent),
            element=draw.element(rng),
            integer=str(rng.choice(["i32", "i64"])),
        )

    def simpler(self):
        plain = {"ring": False, "read": False, "dynamic": "", "element": "f32", "integer": "i64"}
        for name, value in plain.items():
            if getattr(self, name) != value:
                yield replace(self, **{name: value})
        if len(self.shape) > 2:
            yield replace(self, shape=self.shape[:-1])
        for axis, now in enumerate(self.shape):
            for smaller in sorted({1, now // 2, now - 1}):
                if 0 < smaller < now:
                    yield replace(
                        self, shape=self.shape[:axis] + (smaller,) + self.shape[axis + 1 :]
                    )
        for smaller in sorted({1, self.capacity // 2, self.capacity - 1}):
            if 0 < smaller < self.capacity:
                yield replace(self, capacity=smaller)

    def add_to(self, program, name):
        batch, tokens = (f"dim_{c}" if c in self.dynamic else e for c, e in zip("bs", self.shape))
        operands = {
            "tokens": Operand([batch, tokens, *self.shape[2:]], self.element),
            "cache": Operand([batch, self.capacity, *self.shape[2:]], self.element),
            "lengths": Operand([batch], self.integer),
        }
        ring = "ring " if self.ring else ""
        types = ", ".join(o.type for o in operands.values())
        body = f"%after = treadle.cache_append %tokens to(%cache) at(%lengths) {ring}: {types}\n"
        results = {"after": operands["cache"]}
        if self.read:
            operands["total"] = operands["lengths"]
            types = f"{operands['cache'].type}, {operands['total'].type}"
            body += f"%ordered = treadle.cache_read %after at(%total) {ring}: {types}\n"
            results["ordered"] = operands["cache"]
        program.add(name, operands, body, **results)

    def inputs(self):
        rng = np.random.default_rng([*self.seed, 1])
        lengths = rng.integers(-1, self.longest + 1, self.shape[0])
        arrays = {
            "tokens": draw.normal(rng, self.shape, self.element),
            "cache": draw.normal(
                rng, (self.shape[0], self.capacity, *self.shape[2:]), self.element
            ),
            "lengths": lengths.astype(draw.DTYPES[self.integer]),
        }
        if self.read:
            total = np.maximum(lengths, 0) + self.shape[1]
            arrays["total"] = total.astype(draw.DTYPES[self.integer])
        return arrays

    def expected(self, arrays):
        after = draw.wide(arrays["cache"])
        tokens = draw.wide(arrays["tokens"])
        for b, length in enumerate(arrays["lengths"]):
            for s in range(self.shape[1]):
                place = max(int(length), 0) + s
                if self.ring or place < self.capacity:
                    after[b, place % self.capacity] = tokens[b, s]
        results = {"after": (after, np.zeros_like(after))}
        if self.read:
            ordered = after.copy()
            if self.ring:
                for b, total in enumerate(arrays["total"]):
                    first = max(int(total) - self.capacity, 0)
                    ordered[b] = np.roll(after[b], -first, axis=0)
            results["ordered"] = ordered, np.zeros_like(ordered)
        return results
