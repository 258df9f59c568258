"""IREE: ONNX models through its importer, compiled for this CPU."""

import iree.runtime
import numpy as np
import onnx
from engines.base import Case, Engine, Unsupported, batch_variants, fold_group
from engines.masks import with_mask
from iree.compiler.tools import compile_file
from iree.compiler.tools.import_onnx import __main__ as import_onnx
from models import minilm_onnx
from models.operations_onnx import build_attention, build_products

COMMON = ["--iree-hal-local-target-device-backends=llvm-cpu", "--iree-llvmcpu-target-cpu=host"]

#: Its own kernels for tiles of products are the faster way for some shapes only.
WAYS = {
    "O3": ["--iree-opt-level=O3"],
    "O3, ukernels": ["--iree-opt-level=O3", "--iree-llvmcpu-enable-ukernels=all"],
}


class Iree(Engine):
    def __init__(self, context):
        super().__init__(context)
        if context.precision != "f32":
            raise Unsupported(f"not measured in {context.precision}")
        iree.runtime.flags.parse_flags(f"--task_topology_max_group_count={context.threads}")
        self.config = iree.runtime.Config("local-task")

    def product(self, workload, constants):
        model = build_products(workload, constants["weight"])["MatMul"]
        return self._ways(workload.name, lambda: model, ["x"])

    def attention(self, workload, constants):
        shape = (1, workload.heads, workload.queries, workload.width)

        def prepare(data):
            q = fold_group(data["q"], workload.key_heads) if workload.decodes else data["q"]
            return {**data, "q": q}

        def build():
            return build_attention(workload)["standard"]

        return self._ways(workload.name, build, "qkv", prepare, lambda y: y.reshape(shape))

    def sentences(self, workload, constants):
        def build():
            return minilm_onnx.build_model(workload.model, "standard")

        makers = self._ways("minilm", build, ["input_ids", "attention_mask"], with_mask)
        return batch_variants(workload, makers)

    def _ways(self, name, build, inputs, prepare=dict, finish=np.asarray):
        def maker(way, flags):
            return lambda: self._load(
                self._compile(f"{name}-{way}", build, flags), inputs, prepare, finish
            )

        return {way: maker(way, flags) for way, flags in WAYS.items()}

    def _compile(self, name, build, flags):
        folder = self.context.output / "iree"
        path = folder / f"{name}.vmfb"
        if path.exists():
            return path
        folder.mkdir(parents=True, exist_ok=True)
        model, text = folder / f"{name}.onnx", folder / f"{name}.mlir"
        onnx.save(build(), model)
        import_onnx.main(import_onnx.parse_arguments([str(model), "-o", str(text)]))
        compile_file(
            str(text), output_file=str(path), target_backends=["llvm-cpu"],
            extra_args=[*COMMON, *flags],
        )  # fmt: skip
        return path

    def _load(self, path, inputs, prepare, finish):
        context = iree.runtime.SystemContext(config=self.config)
        module = iree.runtime.VmModule.mmap(self.config.vm_instance, str(path))
        context.add_vm_module(module)
        [name] = [
            name
            for name in module.function_names
            if not name.startswith("__") and not name.endswith("$async")
        ]
        function = context.modules[module.name][name]

        def place(data):
            arrays = prepare(data)
            return [
                iree.runtime.asdevicearray(self.config.device, np.ascontiguousarray(arrays[key]))
                for key in inputs
            ]

        return Case(
            place,
            lambda arrays: function(*arrays).to_host(),
            finish,
            lambda: self._load(path, inputs, prepare, finish),
        )
