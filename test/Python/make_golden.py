"""Writes minilm_golden.npz: what transformers computes in float64.

    python test/Python/make_golden.py build/models/all-MiniLM-L6-v2

Needs torch and transformers, which the tests do not. The file holds, for each
case, the token ids [batch, sequence], the lengths [batch] and the embeddings
[batch, width]: mean of the tokens inside the length, then unit length.
"""

import sys
from pathlib import Path

import numpy as np
import torch
import transformers

# Lengths of the sequences of each case. The ragged case is padded to its
# longest, and has the extremes, primes and the usual tile sizes and neighbours.
CASES = {
    "one_token": [1],
    "one_of_128": [128],
    "ragged": [3, 200, 17, 64, 31, 127, 96, 5],
    "two_of_512": [512, 512],
}
CLS, SEP, FIRST_WORD = 101, 102, 1000


def make_ids(rng, lengths, vocabulary):
    """Random words between CLS and SEP; what lies after a length is zero."""
    ids = np.zeros((len(lengths), max(lengths)), np.int64)
    for row, length in zip(ids, lengths):
        row[:length] = rng.integers(FIRST_WORD, vocabulary, length)
        row[0] = CLS
        if length > 1:
            row[length - 1] = SEP
    return ids


def embed(model, ids, lengths):
    mask = torch.arange(ids.shape[1])[None, :] < torch.tensor(lengths)[:, None]
    with torch.inference_mode():
        hidden = model(torch.from_numpy(ids), attention_mask=mask.long())[0]
    weights = mask[:, :, None].double()
    mean = (hidden * weights).sum(dim=1) / weights.sum(dim=1)
    return torch.nn.functional.normalize(mean, dim=1).numpy()


def main():
    model = transformers.AutoModel.from_pretrained(
        sys.argv[1], dtype=torch.float64, attn_implementation="eager"
    ).eval()
    rng = np.random.default_rng(20240229)
    arrays = {}
    for name, lengths in CASES.items():
        ids = make_ids(rng, lengths, model.config.vocab_size)
        arrays[f"{name}.ids"] = ids.astype(np.int32)
        arrays[f"{name}.lengths"] = np.array(lengths, np.int64)
        arrays[f"{name}.embeddings"] = embed(model, ids, lengths)
    np.savez_compressed(Path(__file__).with_name("minilm_golden.npz"), **arrays)


if __name__ == "__main__":
    main()
