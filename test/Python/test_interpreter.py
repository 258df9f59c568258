"""The reference interpreter, against numpy, transformers and itself at other stages."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from programs import tensor_type
from reference import SentenceEncoder

GOLDEN = np.load(Path(__file__).with_name("minilm_golden.npz"))
TINY_BERT = Path(__file__).parents[1] / "Inputs" / "make_tiny_bert.py"
RNG = np.random.default_rng(22)

pytestmark = pytest.mark.skipif("TREADLE_TOOL" not in os.environ, reason="there is no compiler")


def to_stage(model, stage, path):
    """The text of a model at a stage."""
    tool = os.environ["TREADLE_TOOL"]
    subprocess.run([tool, "compile", model, f"--stop-at={stage}", "-o", path], check=True)
    return path


def interpret(module, directory, calls, weights=None):
    """The results of functions by name, each given its arguments."""
    for name, arguments in calls.items():
        for i, argument in enumerate(arguments):
            np.save(directory / f"{name}.arg{i}.npy", argument)
    options = f"cases={directory}" + (f" weights={weights}" if weights else "")
    tool = Path(os.environ["TREADLE_TOOL"]).with_name("treadle-opt")
    subprocess.run([tool, module, f"--treadle-interpret={options}", "-o", os.devnull], check=True)
    return {name: np.load(directory / f"{name}.result0.npy") for name in calls}


# ===------------------------------------------------------------------------------------=== #
# Whole models
# ===------------------------------------------------------------------------------------=== #


@pytest.fixture(scope="module")
def minilm_module(minilm_source, tmp_path_factory):
    return to_stage(minilm_source, "model", tmp_path_factory.mktemp("model") / "minilm.mlir")


@pytest.mark.parametrize("case", ["one_token", "one_of_128"])
def test_model_is_transformers(minilm_module, minilm_source, tmp_path, case):
    ids = GOLDEN[f"{case}.ids"].astype(np.int64)
    calls = {"embed": [ids, GOLDEN[f"{case}.lengths"]]}
    (actual,) = interpret(minilm_module, tmp_path, calls, minilm_source).values()
    np.testing.assert_allclose(actual, GOLDEN[f"{case}.embeddings"], rtol=0, atol=1e-12)


def test_what_lies_past_a_length_changes_nothing(minilm_module, minilm_source, tmp_path):
    ids, lengths = RNG.integers(1000, 2000, (2, 8)), np.array([8, 3])
    (actual,) = interpret(
        minilm_module, tmp_path, {"embed": [ids, lengths]}, minilm_source
    ).values()
    encoder = SentenceEncoder(minilm_source)
    expected = [encoder.embed(row[:length]) for row, length in zip(ids, lengths)]
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-12)


@pytest.fixture(scope="module")
def tiny_bert(tmp_path_factory):
    directory = tmp_path_factory.mktemp("tiny")
    sizes = ["--hidden", "16", "--layers", "2", "--heads", "2"]
    subprocess.run([sys.executable, TINY_BERT, directory, *sizes], check=True)
    return directory


@pytest.mark.parametrize("stage", ["structured", "tiled"])
def test_stages_mean_the_same(tiny_bert, tmp_path, stage):
    calls = {"embed": [RNG.integers(0, 50, (2, 7)), np.array([7, 4])]}
    results = []
    for name in ("model", stage):
        module = to_stage(tiny_bert, name, tmp_path / f"{name}.mlir")
        (result,) = interpret(module, tmp_path, calls, tiny_bert).values()
        results.append(result)
    # Constants such as 1/√2 are f32 from stage `structured` on; nothing else is rounded.
    np.testing.assert_allclose(results[1], results[0], rtol=0, atol=1e-7)
    assert np.abs(results[0]).max() > 0.1


# ===------------------------------------------------------------------------------------=== #
# Attention
# ===------------------------------------------------------------------------------------=== #

BATCH, HEADS, QUERIES, KEYS, COMPONENTS, WIDTH = 2, 3, 5, 7, 4, 6
EXTENTS = dict(b=BATCH, h=HEADS, m=QUERIES, n=KEYS, d=COMPONENTS, e=WIDTH)
#: Of queries, keys, values and result.
LAYOUTS = [
    ("bhmd", "bhnd", "bhne", "bhme"),
    ("bmhd", "bdn", "ben", "bmhe"),
    ("hbdm", "nbhd", "enhb", "ehbm"),
]
MASKS = [
    "",
    "causal",
    "causal, align = top_left",
    "causal, window = 3",
    "window = 2, align = offsets",
    "keys_within_lengths",
    "causal, window = 3, prefix, keys_within_lengths, align = lengths",
]
SCORES = ["dot", "scaled_dot", "additive"]


def read(dims, array, order):
    """An array whose dimensions have these letters, with those of `order`."""
    missing = [dim for dim in order if dim not in dims]
    index = tuple(np.newaxis for _ in missing)
    full = array[(..., *index)]
    return full.transpose([(list(dims) + missing).index(dim) for dim in order])


def visible(mask, lengths, offsets, prefixes):
    """Which keys [b, m, n] are, as docs/Spec.md has it, one inequality a line."""
    m, n = np.arange(QUERIES)[None, :, None], np.arange(KEYS)[None, None, :]
    lengths, offsets, prefixes = (x[:, None, None] for x in (lengths, offsets, prefixes))
    shift = KEYS - QUERIES
    if "top_left" in mask:
        shift = 0
    if "align = lengths" in mask:
        shift = lengths - QUERIES
    if "align = offsets" in mask:
        shift = offsets
    position = m + shift
    seen = np.ones((BATCH, QUERIES, KEYS), bool)
    if "causal" in mask:
        seen &= n <= position
    if "window" in mask:
        seen &= np.abs(position - n) < int(mask.split("window = ")[1][0])
    if "prefix" in mask:
        seen |= n < prefixes
    if "keys_within_lengths" in mask:
        seen &= n < lengths
    return seen


def write_attention(name, score, layout, mask, arrays):
    """A function of one attention, whose arguments are `arrays`, by the keyword of each."""
    maps = list(layout) + [arrays[key][0] for key in EXTRA if key in arrays]
    space = ", ".join("bhmnde")
    affine = ", ".join(f"affine_map<({space}) -> ({', '.join(dims)})>" for dims in maps)
    types = {}
    for key, (_, array) in arrays.items():
        element = {"b": "i1", "i": "i64", "f": "f64"}[array.dtype.kind]
        types[key] = tensor_type(array.shape, element)
    result = tensor_type([EXTENTS[dim] for dim in layout[3]], "f64")
    operands = " ".join(f"{key}(%{key})" for key in arrays)
    first = " ".join(f"{key}(%{key})" for key in ("queries", "keys", "values"))
    rest = operands[len(first) :]
    attribute = f"mask(#treadle.mask<{mask}>)" if mask else ""
    arguments = ", ".join(f"%{key}: {type}" for key, type in types.items())
    return f"""
    func.func @{name}({arguments}) -> {result} {{
      %y = treadle.attention {score} {first} {attribute} {rest} indexing_maps = [{affine}]
        : ({", ".join(types.values())}) -> {result}
      return %y : {result}
    }}
    """


#: Operands with a map, in the order of their maps and of the operation's operands.
EXTRA = ["score_weights", "selection", "bias", "sinks"]
INTEGERS = ["lengths", "offsets", "prefixes"]


def make_case(score, layout, mask, extra):
    """Arrays by keyword, with their dimensions' letters, in the order of the operands."""
    arrays = {}
    for key, dims in zip(("queries", "keys", "values"), layout):
        arrays[key] = dims, RNG.standard_normal([EXTENTS[dim] for dim in dims])
    if score == "additive":
        arrays["score_weights"] = "d", RNG.standard_normal(COMPONENTS)
    asked = {"lengths": "length", "offsets": "align = offsets", "prefixes": "prefix"}
    for key in INTEGERS:
        if asked[key] in mask:
            arrays[key] = "b", RNG.integers(-1, KEYS + 2, BATCH)
    if extra:
        arrays["selection"] = "mn", RNG.random((QUERIES, KEYS)) < 0.7
        arrays["bias"] = "hn", RNG.standard_normal((HEADS, KEYS))
        arrays["sinks"] = "h", RNG.standard_normal(HEADS)
    return arrays


def expect(score, layout, mask, arrays):
    """The equation of docs/Spec.md in numpy, in the result's layout."""
    q = read(*arrays["queries"], "bhmd")[:, :, :, None, :]
    k = read(*arrays["keys"], "bhnd")[:, :, None, :, :]
    v = np.broadcast_to(read(*arrays["values"], "bhne"), (BATCH, HEADS, KEYS, WIDTH))
    if score == "additive":
        x = np.tanh(q + k) @ arrays["score_weights"][1]
    else:
        x = (q * k).sum(-1) / (np.sqrt(COMPONENTS) if score == "scaled_dot" else 1)
    zeros = np.zeros(BATCH, int)
    lengths = np.clip(arrays.get("lengths", ("b", zeros))[1], 0, KEYS)
    offsets, prefixes = (arrays.get(key, ("b", zeros))[1] for key in INTEGERS[1:])
    seen = np.broadcast_to(visible(mask, lengths, offsets, prefixes)[:, None], x.shape)
    sinks = np.zeros(HEADS)
    if "bias" in arrays:
        seen = seen & read(*arrays["selection"], "bhmn")
        x = x + read(*arrays["bias"], "bhmn")
        sinks = np.exp(arrays["sinks"][1])
    e = np.where(seen, np.exp(x), 0)
    total = e.sum(-1, keepdims=True) + sinks[:, None, None]
    y = np.divide(e, total, out=np.zeros_like(e), where=total != 0) @ v
    return y.transpose(["bhme".index(dim) for dim in layout[3]])


def test_attention_is_its_equation(tmp_path):
    functions, calls, expected = [], {}, {}
    for score in SCORES:
        for layout in LAYOUTS:
            for mask in MASKS:
                for extra in (False, True):
                    name = f"attention_{len(calls)}"
                    arrays = make_case(score, layout, mask, extra)
                    functions.append(write_attention(name, score, layout, mask, arrays))
                    calls[name] = [array for _, array in arrays.values()]
                    expected[name] = expect(score, layout, mask, arrays)
    (tmp_path / "cases.mlir").write_text("".join(functions))
    actual = interpret(tmp_path / "cases.mlir", tmp_path, calls)
    for name in calls:
        np.testing.assert_allclose(
            actual[name], expected[name], rtol=0, atol=1e-13, err_msg=name
        )


def test_online_attention_puts_parts_together(tmp_path):
    """Keys in three ranges, and the last query tile of a causal mask, as a tiling has them."""
    q, k = RNG.standard_normal((QUERIES, COMPONENTS)), RNG.standard_normal((KEYS, COMPONENTS))
    v = RNG.standard_normal((KEYS, WIDTH))
    maps = ["md", "nd", "ne", "me", "m", "m"]
    affine = ", ".join(f"affine_map<(m, n, d, e) -> ({', '.join(dims)})>" for dims in maps)
    shapes = [(3, COMPONENTS), (None, COMPONENTS), (None, WIDTH), (3, WIDTH), (3,), (3,)]
    body, state = "", ["%o", "%mu", "%l"]
    for first, last in [(4, 7), (0, 3), (3, 4)]:  # Any order will do.
        t = [tensor_type([last - first if x is None else x for x in s], "f64") for s in shapes]
        body += f"""
        %c{first} = arith.constant {first} : index
        %k{first} = tensor.extract_slice %k[{first}, 0] [{last - first}, {COMPONENTS}] [1, 1]
          : tensor<{KEYS}x{COMPONENTS}xf64> to {t[1]}
        %v{first} = tensor.extract_slice %v[{first}, 0] [{last - first}, {WIDTH}] [1, 1]
          : tensor<{KEYS}x{WIDTH}xf64> to {t[2]}
        %r{first}:3 = treadle.online_attention scaled_dot
          queries(%tile) keys(%k{first}) values(%v{first}) mask(#treadle.mask<causal>) shift(%shift) origin(%row, %c{first}) outs({", ".join(state)})
          indexing_maps = [{affine}]
          : ({t[0]}, {t[1]}, {t[2]}, index, index, index, {t[3]}, {t[4]}, {t[5]})
            -> ({t[3]}, {t[4]}, {t[5]})
        """
        state = [f"%r{first}#{i}" for i in range(3)]
    (tmp_path / "online.mlir").write_text(f"""
    func.func @online(%q: tensor<{QUERIES}x{COMPONENTS}xf64>, %k: tensor<{KEYS}x{COMPONENTS}xf64>,
                      %v: tensor<{KEYS}x{WIDTH}xf64>) -> tensor<3x{WIDTH}xf64> {{
      %row = arith.constant 2 : index
      %shift = arith.constant {KEYS - QUERIES} : index
      %tile = tensor.extract_slice %q[2, 0] [3, {COMPONENTS}] [1, 1]
        : tensor<{QUERIES}x{COMPONENTS}xf64> to tensor<3x{COMPONENTS}xf64>
      %o = arith.constant dense<0.0> : tensor<3x{WIDTH}xf64>
      %mu = arith.constant dense<0xFFF0000000000000> : tensor<3xf64>
      %l = arith.constant dense<0.0> : tensor<3xf64>
      {body}
      %y = linalg.generic {{
          indexing_maps = [affine_map<(m, e) -> (m)>, affine_map<(m, e) -> (m, e)>],
          iterator_types = ["parallel", "parallel"]}}
        ins({state[2]} : tensor<3xf64>) outs({state[0]} : tensor<3x{WIDTH}xf64>) {{
      ^bb0(%sum: f64, %acc: f64):
        %w = arith.divf %acc, %sum : f64
        linalg.yield %w : f64
      }} -> tensor<3x{WIDTH}xf64>
      return %y : tensor<3x{WIDTH}xf64>
    }}
    """)
    (actual,) = interpret(tmp_path / "online.mlir", tmp_path, {"online": [q, k, v]}).values()
    scores = q @ k.T / np.sqrt(COMPONENTS)
    e = np.where(np.arange(KEYS) <= np.arange(QUERIES)[:, None] + KEYS - QUERIES, np.exp(scores), 0)
    expected = (e / e.sum(-1, keepdims=True)) @ v
    np.testing.assert_allclose(actual, expected[2:], rtol=0, atol=1e-13)
