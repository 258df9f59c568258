"""Makes the parameters that encoder.mlir names, from a seed.

    python make_weights.py DIR

The format is easy to write without a library: eight bytes with the length of a
header, a header of JSON, and the tensors behind one another.
"""

import array
import json
import os
import random
import struct
import sys

LAYERS = 2
WIDTH = 64

TENSORS = {"words": [100, WIDTH], "places": [48, WIDTH]}
for layer in range(LAYERS):
    for name, shape in {
        "attention.query.weight": [WIDTH, WIDTH],
        "attention.key.weight": [WIDTH, WIDTH],
        "attention.value.weight": [WIDTH, WIDTH],
        "attention.output.weight": [WIDTH, WIDTH],
        "attention.norm.weight": [WIDTH],
        "attention.norm.bias": [WIDTH],
        "feed_forward.in.weight": [4 * WIDTH, WIDTH],
        "feed_forward.in.bias": [4 * WIDTH],
        "feed_forward.out.weight": [WIDTH, 4 * WIDTH],
        "feed_forward.out.bias": [WIDTH],
        "feed_forward.norm.weight": [WIDTH],
        "feed_forward.norm.bias": [WIDTH],
    }.items():
        TENSORS[f"layer.{layer}.{name}"] = shape


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    directory = sys.argv[1]
    os.makedirs(directory, exist_ok=True)
    rng = random.Random(0)
    header, data, offset = {}, [], 0
    for name, shape in TENSORS.items():
        count = shape[0] * (shape[1] if len(shape) == 2 else 1)
        # Norms scale by about 1.
        center = 1 if name.endswith("norm.weight") else 0
        data.append(array.array("f", (rng.gauss(center, 0.1) for _ in range(count))))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + 4 * count]}
        offset += 4 * count
    text = json.dumps(header).encode()
    with open(os.path.join(directory, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for values in data:
            file.write(values.tobytes())


if __name__ == "__main__":
    main()
