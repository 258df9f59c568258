"""all-MiniLM-L6-v2 as ONNX models, written from the published checkpoint.

Each variant computes the same function, (input_ids, attention_mask) ->
embeddings [batch, width], from the same parameters; they differ in the
operations that it is spelled with:

    standard    ONNX's own operations, as an exporter writes them
    attention   ONNX Runtime's fused operations, with packed projections
    mha         the same, with MultiHeadAttention and separate projections
"""

import json
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

VARIANTS = ("standard", "attention", "mha")

# ONNX Runtime's domain of fused operations.
FUSED = "com.microsoft"


def build_model(directory, variant):
    """The model of a Hugging Face directory as an onnx.ModelProto."""
    return {
        "standard": StandardEncoder,
        "attention": FusedEncoder,
        "mha": MultiHeadEncoder,
    }[
        variant
    ](Path(directory)).build()


class StandardEncoder:
    """Standard operations of opset 17 alone."""

    def __init__(self, directory):
        config = json.loads((directory / "config.json").read_text())
        self.layers = config["num_hidden_layers"]
        self.heads = config["num_attention_heads"]
        self.width = config["hidden_size"]
        self.epsilon = config["layer_norm_eps"]
        self.tensors = load_file(directory / "model.safetensors")
        self.nodes = []
        self.initializers = []

    def build(self):
        x = self.embed("input_ids", "attention_mask")
        for i in range(self.layers):
            x = self.layer(x, f"encoder.layer.{i}")
        self.pool(x, "attention_mask")

        ids = ["batch", "sequence"]
        graph = helper.make_graph(
            self.nodes,
            "sentence_encoder",
            [
                helper.make_tensor_value_info("input_ids", TensorProto.INT64, ids),
                helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ids),
            ],
            [helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["batch", self.width])],
            self.initializers,
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(FUSED, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)

    # Parts of the graph: each returns the name of its result.

    def op(self, kind, *inputs, name=None, domain="", **attributes):
        """Adds a node; its result is called `name` or gets a new name."""
        result = name or f"{kind}_{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(kind, inputs, [result], name=result, domain=domain, **attributes)
        )
        return result

    def constant(self, value, dtype=np.float32):
        name = f"constant_{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def parameter(self, name):
        return self.constant(self.tensors[name])

    def project(self, x, name):
        """x @ weight, without the bias."""
        return self.op("MatMul", x, self.constant(self.tensors[f"{name}.weight"].T))

    def linear(self, x, name):
        return self.op("Add", self.project(x, name), self.parameter(f"{name}.bias"))

    def norm(self, x, name):
        return self.op(
            "LayerNormalization",
            x,
            self.parameter(f"{name}.weight"),
            self.parameter(f"{name}.bias"),
            epsilon=self.epsilon,
        )

    def embed(self, ids, mask):
        words = self.op("Gather", self.parameter("embeddings.word_embeddings.weight"), ids)
        sequence = self.op("Slice", self.op("Shape", ids), *map(self.int64s, ([1], [2])))
        places = self.op("Slice", self.places(), self.int64s([0]), sequence, self.int64s([0]))
        x = self.norm(self.op("Add", words, places), "embeddings.LayerNorm")

        # What is added to the scores, [batch, 1, 1, sequence]: 0 or almost -infinity.
        padding = self.op("Sub", self.constant(1), self.op("Cast", mask, to=TensorProto.FLOAT))
        padding = self.op("Unsqueeze", padding, self.int64s([1, 2]))
        self.bias = self.op("Mul", padding, self.constant(np.finfo(np.float32).min))
        return x

    def int64s(self, values):
        return self.constant(values, np.int64)

    def places(self):
        """Position embeddings, with that of the only segment added."""
        return self.constant(
            self.tensors["embeddings.position_embeddings.weight"]
            + self.tensors["embeddings.token_type_embeddings.weight"][0]
        )

    def layer(self, x, name):
        attended = self.attention(x, f"{name}.attention.self")
        x = self.add_norm(attended, x, f"{name}.attention.output")
        hidden = self.gelu(x, f"{name}.intermediate.dense")
        return self.add_norm(hidden, x, f"{name}.output")

    def attention(self, x, name):
        def heads(part, order):
            y = self.linear(x, f"{name}.{part}")
            y = self.op("Reshape", y, self.int64s([0, 0, self.heads, self.width // self.heads]))
            return self.op("Transpose", y, perm=order)

        queries = heads("query", [0, 2, 1, 3])
        keys = heads("key", [0, 2, 3, 1])
        values = heads("value", [0, 2, 1, 3])
        scores = self.op("MatMul", queries, keys)
        scores = self.op("Div", scores, self.constant(np.sqrt(self.width // self.heads)))
        weights = self.op("Softmax", self.op("Add", scores, self.bias), axis=-1)
        y = self.op("Transpose", self.op("MatMul", weights, values), perm=[0, 2, 1, 3])
        return self.op("Reshape", y, self.int64s([0, 0, self.width]))

    def add_norm(self, x, skipped, name):
        y = self.op("Add", self.linear(x, f"{name}.dense"), skipped)
        return self.norm(y, f"{name}.LayerNorm")

    def gelu(self, x, name):
        """GELU of a linear layer, exact: with the error function."""
        y = self.linear(x, name)
        error = self.op("Erf", self.op("Div", y, self.constant(np.sqrt(2))))
        y = self.op("Mul", y, self.op("Add", error, self.constant(1)))
        return self.op("Mul", y, self.constant(0.5))

    def pool(self, x, mask):
        """The mean over the tokens that are no padding, at unit length."""
        mask = self.op("Cast", mask, to=TensorProto.FLOAT)
        mask = self.op("Unsqueeze", mask, self.int64s([2]))
        total = self.op("ReduceSum", self.op("Mul", x, mask), self.int64s([1]), keepdims=0)
        count = self.op("ReduceSum", mask, self.int64s([1]), keepdims=0)
        mean = self.op("Div", total, count)
        length = self.op("ReduceL2", mean, axes=[1], keepdims=1)
        self.op("Div", mean, length, name="embeddings")


class FusedEncoder(StandardEncoder):
    """What ONNX Runtime's optimiser of transformers makes of a BERT."""

    def embed(self, ids, mask):
        def as_int32(name):
            return self.op("Cast", name, to=TensorProto.INT32)

        x, self.lengths = "embedded", "lengths"
        self.nodes.append(
            helper.make_node(
                "EmbedLayerNormalization",
                [
                    as_int32(ids),
                    "",
                    self.parameter("embeddings.word_embeddings.weight"),
                    self.places(),
                    "",
                    self.parameter("embeddings.LayerNorm.weight"),
                    self.parameter("embeddings.LayerNorm.bias"),
                    as_int32(mask),
                ],
                [x, self.lengths],
                domain=FUSED,
                epsilon=self.epsilon,
            )
        )
        return x

    def packed(self, name, what):
        """Query, key and value of an attention, side by side."""
        parts = (self.tensors[f"{name}.{part}.{what}"].T for part in ("query", "key", "value"))
        return self.constant(np.concatenate(list(parts), axis=-1))

    def attention(self, x, name):
        return self.op(
            "Attention",
            x,
            self.packed(name, "weight"),
            self.packed(name, "bias"),
            self.lengths,
            domain=FUSED,
            num_heads=self.heads,
        )

    def add_norm(self, x, skipped, name):
        return self.op(
            "SkipLayerNormalization",
            self.project(x, f"{name}.dense"),
            skipped,
            self.parameter(f"{name}.LayerNorm.weight"),
            self.parameter(f"{name}.LayerNorm.bias"),
            self.parameter(f"{name}.dense.bias"),
            domain=FUSED,
            epsilon=self.epsilon,
        )

    def gelu(self, x, name):
        # BiasGelu is the exact GELU; FastGelu would be the one with tanh.
        return self.op(
            "BiasGelu", self.project(x, name), self.parameter(f"{name}.bias"), domain=FUSED
        )


class MultiHeadEncoder(FusedEncoder):
    """The same with the newer operation for attention."""

    def attention(self, x, name):
        return self.op(
            "MultiHeadAttention",
            *(self.project(x, f"{name}.{part}") for part in ("query", "key", "value")),
            self.packed(name, "bias"),
            self.lengths,
            domain=FUSED,
            num_heads=self.heads,
        )
