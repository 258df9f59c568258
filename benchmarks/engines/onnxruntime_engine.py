"""ONNX Runtime, with the models in each spelling that its operations allow."""

import numpy as np
import onnx
import onnxruntime
from engines.base import Case, Engine, Unsupported, batch_variants, fold_group
from engines.masks import with_mask
from models import minilm_onnx
from models.operations_onnx import (
    build_attention,
    build_group_query,
    build_multi_head,
    build_products,
)


class OnnxRuntime(Engine):
    def __init__(self, context):
        super().__init__(context)
        if context.precision != "f32":
            raise Unsupported(f"no {context.precision} on CPUs")

    def product(self, workload, constants):
        models = build_products(workload, constants["weight"])
        return {name: lambda model=model: self._case(model) for name, model in models.items()}

    def attention(self, workload, constants):
        variants = {
            name: lambda model=model: self._folded(workload, model)
            for name, model in build_attention(workload).items()
        }
        variants["MultiHeadAttention"] = lambda: self._multi_head(workload)
        if workload.decodes:
            variants["GroupQueryAttention"] = lambda: self._decoding(workload)
        elif workload.causal:
            variants["GroupQueryAttention"] = lambda: self._group_query(workload)
        return variants

    def sentences(self, workload, constants):
        def maker(variant):
            def make():
                path = self.context.output / f"minilm-{variant}.onnx"
                if not path.exists():
                    onnx.save(minilm_onnx.build_model(workload.model, variant), path)
                return self._case(str(path), with_mask)

            return make

        return batch_variants(workload, {name: maker(name) for name in minilm_onnx.VARIANTS})

    def _session(self, model):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.intra_op_num_threads = self.context.threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "1")
        if not isinstance(model, str):
            model = model.SerializeToString()
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def _case(self, model, prepare=dict, finish=np.asarray):
        """A model of one result."""
        session = self._session(model)

        def run(inputs):
            return session.run(None, inputs)[0]

        return Case(prepare, run, finish, lambda: self._case(model, prepare, finish))

    def _folded(self, workload, model):
        shape = (1, workload.heads, workload.queries, workload.width)

        def prepare(data):
            q = fold_group(data["q"], workload.key_heads) if workload.decodes else data["q"]
            return {**data, "q": q}

        return self._case(model, prepare, lambda y: y.reshape(shape))

    def _multi_head(self, workload):
        def prepare(data):
            q = fold_group(data["q"], workload.key_heads) if workload.decodes else data["q"]
            return {"q": join_heads(q), "k": join_heads(data["k"]), "v": join_heads(data["v"])}

        def finish(y):
            folded = split_heads(y, workload.key_heads)
            return folded.reshape(1, workload.heads, workload.queries, workload.width)

        return self._case(build_multi_head(workload), prepare, finish)

    def _group_query(self, workload):
        last = np.array([workload.keys - 1], np.int32)
        total = np.array([workload.keys], np.int32)

        def prepare(data):
            joined = {name: join_heads(array) for name, array in data.items()}
            return {**joined, "last": last, "total": total}

        return self._case(
            build_group_query(workload), prepare, lambda y: split_heads(y, workload.heads)
        )

    def _decoding(self, workload):
        """The cache stays where it is: past and present are one buffer, as a decoder binds them.
        The last key is that of the new token, and is written behind the others."""
        session = self._session(build_group_query(workload))
        kept = []

        def prepare(data):
            binding = session.io_binding()
            new = {name: join_heads(data[name][:, :, -1:]) for name in "kv"}
            inputs = {
                "q": join_heads(data["q"]),
                **new,
                "last": np.array([workload.keys - 1], np.int32),
                "total": np.array([workload.keys], np.int32),
            }
            binding.bind_output("y", "cpu")
            for name, array in inputs.items():
                binding.bind_cpu_input(name, array)
            for name, key in (("keys", "k"), ("values", "v")):
                cache = onnxruntime.OrtValue.ortvalue_from_numpy(data[key].copy())
                binding.bind_ortvalue_input(f"past_{name}", cache)
                binding.bind_ortvalue_output(f"new_{name}", cache)
                kept.append(cache)
            kept.append(inputs)
            return binding

        def run(binding):
            session.run_with_iobinding(binding)
            return binding

        def finish(binding):
            return split_heads(binding.copy_outputs_to_cpu()[0], workload.heads)

        return Case(prepare, run, finish)


def join_heads(x):
    """[1, heads, tokens, width] as [1, tokens, heads * width]."""
    return np.ascontiguousarray(x.transpose(0, 2, 1, 3)).reshape(1, x.shape[2], -1)


def split_heads(x, heads):
    return x.reshape(1, x.shape[1], heads, -1).transpose(0, 2, 1, 3)
