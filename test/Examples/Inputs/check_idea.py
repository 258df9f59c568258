"""Runs a program of examples/ideas and compares what it prints with what its page shows.

python check_idea.py FOLDER NAME
"""

import difflib
import re
import subprocess
import sys
from pathlib import Path


def main():
    folder, name = Path(sys.argv[1]), sys.argv[2]
    command = [sys.executable, "-B", f"{name}.py"]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}{name}.py: exit code {done.returncode}")
    shown = re.search(r"^```text\n(.*?)^```", (folder / f"{name}.md").read_text(), re.M | re.S)
    difference = list(
        difflib.unified_diff(shown[1].splitlines(), done.stdout.splitlines(), "page", "program")
    )
    print("\n".join(difference) or f"{name}: the page shows what the program prints")
    return int(bool(difference))


if __name__ == "__main__":
    sys.exit(main())
