"""Attention alone: queries, keys and values are inputs."""

import math
import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from workloads.base import ROUNDOFF, Workload, make_normal


@dataclass(frozen=True)
class Attention(Workload):
    """Queries are [1, heads, queries, width], keys and values [1, key_heads, keys, width].

    The last query is at the place of the last key. Where it is `causal`, a query sees the keys up
    to its own place, and of these the last `window` where that is given."""

    heads: int
    key_heads: int
    queries: int
    keys: int
    width: int
    causal: bool = False
    window: int = 0

    family: ClassVar[str] = "attention"
    syntax: ClassVar[str] = "attention-HxSxD-full|causal|windowW, decode-HxGxSxD"

    @staticmethod
    def parse(name):
        match = re.fullmatch(
            r"attention-([1-9]\d*)x([1-9]\d*)x([1-9]\d*)-(full|causal|window([1-9]\d*))", name
        )
        if match:
            heads, length, width = map(int, match.groups()[:3])
            causal, window = match[4] != "full", int(match[5] or 0)
            return Attention(heads, heads, length, length, width, causal, window)
        match = re.fullmatch(r"decode-([1-9]\d*)x([1-9]\d*)x([1-9]\d*)x([1-9]\d*)", name)
        if match:
            heads, key_heads, keys, width = map(int, match.groups())
            if heads % key_heads == 0:
                return Attention(heads, key_heads, 1, keys, width)
        return None

    @property
    def name(self):
        if self.decodes:
            return f"decode-{self.heads}x{self.key_heads}x{self.keys}x{self.width}"
        kind = f"window{self.window}" if self.window else "causal" if self.causal else "full"
        return f"attention-{self.heads}x{self.queries}x{self.width}-{kind}"

    @property
    def decodes(self):
        """One query, which is the last and sees all keys."""
        return self.queries == 1

    @property
    def group(self):
        """Query heads that share a head of keys."""
        return self.heads // self.key_heads

    @property
    def input_count(self):
        # A decoder comes back to a layer's keys after those of all other layers: from memory.
        return 4 if self.decodes else 1

    @property
    def flops(self):
        return 4 * self.heads * self.width * int(self.make_mask().sum())

    @property
    def bytes(self):
        return 8 * self.width * (self.heads * self.queries + self.key_heads * self.keys)

    @property
    def working_set(self):
        return self.bytes * self.input_count

    def make_mask(self):
        """Which key a query sees: [queries, keys]."""
        place = np.arange(self.queries)[:, np.newaxis] + self.keys - self.queries
        key = np.arange(self.keys)
        seen = np.full((self.queries, self.keys), True)
        if self.causal:
            seen &= key <= place
        if self.window:
            seen &= key > place - self.window
        return seen

    def make_input(self, generator):
        return {
            "q": make_normal(generator, 1, self.heads, self.queries, self.width),
            "k": make_normal(generator, 1, self.key_heads, self.keys, self.width),
            "v": make_normal(generator, 1, self.key_heads, self.keys, self.width),
        }

    def compute_expected(self, data):
        q, k, v = (data.inputs[0][name][0].astype("f8") for name in "qkv")
        seen, expected = self.make_mask(), np.empty(q.shape)
        for head in range(self.heads):  # one at a time: scores of all need gigabytes
            scores = q[head] @ k[head // self.group].T / math.sqrt(self.width)
            scores = np.where(seen, scores, -np.inf)
            weights = np.exp(scores - scores.max(-1, keepdims=True))
            weights /= weights.sum(-1, keepdims=True)
            expected[head] = weights @ v[head // self.group]
        return expected[np.newaxis]

    def error_bound(self, precision):
        # The error of a score, which is rounded once for each of the components and is a few
        # deviations large, becomes that of a weight; the sum over the keys adds its own. Measured
        # errors of all engines are below half of this.
        return 64 * ROUNDOFF[precision] + 512 * ROUNDOFF["f32"]
