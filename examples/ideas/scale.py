"""What dot products of random vectors are like, and what a softmax makes of them."""

import numpy as np
from ideas import claim, draw, finish, interpret, read

QUERIES, KEYS = 32, 128


def describe(weights):
    """Of rows that sum to 1, means of: exp(entropy), the largest, and 1 - Σ p²."""
    logarithms = np.log(np.maximum(weights, 1e-300))
    entropy = -(weights * logarithms).sum(axis=1)
    slope = 1 - (weights**2).sum(axis=1)
    return np.exp(entropy.mean()), weights.max(axis=1).mean(), slope.mean()


normal = draw(2)
print("            variance     without the scale       with the scale")
print("      d_k    / d_k     keys  largest  slope    keys  largest  slope")
rows = {}
for width in (16, 64, 256, 1024):
    text = read("scale.mlir").replace("x64xf32", f"x{width}xf32")
    q, k, unit = normal((QUERIES, width)), normal((KEYS, width)), np.eye(KEYS)
    calls = {"scores": [q, k], "plain": [q, k, unit], "scaled": [q, k, unit]}
    result = interpret(text, calls)
    variance = result["scores"].var() / width
    plain, scaled = describe(result["plain"]), describe(result["scaled"])
    rows[width] = variance, plain, scaled
    print(f"     {width:4}   {variance:6.3f}", end="")
    for keys, largest, slope in (plain, scaled):
        print(f"   {keys:6.2f}  {largest:6.3f} {slope:6.3f}", end="")
    print()

# Scores from a normal distribution of variance one: ln 128 - 1/2 is the entropy for many keys.
expected = KEYS * np.exp(-0.5)
print(f"normal scores, variance one: {expected:.2f} keys")
claim("the variance is d_k within a tenth", all(abs(v - 1) < 0.1 for v, _, _ in rows.values()))
without = [plain for _, plain, _ in rows.values()]
claim(
    "without the scale, a query sees fewer keys the wider it is",
    all(a[0] > b[0] for a, b in zip(without, without[1:])),
)
claim("at d_k = 1024 it sees less than two", without[-1][0] < 2)
claim("and the slope of the softmax is a fifth or less", without[-1][2] < 0.2)
claim(
    "with the scale, it is as for normal scores at any width",
    all(abs(scaled[0] / expected - 1) < 0.1 for _, _, scaled in rows.values()),
)
finish()
