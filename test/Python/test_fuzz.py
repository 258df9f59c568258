"""A short run of random programs in every strategy and the interpreter; docs/Developing.md has the
long one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
#: Another one is another run: TREADLE_FUZZ_SEED=7.
SEED = os.environ.get("TREADLE_FUZZ_SEED", "1")
COUNTS = {"attention": 44, "multi_head": 8, "rotary": 12, "added": 8, "block": 20, "cache": 8}


def check(family, count, *options):
    if "TREADLE_TOOL" not in os.environ:
        pytest.skip("this build has no compiler")
    command = [sys.executable, "-m", "fuzz", "--seed", SEED, "--count", str(count)]
    done = subprocess.run(
        [*command, "--family", family, "--shrink", "1", *options],
        cwd=HERE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert f"{count} passed, 0 failed" in done.stdout


@pytest.mark.parametrize("family, count", COUNTS.items())
def test_random_programs(family, count):
    check(family, count)


def test_random_programs_on_tiles():
    check("attention", 12, "--ways", "rows-tiles,online-tiles,split-tiles")
