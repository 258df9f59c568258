"""Measures all-MiniLM-L6-v2, compiled by Treadle, beside ONNX Runtime.

    make bench

prepares what this needs. benchmarks/README.md says what is measured, and how.
"""

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
from engines import Batch, OnnxRuntime, Process, Treadle, measure_seconds
from minilm_onnx import VARIANTS, build_model

import treadle

sys.path.append(str(Path(__file__).parents[1] / "examples" / "demo"))
from reference import SentenceEncoder  # noqa: E402

BATCHES = 4  # different inputs, taken in turn
ROUND_SECONDS = 0.05  # about how long an engine runs before another does
COMPILATIONS = 5
STARTS = 20
TOLERANCE = 1e-5  # of a coordinate of a unit vector, in float32

# Ids below are for control, for characters, or unused.
FIRST_WORD = 1996


@dataclass(frozen=True)
class Shape:
    """A batch whose lengths are spread evenly from the shortest to the longest."""

    batch: int
    shortest: int
    longest: int

    @staticmethod
    def parse(text):
        match = re.fullmatch(r"([1-9]\d*)x(?:([1-9]\d*)\.\.)?([1-9]\d*)", text)
        if not match:
            raise argparse.ArgumentTypeError(f"'{text}' is not like 8x128 or 8x5..200")
        batch, shortest, longest = match.groups()
        return Shape(int(batch), int(shortest or longest), int(longest))

    def __str__(self):
        spread = f"{self.shortest}.." if self.shortest != self.longest else ""
        return f"{self.batch}x{spread}{self.longest}"

    @property
    def lengths(self):
        return np.linspace(self.shortest, self.longest, self.batch).round().astype(np.int64)


START_SHAPE = Shape(1, 128, 128)  # what is embedded first, after loading


def parse_count(text):
    if not re.fullmatch(r"[1-9]\d*", text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a positive number")
    return int(text)


def count_flops(config, lengths):
    """Multiplications and additions of the matrix products, without padding."""
    width, inner = config["hidden_size"], config["intermediate_size"]
    projections = int(lengths.sum()) * (4 * width * width + 2 * width * inner)
    attention = int((lengths**2).sum()) * 2 * width
    return 2 * config["num_hidden_layers"] * (projections + attention)


def describe_machine():
    cpuinfo = Path("/proc/cpuinfo").read_text()
    flags = re.search(r"^flags\s*:(.*)$", cpuinfo, re.MULTILINE)[1].split()
    return {
        "cpu": re.search(r"^model name\s*:\s*(.*)$", cpuinfo, re.MULTILINE)[1],
        "cpus": len(os.sched_getaffinity(0)),
        "features": [flag for flag in flags if flag.startswith(("avx", "fma", "amx"))],
        "system": platform.platform(),
        "versions": {
            "treadle": treadle.__version__,
            "onnxruntime": version("onnxruntime"),
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
    }


def compile_model(tool, model, artifact):
    """The seconds that it takes."""

    def run():
        done = subprocess.run(
            [tool, "compile", model, "-o", artifact], capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(f"{done.stderr}error: {tool} cannot compile {model}")

    return measure_seconds(run)


def measure_in_turn(processes, rounds):
    """For each engine the seconds of its calls: a list for each round."""
    slowest = max(statistics.median(process.measure(3)) for process in processes)
    calls = min(50, max(3, round(ROUND_SECONDS / slowest)))
    seconds = {process.name: [] for process in processes}
    for i in range(rounds):
        # Whoever comes first in one round comes last in the next.
        for process in processes[:: -1 if i % 2 else 1]:
            seconds[process.name].append(process.measure(calls))
    return seconds


def summarise(seconds, flops, error):
    """What is reported of one engine, from the seconds of its calls in rounds."""
    median = statistics.median(statistics.median(calls) for calls in seconds)
    return {
        "median_ms": median * 1e3,
        "min_ms": min(map(min, seconds)) * 1e3,
        "gflops": flops / median / 1e9,
        "error": error,
        "rounds_ms": [[second * 1e3 for second in calls] for calls in seconds],
    }


def compare(ours, theirs):
    """How many times as fast we are: quartiles over the rounds."""
    ratios = [
        statistics.median(b) / statistics.median(a)
        for a, b in zip(ours["rounds_ms"], theirs["rounds_ms"])
    ]
    low, median, high = np.percentile(ratios, [25, 50, 75])
    return {"median": median, "quartiles": [low, high]}


class Benchmark:
    """The model in all forms, and what is measured with it."""

    def __init__(self, options):
        self.options = options
        self.config = json.loads((options.model / "config.json").read_text())
        self.reference = SentenceEncoder(options.model)
        self.artifact = options.output / "minilm.treadle"
        self.engines = {"treadle": (Treadle, self.artifact)}
        for variant in VARIANTS:
            self.engines[variant] = (OnnxRuntime, options.output / f"minilm-{variant}.onnx")

    def prepare(self):
        """Writes the models; returns the seconds of some compilations."""
        self.options.output.mkdir(parents=True, exist_ok=True)
        for variant in VARIANTS:
            onnx.save(build_model(self.options.model, variant), self.engines[variant][1])
        return [
            compile_model(self.options.tool, self.options.model, self.artifact)
            for _ in range(COMPILATIONS)
        ]

    def make_batch(self, shape, generator):
        lengths = shape.lengths
        ids = generator.integers(
            FIRST_WORD, self.config["vocab_size"], (shape.batch, lengths.max())
        )
        ids[np.arange(ids.shape[1]) >= lengths[:, np.newaxis]] = 0
        return Batch(ids, lengths)

    def start(self, name, threads):
        engine, model = self.engines[name]
        return Process(name, engine, str(model), threads)

    def measure_starts(self):
        """For each engine the seconds until it is loaded, and until it has run once."""
        generator = np.random.default_rng(self.options.seed)
        batch = self.make_batch(START_SHAPE, generator)
        starts = {}
        for name in self.engines:
            with self.start(name, self.options.threads[-1]) as process:
                process.prepare([batch])
                starts[name] = process.measure_starts(STARTS)
        return starts

    def measure_calls(self):
        """Yields each cell of the table."""
        for threads in self.options.threads:
            with ExitStack() as running:
                processes = [
                    running.enter_context(self.start(name, threads)) for name in self.engines
                ]
                for shape in self.options.shapes:
                    yield self.measure_cell(processes, threads, shape)

    def measure_cell(self, processes, threads, shape):
        generator = np.random.default_rng(self.options.seed)
        batches = [self.make_batch(shape, generator) for _ in range(BATCHES)]
        expected = np.stack(
            [self.reference.embed(ids[:n]) for ids, n in zip(batches[0].ids, batches[0].lengths)]
        )
        errors = {
            process.name: float(np.abs(process.prepare(batches)[0] - expected).max())
            for process in processes
        }
        flops = count_flops(self.config, shape.lengths)
        engines = {
            name: summarise(seconds, flops, errors[name])
            for name, seconds in measure_in_turn(processes, self.options.rounds).items()
        }
        peer = min(VARIANTS, key=lambda name: engines[name]["median_ms"])
        return {
            "threads": threads,
            "shape": str(shape),
            "gflop": flops / 1e9,
            "engines": engines,
            "peer": peer,
            "ratio": compare(engines["treadle"], engines[peer]),
        }


def print_heading():
    print(f"{'':19}{'Treadle':^36}  {'ONNX Runtime':^47}  Treadle is so many")
    columns = f"{'ms':>8} {'min':>8} {'GFLOP/s':>8} {'error':>9}"
    print(f"{'threads':7}  {'shape':10}{columns}  {columns}  {'variant':9}  times as fast")


def print_cell(cell):
    def describe(engine):
        times = f"{engine['median_ms']:8.2f} {engine['min_ms']:8.2f}"
        return f"{times} {engine['gflops']:8.0f} {engine['error']:9.1e}"

    ours, theirs = (describe(cell["engines"][name]) for name in ("treadle", cell["peer"]))
    ratio, (low, high) = cell["ratio"]["median"], cell["ratio"]["quartiles"]
    print(
        f"{cell['threads']:7}  {cell['shape']:10}{ours}  {theirs}  {cell['peer']:9} "
        f" {ratio:.2f} ({low:.2f} to {high:.2f})",
        flush=True,
    )


def print_machine(machine):
    print(f"{machine['cpu']}, {machine['cpus']} CPUs: {' '.join(machine['features'])}")
    print(", ".join(f"{name} {number}" for name, number in machine["versions"].items()))


def print_median_ms(name, seconds):
    print(f"{name:32}{statistics.median(seconds) * 1e3:9.1f} ms (median of {len(seconds)})")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="the model as it was published")
    parser.add_argument("--tool", required=True, help="the program treadle")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("build/bench"),
        help="folder for models and results (default: %(default)s)",
    )
    parser.add_argument(
        "--shapes",
        type=Shape.parse,
        nargs="+",
        default=[Shape(1, 128, 128), Shape(8, 128, 128)],
        metavar="BxS",
        help="sequences x tokens; 8x5..200: of 5 to 200 tokens, padded (default: 1x128 8x128)",
    )
    parser.add_argument(
        "--threads",
        type=parse_count,
        metavar="N",
        nargs="+",
        default=sorted({1, len(os.sched_getaffinity(0))}),
        help="threads of a call (default: 1, and one for each CPU)",
    )
    parser.add_argument(
        "--rounds",
        type=parse_count,
        default=30,
        metavar="N",
        help="turns of each engine (default: %(default)s)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="of the random ids (default: %(default)s)"
    )
    return parser.parse_args()


def main():
    options = parse_arguments()
    benchmark = Benchmark(options)
    machine = describe_machine()
    print_machine(machine)
    load_before = os.getloadavg()
    print(f"load average before: {load_before[0]:.2f}")

    compilations = benchmark.prepare()
    print_median_ms("treadle compile", compilations)
    sizes = {
        name: (benchmark.artifact / name).stat().st_size
        for name in ("model.so", "weights.safetensors")
    }
    print(", ".join(f"{name}: {size} bytes" for name, size in sizes.items()))
    starts = benchmark.measure_starts()
    for name, seconds in starts.items():
        loads, first_calls = zip(*seconds)
        print_median_ms(f"{name}: load", loads)
        print_median_ms(f"{name}: load and embed {START_SHAPE}", first_calls)

    print()
    print_heading()
    cells = []
    for cell in benchmark.measure_calls():
        print_cell(cell)
        cells.append(cell)

    load_after = os.getloadavg()
    report = options.output / "minilm.json"
    result = {
        "machine": machine,
        "load_average": {"before": load_before, "after": load_after},
        "compile_s": compilations,
        "sizes": sizes,
        "start_s": starts,
        "cells": cells,
    }
    report.write_text(json.dumps(result, indent=1) + "\n")
    print(f"\nload average after: {load_after[0]:.2f}; all samples are in {report}")

    error = np.max([engine["error"] for cell in cells for engine in cell["engines"].values()])
    if not error <= TOLERANCE:  # nor is it NaN
        raise SystemExit(f"error: an embedding is {error:.1e} from that of float64 arithmetic")


if __name__ == "__main__":
    main()
