"""The equations of positions in float64, as docs/Spec.md has them, for arrays."""

import math

import numpy as np


class Rotary:
    """`#treadle.rotary` with these parameters, by their names in its text."""

    def __init__(self, width, base=1e4, layout="half", scaling="none", **parameters):
        self.width, self.base, self.layout, self.scaling = width, base, layout, scaling
        self.parameters = parameters

    def __str__(self):
        def value(x):
            if isinstance(x, list):
                return f"[{', '.join(f'{y:.17e}' for y in x)}]"
            return f"{x:.17e}" if isinstance(x, float) else str(x).lower()

        rest = "".join(f", {name} = {value(x)}" for name, x in self.parameters.items())
        return (
            f"#treadle.rotary<width = {self.width}, base = {self.base:e}, "
            f"layout = {self.layout}, scaling = {self.scaling}{rest}>"
        )

    def get(self, name, default=None):
        return self.parameters.get(name, default)

    def frequencies(self, length=0):
        """Radians from one position to the next, of each pair."""
        width, base, factor = self.width, self.base, self.get("factor")
        original = self.get("original")
        pair = np.arange(width // 2)
        if self.scaling == "dynamic":
            growth = max(factor * length / original - (factor - 1), 1)
            base *= growth ** (width / (width - 2))
        plain = base ** (-2 * pair / width)
        if self.scaling == "linear":
            return plain / factor
        if self.scaling == "yarn":

            def find(turns):
                return width * math.log(original / (turns * 2 * math.pi)) / (2 * math.log(base))

            first, last = find(self.get("high", 32.0)), find(self.get("low", 1.0))
            if self.get("truncate", True):
                first, last = math.floor(first), math.ceil(last)
            first, last = max(first, 0), min(last, width - 1)
            ramp = np.clip((pair - first) / ((last - first) or 0.001), 0, 1)
            return plain * (1 - ramp) + plain / factor * ramp
        if self.scaling == "llama3":
            low, high = self.get("low"), self.get("high")
            turns = original * plain / (2 * math.pi)
            kept = (turns - low) / (high - low)
            smooth = plain * kept + plain / factor * (1 - kept)
            return np.where(turns > high, plain, np.where(turns < low, plain / factor, smooth))
        if self.scaling == "longrope":
            return plain / np.array(self.get("long" if length > original else "short"))
        return plain

    def magnitude(self):
        """What cosines and sines are multiplied by."""
        if self.get("magnitude"):
            return self.get("magnitude")
        factor = self.get("factor", 1.0)
        if self.scaling == "yarn" and factor > 1:
            return 0.1 * math.log(factor) + 1
        if self.scaling == "longrope" and factor > 1:
            return math.sqrt(1 + math.log(factor) / math.log(self.get("original")))
        return 1.0

    def tables(self, positions):
        """Cosines and sines, [*positions.shape, pairs]."""
        length = positions.max() + 1 if positions.size else 0
        angle = positions[..., None] * self.frequencies(length)
        return self.magnitude() * np.cos(angle), self.magnitude() * np.sin(angle)

    def pairs(self):
        """The first and the second component of each pair."""
        if self.layout == "half":
            return np.arange(self.width // 2), np.arange(self.width // 2, self.width)
        return np.arange(0, self.width, 2), np.arange(1, self.width, 2)

    def turn(self, x, cosines, sines):
        """Vectors [batch, tokens, heads, width] turned by tables [batch, tokens, pairs]."""
        result = x.astype(np.float64)
        first, second = self.pairs()
        cosines, sines = cosines[:, :, None, :], sines[:, :, None, :]
        result[..., first] = x[..., first] * cosines - x[..., second] * sines
        result[..., second] = x[..., second] * cosines + x[..., first] * sines
        return result


def alibi_slopes(heads):
    """Press et al., 2021, section 3 and their code for other numbers than powers of two."""
    power = 2 ** math.floor(math.log2(heads))
    slopes = [2.0 ** (-8 * (h + 1) / power) for h in range(power)]
    others = [2.0 ** (-8 * (h + 1) / (2 * power)) for h in range(2 * power)]
    return np.array(slopes + others[0::2][: heads - power])


def relative_bucket(distance, buckets, max_distance, bidirectional):
    """The buckets of `distance`, key - query, an array of integers."""
    if bidirectional:
        buckets //= 2
        first, distance = np.where(distance > 0, buckets, 0), np.abs(distance)
    else:
        first, distance = 0, np.maximum(-distance, 0)
    exact = buckets // 2
    ratio = np.maximum(distance, 1).astype(np.float32) / np.float32(exact)
    # A logarithm that is rounded once, and f32 from there on.
    logarithm = np.log(ratio.astype(np.float64)).astype(np.float32)
    steps = logarithm / np.float32(math.log(max_distance / exact)) * np.float32(buckets - exact)
    long = np.minimum(buckets - 1, exact + steps.astype(np.int64))
    return first + np.where(distance < exact, distance, long)
