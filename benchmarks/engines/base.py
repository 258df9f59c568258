"""What an engine is to the benchmark."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Optional

import numpy as np
from workloads.sentences import split


class Unsupported(Exception):
    """An engine cannot do this; the text says why."""


@dataclass(frozen=True)
class Context:
    """What an engine is told at its start."""

    threads: int
    precision: str
    output: Path  # folder for models and artifacts
    tool: str  # the program treadle


@dataclass(frozen=True)
class Case:
    """A workload that is ready to be called: only `run` is measured."""

    #: From a dictionary of numpy arrays to what `run` takes.
    prepare: Callable[[dict], Any]
    run: Callable[[Any], Any]
    #: From what `run` gives to a numpy array.
    finish: Callable[[Any], np.ndarray] = np.asarray
    #: Loads the same model again; where loading is not separate, nothing.
    reload: Optional[Callable[[], "Case"]] = None


class Engine:
    """Has a method for each family of workloads, (workload, constants) -> variants: for each
    way that a user of the engine might choose, what makes its case. The best one is taken."""

    def __init__(self, context):
        self.context = context

    def variants(self, workload, constants):
        return getattr(self, workload.family)(workload, constants)

    def product(self, workload, constants):
        raise Unsupported("does no products")

    def attention(self, workload, constants):
        raise Unsupported("does no attention")

    def sentences(self, workload, constants):
        raise Unsupported("does no sentences")


def batch_variants(workload, makers):
    """Variants of embedding sentences: each of `makers`, by name, makes the case of one padded
    batch, and each takes the sentences some at a time."""
    sizes = [size for size in (1, 8) if size < workload.count] + [workload.count]
    if not workload.ragged:
        sizes = [workload.count]  # nothing to gain: no padding
    return {
        name + (f", {size} at a time" if len(sizes) > 1 else ""): _bind(make, size)
        for name, make in makers.items()
        for size in sizes
    }


def _bind(make, size):
    return lambda: batched(make(), size)


def batched(case, size):
    """The case of any number of sentences, from that of one padded batch."""

    def prepare(data):
        if len(data["ids"]) <= size:
            return [case.prepare(data)], None
        batches, order = split(data, size)
        return [case.prepare(batch) for batch in batches], order

    def run(prepared):
        batches, order = prepared
        return [case.run(batch) for batch in batches], order

    def finish(result):
        parts, order = result
        rows = np.concatenate([case.finish(part) for part in parts])
        if order is None:
            return rows
        embeddings = np.empty_like(rows)
        embeddings[order] = rows
        return embeddings

    reload = case.reload and (lambda: batched(case.reload(), size))
    return Case(prepare, run, finish, reload)


def fold_group(q, key_heads):
    """Queries [1, heads, 1, width] as [1, key heads, group, width]: heads that share keys become
    the queries of one head, which is the same where all of them see every key."""
    return q.reshape(1, key_heads, -1, q.shape[-1])
