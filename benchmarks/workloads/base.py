"""What a workload is: data, what it costs, and what its result should be."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

#: Unit roundoff of what products are computed in, or their weights stored as: half the distance
#: from 1 to the next number. Significands have 24, 8 and 11 bits, the leading one included.
ROUNDOFF = {"f32": 2.0**-24, "bf16": 2.0**-8, "f16": 2.0**-11}


@dataclass(frozen=True)
class Workload(ABC):
    """One shape of one kind of work. It is small and made of its name, so that each process
    makes the same data from the same seed."""

    #: The method of an engine that makes it run.
    family: ClassVar[str]
    #: How many inputs are taken in turn.
    input_count: ClassVar[int] = 1

    @property
    @abstractmethod
    def name(self):
        """What --rows calls it."""

    @property
    @abstractmethod
    def flops(self):
        """Multiplications and additions of the products that the result needs, no others."""

    @property
    @abstractmethod
    def bytes(self):
        """Parameters, inputs and results in float32, each moved once."""

    @property
    def tokens(self):
        """Real ones, where inputs are made of tokens."""
        return None

    @property
    def working_set(self):
        """Bytes that come round again when all inputs were taken."""
        return self.bytes

    def make_constants(self, generator):
        """Parameters by name: what an engine may prepare before it is called."""
        return {}

    @abstractmethod
    def make_input(self, generator):
        """Arrays by name."""

    @abstractmethod
    def compute_expected(self, data):
        """The result for the first input, in float64."""

    def measure_error(self, expected, result):
        """How far a result for the first input is from what is expected."""
        return relative_error(result, expected)

    @abstractmethod
    def error_bound(self, precision):
        """What `measure_error` may give at most."""

    def make_data(self, seed):
        generator = np.random.default_rng(seed)
        constants = self.make_constants(generator)
        inputs = [self.make_input(generator) for _ in range(self.input_count)]
        return Data(constants, inputs)


@dataclass(frozen=True)
class Data:
    constants: dict
    inputs: list


def make_normal(generator, *shape):
    return generator.standard_normal(shape, np.float32)


def relative_error(result, expected):
    """The largest error of an element, over the root of the mean square of all.

    NaN where anything is not finite, which is above every bound."""
    if result.shape != expected.shape:
        raise ValueError(f"a result of shape {result.shape} where {expected.shape} was expected")
    difference = np.abs(result.astype(np.float64) - expected).max()
    return float(difference / np.sqrt(np.mean(np.square(expected))))
