"""Attention, compiled and run, against its equation in float64."""

import numpy as np
import pytest
from attention_text import add_attention
from numerics import assert_within, attention, linear
from programs import Operand, Program, run

RNG = np.random.default_rng(8)
PROGRAM = Program()
#: Where each tensor has its dimensions: heads before tokens, tokens before heads, keys with
#: their components before their tokens, as some caches have them, and keys without heads.
LAYOUTS = {
    "heads_first": ["bhmd", "bhnd", "bhne", "bhme"],
    "tokens_first": ["bmhd", "bnhd", "bnhe", "bmhe"],
    "transposed": ["bmhd", "bhdn", "bhen", "bhme"],
    "shared": ["bhmd", "bnd", "bne", "bmhe"],
}


def normal(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


def add(name, layout, extents, selection=None, mask=(), outer="bh", **more):
    """An entry point of one attention. Dimensions without an extent are dynamic."""
    maps = LAYOUTS[layout] if isinstance(layout, str) else layout
    dims = dict(zip(["queries", "keys", "values", "result"], maps))
    if "keys_within_lengths" in mask:
        dims["lengths"] = "b"
    if selection:
        dims["selection"] = selection
    add_attention(PROGRAM, name, outer + "mnde", dims, extents, mask=mask, **more)


def make(dims, sizes):
    return normal(*(sizes[dim] for dim in dims))


def as_matrices(dims, array, heads):
    """[batch, heads, tokens, components], of any layout."""
    if "h" not in dims:
        array, dims = np.repeat(array[:, None], heads, axis=1), dims[0] + "h" + dims[1:]
    last = {"m": "de", "n": "de"}
    tokens = "m" if "m" in dims else "n"
    component = next(dim for dim in dims if dim in last[tokens])
    return array.transpose([dims.index(dim) for dim in ["b", "h", tokens, component]])


def check(model, name, layout, sizes, scale=None, visible=None, change=None, **inputs):
    """Calls an entry point with random queries, keys and values, which `change` may change."""
    *read, made = LAYOUTS[layout]
    arrays = [make(dims, sizes) for dims in read]
    if change:
        change(*arrays)
    matrices = [as_matrices(dims, array, sizes["h"]) for dims, array in zip(read, arrays)]
    if visible is not None:
        visible = np.broadcast_to(visible, (sizes["b"], sizes["h"], sizes["m"], sizes["n"]))
    with np.errstate(invalid="ignore"):
        expected, bound = attention(*matrices, scale=scale, visible=visible)
    actual = run(model, name, **dict(zip("qkv", arrays)), **inputs)
    actual = as_matrices(made, actual, sizes["h"])
    assert_within(actual, expected, bound)
    if visible is not None:
        # Exactly: a query that sees nothing.
        np.testing.assert_array_equal(actual[~visible.any(-1)], 0)
    return actual


def causal(queries, keys):
    return np.arange(keys) <= np.arange(queries)[:, None] + keys - queries


def sizes(b, h, m, n, d, e):
    return dict(b=b, h=h, m=m, n=n, d=d, e=e)


@pytest.fixture(scope="module")
def model(target, tmp_path_factory):
    return PROGRAM.load(tmp_path_factory.mktemp("attention"), f"--mcpu={target}", threads=2)


# ----------------------------------------------------------------------------
# Scores, layouts and sizes
# ----------------------------------------------------------------------------

SHAPES = [(8, 8), (1, 1), (5, 3), (32, 32), (64, 20)]
for d, e in SHAPES:
    add(f"plain_{d}_{e}", "heads_first", {"d": d, "e": e})


@pytest.mark.parametrize("d, e", SHAPES)
def test_components(model, d, e):
    # Queries up to two blocks of the widest vectors, keys up to three tiles of 128, and all
    # numbers of them that may be left over.
    for queries, keys in [(1, 1), (2, 127), (15, 128), (16, 129), (33, 7), (70, 300), (31, 256)]:
        check(model, f"plain_{d}_{e}", "heads_first", sizes(2, 3, queries, keys, d, e))


def test_each_number_of_queries_and_keys(model):
    for count in range(1, 71):
        check(model, "plain_5_3", "heads_first", sizes(1, 2, count, 9, 5, 3))
        check(model, "plain_5_3", "heads_first", sizes(1, 2, 9, count, 5, 3))


for layout in LAYOUTS:
    add(f"layout_{layout}", layout, {"h": 4, "d": 16, "e": 8})


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(model, layout):
    for queries, keys in [(1, 1), (40, 40), (19, 150)]:
        check(model, f"layout_{layout}", layout, sizes(3, 4, queries, keys, 16, 8))


FIXED = {"d": 8, "e": 6}
add("one", ["md", "nd", "ne", "me"], FIXED, outer="")
add("batch", ["bmd", "bnd", "bne", "bme"], FIXED, outer="b")
add("common_keys", ["bmd", "nd", "ne", "bme"], FIXED, outer="b")
GROUPS = {**FIXED, "g": 2, "r": 3}
add("grouped", ["bmgrd", "bngd", "bnge", "bmgre"], GROUPS, outer="bgr", mask=["causal"])


def test_other_outer_dimensions(model):
    q, k, v = normal(20, 8), normal(140, 8), normal(140, 6)
    assert_within(run(model, "one", q=q, k=k, v=v), *attention(q, k, v))
    q, k, v = normal(3, 20, 8), normal(3, 140, 8), normal(3, 140, 6)
    assert_within(run(model, "batch", q=q, k=k, v=v), *attention(q, k, v))
    assert_within(run(model, "common_keys", q=q, k=k[0], v=v[0]), *attention(q, k[:1], v[:1]))


# One query of r heads to a head of keys, as in decoding: fewer than a vector has lanes, and as many.
# Components that are whole vectors of AVX2 and AVX-512, of AVX2 alone, and of neither; and more than
# the registers hold the sums of.
DECODING = [
    (r, d, e) for r in (1, 3, 4, 5, 8, 16) for d, e in ((32, 48), (8, 24), (12, 6), (128, 128))
]
for r, d, e in DECODING:
    dims = {"m": 1, "g": 2, "r": r, "d": d, "e": e}
    add(f"decode_{r}_{d}_{e}", ["bgrmd", "bgnd", "bgne", "bgrme"], dims, outer="bgr")


@pytest.mark.parametrize("r, d, e", DECODING)
def test_one_query_of_heads_that_share_a_head_of_keys(model, r, d, e):
    for keys in (1, 3, 64, 65, 131):
        q, k, v = normal(2, 2, r, 1, d), normal(2, 2, keys, d), normal(2, 2, keys, e)
        expected, bound = attention(q, k[:, :, None], v[:, :, None])
        assert_within(run(model, f"decode_{r}_{d}_{e}", q=q, k=k, v=v), expected, bound)


def test_query_heads_that_share_a_head_of_keys(model):
    q, k, v = normal(3, 20, 2, 3, 8), normal(3, 140, 2, 8), normal(3, 140, 2, 6)
    expected, bound = attention(
        q.transpose(0, 2, 3, 1, 4),  # [batch, head of keys, head of queries, token, component]
        k.transpose(0, 2, 1, 3)[:, :, None],
        v.transpose(0, 2, 1, 3)[:, :, None],
        visible=causal(20, 140),
    )
    order = (0, 3, 1, 2, 4)
    actual = run(model, "grouped", q=q, k=k, v=v)
    assert_within(actual, expected.transpose(order), bound.transpose(order))


add("dot", "heads_first", {"d": 8, "e": 8}, score="dot")
add("scale", "heads_first", {"d": 8, "e": 8}, options=["scale(0.7)"])
add("scale_negative", "heads_first", {"d": 8, "e": 8}, options=["scale(-2.0)"])
add("scale_zero", "heads_first", {"d": 8, "e": 8}, options=["scale(0.0)"])


@pytest.mark.parametrize(
    "name, scale", [("dot", 1.0), ("scale", 0.7), ("scale_negative", -2.0), ("scale_zero", 0.0)]
)
def test_scores(model, name, scale):
    check(model, name, "heads_first", sizes(2, 3, 20, 140, 8, 8), scale)


def test_large_scores(model):
    """Where exp(score) alone would overflow, and where all weights but one vanish."""

    def enlarge(q, k, v):
        q *= 60

    check(model, "dot", "heads_first", sizes(2, 3, 20, 300, 8, 8), 1.0, change=enlarge)


# ----------------------------------------------------------------------------
# Masks
# ----------------------------------------------------------------------------

add("causal", "tokens_first", {"d": 8, "e": 8}, mask=["causal"])
add("lengths", "tokens_first", {"d": 8, "e": 8}, mask=["keys_within_lengths"])
add("both", "heads_first", {"d": 8, "e": 8}, mask=["causal", "keys_within_lengths"])


#: As many queries as keys; fewer, as with a cache; more, of which the first see nothing.
COUNTS = [(1, 1), (40, 40), (300, 300), (1, 140), (7, 300), (40, 3), (140, 20), (70, 69)]


@pytest.mark.parametrize("queries, keys", COUNTS)
def test_causal(model, queries, keys):
    space = sizes(2, 3, queries, keys, 8, 8)
    check(model, "causal", "tokens_first", space, visible=causal(queries, keys))


def hide_keys(lengths, keys):
    return (np.arange(keys) < lengths[:, None])[:, None, None, :]


@pytest.mark.parametrize("queries, keys", COUNTS)
def test_lengths(model, queries, keys):
    lengths = np.array([0, keys, keys // 2, min(keys, 129), 1, -3, keys + 5])
    visible = hide_keys(lengths, keys)
    space = sizes(len(lengths), 2, queries, keys, 8, 8)
    check(model, "lengths", "tokens_first", space, visible=visible, lengths=lengths)
    # Nobody reads what is beyond a length.
    q, k, v = (make(dims, space) for dims in LAYOUTS["tokens_first"][:3])
    expected = run(model, "lengths", q=q, k=k, v=v, lengths=lengths)
    hidden = ~visible[:, 0, 0]
    k[hidden] = v[hidden] = np.nan
    np.testing.assert_array_equal(run(model, "lengths", q=q, k=k, v=v, lengths=lengths), expected)


@pytest.mark.parametrize("queries, keys", COUNTS)
def test_causal_within_lengths(model, queries, keys):
    lengths = np.array([0, keys, keys // 2, 1])
    visible = causal(queries, keys) & hide_keys(lengths, keys)
    space = sizes(len(lengths), 2, queries, keys, 8, 8)
    check(model, "both", "heads_first", space, visible=visible, lengths=lengths)


SELECTIONS = ["bhmn", "bmn", "mn", "bn", "nm"]
for dims in SELECTIONS:
    add(f"selection_{dims}", "tokens_first", {"d": 8, "e": 8}, selection=dims)
add(
    "selection_and_masks",
    "tokens_first",
    {"d": 8, "e": 8},
    selection="bmn",
    mask=["causal", "keys_within_lengths"],
)


def select(dims, space):
    """A random selection, with queries that select nothing, and what it shows [b, h, m, n]."""
    chosen = RNG.random([space[dim] for dim in dims]) < 0.3
    if "m" in dims and space["m"] > 2:
        chosen[(slice(None),) * dims.index("m") + (space["m"] // 2,)] = False
    if dims == "bn":
        chosen[0] = False
    order = [dim for dim in "bhmn" if dim in dims]
    shown = chosen.transpose([dims.index(dim) for dim in order])
    return chosen, shown.reshape([space[dim] if dim in dims else 1 for dim in "bhmn"])


@pytest.mark.parametrize("dims", SELECTIONS)
@pytest.mark.parametrize("queries, keys", [(1, 1), (40, 40), (7, 300), (70, 20)])
def test_selection(model, dims, queries, keys):
    space = sizes(2, 3, queries, keys, 8, 8)
    chosen, visible = select(dims, space)
    check(model, f"selection_{dims}", "tokens_first", space, visible=visible, selection=chosen)


@pytest.mark.parametrize("queries, keys", [(40, 40), (7, 300), (70, 20)])
def test_selection_and_masks(model, queries, keys):
    space = sizes(3, 2, queries, keys, 8, 8)
    chosen, visible = select("bmn", space)
    lengths = np.array([keys, 0, keys // 2])
    visible = visible & causal(queries, keys) & hide_keys(lengths, keys)
    name, given = "selection_and_masks", {"selection": chosen, "lengths": lengths}
    check(model, name, "tokens_first", space, visible=visible, **given)


# ----------------------------------------------------------------------------
# What is not finite
# ----------------------------------------------------------------------------


@pytest.mark.parametrize("keys", [20, 300])
def test_no_number_in_queries_and_keys(model, keys):
    """A NaN among the scores of a query makes its result NaN, and nobody else's; +∞, too."""

    def spoil(q, k, v):
        q[0, 1, 3, 2] = np.nan
        q[1, 0, 4] = np.inf
        k[1, 2, keys - 1, 0] = np.nan

    actual = check(model, "plain_8_8", "heads_first", sizes(2, 3, 20, keys, 8, 8), change=spoil)
    wrong = np.isnan(actual).all(-1)
    expected = np.zeros((2, 3, 20), bool)
    expected[0, 1, 3] = expected[1, 0, 4] = expected[1, 2] = True
    np.testing.assert_array_equal(wrong, expected)
    np.testing.assert_array_equal(np.isnan(actual).any(-1), expected)


def test_scores_of_minus_infinity_weigh_nothing(model):
    def hide(q, k, v):
        q[..., 0] = 1
        k[0, :, 3:140, 0] = -np.inf

    space = sizes(2, 3, 20, 300, 8, 8)
    check(model, "plain_8_8", "heads_first", space, change=hide)


def test_only_scores_of_minus_infinity_give_zeros(model):
    q, k, v = normal(1, 1, 4, 8), normal(1, 1, 200, 8), normal(1, 1, 200, 8)
    q[..., 0], k[..., 0] = 1, -np.inf
    np.testing.assert_array_equal(run(model, "plain_8_8", q=q, k=k, v=v), 0)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_values_that_are_not_finite_reach_their_component(model, value):
    def spoil(q, k, v):
        v[0, 1, 5, 2] = value

    actual = check(model, "plain_8_8", "heads_first", sizes(2, 3, 20, 150, 8, 8), change=spoil)
    np.testing.assert_array_equal(actual[0, 1, :, 2], np.full(20, value, np.float32))
    assert np.isfinite(actual).sum() == actual.size - 20


@pytest.mark.parametrize("dims", SELECTIONS)
def test_hidden_keys_are_not_looked_at(model, dims):
    """What is no number in a key that a selection hides changes no bit."""
    space = sizes(2, 3, 40, 150, 8, 8)
    chosen, visible = select(dims, space)
    chosen[(slice(None),) * dims.index("n") + ([4, 140],)] = False
    q, k, v = (make(d, space) for d in LAYOUTS["tokens_first"][:3])
    first = run(model, f"selection_{dims}", q=q, k=k, v=v, selection=chosen)
    k[:, 4], k[:, 140] = np.nan, np.inf
    again = run(model, f"selection_{dims}", q=q, k=k, v=v, selection=chosen)
    np.testing.assert_array_equal(again, first)


def test_queries_without_keys_give_zeros_whatever_the_values_are(model):
    """Keys that are hidden lie in the same tile as others; their values are not finite."""
    space = sizes(2, 3, 40, 7, 8, 8)  # the first 33 queries see nothing
    q, k, v = (make(dims, space) for dims in LAYOUTS["tokens_first"][:3])
    v[0, :, :, 1], v[1] = np.nan, np.inf
    actual = run(model, "causal", q=q, k=k, v=v)
    np.testing.assert_array_equal(actual[:, :33], 0)
    assert np.isnan(actual[0, 33:, :, 1]).all() and not np.isfinite(actual[1, 33:]).any()


# ----------------------------------------------------------------------------
# With its projections
# ----------------------------------------------------------------------------

X, Y = Operand(["batch", "sequence", 40]), Operand(["batch", "other", 24])


def projections(d_k, d_v, width, name):
    """Parameters of 4 heads, and the text that names them; keys have `width` components."""
    shapes = {"q": (4 * d_k, 40), "k": (4 * d_k, width), "v": (4 * d_v, width), "o": (30, 4 * d_v)}
    body, weights, biases = "", [], []
    for part, shape in shapes.items():
        weights.append(normal(*shape) / np.sqrt(shape[1]).astype(np.float32))
        biases.append(normal(shape[0]))
        body += PROGRAM.parameter(f"{name}.w{part}", weights[-1], f"w{part}")
        body += PROGRAM.parameter(f"{name}.b{part}", biases[-1], f"b{part}")
    types = [f"tensor<{'x'.join(map(str, w.shape))}xf32>" for w in weights + biases]
    return body, weights, biases, types


MULTI_HEAD = {}
for name, cross, biased, mask, d_k, d_v in [
    ("self", False, True, "", 8, 8),
    ("self_plain", False, False, "", 8, 8),
    ("self_lengths", False, True, "keys_within_lengths", 8, 8),
    ("self_causal", False, True, "causal", 8, 8),
    ("self_wide", False, True, "", 5, 12),
    ("cross", True, True, "", 8, 8),
    ("cross_plain", True, False, "causal, keys_within_lengths", 6, 10),
]:
    body, weights, biases, types = projections(d_k, d_v, 24 if cross else 40, name)
    MULTI_HEAD[name] = cross, weights, biases if biased else [None] * 4, mask
    memory = Y if cross else X
    inputs = {"x": X, "m": memory} if cross else {"x": X}
    other = "m" if cross else "x"
    result = Operand(["batch", "sequence", 30])
    options, given = "", [X.type, memory.type, memory.type, *types[:4]]
    if biased:
        options += "biases(%bq, %bk, %bv, %bo) "
        given += types[4:]
    if mask:
        options += f"mask(#treadle.mask<{mask}>) "
    if "lengths" in mask:
        inputs["l"] = Operand(["batch"], "i64", maximum=memory.shape[1])
        options += "lengths(%l) "
        given.append(inputs["l"].type)
    PROGRAM.add(
        name,
        inputs,
        body
        + f"""
        %y = treadle.multi_head_attention %x, %{other}, %{other} heads(4)
            projections(%wq, %wk, %wv, %wo) {options} : ({", ".join(given)}) -> {result.type}
        """,
        y=result,
    )


@pytest.mark.parametrize("name", MULTI_HEAD)
@pytest.mark.parametrize(
    "batch, tokens, others", [(1, 1, 1), (3, 37, 20), (2, 20, 150), (1, 150, 7)]
)
def test_multi_head_attention(model, name, batch, tokens, others):
    cross, weights, biases, mask = MULTI_HEAD[name]
    x = normal(batch, tokens, 40)
    memory = normal(batch, others, 24) if cross else x
    keys = memory.shape[1]
    inputs, visible = {"x": x}, np.ones((batch, 4, tokens, keys), bool)
    if cross:
        inputs["m"] = memory
    if "causal" in mask:
        visible = visible & causal(tokens, keys)
    if "lengths" in mask:
        inputs["l"] = RNG.integers(0, keys + 1, batch)
        visible = visible & hide_keys(inputs["l"], keys)

    def split(rows):
        return rows.reshape(batch, -1, 4, rows.shape[-1] // 4).swapaxes(1, 2)

    projected = [linear(u, 0.0, w, b) for u, w, b in zip((x, memory, memory), weights, biases)]
    heads = attention(
        *(split(value) for value, _ in projected),
        visible=visible,
        errors=[split(error) for _, error in projected],
    )
    joined = [part.swapaxes(1, 2).reshape(batch, tokens, -1) for part in heads]
    expected = linear(*joined, weights[3], biases[3])
    assert_within(run(model, name, **inputs), *expected)


@pytest.mark.parametrize(
    "mask, offsets, poisoned, clean",
    [
        # A block of queries ends its loop at the last tile of keys that one of them sees: no key
        # from 128 on is read for the first 128 queries, whose values would make them NaN.
        ("causal", 0, slice(128, 512), slice(0, 128)),
        # Queries from 384 on see keys from 129 on; the tile of keys before that is not read.
        ("causal, window = 256", 0, slice(0, 96), slice(384, 512)),
        # The same with the first keys seen by all: there is nothing to read in between.
        ("causal, window = 64, prefix", 0, slice(32, 256), slice(384, 512)),
    ],
)
def test_hidden_tiles_are_not_visited(tmp_path, mask, offsets, poisoned, clean):
    program, x = Program(), Operand([512, 16])
    space = "(m, n, d, e)"
    maps = ", ".join(f"affine_map<{space} -> ({to})>" for to in ("m, d", "n, d", "n, e", "m, e"))
    prefix = "%p = arith.constant dense<32> : tensor<i64>\n" if "prefix" in mask else ""
    body = (
        f"{prefix}%r = treadle.attention scaled_dot queries(%q) keys(%k) values(%v) "
        f"mask(#treadle.mask<{mask}>) {'prefixes(%p)' if prefix else ''} "
        "plan(#treadle.attention_plan<queries = 32, keys = 32, tileRows = 4>) "
        f"indexing_maps = [{maps}] : ({x.type}, {x.type}, {x.type}{', tensor<i64>' if prefix else ''}) -> {x.type}"
    )
    program.add("f", {"q": x, "k": x, "v": x}, body, r=x)
    model = program.load(tmp_path)
    q, k, v = np.random.default_rng(7).standard_normal((3, 512, 16), dtype=np.float32)
    expected = run(model, "f", q=q, k=k, v=v)
    v[poisoned] = np.nan
    np.testing.assert_array_equal(run(model, "f", q=q, k=k, v=v)[clean], expected[clean])
