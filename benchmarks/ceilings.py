"""What the machine can do at most, measured beside what engines do."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parent / "ceilings.cpp"
COMPILERS = ("clang++-22", "clang++", "g++")


@dataclass(frozen=True)
class Ceilings:
    """Operations and bytes a second of a number of threads together."""

    peaks: dict  # by the kind of instruction
    memory: float
    footprint: float  # of reading as many bytes as the workload has, again and again

    def peak(self, precision):
        """Of products in this precision: of whatever instructions this machine has for it."""
        return max(
            peak for kind, peak in self.peaks.items() if precision == "bf16" or kind == "f32"
        )

    def merge(self, other):
        """The larger of each."""
        peaks = {kind: max(peak, other.peaks[kind]) for kind, peak in self.peaks.items()}
        memory, footprint = max(self.memory, other.memory), max(self.footprint, other.footprint)
        return Ceilings(peaks, memory, footprint)

    def bound_seconds(self, workload, precision):
        """No less is possible, when what is read is read as fast as it can be and everything else
        happens meanwhile: the roofline (Williams et al., 2009)."""
        size = 4 if precision == "f32" else 2
        reading = workload.bytes * size / 4 / max(self.footprint, self.memory)
        return max(workload.flops / self.peak(precision), reading)


def build_meter(output):
    """The program that measures; compiled for this machine, whose instructions it uses."""
    program = output / "ceilings"
    for compiler in (os.environ.get("CXX"), *COMPILERS):
        command = [compiler, "-O3", "-march=native", "-std=c++17", "-pthread", SOURCE]
        try:
            subprocess.run([*command, "-o", program], check=True, capture_output=True)
            return program
        except (OSError, TypeError, subprocess.CalledProcessError):
            continue
    raise SystemExit(f"error: none of {', '.join(COMPILERS)} compiles {SOURCE}")


def measure_ceilings(meter, threads, footprint):
    """With this many threads; `footprint` in bytes."""
    done = subprocess.run(
        [meter, str(threads), str(footprint)], check=True, capture_output=True, text=True
    )
    values = json.loads(done.stdout)
    memory, read = values.pop("memory"), values.pop("footprint")
    return Ceilings(values, memory, read)
