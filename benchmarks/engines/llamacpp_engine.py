"""llama.cpp: the encoder as a GGUF, through its Python package's low-level functions."""

import ctypes
from dataclasses import replace

import llama_cpp
import numpy as np
from engines.base import Case, Engine, batched
from models.minilm_gguf import write_model

#: What weights are stored in: in 16 bits, whichever of the two is the faster one here.
STORED = {"f32": ["f32"], "bf16": ["bf16", "f16"], "f16": ["f16"]}
ATTENTION = {
    "flash": llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED,
    "no flash": llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED,
}


@llama_cpp.llama_log_callback
def ignore(level, text, data):
    """What is said while a model is loaded; a failure is seen without it."""


class LlamaCpp(Engine):
    """Its package reaches whole models alone: no single product, and no attention."""

    def __init__(self, context):
        super().__init__(context)
        llama_cpp.llama_log_set(ignore, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()

    def sentences(self, workload, constants):
        # Equal lengths, too: all sentences of a batch are one sequence to it, whose scores are
        # computed for all pairs of tokens and masked.
        sizes = [size for size in (1, 8) if size < workload.count] + [workload.count]

        def maker(stored, attention, size):
            tokens = int(np.sort(workload.lengths)[-size:].sum())
            return lambda: self._load(self._write(workload, stored), attention, size, tokens)

        return {
            f"{stored}, {attention}, {size} at a time": maker(stored, attention, size)
            for stored in STORED[self.context.precision]
            for attention in ATTENTION
            for size in sizes
        }

    def _write(self, workload, stored):
        path = self.context.output / f"minilm-{stored}.gguf"
        if not path.exists():
            # Whole or not at all: an interrupted run leaves no half of it.
            part = path.with_suffix(".part")
            write_model(workload.model, part, stored)
            part.rename(path)
        return path

    def _load(self, path, attention, size, tokens):
        encoder = Encoder(path, ATTENTION[attention], size, tokens, self.context.threads)
        case = batched(Case(make_batch, encoder.embed), size)
        return replace(case, reload=lambda: self._load(path, attention, size, tokens))


class Encoder:
    """A model with a context for batches of so many sentences and tokens."""

    def __init__(self, path, attention, sentences, tokens, threads):
        parameters = llama_cpp.llama_model_default_params()
        self.context = None
        self.model = llama_cpp.llama_model_load_from_file(str(path).encode(), parameters)
        if not self.model:
            raise RuntimeError(f"cannot load {path}")
        self.width = llama_cpp.llama_model_n_embd(self.model)
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = tokens
        parameters.n_seq_max = sentences
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.embeddings = True
        parameters.flash_attn_type = attention
        self.context = llama_cpp.llama_init_from_model(self.model, parameters)
        if not self.context:
            raise RuntimeError(f"no context for {sentences} sentences of {tokens} tokens")

    def __del__(self):
        if self.context:
            llama_cpp.llama_free(self.context)
        if self.model:
            llama_cpp.llama_model_free(self.model)

    def embed(self, prepared):
        batch, count, _ = prepared
        code = llama_cpp.llama_encode(self.context, batch)
        if code:
            raise RuntimeError(f"llama_encode: {code}")
        rows = np.empty((count, self.width), np.float32)
        for i in range(count):
            embedding = llama_cpp.llama_get_embeddings_seq(self.context, i)
            rows[i] = np.ctypeslib.as_array(embedding, (self.width,))
        # As its own program for embeddings does after the library's mean.
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def make_batch(data):
    """Sentences without their padding as one batch; how many there are; and the arrays that the
    batch points into."""
    lengths = data["lengths"]
    arrays = {
        "token": np.concatenate([ids[:length] for ids, length in zip(data["ids"], lengths)]),
        "pos": np.concatenate([np.arange(length) for length in lengths]),
        "n_seq_id": np.ones(lengths.sum()),
        "sentence": np.repeat(np.arange(len(lengths)), lengths),
    }
    arrays = {name: np.ascontiguousarray(array, np.int32) for name, array in arrays.items()}
    # A pointer for each token: to the one sentence that it is of.
    sentence = arrays["sentence"]
    places = sentence.itemsize * np.arange(sentence.size, dtype=np.uintp)
    arrays["seq_id"] = sentence.ctypes.data + places
    arrays["logits"] = np.ones(sentence.size, np.int8)
    batch = llama_cpp.llama_batch()
    batch.n_tokens = sentence.size
    for name, kind in llama_cpp.llama_batch._fields_:
        if name in arrays:
            setattr(batch, name, arrays[name].ctypes.data_as(kind))
    return batch, len(lengths), arrays
