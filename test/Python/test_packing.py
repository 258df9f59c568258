"""Sequences of unequal lengths: tokens moved next to each other and back, and encoders whose work
is done on packed tokens. These are compared with the interpreter, which runs the program as it
is written, with its padding, in float64."""

import numpy as np
import pytest
from fuzz.run import STRATEGIES
from interpreter import Interpreter
from programs import Operand, Program

RNG = np.random.default_rng(21)
WIDTH, HEADS, INNER = 32, 2, 48
MOVES, ENCODERS = Program(), Program()

# Batches with sequences of no token, of one, of all; and lengths that no sequence has.
LENGTHS = [
    (7, [7]),
    (7, [0]),
    (1, [1, 0, 1]),
    (40, [40, 0, 1, 33, 40, 32, 0]),
    (70, [0, 0, 0]),
    (70, [70, 70]),
    (65, [64, 1, 65, 2, 63]),
]
BEYOND = [(6, [9, -3, 6, 1 << 40, 0]), (1, [3])]


def normal(*shape, scale=1.0):
    return (scale * RNG.standard_normal(shape)).astype(np.float32)


def add_move(width, element):
    x, r = Operand(["batch", "tokens", *width], element), Operand(["rows", *width], element)
    y = Operand(["batch", "tokens", *width], element)
    name = f"move_{element}_{'_'.join(map(str, width))}"
    MOVES.add(
        name,
        {"x": x, "l": Operand(["batch"], "i64")},
        f"""%c1 = arith.constant 1 : index
        %s = tensor.dim %x, %c1 : {x.type}
        %starts = treadle.sequence_starts %l of(%s) : tensor<?xi64> -> tensor<?xi64>
        %r = treadle.pack_tokens %x at(%starts) : ({x.type}, tensor<?xi64>) -> {r.type}
        %y = treadle.unpack_tokens %r at(%starts) to(%s)
            : ({r.type}, tensor<?xi64>, index) -> {y.type}""",
        y=y,
    )
    return name, width, element


MOVED = [add_move([1], "f32"), add_move([33], "f32"), add_move([3, 16], "f32"),
         add_move([], "i64")]  # fmt: skip


@pytest.fixture(scope="module", params=[1, 2])
def moves(request, target, tmp_path_factory):
    directory = tmp_path_factory.mktemp("moves")
    return MOVES.load(directory, f"--mcpu={target}", threads=request.param)


@pytest.mark.parametrize("tokens, lengths", LENGTHS + BEYOND)
@pytest.mark.parametrize("name, width, element", MOVED)
def test_there_and_back(moves, name, width, element, tokens, lengths):
    x = normal(len(lengths), tokens, *width)
    x = (1000 * x).astype(np.int64) if element == "i64" else x
    lengths = np.array(lengths, np.int64)
    kept = np.arange(tokens) < lengths[:, None]
    expected = np.where(kept.reshape(kept.shape + (1,) * len(width)), x, 0)
    np.testing.assert_array_equal(moves.run(name, x=x, l=lengths)["y"], expected)


PROJECTIONS = "%wq, %wk, %wv, %wo"
MATRIX, VECTOR = Operand([WIDTH, WIDTH]), Operand([WIDTH])
W1, W2 = Operand([INNER, WIDTH]), Operand([WIDTH, INNER])
WEIGHTS = {
    **{name: MATRIX for name in ("wq", "wk", "wv", "wo")},
    **{"w1": W1, "wg": W1, "w2": W2, "g": VECTOR},
}
CONTENTS = {name: normal(*operand.shape, scale=0.2) for name, operand in WEIGHTS.items()}


def add_encoder(name, pooling, lengths="", mask="keys_within_lengths", attention="", gated=False,
                scale="", tokens="tokens"):  # fmt: skip
    """Two layers of attention and a feed-forward network with RMS norms, and a pooling."""
    x = Operand(["batch", tokens, WIDTH])
    weights = ", ".join([MATRIX.type] * 4)
    if gated:
        inner = f"""%f = treadle.gated_feed_forward %v, %wg, %w1, %w2 activation(silu)
            : {x.type}, {W1.type}, {W1.type}, {W2.type}"""
    else:
        inner = f"""%f = treadle.feed_forward %v, %w1, %w2 activation(gelu)
            : {x.type}, {W1.type}, {W2.type}"""
    pooled = f"lengths(%l) : ({x.type}, tensor<?xi64>)" if lengths else f": ({x.type})"
    ENCODERS.add(
        name,
        {"x": x, "l": Operand(["batch"], "i64"), **WEIGHTS},
        f"""%n = treadle.rms_norm %x, %g epsilon(1.0e-5) : {x.type}, {VECTOR.type}
        %y = treadle.stack 2(%n) : {x.type} {{
        ^layer(%h: {x.type}, %i: index):
          %p = treadle.residual %h {scale} : {x.type} {{
          ^branch(%u: {x.type}):
            %a = treadle.multi_head_attention %u, %u, %u heads({HEADS}) projections({PROJECTIONS})
                mask(#treadle.mask<{mask}>) lengths(%l) {attention}
                : ({x.type}, {x.type}, {x.type}, {weights}, tensor<?xi64>) -> {x.type}
            treadle.yield %a : {x.type}
          }}
          %q = treadle.residual %p : {x.type} {{
          ^branch(%u: {x.type}):
            %v = treadle.rms_norm %u, %g epsilon(1.0e-5) : {x.type}, {VECTOR.type}
            {inner}
            treadle.yield %f : {x.type}
          }}
          %o = treadle.rms_norm %q epsilon(1.0e-5) : {x.type}
          treadle.yield %o : {x.type}
        }}
        %e = treadle.pool {pooling} %y {pooled} -> tensor<?x{WIDTH}xf32>""",
        e=Operand(["batch", WIDTH]),
    )


add_encoder("mean", "mean", lengths="l")
add_encoder("max", "max", lengths="l", gated=True)
add_encoder("first", "first")
add_encoder("scaled", "mean", lengths="l", scale="input_scale(2.0) scale(0.5)")
add_encoder("windowed", "max", lengths="l", mask="window = 9, keys_within_lengths")
add_encoder("causal", "mean", lengths="l", mask="causal, keys_within_lengths")
add_encoder("rotary", "mean", lengths="l",
            attention=f"positions(#treadle.rotary<width = {WIDTH // HEADS}>)")  # fmt: skip
add_encoder("forty", "mean", lengths="l", tokens=40)
# `rows` wants keys of static number.
WAYS = {entry: [s for s in STRATEGIES if s != "rows" or entry == "forty"]
        for entry in ENCODERS.signatures}  # fmt: skip
CASES = [(entry, *case) for entry in ENCODERS.signatures for case in LENGTHS
         if (entry != "forty" or case[0] == 40)]  # fmt: skip


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What the interpreter says, by entry and batch."""
    interpreter = Interpreter(ENCODERS, tmp_path_factory.mktemp("interpreter"))
    results = {}
    for entry, tokens, lengths in CASES:
        inputs = make_inputs(tokens, lengths)
        results[entry, tokens, tuple(lengths)] = interpreter.run(entry, **inputs)["e"]
    return results


def make_inputs(tokens, lengths):
    """Inputs whose padding would be seen, if it were looked at."""
    lengths = np.array(lengths, np.int64)
    x = np.random.default_rng(tokens).standard_normal((len(lengths), tokens, WIDTH))
    x[np.arange(tokens) >= lengths[:, None]] *= 100
    return {"x": x.astype(np.float32), "l": lengths, **CONTENTS}


@pytest.fixture(scope="module", params=STRATEGIES)
def encoders(request, tmp_path_factory):
    """The encoders that a strategy takes."""
    program = Program()
    for function, (entry, signature) in zip(ENCODERS.functions, ENCODERS.signatures.items()):
        if request.param in WAYS[entry]:
            program.functions.append(function)
            program.signatures[entry] = signature
    directory = tmp_path_factory.mktemp(request.param)
    return program.load(directory, f"--attention={request.param}", threads=2)


@pytest.mark.parametrize("entry, tokens, lengths", CASES)
def test_encoders(encoders, expected, entry, tokens, lengths):
    if entry not in encoders.entries:
        return  # has keys of unknown number, which `rows` refuses
    inputs = make_inputs(tokens, lengths)
    actual = encoders.run(entry, **inputs)["e"]
    np.testing.assert_allclose(
        actual, expected[entry, tokens, tuple(lengths)], rtol=0, atol=3e-5
    )
    if entry == "forty":
        return
    # In a batch and alone is the same, to the last bit.
    for i, length in enumerate(lengths):
        # A sequence of no token is not alone: the runtime wants one at least.
        length = max(length, 1)
        alone = {**inputs, "x": inputs["x"][i : i + 1, :length], "l": inputs["l"][i : i + 1]}
        np.testing.assert_array_equal(encoders.run(entry, **alone)["e"][0], actual[i])
