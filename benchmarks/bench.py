"""Measures what Treadle compiles beside other engines.

    make bench

prepares what this needs. benchmarks/README.md says what is measured, and how.
"""

import argparse
import os
import re
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path

from engines import ENGINES, installed_engines
from engines.base import Context
from measure import OURS, measure_row
from processes import Ended, Process, measure_seconds
from report import (
    describe_machine,
    find_failures,
    identify,
    place_of,
    print_machine,
    print_row,
    print_summary,
    read_report,
    write_report,
)
from workloads import FAMILIES, SETS, parse_workload, select_rows
from workloads.base import ROUNDOFF
from workloads.sentences import DEFAULT_MODEL, Sentences

COMPILATIONS = 3


def parse_count(text):
    if not re.fullmatch(r"[1-9]\d*", text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a positive number")
    return int(text)


def parse_arguments():
    sets = ", ".join(SETS)
    syntaxes = "; ".join(family.syntax for family in FAMILIES)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--tool", default="build/release/bin/treadle", help="the program (default: %(default)s)")
    add("--model", type=Path, default=DEFAULT_MODEL, help="all-MiniLM-L6-v2 as it was published")
    add(
        "--output",
        type=Path,
        default=Path("build/bench"),
        metavar="DIR",
        help="for models and results (default: %(default)s)",
    )
    add(
        "--rows",
        nargs="+",
        default=["quick"],
        metavar="ROW",
        help=f"what to measure: a set ({sets}), a pattern such as 'product-1x*', or {syntaxes}"
        " (default: quick)",
    )
    add(
        "--engines",
        nargs="+",
        choices=ENGINES,
        metavar="NAME",
        help=f"of {', '.join(ENGINES)} (default: those installed)",
    )
    add(
        "--threads",
        type=parse_count,
        nargs="+",
        default=sorted({1, len(os.sched_getaffinity(0))}),
        metavar="N",
        help="threads of a call (default: 1, and one for each CPU)",
    )
    add("--precision", choices=ROUNDOFF, default="f32", help="of products (default: f32)")
    add("--rounds", type=parse_count, default=10, metavar="N", help="turns of each engine (10)")
    add("--starts", type=int, default=10, metavar="N", help="times that a model is loaded (10)")
    add("--seed", type=int, default=0, help="of the data (default: 0)")
    add("--add", action="store_true", help="keep the other rows of the report that is there")
    add("--no-page", dest="page", action="store_false", help="make no page with plots")
    options = parser.parse_args()
    options.output = options.output.absolute()
    installed = installed_engines()
    options.engines = options.engines or installed
    for name in options.engines:
        if name not in installed:
            parser.error(
                f"{name} is not installed here: the Makefile's BENCH_PEERS=all has all peers"
            )
    names = dict.fromkeys(row for word in options.rows for row in select_rows(word))
    options.workloads = [parse_workload(name, options.model.absolute()) for name in names]
    for name, workload in zip(names, options.workloads):
        if not workload:
            parser.error(f"'{name}' is no set, matches no row, and is not like {syntaxes}")
    if not shutil.which(options.tool):
        parser.error(f"there is no program {options.tool}: make builds one")
    model = options.model / "model.safetensors"
    if has_sentences(options) and not model.exists():
        parser.error(f"there is no {model}: scripts/fetch-model.sh fetches it")
    return options


def has_sentences(options):
    return any(isinstance(workload, Sentences) for workload in options.workloads)


def measure_compilation(options):
    """The seconds of compiling the sentence encoder, from start to end, some times."""
    if OURS not in options.engines or options.precision != "f32":
        return []
    if not has_sentences(options):
        return []
    command = [options.tool, "compile", options.model, "-q", "-o", options.output / "time.treadle"]
    return [
        measure_seconds(lambda: subprocess.run(command, check=True)) for _ in range(COMPILATIONS)
    ]


def measure_rows(options):
    """Yields each row when it is measured."""
    for threads in options.threads:
        context = Context(threads, options.precision, options.output, options.tool)
        with ExitStack() as running:
            processes = [running.enter_context(Process(name, context)) for name in options.engines]
            for workload in options.workloads:
                yield measure_row(processes, workload, threads, options)


def main():
    options = parse_arguments()
    options.output.mkdir(parents=True, exist_ok=True)
    machine = describe_machine(options.engines)
    print_machine(machine)
    before = os.getloadavg()
    print(f"load average before: {before[0]:.2f}")
    compile_seconds = measure_compilation(options)
    if compile_seconds:
        print("treadle compile: " + ", ".join(f"{seconds:.2f} s" for seconds in compile_seconds))

    path = options.output / "report.json"
    earlier = read_report(path) if options.add else {}
    kept = earlier.get("rows", [])
    compile_seconds = compile_seconds or earlier.get("compile_s", [])
    # Of engines that only the other rows have.
    machine["versions"] = {**earlier.get("machine", machine)["versions"], **machine["versions"]}
    rows = []
    for row in measure_rows(options):
        print_row(row)
        rows.append(row)
        # After each row: an interrupted run has what it has measured.
        kept = [other for other in kept if identify(other) != identify(row)]
        load_average = {"before": before, "after": os.getloadavg()}
        report = write_report(path, machine, load_average, compile_seconds, kept + rows)
    print_summary(sorted(kept + rows, key=place_of))

    print(f"\nload average after: {os.getloadavg()[0]:.2f}; all samples are in {path}")
    if options.page:
        from page import write_page  # needs matplotlib

        print(f"plots are in {write_page(report, options.output)}")

    failures = find_failures(rows)
    if failures:
        raise SystemExit("\n".join(f"error: {text}" for text in failures))


if __name__ == "__main__":
    try:
        main()
    except Ended as reason:
        raise SystemExit(f"error: {reason}") from None
