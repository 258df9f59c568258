"""What the machine can do at most: `treadle bench --ceilings`, beside what engines do."""

import json
import subprocess
from dataclasses import dataclass


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
        happens meanwhile: the roofline (Williams et al., 2009). And what takes so long."""
        size = 4 if precision == "f32" else 2
        reading = workload.bytes * size / 4 / max(self.footprint, self.memory)
        operating = workload.flops / self.peak(precision)
        return (operating, "operations") if operating > reading else (reading, "bytes")


def measure_ceilings(tool, threads, footprint):
    """With this many threads; `footprint` in bytes."""
    command = [tool, "bench", "--ceilings", "--json", f"--threads={threads}"]
    done = subprocess.run([*command, f"--footprint={footprint}"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"error: {tool} measures no ceilings: {done.stderr.strip()}")
    values = json.loads(done.stdout)
    read, memory = (reading["bytes_per_second"] for reading in values["reading"])
    return Ceilings(values["operations_per_second"], memory, read)
