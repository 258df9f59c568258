"""What the tests share: where the build is, and models that were compiled once."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest
from artifacts import make_scale
from programs import Operand, Program

import treadle

SOURCE = Path(__file__).resolve().parents[2]
# The float64 encoder that the demo shows is the tests' oracle, too.
sys.path.insert(0, str(SOURCE / "examples" / "demo"))


@pytest.fixture(scope="session")
def build_dir():
    return Path(os.environ["TREADLE_BUILD_DIR"])


@pytest.fixture(scope="session")
def minilm_source():
    directory = Path(os.environ["TREADLE_MODELS_DIR"]) / "all-MiniLM-L6-v2"
    if not (directory / "model.safetensors").exists():
        pytest.skip("all-MiniLM-L6-v2 is not here: scripts/fetch-model.sh fetches it")
    return directory


@pytest.fixture(scope="session")
def minilm(minilm_source, tmp_path_factory):
    """all-MiniLM-L6-v2, compiled for this machine: the artifact's path."""
    if "TREADLE_TOOL" not in os.environ:
        pytest.skip("this build has no compiler")
    artifact = tmp_path_factory.mktemp("artifacts") / "minilm.treadle"
    subprocess.run(
        [os.environ["TREADLE_TOOL"], "compile", minilm_source, "-o", artifact], check=True
    )
    return artifact


@pytest.fixture(scope="session")
def scale_artifact(tmp_path_factory):
    """The artifact of Inputs/scale.c."""
    return make_scale(tmp_path_factory.mktemp("artifacts") / "scale.treadle")


@pytest.fixture(scope="session", params=["native", "x86-64-v3"])
def target(request, tmp_path_factory):
    """A CPU that code is made for here: this one, and any with AVX2."""
    if "TREADLE_TOOL" not in os.environ:
        pytest.skip("this build has no compiler")
    program, x = Program(), Operand([1])
    program.add("probe", {"x": x}, "", x=x)
    try:
        program.load(tmp_path_factory.mktemp("probe"), f"--mcpu={request.param}")
    except treadle.Error as error:
        assert error.code == "E0604"
        pytest.skip(f"this CPU does not run code for {request.param}")
    return request.param


@pytest.fixture
def tile_instructions(tmp_path):
    """Inputs/tiles.c, at work: it does what instructions for tiles say."""
    library = tmp_path / "tiles.so"
    source = Path(__file__).parent / "Inputs" / "tiles.c"
    flags = ["-shared", "-fPIC", "-O2", "-mfma", "-mavx2", "-Wall", "-Werror"]
    subprocess.run([os.environ["CC"], *flags, source, "-o", library], check=True)
    tiles = ctypes.CDLL(library)
    tiles.tiles_begin()
    yield tiles
    tiles.tiles_end()
