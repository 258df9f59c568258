"""Writes and compares small .npy files without NumPy.

    npy.py write FILE 1 2 3 / 4 5 6      int64 of two dimensions
    npy.py write-flat FILE 1 2 3         int64 of one
    npy.py compare-first A B TOLERANCE   first rows of two files of float32
"""

import ast
import struct
import sys


def write(path, shape, values):
    header = f"{{'descr': '<i8', 'fortran_order': False, 'shape': {tuple(shape)!r}, }}"
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        file.write(struct.pack(f"<{len(values)}q", *values))


def read_first_row(path):
    with open(path, "rb") as file:
        data = file.read()
    (size,) = struct.unpack_from("<H", data, 8)
    header = ast.literal_eval(data[10 : 10 + size].decode())
    assert header["descr"] == "<f4", header
    return struct.unpack_from(f"<{header['shape'][-1]}f", data, 10 + size)


def main():
    command, arguments = sys.argv[1], sys.argv[2:]
    if command == "write":
        rows = [[int(x) for x in row.split()] for row in " ".join(arguments[1:]).split("/")]
        write(arguments[0], (len(rows), len(rows[0])), sum(rows, []))
    elif command == "write-flat":
        values = [int(x) for x in arguments[1:]]
        write(arguments[0], (len(values),), values)
    elif command == "compare-first":
        a, b = read_first_row(arguments[0]), read_first_row(arguments[1])
        difference = max(abs(x - y) for x, y in zip(a, b))
        print("largest difference", difference)
        if not (len(a) == len(b) and difference <= float(arguments[2])):
            sys.exit(1)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
