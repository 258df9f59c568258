"""Do the outputs of self-attention move along when its inputs change places?"""

import numpy as np
from ideas import claim, draw, finish, interpret, read

TOKENS = 6
SHUFFLED = np.array([3, 0, 5, 1, 4, 2])
REVERSED = np.arange(TOKENS)[::-1]

normal = draw(1)
x = normal((1, TOKENS, 8))
projections = [normal((8, 8)) / np.sqrt(8) for _ in range(4)]
extra = {"learned": [normal((16, 8))], "relative": [normal((16, 2))]}


def outputs(x):
    kinds = ["none", "sinusoidal", "learned", "rotary", "alibi", "relative", "causal"]
    calls = {kind: [x, *projections, *extra.get(kind, [])] for kind in kinds}
    return interpret(read("positions.mlir"), calls)


# f(x) with its rows in the new order, against f of x in the new order.
there = outputs(x)
differences = {}
for order in (SHUFFLED, REVERSED):
    for kind, y in outputs(x[:, order]).items():
        differences.setdefault(kind, []).append(np.abs(there[kind][:, order] - y).max())

print("largest difference of f(x) reordered and f(x reordered)")
print("             shuffled  reversed")
for kind, (shuffled, reverse) in differences.items():
    # Below 1e-12 is the rounding of float64, another one in each order.
    show = ["rounding" if value < 1e-12 else f"{value:8.3f}" for value in (shuffled, reverse)]
    print(f"{kind:12} {show[0]:>8}  {show[1]:>8}")

claim("without positions, outputs move with inputs", max(differences["none"]) < 1e-12)
for kind in ("sinusoidal", "learned", "rotary", "alibi", "relative", "causal"):
    claim(f"{kind}: they do not", differences[kind][0] > 0.01)
claim("alibi does not tell left from right", differences["alibi"][1] < 1e-12)
others = [reverse for kind, (_, reverse) in differences.items() if kind not in ("none", "alibi")]
claim("all the others do", min(others) > 0.01)
finish()
