"""From text to embeddings, with a tokenizer and an encoder made by hand.

Words are numbers, a word's id is its number, and [CLS] in front has the id 500.
"""

import json
import subprocess
import sys

import numpy as np
import pytest
from artifacts import make_sum
from tokenizers import Tokenizer, models, pre_tokenizers, processors

import treadle

LONGEST = 6
CLS = 500


def write_tokenizer(directory):
    words = {str(number): number for number in range(100)}
    tokenizer = Tokenizer(models.WordLevel({**words, "[CLS]": CLS}, unk_token="0"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A", special_tokens=[("[CLS]", CLS)]
    )
    # What a published file may ask for, and must not get.
    tokenizer.enable_padding(length=50, pad_id=7)
    tokenizer.enable_truncation(2)
    tokenizer.save(str(directory / "tokenizer.json"))


@pytest.fixture(scope="module")
def artifact(tmp_path_factory):
    directory = make_sum(tmp_path_factory.mktemp("artifacts") / "sum.treadle", LONGEST)
    write_tokenizer(directory)
    return directory


@pytest.fixture(scope="module")
def model(artifact):
    return treadle.load(artifact)


def test_each_text_gets_its_row(model):
    texts = ["1", "1 2 3", "", "99 99", "5 6 7 8", "2"]
    sums = model.embed(texts, batch_size=2)[:, 0]
    np.testing.assert_array_equal(sums - CLS, [1, 6, 0, 198, 26, 2])


def test_like_lengths_share_a_batch(model):
    texts = ["1", "1 2 3 4", "", "1 2 3"]
    padded = model.embed(texts, batch_size=2)[:, 1]
    np.testing.assert_array_equal(padded, [2, 5, 2, 5])


def test_text_is_cut_at_what_the_model_takes(model):
    assert model.embed(["1 2 3 4 5 6 7 8"])[0, 0] == CLS + 1 + 2 + 3 + 4 + 5


def test_text_is_cut_at_what_the_model_was_made_for(artifact):
    settings = artifact / "sentence_bert_config.json"
    settings.write_text(json.dumps({"max_seq_length": 3}))
    try:
        assert treadle.load(artifact).embed(["1 2 3 4"])[0, 0] == CLS + 1 + 2
    finally:
        settings.unlink()


def test_no_text_is_no_row(model):
    assert model.embed([]).shape == (0, 2)


@pytest.mark.parametrize("texts", ["1 2", [1, 2]])
def test_what_is_no_list_of_texts(model, texts):
    with pytest.raises(TypeError):
        model.embed(texts)


def test_batches_of_nothing(model):
    with pytest.raises(ValueError, match="batch_size"):
        model.embed(["1"], batch_size=0)


def test_command(artifact):
    command = [sys.executable, "-m", "treadle", "embed", artifact, "1 2", "3"]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    assert [json.loads(line)[0] for line in printed.splitlines()] == [CLS + 3, CLS + 3]


def test_command_refuses(tmp_path):
    command = [sys.executable, "-m", "treadle", "embed", tmp_path / "none-such.treadle", "1"]
    refused = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert refused.returncode == 1
    assert refused.stdout == "" and refused.stderr.startswith("error[E0")
