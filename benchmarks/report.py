"""The report: a table while it is measured, and a file of JSON."""

import json
import os
import platform
import re
from pathlib import Path

import numpy as np
from engines import ENGINES, package_version
from measure import OURS

#: Of the file's layout; test/Python/test_benchmarks.py describes it.
SCHEMA = 2


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
    ceilings = ", ".join(
        f"{kind} {value / 1e9:.0f} {'GB/s' if kind in ('memory', 'footprint') else 'GFLOP/s'}"
        for kind, value in row["ceilings"].items()
    )
    print(f"\n{describe(row)}")
    print(f"  at most: {ceilings}; {row['bound_ms']:.3f} ms at least")
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


def describe_ratio(row, name):
    if name not in row["ratios"]:
        return ""
    ratio = row["ratios"][name]
    low, high = ratio["quartiles"]
    best = ", the best peer" if name == row["peer"] else ""
    return f"  ratio {ratio['median']:.2f} ({low:.2f} to {high:.2f}){best}"


def best_ratio(row):
    """The median ratio to the best peer; None where there is no peer."""
    return row["ratios"][row["peer"]]["median"] if row["peer"] else None


def is_skinny(row):
    """Products of up to a hundred rows, of which the geometric mean is taken."""
    return row["family"] == "product" and int(re.match(r"product-(\d+)x", row["name"])[1]) <= 100


def geometric_means(rows):
    """For each precision and number of threads: over the skinny products, of the best ratio."""
    groups = {}
    for row in filter(is_skinny, rows):
        if row["peer"]:
            groups.setdefault(describe_setting(row), []).append(best_ratio(row))
    return {
        key: {"ratio": float(np.exp(np.mean(np.log(ratios)))), "rows": len(ratios)}
        for key, ratios in groups.items()
    }


def print_summary(rows):
    """The ratio of each row in one table, and what they come to."""
    print(f"\n{'':34}{'times as fast as the best peer':34}{'of the':>7}")
    print(f"{'row':26}{'threads':>7} {'(quartiles)':34}{'ceiling':>7}  error")
    for row in rows:
        if OURS not in row["engines"]:
            continue
        ours, text = row["engines"][OURS], "no peer"
        if row["peer"]:
            ratio = row["ratios"][row["peer"]]
            low, high = ratio["quartiles"]
            text = f"{ratio['median']:.2f} ({low:.2f} to {high:.2f}) of {row['peer']}"
        name = row["name"] + ("" if row["precision"] == "f32" else f", {row['precision']}")
        print(f"{name:26}{row['threads']:>7} {text:34}{ours['share']:>7.0%}  {ours['error']:.1e}")
    for key, mean in geometric_means(rows).items():
        count = mean["rows"]
        print(f"geometric mean of {count} products of up to 100 rows, {key}: {mean['ratio']:.2f}")


def describe(row):
    return f"{row['name']}, {describe_setting(row)}"


def describe_setting(row):
    return f"{row['precision']}, {row['threads']} thread{'s' if row['threads'] > 1 else ''}"


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


def read_rows(path):
    """Of an earlier report; none where there is none of this layout."""
    if not path.exists():
        return []
    report = json.loads(path.read_text())
    return report["rows"] if report.get("schema") == SCHEMA else []


def write_report(path, machine, load_average, compile_seconds, rows):
    report = {
        "schema": SCHEMA,
        "machine": machine,
        "load_average": load_average,
        "compile_s": compile_seconds,
        "geometric_means": geometric_means(rows),
        "rows": rows,
    }
    path.write_text(json.dumps(report, indent=1) + "\n")
    return report
