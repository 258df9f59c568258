"""Attention at its edges, in every strategy and in the interpreter: queries without keys, what is
not finite, nothing at all, one of everything, and extents beside powers of two."""

from dataclasses import replace

import numpy as np
import pytest
from fuzz.attention import Attention
from fuzz.run import INTERPRETER, OPTIONS, STRATEGIES, difference, ways_of
from interpreter import Interpreter
from programs import Program

import treadle

PLAIN = Attention(
    seed=(0, 0),
    outer="bk",
    extents={"b": 2, "k": 3, "g": 1, "m": 20, "n": 150, "d": 8, "e": 8},
    dims={
        "queries": "bkmd",
        "keys": "bknd",
        "values": "bkne",
        "result": "bkme",
        "log_sum_exp": "bkm",
    },
)


def variant(**changes):
    """PLAIN with other fields; extents and dims add to what is there."""
    for name in ("extents", "dims"):
        changes[name] = {**getattr(PLAIN, name), **changes.get(name, {})}
    return replace(PLAIN, **changes)


#: (program, what is done to its random inputs)
CASES = {"plain": (PLAIN, lambda a: None)}


def case(name, program, change=lambda a: None):
    CASES[name] = program, change


# Queries that see no key, by each of the things that hide.
case("causal_more_queries", variant(mask=("causal",), extents={"m": 70, "n": 20}))
case("no_lengths", variant(mask=("keys_within_lengths",)), lambda a: a["lengths"].fill(0))
case("negative_lengths", variant(mask=("keys_within_lengths",)), lambda a: a["lengths"].fill(-7))
case("window_outside", variant(window=2, align="offsets"), lambda a: a["offsets"].fill(1000))
case("offsets_before", variant(mask=("causal",), align="offsets"), lambda a: a["offsets"].fill(-12))
case("no_prefix", variant(mask=("causal", "prefix"), align="offsets"),
     lambda a: (a["offsets"].fill(-100), a["prefixes"].fill(0)))  # fmt: skip
case("prefix_alone", variant(mask=("causal", "prefix"), align="offsets"),
     lambda a: (a["offsets"].fill(-100), a["prefixes"].fill(3)))  # fmt: skip
case("nothing_selected", variant(dims={"selection": "mn"}), lambda a: a["selection"].fill(False))
case("some_select_nothing", variant(dims={"selection": "bkmn"}),
     lambda a: a["selection"].__setitem__((0, slice(None), slice(3, 9)), False))  # fmt: skip
case("no_key_but_a_sink", variant(dims={"selection": "mn", "sinks": "k"}),
     lambda a: a["selection"].fill(False))  # fmt: skip
case("parts_that_exclude_each_other", variant(mask=("causal", "keys_within_lengths"), window=3),
     lambda a: a["lengths"].fill(100))  # fmt: skip


# Scores of -∞, of which a query has some, or only such.
def bias(value, *at):
    return lambda a: a["bias"].__setitem__(at, value)


SOME = slice(3, 140)
case("bias_hides_some", variant(dims={"bias": "bkmn"}), bias(-np.inf, 0, 1, slice(None), SOME))
case("bias_hides_a_tile", variant(dims={"bias": "n"}), bias(-np.inf, slice(0, 128)))
case("bias_hides_all", variant(dims={"bias": "m"}), bias(-np.inf, slice(4, 6)))
case(
    "bias_hides_all_but_a_sink",
    variant(dims={"bias": "m", "sinks": ""}),
    bias(-np.inf, slice(4, 6)),
)
case("keys_are_minus_infinity", PLAIN,
     lambda a: (a["queries"][..., 0].fill(1), a["keys"][..., SOME, 0].fill(-np.inf)))  # fmt: skip
case("all_keys_are_minus_infinity", PLAIN,
     lambda a: (a["queries"][..., 0].fill(1), a["keys"][..., 0].fill(-np.inf)))  # fmt: skip
case("a_sink_of_minus_infinity", variant(dims={"sinks": "k"}), lambda a: a["sinks"].fill(-np.inf))
case("huge_scores", variant(spread=1e4))
case("huge_bias", variant(dims={"bias": "mn"}), lambda a: a["bias"].__imul__(1e6))


# NaN and +∞ where a query sees them, and where none does.
case("nan_query", PLAIN, lambda a: a["queries"].__setitem__((0, 1, 3, 2), np.nan))
case("infinite_query", PLAIN, lambda a: a["queries"].__setitem__((0, 1, 3), np.inf))
case("nan_key", PLAIN, lambda a: a["keys"].__setitem__((1, 2, 149, 0), np.nan))
case("nan_bias", variant(dims={"bias": "mn"}), bias(np.nan, 5, 77))
case("infinite_bias", variant(dims={"bias": "mn"}), bias(np.inf, 5, 77))
case("a_large_sink", variant(dims={"sinks": "k"}), lambda a: a["sinks"].fill(60.0))


def spoil_hidden(a):
    a["selection"][..., [4, 140]] = False
    a["keys"][:, :, 4], a["keys"][:, :, 140] = np.nan, np.inf


case("hidden_keys_are_spoilt", variant(dims={"selection": "bn"}), spoil_hidden)
case("hidden_bias_is_spoilt", variant(dims={"selection": "mn", "bias": "mn"}),
     lambda a: a["bias"].__setitem__(~a["selection"], np.nan))  # fmt: skip
case("bias_after_the_window", variant(dims={"bias": "mn"}, mask=("causal",)),
     lambda a: a["bias"].__setitem__(np.triu_indices(20, 131, 150), np.inf))  # fmt: skip


# Nothing, and one of everything.
for dim in "bkmn":
    for dynamic in ("", "bmn"):
        kind = "unknown" if dynamic else "known"
        if dim != "k" or not dynamic:
            case(f"no_{dim}_{kind}", variant(extents={dim: 0}, dynamic=dynamic))
case("no_n_sinks", variant(extents={"n": 0}, dims={"sinks": "bk"}))
case("no_n_masked", variant(extents={"n": 0}, mask=("causal", "keys_within_lengths"), dynamic="n"))
case("no_m_masked", variant(extents={"m": 0}, mask=("causal", "keys_within_lengths"), dynamic="m"))
case("nothing_at_all", variant(extents={"b": 0, "m": 0, "n": 0}, dynamic="bmn"))
case("one_of_all", variant(extents=dict.fromkeys("bkmnde", 1)))
case("one_of_all_unknown", variant(extents=dict.fromkeys("bkmnde", 1), dynamic="bmn"))
case("one_key", variant(extents={"n": 1}))
case("one_query", variant(extents={"m": 1}))
case("one_component", variant(extents={"d": 1}))
case("one_value", variant(extents={"e": 1}))
case(
    "one_component_additive",
    variant(extents={"d": 1}, score="additive", dims={"score_weights": "d"}),
)

# Beside powers of two.
for power in (2, 4, 8, 16, 32, 64, 128, 256):
    for extent in (power - 1, power, power + 1):
        case(f"keys_{extent}", variant(extents={"n": extent, "m": 3, "k": 1}, mask=("causal",)))
        case(f"queries_{extent}", variant(extents={"m": extent, "n": 19, "k": 1}, dynamic="mn"))
        if extent <= 129:
            components = {"d": extent, "e": extent, "m": 5, "n": 9, "k": 1}
            case(f"components_{extent}", variant(extents=components))


WAYS = [*STRATEGIES, INTERPRETER]


@pytest.fixture(scope="module")
def load(tmp_path_factory):
    """All programs in one module, by the way that it is run."""
    models = {}

    def load(way):
        if way not in models:
            program = Program()
            for name, (attention, _) in CASES.items():
                if way in ways_of(attention, WAYS):
                    attention.add_to(program, name)
            directory = tmp_path_factory.mktemp(way)
            if way == INTERPRETER:
                models[way] = Interpreter(program, directory)
            else:
                models[way] = program.load(directory, *OPTIONS[way])
        return models[way]

    return load


def given(name):
    attention, change = CASES[name]
    arrays = attention.inputs()
    change(arrays)
    return attention, arrays


@pytest.fixture(scope="module")
def interpreted(load):
    """The interpreter's results for all programs, made at once."""
    return load(INTERPRETER).run_all({name: given(name)[1] for name in CASES})


@pytest.mark.parametrize(
    "way, name",
    [(way, name) for way in WAYS for name in CASES if way in ways_of(CASES[name][0], WAYS)],
)
def test_edges(load, interpreted, way, name):
    attention, arrays = given(name)
    if way != INTERPRETER and any(attention.extents[dim] == 0 for dim in attention.dynamic):
        # What a call may not leave empty; where it is empty by its type, it runs.
        with pytest.raises(treadle.Error) as caught:
            load(way).run(name, **arrays)
        assert caught.value.code == "E0706"
        return
    outputs = interpreted[name] if way == INTERPRETER else load(way).run(name, **arrays)
    if isinstance(outputs, Exception):
        raise outputs
    wrong = difference(attention, way, outputs, attention.expected(arrays))
    assert wrong is None, wrong


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite(load, way, value):
    """They reach their component of each query, and no other."""
    _, arrays = given("plain")
    expected = load(way).run("plain", **arrays)["result"]
    arrays["values"][0, 1, 5, 2] = value
    actual = load(way).run("plain", **arrays)["result"]
    np.testing.assert_array_equal(actual[0, 1, :, 2], np.full(20, value, np.float32))
    expected[0, 1, :, 2] = value
    np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["causal_more_queries", "no_lengths", "nothing_selected"])
def test_queries_without_keys_do_not_look_at_values(load, way, name):
    """Zeros, whatever the values are, and -∞."""
    attention, arrays = given(name)
    empty = attention.expected(arrays)["log_sum_exp"][0] == -np.inf
    arrays["values"][0], arrays["values"][1] = np.nan, np.inf
    actual = load(way).run(name, **arrays)
    assert empty.any()
    np.testing.assert_array_equal(actual["result"][empty], 0)
    np.testing.assert_array_equal(actual["log_sum_exp"][empty], -np.inf)


@pytest.mark.parametrize("way", WAYS)
def test_one_key_gives_its_value(load, way):
    _, arrays = given("one_key")
    actual = load(way).run("one_key", **arrays)["result"]
    np.testing.assert_array_equal(actual, np.broadcast_to(arrays["values"], actual.shape))
