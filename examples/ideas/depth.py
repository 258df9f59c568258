"""What layers do to the residual stream as they are added: how large it becomes, what is left of
the input in it, and how much the last layer has to say. Nothing is trained yet."""

import numpy as np
from ideas import claim, draw, finish, interpret, read

TOKENS, WIDTH, DEPTHS = 4, 32, (2, 4, 8, 16, 32, 64)
SAMPLES, DRAWS = 4, 3  # sequences, and encoders that are tried
STEP, WEIGHT_STEP = 1e-6, 1e-3  # weights are stored in f32 and have less room


def length(vectors):
    return np.linalg.norm(vectors, axis=-1)


def measure(depth, weights, x, nudge, change):
    """Of the first token, by placement of norms: squared size over width, and by how much of
    its size it changes with the input (by a step of the input's size), and with the last weight.
    """
    text = read("depth.mlir").replace("stack 64", f"stack {depth}")
    moved = np.concatenate([x, x])
    moved[SAMPLES:, 0] += STEP * nudge
    runs = interpret(text, {"pre": [moved], "post": [moved]}, weights)
    last = f"{depth - 1}.out"
    other = weights | {last: weights[last] + WEIGHT_STEP * change}
    others = interpret(text, {"pre": [x], "post": [x]}, other)
    for name, y in runs.items():
        token = y[:SAMPLES, 0]
        by_input = length(y[SAMPLES:, 0] - token) / STEP / length(nudge) * length(x[:, 0])
        by_weight = length(others[name][:, 0] - token) / WEIGHT_STEP
        yield name, (
            (length(token) ** 2 / WIDTH).mean(),
            (by_input / length(token)).mean(),
            (by_weight / length(token)).mean(),
        )


normal = draw(6)
found = {(name, depth): [] for depth in DEPTHS for name in ("pre", "post")}
for _ in range(DRAWS):
    # The variance of a weight is 1/WIDTH: Xavier's, for as many inputs as outputs.
    names = [f"{i}.{kind}" for i in range(64) for kind in ("q", "k", "v", "o", "in", "out")]
    weights = {name: normal((WIDTH, WIDTH)) / np.sqrt(WIDTH) for name in names}
    x, nudge = normal((SAMPLES, TOKENS, WIDTH)), normal((SAMPLES, WIDTH))
    change = normal((WIDTH, WIDTH)) / np.sqrt(WIDTH)
    for depth in DEPTHS:
        for name, numbers in measure(depth, weights, x, nudge, change):
            found[name, depth].append(numbers)

# Geometric means: the encoders differ by factors.
mean = {key: np.exp(np.log(numbers).mean(axis=0)) for key, numbers in found.items()}
print("        squared size / width   changes with input   with last weight")
print("layers       pre      post       pre      post       pre      post")
for depth in DEPTHS:
    print(f"{depth:6}", end="")
    for i in range(3):
        print(f"  {mean['pre', depth][i]:8.2f}  {mean['post', depth][i]:8.2f}", end="")
    print()

size, by_input, by_weight = ({key: row[i] for key, row in mean.items()} for i in range(3))
claim(
    "pre-norm: the squared size is between 1 + l/2 and 1 + 3l/2",
    all(1 + d / 2 <= size["pre", d] <= 1 + 3 * d / 2 for d in DEPTHS),
)
claim("post-norm: it is one", all(abs(size["post", d] - 1) < 1e-9 for d in DEPTHS))
claim(
    "pre-norm: the last layer has the less to say the more there are, about as 1/√l",
    0.5 < by_weight["pre", 64] / by_weight["pre", 4] * np.sqrt(64 / 4) < 2,
)
claim(
    "post-norm: it has as much at any depth",
    max(by_weight["post", d] for d in DEPTHS) < 2 * min(by_weight["post", d] for d in DEPTHS),
)
claim("pre-norm: the input counts at 64 layers", by_input["pre", 64] > by_input["pre", 2] / 2)
claim("post-norm: less than half is left", by_input["post", 64] < by_input["post", 2] / 2)
finish()
