"""Runs transformer models that the Treadle compiler has compiled.

    import treadle

    model = treadle.load("minilm.treadle")
    vectors = model.embed(["A loom weaves threads into cloth."])
    outputs = model.run("embed", ids=ids, lengths=lengths)

Loading opens a shared library and maps the weights into memory: no compiler is
involved. Running an artifact is running a program: load those that you trust.
"""

from ._runtime import version as _version
from .errors import Error
from .model import Entry, Model, Operand, load

__all__ = ["Entry", "Error", "Model", "Operand", "load"]
__version__ = _version()
