"""Runs ctest and counts every test that ran, those inside lit and pytest too.

    python3 scripts/run_tests.py --preset dev [options of ctest]

ends with ctest's closing line and `N passed, N failed`. The exit status is 0
when ctest's is and nothing failed.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

SOURCE = Path(__file__).resolve().parent.parent

# The ctest tests that stand for many and leave a JUnit file of their own.
SUITES = ("lit", "pytest")


def read_cases(path):
    """Yields (name, "passed" | "failed" | "skipped") from a JUnit file."""
    for case in ElementTree.parse(path).iter("testcase"):
        outcome = "passed"
        if case.find("skipped") is not None:
            outcome = "skipped"
        if case.find("failure") is not None or case.find("error") is not None:
            outcome = "failed"
        yield case.get("name"), outcome


def count(results):
    """The number of tests of each outcome in the folder `results`."""
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    for name, outcome in read_cases(results / "ctest.xml"):
        parts = []
        if name in SUITES and (results / f"{name}.xml").exists():
            parts = [outcome for _, outcome in read_cases(results / f"{name}.xml")]
        # A suite that failed without a failing part died on the way.
        if not parts or (outcome == "failed" and "failed" not in parts):
            parts.append(outcome)
        for part in parts:
            totals[part] += 1
    return totals


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", default="dev")
    arguments, ctest_options = parser.parse_known_args()

    results = SOURCE / "build" / arguments.preset / "test-results"
    results.mkdir(parents=True, exist_ok=True)
    for stale in results.glob("*.xml"):
        stale.unlink()

    cores = len(os.sched_getaffinity(0))
    ctest = ["ctest", "--preset", arguments.preset, "--parallel", str(cores)]
    ctest += ["--output-junit", str(results / "ctest.xml"), *ctest_options]
    status = subprocess.run(ctest, cwd=SOURCE).returncode

    if not (results / "ctest.xml").exists():
        return status or 1
    totals = count(results)
    if totals["skipped"]:
        print(f"{totals['skipped']} skipped")
    print(f"{totals['passed']} passed, {totals['failed']} failed")
    return status or int(totals["failed"] > 0)


if __name__ == "__main__":
    sys.exit(main())
