# How lit finds and runs the tests of this folder. docs/Developing.md lists the
# substitutions and the features.

import os
import sys

import lit.formats

config.name = "Treadle"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Unit", "Python", "Inputs"]
config.test_source_root = os.path.dirname(__file__)

# The tools that we built come before those of the same name elsewhere, and
# those of our LLVM before the system's.
config.environment["PATH"] = os.pathsep.join(
    [config.treadle_tools_dir, config.llvm_tools_dir, os.environ["PATH"]]
)
# Tests must not depend on who runs them: no colours, no other language.
config.environment.update({"NO_COLOR": "1", "LC_ALL": "C.UTF-8"})
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "HOME"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

plugin = os.path.join(config.treadle_lib_dir, "TreadlePlugin" + config.shared_library_suffix)
config.substitutions += [
    ("%treadle_plugin", plugin),
    ("%treadle_source", config.treadle_source_dir),
    ("%treadle_lib", config.treadle_lib_dir),
    ("%llvm_include", os.path.join(config.llvm_tools_dir, "..", "include")),
    ("%mlir_opt", os.path.join(config.llvm_tools_dir, "mlir-opt")),
    ("%cc", config.c_compiler),
    ("%cxx", config.cxx_compiler),
    ("%shlibext", config.shared_library_suffix),
    ("%models", config.treadle_models_dir),
    ("%python", config.python_executable or sys.executable),
]

# REQUIRES: names one of these.
if os.path.exists(os.path.join(config.treadle_models_dir, "all-MiniLM-L6-v2", "model.safetensors")):
    config.available_features.add("model-minilm")
if config.build_python:
    config.available_features.add("python")
    config.environment["PYTHONPATH"] = os.path.join(config.treadle_build_dir, "python")
if config.sanitizers:
    config.available_features.add("sanitizers")
