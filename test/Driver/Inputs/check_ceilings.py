"""Checks what `treadle bench --ceilings --json` prints: names and orders of magnitude, no speeds."""

import json
import sys
from pathlib import Path

ceilings = json.loads(Path(sys.argv[1]).read_text())
assert ceilings["threads"] == 2, ceilings
peaks = ceilings["operations_per_second"]
assert "f32" in peaks and min(peaks.values()) > 1e8, ceilings

# A kind for each instruction that the kernel tells of, and no other.
flags = Path("/proc/cpuinfo").read_text().split()
assert ("bf16_vector" in peaks) == ("avx512_bf16" in flags), ceilings
assert "amx_bf16" in flags or "bf16_tile" not in peaks, ceilings

footprints = [reading["footprint"] for reading in ceilings["reading"]]
assert footprints[0] == 2**18 and footprints[-1] == 2**29, ceilings
assert footprints == sorted(set(footprints)), ceilings
assert min(reading["bytes_per_second"] for reading in ceilings["reading"]) > 1e7, ceilings
