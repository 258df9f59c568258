"""Additive and dot-product attention at equal shape: operations, memory and, with --time, time."""

import sys

import numpy as np
from ideas import Artifact, claim, draw, finish, memory, read

QUERIES = KEYS = 512
WIDTH = 64
pairs = QUERIES * KEYS
text = read("scores.mlir")

# What a pair of query and key costs. tanh is counted for itself: it is some twenty operations.
print("for a pair   sums and products   tanh   exp")
flops = {"dot": 2 * WIDTH, "additive": 3 * WIDTH}
for name, score in flops.items():
    print(f"{name:10} {score + 2 * WIDTH:19} {WIDTH * (name == 'additive'):6} {1:5}")

# The CPU is named so that the numbers are the same everywhere.
used = {
    strategy: memory(text, f"--attention={strategy}", "--mcpu=x86-64-v3")
    for strategy in ("online", "decomposed")
}
print("MB besides the tensors       in all   on a stack")
for name, (arena, stack) in used["online"].items():
    print(f"{name:26} {arena / 1e6:8.2f} {stack / 1e6:12.2f}")
matrix = 4 * pairs
print(f"the scores of all pairs {matrix / 1e6:11.2f}")
print(f"and their tanh {matrix * WIDTH / 1e6:20.2f}")

normal = draw(3)
q, k, v = (normal((rows, WIDTH)).astype(np.float32) for rows in (QUERIES, KEYS, KEYS))
w = (normal(WIDTH) / np.sqrt(WIDTH)).astype(np.float32)
model = Artifact(text, {"w": w})
scores = {
    "dot": q.astype(float) @ k.T.astype(float) / np.sqrt(WIDTH),
    "additive": np.stack([np.tanh(row + k) @ w.astype(float) for row in q.astype(float)]),
}
for name, s in scores.items():
    p = np.exp(s - s.max(axis=1, keepdims=True))
    expected = p / p.sum(axis=1, keepdims=True) @ v
    error = np.abs(model.run(name, q=q, k=k, v=v) - expected).max()
    claim(f"{name}: compiled code is within 1e-5 of the equation in float64", error < 1e-5)

online, whole = ({name: sum(b) for name, b in used[kind].items()} for kind in used)
claim("tile by tile, both need about the same", 0.8 < online["dot"] / online["additive"] < 1.25)
claim("which is less than a twentieth of the scores", online["additive"] < matrix / 20)
claim(
    "as whole matrices, both keep scores, and neither keeps tanh",
    all(matrix <= size < 8 * matrix for size in whole.values()),
)
if "--time" in sys.argv:
    times = {name: model.seconds(name) for name in flops}
    for name, seconds in times.items():
        print(f"{name}: {seconds * 1e3:.2f} ms on one thread")
    print(f"additive takes {times['additive'] / times['dot']:.1f} times as long")
finish()
