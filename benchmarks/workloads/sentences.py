"""Sentences embedded by all-MiniLM-L6-v2."""

import json
import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np
from workloads.base import Workload

sys.path.append(str(Path(__file__).parents[2] / "examples" / "demo"))
from reference import SentenceEncoder  # noqa: E402

#: Of the model, where nothing was said: `make bench` puts it there.
DEFAULT_MODEL = Path(__file__).parents[2] / "build" / "models" / "all-MiniLM-L6-v2"

FIRST_WORD = 1996  # ids below are for control, for characters, or unused
CHECKED = 8  # sentences whose embedding is computed in float64: it takes a while


@lru_cache(maxsize=1)
def load_reference(model):
    return SentenceEncoder(model)


@dataclass(frozen=True)
class Sentences(Workload):
    """`count` sentences, whose lengths are spread evenly from the shortest to the longest."""

    count: int
    shortest: int
    longest: int
    model: Path = DEFAULT_MODEL

    family: ClassVar[str] = "sentences"
    syntax: ClassVar[str] = "minilm-BxS, minilm-BxS..T"
    input_count: ClassVar[int] = 4

    @staticmethod
    def parse(name, model=DEFAULT_MODEL):
        match = re.fullmatch(r"minilm-([1-9]\d*)x(?:([1-9]\d*)\.\.)?([1-9]\d*)", name)
        if not match:
            return None
        count, shortest, longest = match.groups()
        return Sentences(int(count), int(shortest or longest), int(longest), model)

    @property
    def name(self):
        spread = f"{self.shortest}.." if self.ragged else ""
        return f"minilm-{self.count}x{spread}{self.longest}"

    @property
    def ragged(self):
        return self.shortest != self.longest

    @property
    def config(self):
        return json.loads((self.model / "config.json").read_text())

    @property
    def lengths(self):
        return np.linspace(self.shortest, self.longest, self.count).round().astype(np.int64)

    @property
    def tokens(self):
        return int(self.lengths.sum())

    @property
    def flops(self):
        """Without padding, for those engines, too, that compute it."""
        width, inner = self.config["hidden_size"], self.config["intermediate_size"]
        projections = int(self.lengths.sum()) * (4 * width * width + 2 * width * inner)
        attention = int((self.lengths**2).sum()) * 2 * width
        return 2 * self.config["num_hidden_layers"] * (projections + attention)

    @property
    def bytes(self):
        """Of the layers' parameters; words that are looked up are few."""
        width, inner = self.config["hidden_size"], self.config["intermediate_size"]
        layer = 4 * width * width + 2 * width * inner
        return 4 * self.config["num_hidden_layers"] * layer

    def make_input(self, generator):
        lengths = generator.permutation(self.lengths)
        ids = generator.integers(FIRST_WORD, self.config["vocab_size"], (self.count, lengths.max()))
        ids[np.arange(ids.shape[1]) >= lengths[:, np.newaxis]] = 0
        return {"ids": ids, "lengths": lengths}

    @property
    def checked(self):
        """Which sentences: not all where they are many."""
        return np.unique(np.linspace(0, self.count - 1, CHECKED).round().astype(int))

    def compute_expected(self, data):
        """Of the sentences that are checked."""
        ids, lengths = data.inputs[0]["ids"], data.inputs[0]["lengths"]
        reference = load_reference(self.model)
        return np.stack([reference.embed(ids[i, : lengths[i]]) for i in self.checked])

    def measure_error(self, expected, result):
        """The largest of a coordinate; an embedding is of length 1."""
        return float(np.abs(result[self.checked].astype("f8") - expected).max())

    def error_bound(self, precision):
        return {"f32": 1e-5, "bf16": 1e-2, "f16": 2e-3}[precision]


def split(data, size):
    """The sentences sorted by length, longest first, in batches of `size`, each padded to its
    longest; and the places of all of them in the input."""
    order = np.argsort(-data["lengths"], kind="stable")
    batches = []
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        longest = data["lengths"][rows[0]]
        ids = np.ascontiguousarray(data["ids"][rows, :longest])
        batches.append({"ids": ids, "lengths": data["lengths"][rows]})
    return batches, order
