"""Matrix products y = x W^T, as in a linear layer: W is a parameter, x is not."""

import math
import re
from dataclasses import dataclass
from typing import ClassVar

from workloads.base import ROUNDOFF, Workload, make_normal


@dataclass(frozen=True)
class Product(Workload):
    """x is [rows, inner], W [columns, inner]."""

    rows: int
    columns: int
    inner: int

    family: ClassVar[str] = "product"
    syntax: ClassVar[str] = "product-MxNxK"

    @staticmethod
    def parse(name):
        match = re.fullmatch(r"product-([1-9]\d*)x([1-9]\d*)x([1-9]\d*)", name)
        return Product(*map(int, match.groups())) if match else None

    @property
    def name(self):
        return f"product-{self.rows}x{self.columns}x{self.inner}"

    @property
    def flops(self):
        return 2 * self.rows * self.columns * self.inner

    @property
    def bytes(self):
        elements = self.columns * self.inner + self.rows * (self.inner + self.columns)
        return 4 * elements

    def make_constants(self, generator):
        return {"weight": make_normal(generator, self.columns, self.inner)}

    def make_input(self, generator):
        return {"x": make_normal(generator, self.rows, self.inner)}

    def compute_expected(self, data):
        x, weight = data.inputs[0]["x"], data.constants["weight"]
        return x.astype("f8") @ weight.astype("f8").T

    def error_bound(self, precision):
        # Roundings of the two factors do not grow with the length of the sum; those of the
        # partial sums, always in float32, do with its root. Six deviations cover the elements.
        return 12 * ROUNDOFF[precision] + 6 * math.sqrt(self.inner) * ROUNDOFF["f32"]
