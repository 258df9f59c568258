"""Rows of the table: a workload with a number of threads in every engine, in turn."""

import statistics

import numpy as np
from ceilings import measure_ceilings

OURS = "treadle"
ROUND_SECONDS = 0.05  # about how long an engine runs before another does


def measure_in_turn(processes, rounds):
    """For each engine the seconds of its calls: a list for each round."""
    slowest = max(process.measure(1)[0] for process in processes)
    calls = min(50, max(2, round(ROUND_SECONDS / slowest)))
    seconds = {process.name: [] for process in processes}
    for i in range(rounds):
        # Whoever comes first in one round comes last in the next.
        for process in processes[:: -1 if i % 2 else 1]:
            seconds[process.name].append(process.measure(calls))
    return seconds


def summarise(seconds, flops, bound_seconds):
    """What is reported of one engine, from the seconds of its calls in rounds."""
    median = statistics.median(statistics.median(calls) for calls in seconds)
    return {
        "median_ms": median * 1e3,
        "min_ms": min(map(min, seconds)) * 1e3,
        "gflops": flops / median / 1e9,
        "share": bound_seconds / median,
        "rounds_ms": [[second * 1e3 for second in calls] for calls in seconds],
    }


def compare(ours, theirs):
    """How many times as fast we are: quartiles over the rounds."""
    ratios = [
        statistics.median(b) / statistics.median(a)
        for a, b in zip(ours["rounds_ms"], theirs["rounds_ms"])
    ]
    low, median, high = np.percentile(ratios, [25, 50, 75])
    return {"median": float(median), "quartiles": [float(low), float(high)]}


def measure_row(processes, workload, threads, options):
    """A row as the report has it. All engines have ended their work when it returns."""
    data = workload.make_data(options.seed)
    bound = workload.error_bound(options.precision)
    unsupported, prepared, running = {}, {}, []
    for process in processes:
        answer = process.prepare(workload, options.seed)
        if answer.unsupported:
            unsupported[process.name] = answer.unsupported
            continue
        running.append(process)
        prepared[process.name] = answer
    expected = workload.compute_expected(data)
    errors = {
        name: workload.measure_error(expected, answer.result) for name, answer in prepared.items()
    }

    # Before and after: a neighbour slows the meter down, too, and nothing makes it faster.
    before = measure_ceilings(options.tool, threads, workload.working_set)
    seconds = measure_in_turn(running, options.rounds) if running else {}
    ceilings = before.merge(measure_ceilings(options.tool, threads, workload.working_set))
    bound_seconds, limit = ceilings.bound_seconds(workload, options.precision)
    engines = {}
    for process in running:
        name = process.name
        engines[name] = {
            "variant": prepared[name].variant,
            "calibration": prepared[name].calibration,
            "error": errors[name],
            **summarise(seconds[name], workload.flops, bound_seconds),
        }
        if workload.family == "sentences" and options.starts:
            starts = process.measure_starts(workload, options.seed, options.starts)
            if starts:
                load, first = (statistics.median(times) * 1e3 for times in zip(*starts))
                engines[name]["start_ms"] = {"load": load, "load_and_call": first}

    row = {
        "name": workload.name,
        "family": workload.family,
        "precision": options.precision,
        "threads": threads,
        "flops": workload.flops,
        "bytes": workload.bytes,
        "tokens": workload.tokens,
        "error_bound": bound,
        "ceilings": {**ceilings.peaks, "memory": ceilings.memory, "footprint": ceilings.footprint},
        "bound_ms": bound_seconds * 1e3,
        "limit": limit,
        "engines": engines,
        "unsupported": unsupported,
        "ratios": {},
        "peer": None,
    }
    if OURS in engines:
        peers = [name for name in engines if name != OURS]
        row["ratios"] = {name: compare(engines[OURS], engines[name]) for name in peers}
        # Nobody wins by being wrong.
        right = [name for name in peers if engines[name]["error"] <= bound]
        row["peer"] = min(right, key=lambda name: engines[name]["median_ms"], default=None)
    return row
