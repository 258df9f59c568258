"""Runs examples/compiler's search.mlir, compiled, and compares it with the formula in float64.

    python3 check_search.py ARTIFACT FOLDER

Needs no NumPy. Prints the largest difference, and exits with 1 when it is not small.
"""

import ast
import math
import random
import struct
import subprocess
import sys

ARCHIVES, QUESTIONS, SECTIONS, WIDTH = 4, 3, 37, 16
COUNTS = [37, 20, 1, 0]  # The last archive has no section: zeros.


def write(path, kind, shape, values):
    header = f"{{'descr': '<{kind}', 'fortran_order': False, 'shape': {tuple(shape)!r}, }}"
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    letter = {"f4": "f", "i8": "q"}[kind]
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        file.write(struct.pack(f"<{len(values)}{letter}", *values))


def read(path):
    data = open(path, "rb").read()
    (size,) = struct.unpack_from("<H", data, 8)
    header = ast.literal_eval(data[10 : 10 + size].decode())
    assert header["descr"] == "<f4" and header["shape"] == (ARCHIVES, QUESTIONS, WIDTH), header
    return struct.unpack_from(f"<{math.prod(header['shape'])}f", data, 10 + size)


def search(question, sections, notes, sharpness):
    """The equation of archive.search, for one question to one archive."""
    weights = [math.exp(sharpness * sum(a * b for a, b in zip(question, s))) for s in sections]
    return [
        sum(w * note[e] for w, note in zip(weights, notes)) / sum(weights) if weights else 0.0
        for e in range(WIDTH)
    ]


def unit(vector):
    length = max(math.sqrt(sum(x * x for x in vector)), 1e-12)
    return [x / length for x in vector]


def main():
    artifact, folder = sys.argv[1:]
    source = random.Random(7)

    def tensor(name, tokens):
        # Rounded to f32, so that both sides begin with the same numbers.
        count = ARCHIVES * tokens * WIDTH
        values = struct.unpack(
            f"<{count}f", struct.pack(f"<{count}f", *(source.gauss(0, 1) for _ in range(count)))
        )
        write(f"{folder}/{name}.npy", "f4", (ARCHIVES, tokens, WIDTH), values)
        vectors = [values[i : i + WIDTH] for i in range(0, count, WIDTH)]
        return [vectors[i : i + tokens] for i in range(0, len(vectors), tokens)]

    questions = tensor("questions", QUESTIONS)
    sections = tensor("sections", SECTIONS)
    notes = tensor("notes", SECTIONS)
    write(f"{folder}/counts.npy", "i8", (ARCHIVES,), COUNTS)
    command = ["treadle", "run", artifact, "-o", f"{folder}/answers.npy"]
    for name in ("questions", "sections", "notes", "counts"):
        command += ["--input", f"{name}=@{folder}/{name}.npy"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    expected = []
    for b, count in enumerate(COUNTS):
        for question in questions[b]:
            first = search(question, sections[b][:count], notes[b][:count], 0.5)
            expected += search(unit(first), sections[b][:count], notes[b][:count], 2.0)
    answers = read(f"{folder}/answers.npy")
    difference = max(abs(a - e) for a, e in zip(answers, expected))
    print(f"largest difference {difference:.1e}")
    print(f"without a section {set(answers[-QUESTIONS * WIDTH:])}")
    return int(not difference < 5e-6 or max(map(abs, expected)) < 0.5)


if __name__ == "__main__":
    sys.exit(main())
