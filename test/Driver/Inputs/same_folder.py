"""Succeeds when two folders hold the same files with the same bytes."""

import pathlib
import sys


def read(folder):
    root = pathlib.Path(folder)
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


a, b = read(sys.argv[1]), read(sys.argv[2])
different = sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name))
if not a or different:
    sys.exit(f"{sys.argv[1]} and {sys.argv[2]} differ: {different or 'both are empty'}")
