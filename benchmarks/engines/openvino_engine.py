"""OpenVINO: ONNX models for products and sentences, its own operation for attention."""

import numpy as np
import onnx
import openvino
from engines.base import Case, Engine, Unsupported, batch_variants, fold_group
from engines.masks import with_mask
from models import minilm_onnx
from models.operations_onnx import build_attention, build_products
from openvino import opset13


class OpenVino(Engine):
    def __init__(self, context):
        super().__init__(context)
        self.core = openvino.Core()
        able = self.core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        if context.precision == "f16" and "FP16" not in able:
            raise Unsupported("its f16 is f32 on this CPU")
        self.config = {
            "INFERENCE_NUM_THREADS": context.threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": context.precision,
        }

    def product(self, workload, constants):
        models = build_products(workload, constants["weight"])
        return {
            name: lambda model=model: self._case(self._read(model))
            for name, model in models.items()
        }

    def attention(self, workload, constants):
        shape = (1, workload.heads, workload.queries, workload.width)

        def prepare(data):
            q = fold_group(data["q"], workload.key_heads) if workload.decodes else data["q"]
            return {**data, "q": q}

        def make(model):
            return lambda: self._case(model, prepare, lambda y: np.array(y).reshape(shape))

        standard = self._read(build_attention(workload)["standard"])
        return {"standard": make(standard), "SDPA": make(build_sdpa(workload))}

    def sentences(self, workload, constants):
        def make():
            path = self.context.output / "minilm-standard.onnx"
            if not path.exists():
                onnx.save(minilm_onnx.build_model(workload.model, "standard"), path)
            model = self.core.read_model(path)
            if not workload.ragged:
                shape = [workload.count, workload.longest]
                model.reshape({name: shape for name in ("input_ids", "attention_mask")})
            return self._case(model, with_mask)

        return batch_variants(workload, {"ONNX": make})

    def _read(self, model):
        return self.core.read_model(model.SerializeToString())

    def _case(self, model, prepare=dict, finish=np.array):
        request = self.core.compile_model(model, "CPU", self.config).create_infer_request()

        def run(inputs):
            # A result that is copied, as others give new arrays, too.
            return request.infer(inputs, share_inputs=True)[0]

        return Case(prepare, run, finish, lambda: self._case(model, prepare, finish))


def build_sdpa(workload):
    """(q, k, v) -> y with ScaledDotProductAttention; heads of a group as queries."""
    heads, width = workload.key_heads, workload.width
    q = opset13.parameter([1, heads, workload.group * workload.queries, width], name="q")
    k = opset13.parameter([1, heads, workload.keys, width], name="k")
    v = opset13.parameter([1, heads, workload.keys, width], name="v")
    for node, name in ((q, "q"), (k, "k"), (v, "v")):
        node.output(0).set_names({name})
    if workload.window:
        seen = opset13.constant(workload.make_mask())
        y = opset13.scaled_dot_product_attention(q, k, v, seen)
    else:
        y = opset13.scaled_dot_product_attention(q, k, v, causal=workload.causal)
    return openvino.Model([y], [q, k, v], "attention")
