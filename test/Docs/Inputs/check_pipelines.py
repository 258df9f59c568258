"""Compares the tables of docs/Pipelines.md with the passes that the pipelines have.

    python3 check_pipelines.py PIPELINES.md TREADLE_OPT

The rows under **`NAME`** have the passes of that pipeline, in order. "the conversions to
LLVM" stands for any number of passes that convert.
"""

import re
import subprocess
import sys
from pathlib import Path


def read_tables(text):
    for name, rows in re.findall(r"^\*\*`(treadle-[\w-]+)`\*\*\n\n((?:\|.*\n)+)", text, re.M):
        passes = []
        for row in rows.splitlines()[2:]:
            cell = row.split("|")[1]
            passes += re.findall(r"`([\w-]+)`", cell)
            if "the conversions" in cell:
                passes.append("...")
        yield name, passes


def read_pipeline(tool, name):
    command = [tool, f"--{name}", "--dump-pass-pipeline", "-"]
    # What a pipeline makes of no program does not matter here.
    result = subprocess.run(command, input="", text=True, capture_output=True)
    text = result.stderr[result.stderr.index("builtin.module") :].split("\n\n")[0]
    while re.search(r"\{[^{}]*\}", text):
        text = re.sub(r"\{[^{}]*\}", "", text)
    names = re.findall(r"[\w.-]+", text)
    return [name for name in names if name not in ("builtin.module", "func.func", "any")]


def main():
    tables = dict(read_tables(Path(sys.argv[1]).read_text()))
    bad = 0
    for name, told in tables.items():
        made = read_pipeline(sys.argv[2], name)
        if "..." in told:
            place = told.index("...")
            rest = len(told) - place - 1
            middle = made[place : len(made) - rest]
            told = (
                told[:place]
                + [x for x in middle if "to-llvm" in x or "convert" in x]
                + told[place + 1 :]
            )
        if told != made:
            bad = 1
            print(f"{name} is\n  {', '.join(made)}\nand is said to be\n  {', '.join(told)}")
    print(f"{len(tables)} pipelines")
    return bad


if __name__ == "__main__":
    sys.exit(main())
