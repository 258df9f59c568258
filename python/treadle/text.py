"""From text to batches of token ids."""

import json
from pathlib import Path
from typing import Iterator, List, Optional, Tuple

import numpy as np


class TextEncoder:
    """The tokenizer that an artifact carries.

    tokenizer.json is Hugging Face's; how long a sequence the model was made for
    is max_seq_length of sentence_bert_config.json, as in sentence-transformers.
    """

    def __init__(self, directory: Path, longest: Optional[int]):
        """``longest`` is the greatest number of tokens that the model takes."""
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise ImportError("reading text needs the package: pip install tokenizers") from error
        self._tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
        # The file may ask for padding and a length of its own, for other uses.
        self._tokenizer.no_padding()
        limits = [longest, _read_max_seq_length(directory / "sentence_bert_config.json")]
        limits = [limit for limit in limits if limit is not None]
        if limits:
            self._tokenizer.enable_truncation(min(limits))
        else:
            self._tokenizer.no_truncation()

    def encode(self, texts: List[str]) -> List[np.ndarray]:
        """The token ids of each text: int64 [its length]."""
        return [np.array(e.ids, np.int64) for e in self._tokenizer.encode_batch(texts)]


def make_batches(
    sequences: List[np.ndarray], batch_size: int
) -> Iterator[Tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yields (rows, ids, lengths) until each sequence was in one batch.

    ``rows`` are the positions in ``sequences``, ``ids`` int64 [batch, longest] and
    ``lengths`` int64 [batch]. Sequences of like length go together, the longest
    first: a batch that does not fit into memory is then the first one.
    """
    lengths = np.array([len(ids) for ids in sequences], np.int64)
    order = np.argsort(-lengths, kind="stable")
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        ids = np.zeros((len(rows), lengths[rows[0]]), np.int64)
        for padded, row in zip(ids, rows):
            padded[: lengths[row]] = sequences[row]
        yield rows, ids, lengths[rows]


def _read_max_seq_length(path: Path) -> Optional[int]:
    if not path.exists():
        return None
    return json.loads(path.read_text(encoding="utf-8")).get("max_seq_length")
