"""Checks the help of every verb: its length, its width, where examples are."""

import subprocess
import sys

TREADLE = sys.argv[1]


def get_output(*arguments):
    return subprocess.run(
        [TREADLE, *arguments], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.splitlines()


overview = get_output("help")
verbs = [line.split()[0] for line in overview[overview.index("Verbs:") + 1 :] if line[:2] == "  "]
assert "compile" in verbs and "bench" in verbs, verbs
for verb in verbs:
    lines = get_output(verb, "--help")
    assert len(lines) <= 60, f"{verb}: {len(lines)} lines"
    assert max(map(len, lines)) <= 80, f"{verb}: {max(lines, key=len)}"
    examples = [i for i, line in enumerate(lines) if f"treadle {verb}" in line and line[0] == " "]
    usage = next(i for i, line in enumerate(lines) if line.startswith("Usage:"))
    assert examples and examples[0] < usage, f"{verb}: no example before the usage"
