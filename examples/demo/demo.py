"""Runs a compiled sentence encoder and shows what it does.

    make demo

compiles the model first. By hand, with the package `treadle` importable:

    python examples/demo/demo.py --model HF_DIRECTORY --artifact NAME.treadle
"""

import argparse
import statistics
import time

import numpy as np
from reference import SentenceEncoder
from tokenizers import Tokenizer

import treadle

# The model learnt English. Other languages are read, and lie near what shares
# their words rather than their meaning: the reference below says the same.
SENTENCES = [
    "A cat is asleep on the sofa.",
    "The kitten naps on the couch.",
    "The bank raised interest rates.",
    "Borrowing money became more expensive.",
    "La banque a relevé ses taux d'intérêt.",
    "El banco subió los tipos de interés.",
    "Die Katze schläft auf dem Sofa.",
    "Кошка спит на диване.",
]
REPETITIONS = 50


def print_similarities(embeddings):
    print("Cosine similarity:\n")
    width = max(map(len, SENTENCES))
    for i, row in enumerate(embeddings @ embeddings.T):
        cells = " ".join(f"{value:5.2f}" for value in row[: i + 1])
        print(f"  {i + 1}  {SENTENCES[i]:{width}}  {cells}")
    print(" " * (width + 7) + " ".join(f"{i + 1:5}" for i in range(len(SENTENCES))))


def measure(model):
    """The median time of embedding one sentence, in milliseconds."""
    times = []
    for i in range(REPETITIONS):
        start = time.perf_counter()
        model.embed([SENTENCES[i % len(SENTENCES)]])
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def compute_reference(directory):
    tokenizer = Tokenizer.from_file(f"{directory}/tokenizer.json")
    tokenizer.no_padding()
    encoder = SentenceEncoder(directory)
    return np.stack([encoder.embed(tokenizer.encode(s).ids) for s in SENTENCES])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, help="the model as it was published")
    parser.add_argument("--artifact", required=True, help="what treadle made of it")
    arguments = parser.parse_args()

    start = time.perf_counter()
    model = treadle.load(arguments.artifact)
    loaded = (time.perf_counter() - start) * 1e3

    embeddings = model.embed(SENTENCES)
    print_similarities(embeddings)
    print(f"\nLoading the artifact: {loaded:.1f} ms")
    print(f"A sentence, from text to vector: {measure(model):.2f} ms (median of {REPETITIONS})")
    difference = np.abs(embeddings - compute_reference(arguments.model)).max()
    print(f"Largest difference from float64 arithmetic: {difference:.1e}")


if __name__ == "__main__":
    main()
