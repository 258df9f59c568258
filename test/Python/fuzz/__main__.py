"""Random programs, each run in every strategy and in the interpreter: see docs/Developing.md.

python -m fuzz --count 10000 --seed 1
"""

import argparse
import sys
import time

from .run import (
    FAMILIES,
    WAYS,
    assemble,
    available_jobs,
    draw_program,
    kind_of,
    run,
    shrink,
)


def show(case, way, text):
    """A failure as something to run again."""
    print(f"  {case}")
    print("\n".join("  | " + line for line in assemble([case], way).functions[0].splitlines()))
    print(f"  {way}: {text}", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="index of the first program")
    parser.add_argument("--family", choices=list(FAMILIES))
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--batch", type=int, default=25, help="programs of a module")
    parser.add_argument("--jobs", type=int, default=available_jobs())
    parser.add_argument("--shrink", type=int, default=3, help="how many failures to make small")
    arguments = parser.parse_args()

    ways = tuple(arguments.ways.split(","))
    indices = range(arguments.first, arguments.first + arguments.count)
    cases = [draw_program(arguments.seed, index, arguments.family) for index in indices]
    print(f"seed {arguments.seed}, programs {indices.start} to {indices.stop - 1}", flush=True)
    start, done, failed = time.monotonic(), 0, []
    for count, failures in run(cases, ways, arguments.batch, arguments.jobs):
        done += count
        failed += failures
        for case, way, text in failures:
            print(f"program {case.seed[1]} {way}: {text}", flush=True)
        if done % 1000 < count:
            print(f"{done} of {len(cases)}, {time.monotonic() - start:.0f} s", flush=True)
    # One of each kind of failure: what one mistake breaks, it breaks often.
    kinds = {}
    for case, way, text in failed:
        kinds.setdefault((type(case), way, kind_of(text)), (case, way, text))
    for case, way, text in list(kinds.values())[: arguments.shrink]:
        print(f"\nprogram {case.seed[1]} of seed {arguments.seed} by {way}, made small:")
        small, text = shrink(case, way)
        show(small, way, text)
    programs = len({case.seed for case, _, _ in failed})
    print(f"{len(cases) - programs} passed, {programs} failed, {time.monotonic() - start:.1f} s")
    return programs > 0


if __name__ == "__main__":
    sys.exit(main())
