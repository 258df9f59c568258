"""all-MiniLM-L6-v2, compiled and run, against transformers in float64."""

import json
from pathlib import Path

import numpy as np
import pytest
from reference import SentenceEncoder
from tokenizers import Tokenizer

import treadle

GOLDEN = np.load(Path(__file__).with_name("minilm_golden.npz"))
CASES = sorted({name.split(".")[0] for name in GOLDEN.files})

SENTENCES = [
    "Weaving turns yarn into fabric.",
    "",
    "The shuttle carries the weft between the threads of the warp. " * 40,
    "Ein Webstuhl webt Fäden zu Stoff.",
    "布を織る",
    "A loom.",
    "A loom weaves threads into cloth, and a treadle drives the loom.",
]


def golden(case):
    ids = GOLDEN[f"{case}.ids"].astype(np.int64)
    return ids, GOLDEN[f"{case}.lengths"], GOLDEN[f"{case}.embeddings"]


@pytest.fixture(scope="module", params=[1, 2])
def model(request, minilm):
    return treadle.load(minilm, threads=request.param)


@pytest.mark.parametrize("case", CASES)
def test_reference_is_transformers(minilm_source, case):
    ids, lengths, expected = golden(case)
    encoder = SentenceEncoder(minilm_source)
    actual = [encoder.embed(row[:length]) for row, length in zip(ids, lengths)]
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("case", CASES)
def test_embeddings_are_transformers(model, case):
    ids, lengths, expected = golden(case)
    actual = model.run("embed", ids=ids, lengths=lengths)["embeddings"]
    assert actual.dtype == np.float32
    np.testing.assert_allclose(actual, expected, rtol=0, atol=2e-6)


@pytest.mark.parametrize("case", CASES)
def test_threads_change_no_bit(minilm, case):
    ids, lengths, _ = golden(case)
    one, two = (
        treadle.load(minilm, threads=n).run(ids=ids, lengths=lengths)["embeddings"] for n in (1, 2)
    )
    np.testing.assert_array_equal(one, two)


def test_company_changes_no_bit(model):
    ids, lengths, _ = golden("ragged")
    together = model.run(ids=ids, lengths=lengths)["embeddings"]
    for i, length in enumerate(lengths):
        alone = model.run(ids=ids[i : i + 1, :length], lengths=lengths[i : i + 1])
        np.testing.assert_array_equal(alone["embeddings"][0], together[i])


def test_what_lies_in_the_padding_changes_no_bit(model):
    ids, lengths, _ = golden("ragged")
    other = ids.copy()
    for row, length in zip(other, lengths):
        row[length:] = 2024
    np.testing.assert_array_equal(
        model.run(ids=ids, lengths=lengths)["embeddings"],
        model.run(ids=other, lengths=lengths)["embeddings"],
    )


def test_description(model):
    (entry,) = model.entries.values()
    assert entry.name == "embed"
    assert [(i.name, i.dtype, len(i.shape)) for i in entry.inputs] == [
        ("ids", np.dtype(np.int64), 2),
        ("lengths", np.dtype(np.int64), 1),
    ]
    batch = entry.inputs[0].shape[0]
    (output,) = entry.outputs
    assert (output.name, output.dtype) == ("embeddings", np.dtype(np.float32))
    assert output.shape == (batch, 384)
    assert entry.inputs[1].shape == (batch,)


def test_text_is_embedded_as_its_tokens_are(model, minilm_source):
    tokenizer = Tokenizer.from_file(str(minilm_source / "tokenizer.json"))
    tokenizer.no_padding()
    settings = json.loads((minilm_source / "sentence_bert_config.json").read_text())
    tokenizer.enable_truncation(settings["max_seq_length"])
    encoder = SentenceEncoder(minilm_source)
    expected = [encoder.embed(tokenizer.encode(text).ids) for text in SENTENCES]

    actual = model.embed(SENTENCES)
    assert actual.shape == (len(SENTENCES), 384) and actual.dtype == np.float32
    np.testing.assert_allclose(actual, expected, rtol=0, atol=2e-6)


@pytest.mark.parametrize("batch_size", [1, 2, 32])
def test_batches_change_no_bit(model, batch_size):
    np.testing.assert_array_equal(
        model.embed(SENTENCES, batch_size=batch_size),
        np.concatenate([model.embed([text]) for text in SENTENCES]),
    )


def test_no_text_is_no_row(model):
    assert model.embed([]).shape == (0, 384)


def test_one_string_is_not_a_list_of_letters(model):
    with pytest.raises(TypeError, match=r"\[text\]"):
        model.embed("A loom.")


def test_errors_of_real_inputs(model):
    ids, lengths, _ = golden("one_of_128")
    with pytest.raises(treadle.Error, match="ids") as beyond:
        model.run(ids=np.full_like(ids, 30522), lengths=lengths)
    assert beyond.value.code.startswith("E07")
    with pytest.raises(treadle.Error, match="ids"):
        model.run(ids=-ids, lengths=lengths)
    with pytest.raises(treadle.Error, match="lengths"):
        model.run(ids=ids, lengths=lengths + 1)
    too_long = np.full((1, 513), 101)
    with pytest.raises(treadle.Error, match="sequence"):
        model.run(ids=too_long, lengths=np.array([513]))
