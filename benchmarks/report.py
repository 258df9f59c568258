"""The report: a table while it is measured, and a file of JSON."""

import json
import os
import platform
import re
from pathlib import Path

from engines import ENGINES, package_version
from goals import (
    LINEAR_GOAL,
    SKINNY_GOAL,
    THREADS_GOAL,
    describe_setting,
    geometric_means,
    goal_of,
    share_goal_of,
    thread_scaling,
    token_costs,
)
from measure import OURS
from workloads import SETS

#: Of the file's layout; test/Python/test_benchmarks.py describes it.
SCHEMA = 3


def describe_machine(engines):
    cpuinfo = Path("/proc/cpuinfo").read_text()
    flags = re.search(r"^flags\s*:(.*)$", cpuinfo, re.MULTILINE)[1].split()
    packages = dict.fromkeys(["numpy", *(ENGINES[name][2] for name in engines)])
    return {
        "cpu": re.search(r"^model name\s*:\s*(.*)$", cpuinfo, re.MULTILINE)[1],
        "cpus": len(os.sched_getaffinity(0)),
        "features": [flag for flag in flags if flag.startswith(("avx", "fma", "amx"))],
        "system": platform.platform(),
        "versions": {
            **{package: package_version(package) for package in packages},
            "python": platform.python_version(),
        },
    }


def print_machine(machine):
    print(f"{machine['cpu']}, {machine['cpus']} CPUs: {' '.join(machine['features'])}")
    print(", ".join(f"{name} {number}" for name, number in machine["versions"].items()))


def print_row(row):
    """A line with the ceilings, then one for each engine, the fastest first."""
    print(f"\n{describe(row)}")
    print(f"  at most: {describe_ceilings(row)}")
    for name, engine in sorted(row["engines"].items(), key=lambda item: item[1]["median_ms"]):
        wrong = " WRONG" if not engine["error"] <= row["error_bound"] else ""
        print(
            f"  {name:12}{engine['median_ms']:9.3f} ms {engine['min_ms']:9.3f} min"
            f" {engine['gflops']:7.1f} GFLOP/s {engine['share']:5.0%}"
            f"  error {engine['error']:.1e}{wrong}{describe_ratio(row, name)}  [{engine['variant']}]"
        )
        if "start_ms" in engine:
            start = engine["start_ms"]
            print(
                f"  {'':12}{start['load']:9.1f} ms to load, {start['load_and_call']:.1f} ms to load"
                " and call"
            )
    for name, reason in row["unsupported"].items():
        print(f"  {name:12}not measured: {reason}")
    print(end="", flush=True)


def describe_ceilings(row):
    ceilings = ", ".join(
        f"{kind} {value / 1e9:.0f} {'GB/s' if kind in ('memory', 'footprint') else 'GFLOP/s'}"
        for kind, value in row["ceilings"].items()
    )
    return f"{ceilings}; {row['bound_ms']:.3f} ms at least, for its {row['limit']}"


def describe_ratio(row, name):
    if name not in row["ratios"]:
        return ""
    ratio = row["ratios"][name]
    low, high = ratio["quartiles"]
    best = ", the best peer" if name == row["peer"] else ""
    return f"  ratio {ratio['median']:.2f} ({low:.2f} to {high:.2f}){best}"


def mark(value, goal, at_most=False):
    """A goal and whether a value meets it; nothing where there is none."""
    if goal is None:
        return ""
    return f"{goal:g} {'met' if (value <= goal if at_most else value >= goal) else 'missed'}"


def with_goal(text, *value_and_goal, **options):
    return ", ".join(filter(None, [text, mark(*value_and_goal, **options)]))


def describe_summary(row):
    """The columns of a row of ours in the table at the end."""
    ours, text, goal = row["engines"][OURS], "no peer", ""
    error = f"{ours['error']:.1e}"
    if row["peer"]:
        ratio = row["ratios"][row["peer"]]
        low, high = ratio["quartiles"]
        text = f"{ratio['median']:.2f} ({low:.2f} to {high:.2f}) of {row['peer']}"
        goal = mark(ratio["median"], goal_of(row))
        error += f" of {row['engines'][row['peer']]['error']:.1e}"
    share = ours["share"]
    name = row["name"] + ("" if row["precision"] == "f32" else f", {row['precision']}")
    return name, row["threads"], text, goal, f"{share:.1%}", mark(share, share_goal_of(row)), error


def print_summary(rows):
    """The ratio of each row in one table, and what they come to."""
    print("\nrow, threads, times as fast as the best peer (quartiles) and its goal, share of the")
    print("ceiling and its goal, error of its error")
    for row in rows:
        if OURS in row["engines"]:
            name, threads, text, goal, share, share_goal, error = describe_summary(row)
            print(f"{name:31}{threads:>2} {text:36}{goal:11}{share:>6} {share_goal:12}{error}")
    for text in describe_sums(rows):
        print(text)


def describe_sums(rows):
    """What rows come to together: a sentence for each precision and number of threads."""
    for setting, mean in geometric_means(rows).items():
        text = f"{mean['ratio']:.2f} of the best peer"
        named = mean["of_onednn_and_onnxruntime"]
        if named:
            text += f", {named:.2f} of the better of oneDNN and ONNX Runtime"
            text = with_goal(text, named, SKINNY_GOAL)
        yield f"{setting}: geometric mean of {mean['rows']} products of up to 100 rows: {text}"
    for setting, costs in token_costs(rows).items():
        low, high = costs["tokens"]
        text = "; ".join(
            with_goal(
                f"{name} {1e3 * cost['ms_a_token']:.1f} us within a factor of {cost['factor']:.2f}",
                cost["factor"],
                LINEAR_GOAL if name == OURS else None,
                at_most=True,
            )
            for name, cost in sorted(costs["engines"].items(), key=lambda item: item[0] != OURS)
        )
        yield f"{setting}: cost of a real token in batches of {low} to {high}: {text}"
    for setting, scaling in thread_scaling(rows).items():
        least = min(scaling["rows"], key=scaling["rows"].get)
        text = f"{scaling['rows'][least]:.2f} times as fast at least ({least})"
        text = with_goal(text, scaling["rows"][least], scaling["threads"] * THREADS_GOAL)
        yield (
            f"{setting} beside 1: {text}; {scaling['mean']:.2f} in the mean of "
            f"{len(scaling['rows'])} rows that operations limit; the machine {scaling['machine']:.2f}"
        )


def describe(row):
    return f"{row['name']}, {describe_setting(row)}"


def find_failures(rows):
    """What went wrong with us, in words: no result, or an error above the bound or not a number."""
    failures = []
    for row in rows:
        # What is not there yet is no failure; float32 is.
        if OURS in row["unsupported"] and row["precision"] == "f32":
            failures.append(f"{describe(row)}: {row['unsupported'][OURS]}")
        error = row["engines"].get(OURS, {"error": 0})["error"]
        if not error <= row["error_bound"]:
            failures.append(
                f"{describe(row)}: the error is {error:.1e}, more than {row['error_bound']:.1e}"
            )
    return failures


def identify(row):
    return row["name"], row["precision"], row["threads"]


def place_of(row):
    """Rows in the order of the sets, whenever they were measured; what is in none comes last, by
    its name."""
    names, name = SETS["all"], row["name"]
    return names.index(name) if name in names else len(names), name


def read_report(path):
    """An earlier report; nothing where there is none of this layout."""
    if not path.exists():
        return {}
    report = json.loads(path.read_text())
    return report if report.get("schema") == SCHEMA else {}


def write_report(path, machine, load_average, compile_seconds, rows):
    report = {
        "schema": SCHEMA,
        "machine": machine,
        "load_average": load_average,
        "compile_s": compile_seconds,
        "geometric_means": geometric_means(rows),
        "token_costs": token_costs(rows),
        "thread_scaling": thread_scaling(rows),
        "rows": rows,
    }
    path.write_text(json.dumps(report, indent=1) + "\n")
    return report
