"""Makes the parameters that a model names, from a seed.

    python make_weights.py DIR [MODEL.mlir]

The model is encoder.mlir unless given. What it says of its parameters, names, types and the
number of layers, is read off its text. The format is easy to write without a library: eight
bytes with the length of a header, a header of JSON, and the tensors behind one another.
"""

import array
import json
import math
import os
import random
import re
import struct
import sys


def read_parameters(text):
    """The shapes of the parameters in `text`, by name; a family has a member for each layer."""
    shapes, layers = {}, 1
    line = r'treadle\.stack (\d+)|treadle\.parameter "([^"]+)"(?:\[[^]]*\])? : tensor<([\dx]+)xf32>'
    for count, name, extents in re.findall(line, text):
        if count:
            layers = int(count)
            continue
        shape = [int(extent) for extent in extents.split("x")]
        for layer in range(layers) if "{}" in name else [0]:
            shapes[name.replace("{}", str(layer))] = shape
    return shapes


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    directory = sys.argv[1]
    os.makedirs(directory, exist_ok=True)
    with open(sys.argv[2] if len(sys.argv) == 3 else "encoder.mlir") as file:
        shapes = read_parameters(file.read())
    rng = random.Random(0)
    header, data, offset = {}, [], 0
    for name, shape in shapes.items():
        count = math.prod(shape)
        # Norms scale by about 1.
        center = 1 if name.endswith(("norm.weight", "gain")) else 0
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
