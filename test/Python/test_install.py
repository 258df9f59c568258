"""What is installed can be used without the tree that it came from."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2]

RUNTIME_CMAKE = """
cmake_minimum_required(VERSION 3.25)
project(Application LANGUAGES C)
find_package(Treadle 0.1 REQUIRED COMPONENTS Runtime)
add_executable(application application.c)
target_link_libraries(application PRIVATE Treadle::TreadleRuntime)
"""

RUNTIME_C = """
#include <treadle-c/Runtime.h>
#include <stdio.h>

int main(int argc, char **argv) {
  treadle_model *model;
  treadle_error *error = treadle_model_load(argv[1], NULL, &model);
  if (error)
    return fprintf(stderr, "%s\\n", treadle_error_render(error)), 1;
  puts(treadle_model_entry(model, 0)->name);
  treadle_model_free(model);
}
"""


def run(*command, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, **options)
    assert result.returncode == 0, result.stdout
    return result.stdout


def build_application(folder, prefix, files, *definitions):
    """Builds the program `application` of a project of its own."""
    for name, content in files.items():
        (folder / name).write_text(content)
    run("cmake", "-G", "Ninja", "-S", folder, "-B", folder / "build",
        f"-DCMAKE_PREFIX_PATH={prefix}", *definitions)  # fmt: skip
    run("cmake", "--build", folder / "build")
    return folder / "build" / "application"


def test_application_needs_no_mlir(build_dir, scale_artifact, tmp_path):
    prefix = tmp_path / "prefix"
    run("cmake", "--install", build_dir, "--prefix", prefix, "--component", "Runtime")
    application = build_application(
        tmp_path, prefix, {"CMakeLists.txt": RUNTIME_CMAKE, "application.c": RUNTIME_C},
        "-DCMAKE_DISABLE_FIND_PACKAGE_MLIR=ON", "-DCMAKE_DISABLE_FIND_PACKAGE_LLVM=ON",
    )  # fmt: skip
    assert run(application, scale_artifact) == "scale\n"
    libraries = run("ldd", next(prefix.glob("lib*/**/libtreadle-runtime.so")))
    assert "MLIR" not in libraries and "LLVM" not in libraries


def test_wheel(scale_artifact, tmp_path):
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", tmp_path, SOURCE / "python")
    (wheel,) = tmp_path.glob("treadle-0.1.0-*.whl")
    site = tmp_path / "site"
    run(*pip, "install", "--no-deps", "--no-index", "--target", site, wheel)
    program = (
        "import sys, treadle, numpy\n"
        "y = treadle.load(sys.argv[1]).run('scale', x=numpy.ones((2, 4), 'f4'))['y']\n"
        "print(treadle.__file__, y.sum())"
    )
    printed = run(
        sys.executable, "-c", program, scale_artifact, env={**os.environ, "PYTHONPATH": str(site)}
    )
    assert printed == f"{site / 'treadle' / '__init__.py'} 16.0\n"
