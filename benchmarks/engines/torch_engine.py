"""PyTorch: eager, and compiled by inductor with frozen parameters."""

import logging
import os

# Before torch reads it: a pool of compilers would not be stopped with the process.
os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from engines.base import Case, Engine, batch_variants, fold_group  # noqa: E402
from models.minilm_torch import Encoder  # noqa: E402
from torch.nn.attention.flex_attention import create_block_mask, flex_attention  # noqa: E402

DTYPES = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}


class Torch(Engine):
    """Eager; products also through oneDNN with weights that were packed beforehand."""

    def __init__(self, context):
        super().__init__(context)
        torch.set_num_threads(context.threads)
        self.dtype = DTYPES[context.precision]

    def product(self, workload, constants):
        weight = self.tensor(constants["weight"])

        def make():
            return self.case(lambda x: F.linear(x, weight))

        def make_packed():
            linear = torch.ops.mkldnn._linear_pointwise
            packed = torch.ops.mkldnn._reorder_linear_weight(weight, workload.rows)
            return self.case(lambda x: linear(x, packed, None, "none", [], ""))

        return {"linear": make, "oneDNN, packed": make_packed}

    def attention(self, workload, constants):
        def make():
            mask = torch.from_numpy(workload.make_mask()) if workload.window else None
            options = {"attn_mask": mask, "is_causal": workload.causal and not workload.window}
            if workload.group > 1:
                options["enable_gqa"] = True
            return self.case(lambda q, k, v: F.scaled_dot_product_attention(q, k, v, **options))

        def make_folded():
            return self.folded(workload, F.scaled_dot_product_attention)

        variants = {"SDPA": make}
        if workload.decodes:
            variants["SDPA, groups as queries"] = make_folded
        return variants

    def sentences(self, workload, constants):
        return batch_variants(workload, {"SDPA": lambda: self.encoder(workload, lambda f: f)})

    def tensor(self, array):
        tensor = torch.from_numpy(array)
        return tensor.to(self.dtype) if tensor.is_floating_point() else tensor

    def case(self, function):
        """Of a function of the inputs as tensors."""

        def prepare(data):
            return [self.tensor(array) for array in data.values()]

        def run(inputs):
            with torch.no_grad():
                return function(*inputs)

        return Case(prepare, run, lambda y: y.float().numpy())

    def folded(self, workload, function):
        case = self.case(function)
        shape = (1, workload.heads, workload.queries, workload.width)

        def prepare(data):
            return case.prepare({**data, "q": fold_group(data["q"], workload.key_heads)})

        return Case(prepare, case.run, lambda y: case.finish(y).reshape(shape))

    def encoder(self, workload, compiler):
        case = self.case(compiler(Encoder(workload.model, self.dtype).eval()))

        def prepare(data):
            ids, lengths = data["ids"], data["lengths"]
            if (lengths == ids.shape[1]).all():
                return case.prepare({"ids": ids})
            seen = np.arange(ids.shape[1]) < lengths[:, np.newaxis]
            return case.prepare({"ids": ids, "seen": seen})

        return Case(prepare, case.run, case.finish)


class Inductor(Torch):
    """torch.compile with freezing, which packs weights and fuses what follows a product."""

    def __init__(self, context):
        super().__init__(context)
        # A CPU is what is measured: it need not be said that there is nothing else.
        logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)
        torch._inductor.config.freezing = True
        torch._dynamo.config.cache_size_limit = 64

    def product(self, workload, constants):
        def make():
            layer = torch.nn.Linear(workload.inner, workload.columns, bias=False, dtype=self.dtype)
            layer.weight = torch.nn.Parameter(self.tensor(constants["weight"]), False)
            return self.case(torch.compile(layer.eval(), dynamic=False))

        return {"frozen": make}

    def attention(self, workload, constants):
        flex = torch.compile(flex_attention, dynamic=False)

        def make():
            options = flex_options(workload)
            return self.case(lambda q, k, v: flex(q, k, v, **options))

        def make_folded():
            return self.folded(workload, flex)

        return {"flex, groups as queries": make_folded} if workload.decodes else {"flex": make}

    def sentences(self, workload, constants):
        def make():
            return self.encoder(workload, lambda f: torch.compile(f, dynamic=workload.ragged))

        return batch_variants(workload, {"frozen": make})


def flex_options(workload):
    """The keys that are seen as flex_attention wants them: blocks without any are left out."""
    if not workload.causal:
        return {}
    window = workload.window or workload.keys

    def seen(b, h, m, n):
        return (n <= m) & (n > m - window)

    lengths = workload.queries, workload.keys
    return {"block_mask": create_block_mask(seen, None, None, *lengths, device="cpu")}
