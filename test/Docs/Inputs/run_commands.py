"""Runs the commands that a page shows.

    python3 run_commands.py PAGE FOLDER "OLD=>NEW"...

Commands are the lines after `$` in blocks of the kind console; a line that ends in a
backslash goes on. Those of make and export are for the reader's shell. OLD becomes NEW:
what a reader has at other places. Prints each command, and ends at the first that fails.
"""

import re
import subprocess
import sys
from pathlib import Path


def main():
    page, folder, *changes = sys.argv[1:]
    blocks = re.findall(r"^```console\n(.*?)^```", Path(page).read_text(), re.M | re.S)
    commands = re.findall(r"^\$ ((?:.*\\\n)*.*)", "".join(blocks), re.M)
    for command in commands:
        if re.match(r"make|export|cmake|pip", command):
            continue
        for change in changes:
            old, _, new = change.partition("=>")
            command = command.replace(old, new)
        print(command, flush=True)
        result = subprocess.run(
            command,
            shell=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        if result.returncode:
            sys.exit(f"ended with {result.returncode}: {result.stderr}")


if __name__ == "__main__":
    main()
