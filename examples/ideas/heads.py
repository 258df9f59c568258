"""A task for two heads that one head of their size cannot do: fetch what the left neighbour says
and what the right neighbour says, and keep the two apart.

There are eight tokens in a ring. Components 0 to 7 of a token say where it is (a one at its place),
8 to 15 what it says. Its output shall be what the token before it says, then what the token after it says.
"""

import numpy as np
from ideas import claim, finish, interpret, read

TOKENS, WIDTH, HALF = 8, 16, 8
places, nothing = np.eye(TOKENS), np.zeros((HALF, HALF))
# Row t is the unit vector of the place before, or after, t.
before, after = np.roll(places, -1, axis=1), np.roll(places, 1, axis=1)


def projections(left, right):
    """How much a token wants to see its left and its right neighbour; it hears what both say."""
    wq = np.block([[left * before.T, nothing], [right * after.T, nothing]])
    wk = np.block([[places, nothing], [places, nothing]])
    wv = np.block([[nothing, np.eye(HALF)], [nothing, np.eye(HALF)]])
    return [wq, wk, wv, np.eye(WIDTH)]


# Every token in turn says each of the eight unit vectors, all others nothing. Where a token looks
# depends on places alone, so that outputs are linear in what is said, and these tell everything.
said = np.eye(TOKENS * HALF).reshape(-1, TOKENS, HALF)
x = np.concatenate([np.broadcast_to(places, said.shape), said], axis=2)
wanted = np.concatenate([np.roll(said, 1, axis=1), np.roll(said, -1, axis=1)], axis=2)


def patterns(outputs):
    """Singular values of the map (from, to) x (said, heard) that the outputs are.

    A head is p(to, from) · A(heard, said): it adds 1 to the rank whatever its pattern p and its
    matrix A, and the best that one head could do is the largest singular value's part."""
    table = outputs.reshape(TOKENS, HALF, TOKENS, WIDTH).transpose(0, 2, 1, 3)
    return np.linalg.svd(table.reshape(TOKENS * TOKENS, HALF * WIDTH), compute_uv=False)


def error(outputs):
    return ((outputs - wanted) ** 2).sum() / (wanted**2).sum()


def run(left, right):
    arrays = [x, *projections(left, right)]
    return interpret(read("heads.mlir"), {"one": arrays, "two": arrays})


sharp = 40.0
result = run(sharp, sharp)
# Multiplications in the four projections, the scores and the weighted sums; exponentials.
parameters = 4 * WIDTH * WIDTH
print("heads  parameters  products  exponentials  patterns  squared error")
ranks, errors = {}, {}
for heads, name in enumerate(("one", "two"), start=1):
    products = TOKENS * parameters + heads * 2 * TOKENS**2 * (WIDTH // heads)
    values = patterns(result[name])
    ranks[heads], errors[heads] = int((values > 1e-9 * values[0]).sum()), error(result[name])
    print(f"{heads:5}  {parameters:10}  {products:8}  {heads * TOKENS**2:12}", end="")
    print(f"  {ranks[heads]:8}  {errors[heads]:13.3f}")

# One head that favours the left neighbour: what it hears is then clearer, and from one side.
print("one head: want of left, of right, squared error")
for right in (40.0, 39.0, 37.0, 0.0):
    errors[right] = error(run(sharp, right)["one"])
    print(f"{sharp:24.0f}  {right:8.0f}  {errors[right]:13.3f}")

values = patterns(wanted)
least = (values[1:] ** 2).sum() / (values**2).sum()
print(f"least error of any one pattern, any projections: {least:.3f}")
claim("two heads do the task", errors[2] < 1e-12)
claim("one head has one pattern, two have two", ranks == {1: 1, 2: 2})
claim("the task has two", int((values > 1e-9).sum()) == 2)
claim("one head with these projections has the least error there is", abs(errors[1] - least) < 1e-9)
claim("favouring a side makes it no better", all(errors[w] > least for w in (39.0, 37.0, 0.0)))
finish()
