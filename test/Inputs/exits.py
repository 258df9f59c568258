"""Runs a command and checks how it ends.

    python exits.py CODE COMMAND...

Succeeds when the command exits with CODE; a death by signal N is 128 + N, as
for a shell. What it prints passes through.
"""

import subprocess
import sys


def main():
    expected, command = int(sys.argv[1]), sys.argv[2:]
    code = subprocess.run(command).returncode
    if code < 0:
        code = 128 - code
    if code != expected:
        sys.exit(f"exits.py: {command[0]} ended with {code}, expected {expected}")


if __name__ == "__main__":
    main()
