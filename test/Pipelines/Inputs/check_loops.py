"""Checks the innermost loops of assembly text that multiply and add vectors.

    python check_loops.py REGISTER TILE FILE [INSTRUCTION]

None has a call, or reads or writes a register that was spilled; the largest
makes TILE products of vectors in REGISTER (zmm, ymm) a step, by INSTRUCTION (vfmadd231ps).
"""

import re
import sys

LABEL = re.compile(r"(\.L\w+):")
BRANCH = re.compile(r"\tj\w+\t(\.L\w+)")


def find_loops(lines):
    """Name and lines of each loop without a label inside."""
    places = {}
    for i, line in enumerate(lines):
        if label := LABEL.match(line):
            places[label[1]] = i
        branch = BRANCH.match(line)
        if branch and branch[1] in places:
            body = lines[places[branch[1]] + 1 : i + 1]
            if not any(LABEL.match(inner) for inner in body):
                yield branch[1], body


def main():
    register, tile, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    instruction = sys.argv[4] if len(sys.argv) > 4 else "vfmadd231ps"
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    largest, faults = 0, []
    for name, body in find_loops(lines):
        products = [line for line in body if instruction in line and register in line]
        if not products:
            continue
        largest = max(largest, len(products))
        # A thread's own buffers are on the stack too, and are reached by an index.
        bad = [line for line in body if "call" in line or "(%rsp)" in line]
        faults += [f"{name}:{line}" for line in bad]
    if largest != tile:
        faults.append(f"the largest loop has {largest} products, not {tile}")
    sys.exit("\n".join(faults) or 0)


main()
