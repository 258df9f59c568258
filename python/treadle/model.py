"""Loading an artifact and calling its entry points with arrays."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Optional, Sequence, Tuple, Union

import numpy as np

from . import _runtime, text

# Element types by the names that the runtime gives them.
_DTYPES = {
    "f64": np.dtype(np.float64),
    "f32": np.dtype(np.float32),
    "f16": np.dtype(np.float16),
    "i64": np.dtype(np.int64),
    "i32": np.dtype(np.int32),
    "i16": np.dtype(np.int16),
    "i8": np.dtype(np.int8),
    "u8": np.dtype(np.uint8),
    "bool": np.dtype(np.bool_),
}
try:
    import ml_dtypes

    _DTYPES["bf16"] = np.dtype(ml_dtypes.bfloat16)
except ImportError:
    pass  # numpy alone has no bfloat16
_TYPES = {dtype: name for name, dtype in _DTYPES.items()}


@dataclass(frozen=True)
class Operand:
    """An input or an output of an entry point."""

    name: str
    #: The runtime's name of the element type, such as ``"f32"``.
    type: str
    #: Of each axis the extent, or the name of the dimension that a call chooses.
    shape: Tuple[Union[int, str], ...]
    #: Of each axis the least and the greatest extent; None when there is no greatest.
    bounds: Tuple[Tuple[int, Optional[int]], ...]
    #: Whether a call may leave this input out.
    optional: bool

    @property
    def dtype(self) -> np.dtype:
        """numpy's element type. bfloat16 is that of the package ``ml_dtypes``."""
        if self.type not in _DTYPES:
            raise TypeError(f"{self.name} is {self.type}: numpy needs the package ml_dtypes for it")
        return _DTYPES[self.type]

    def __str__(self):
        return f"{self.name}: {self.type}[{', '.join(map(str, self.shape))}]"


@dataclass(frozen=True)
class Entry:
    """A function of a model."""

    name: str
    inputs: Tuple[Operand, ...]
    outputs: Tuple[Operand, ...]

    def __str__(self):
        inputs, outputs = (", ".join(map(str, of)) for of in (self.inputs, self.outputs))
        return f"{self.name}({inputs}) -> ({outputs})"


class Model:
    """A loaded artifact. Threads may use it at the same time."""

    def __init__(self, path: Union[str, os.PathLike], threads: Optional[int] = None):
        self.path = Path(path)
        if threads is not None and threads < 1:
            raise ValueError(f"threads is {threads}; it must be at least 1")
        self._model = _runtime.Model(os.fspath(path), threads or 0)
        #: The entry points by name.
        self.entries: Dict[str, Entry] = {
            name: Entry(
                name,
                tuple(Operand(*operand) for operand in inputs),
                tuple(Operand(*operand) for operand in outputs),
            )
            for name, inputs, outputs in self._model.describe_entries()
        }
        # A call owns scratch memory that is worth keeping: one for each thread
        # that was ever inside run() at the same time.
        self._idle_calls = {name: [] for name in self.entries}
        self._text_encoder = None

    def __repr__(self):
        return f"<treadle.Model {str(self.path)!r}: {'; '.join(map(str, self.entries.values()))}>"

    @property
    def threads(self) -> int:
        """How many threads a call uses."""
        return self._model.threads

    @property
    def inputs(self) -> Tuple[Operand, ...]:
        """The inputs of the only entry point."""
        return self._find_entry(None).inputs

    @property
    def outputs(self) -> Tuple[Operand, ...]:
        """The outputs of the only entry point."""
        return self._find_entry(None).outputs

    def run(self, entry: Optional[str] = None, /, **inputs) -> Dict[str, np.ndarray]:
        """Calls an entry point and returns its outputs by name, as new arrays.

        ``entry`` may be left out when there is only one. Inputs are given by
        name: numpy arrays, anything with ``__dlpack__`` in the memory of the
        CPU, or (nested) lists of numbers. Nothing is converted: an element type
        must be that of ``model.entries[entry].inputs``. A dense array is used where
        it lies, another one is copied. Other Python threads run meanwhile.

        Raises TypeError for what is no array or has elements that no model
        takes, and treadle.Error for what this model refuses: E0701 an unknown
        entry point, E0702 and E0703 unknown and missing inputs, E0704 and E0705
        wrong types and shapes, E0706 and E0707 extents and elements out of range.
        """
        name = self._find_entry(entry).name if entry is None else entry
        idle = self._idle_calls.get(name, [])
        try:
            call = idle.pop()
        except IndexError:
            call = _runtime.Call(self._model, name)
        try:
            for input_name, value in inputs.items():
                array = _as_array(input_name, value)
                call.set_input(input_name, _TYPES[array.dtype], _as_bytes(array))
            call.infer()
            # Memory for one output makes the shapes unknown again: all are asked for first.
            outputs = {
                operand.name: np.empty(call.output_shape(operand.name), operand.dtype)
                for operand in self.entries[name].outputs
            }
            for operand in self.entries[name].outputs:
                array = outputs[operand.name]
                call.set_output(operand.name, operand.type, _as_bytes(array))
            call.run()
        finally:
            call.clear()
            idle.append(call)
        return outputs

    def embed(self, texts: Sequence[str], batch_size: int = 32) -> np.ndarray:
        """The embeddings of texts: float32 [len(texts), width], in their order.

        Needs an artifact of a sentence encoder, with its tokenizer beside it,
        and the package ``tokenizers``. Texts longer than the model was made for
        are cut, as sentence-transformers does. What a text is embedded with
        changes no bit of its embedding.

        Raises TypeError for a single string, ValueError for a model without an
        entry point ``embed``.
        """
        if isinstance(texts, str):
            raise TypeError("embed takes a list of texts: for one, give [text]")
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; it must be at least 1")
        if "embed" not in self.entries:
            raise ValueError(f"{self.path} is no sentence encoder: no entry point 'embed'")
        if self._text_encoder is None:
            self._text_encoder = text.TextEncoder(self.path, self._longest_sequence())
        sequences = self._text_encoder.encode(list(texts))

        width = self.entries["embed"].outputs[0].shape[-1]
        embeddings = np.empty((len(sequences), width), np.float32)
        for rows, ids, lengths in text.make_batches(sequences, batch_size):
            embeddings[rows] = self.run("embed", ids=ids, lengths=lengths)["embeddings"]
        return embeddings

    def _find_entry(self, name: Optional[str]) -> Entry:
        if name is not None:
            return self.entries[name]
        if len(self.entries) != 1:
            raise ValueError(f"say which entry point: {', '.join(self.entries)}")
        return next(iter(self.entries.values()))

    def _longest_sequence(self) -> Optional[int]:
        ids = next(i for i in self.entries["embed"].inputs if i.name == "ids")
        return ids.bounds[1][1]


def load(path: Union[str, os.PathLike], threads: Optional[int] = None) -> Model:
    """Loads the artifact in the folder ``path``.

    ``threads`` is the number of threads of a call; None is TREADLE_NUM_THREADS of
    the environment, or one for each CPU that this process may use.

    Raises treadle.Error: E02xx and E06xx for an artifact that is damaged, of
    another version or for another CPU.
    """
    return Model(path, threads)


def _as_array(name: str, value) -> np.ndarray:
    """A dense array of a type that the runtime knows, copied only when needed."""
    if not isinstance(value, np.ndarray) and hasattr(value, "__dlpack__"):
        try:
            value = np.from_dlpack(value)
        except (BufferError, RuntimeError) as error:
            raise TypeError(f"input '{name}': {error}") from error
    array = np.asarray(value)
    if array.dtype not in _TYPES:
        raise TypeError(f"input '{name}' has elements of type {array.dtype}, which no model takes")
    return np.require(array, requirements=["C", "A"])


def _as_bytes(array: np.ndarray) -> np.ndarray:
    """The same memory as unsigned integers, which every exchange protocol knows."""
    return array.view(f"u{array.dtype.itemsize}")
