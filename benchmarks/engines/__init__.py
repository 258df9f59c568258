"""The engines, by the names that --engines knows them by.

A module is imported in its engine's process only. To add an engine, write a module
with a subclass of Engine that has a method for each family of workloads that it can do, name it
here, and pin what it needs in a requirements file.
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from importlib.util import find_spec

#: For each engine its module, its class, and the package that it needs.
ENGINES = {
    "treadle": ("engines.treadle_engine", "Treadle", "treadle"),
    "onnxruntime": ("engines.onnxruntime_engine", "OnnxRuntime", "onnxruntime"),
    "openvino": ("engines.openvino_engine", "OpenVino", "openvino"),
    "torch": ("engines.torch_engine", "Torch", "torch"),
    "iree": ("engines.iree_engine", "Iree", "iree"),
    "inductor": ("engines.torch_engine", "Inductor", "torch"),
    "llamacpp": ("engines.llamacpp_engine", "LlamaCpp", "llama_cpp"),
}


def installed_engines():
    return [name for name, (_, _, package) in ENGINES.items() if find_spec(package)]


def make_engine(name, context):
    module, engine, _ = ENGINES[name]
    return getattr(import_module(module), engine)(context)


def package_version(package):
    try:
        return version(packages_distributions().get(package, [package])[0])
    except PackageNotFoundError:  # not installed but on the path, as Treadle's build is
        return import_module(package).__version__
