"""A product and attention as ONNX models, in each of the ways that ONNX Runtime has them."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FUSED = "com.microsoft"  # ONNX Runtime's domain of fused operations


def _model(nodes, inputs, outputs, constants):
    def info(values):
        return [
            helper.make_tensor_value_info(
                name, TensorProto.INT32 if shape in ([1], []) else TensorProto.FLOAT, shape
            )
            for name, shape in values.items()
        ]

    graph = helper.make_graph(
        nodes,
        "operation",
        info(inputs),
        info(outputs),
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", 23), helper.make_opsetid(FUSED, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=11)


def build_products(workload, weight):
    """x -> y in each spelling."""
    inputs = {"x": [workload.rows, workload.inner]}
    outputs = {"y": [workload.rows, workload.columns]}
    transposed = {"weight": np.ascontiguousarray(weight.T)}
    matmul = helper.make_node("MatMul", ["x", "weight"], ["y"])
    gemm = helper.make_node("Gemm", ["x", "weight"], ["y"], transB=1)
    return {
        "MatMul": _model([matmul], inputs, outputs, transposed),
        "Gemm": _model([gemm], inputs, outputs, {"weight": weight}),
    }


def build_attention(workload):
    """(q, k, v) -> y with heads before tokens, in each spelling with standard operations.

    Where heads share keys, those of a group are given as queries of one head."""
    heads, group = workload.key_heads, workload.group
    q = [1, heads, group * workload.queries, workload.width]
    k = [1, heads, workload.keys, workload.width]
    inputs, outputs = {"q": q, "k": k, "v": k}, {"y": q}
    masked = workload.causal
    bias = np.where(workload.make_mask(), 0, np.finfo(np.float32).min).astype(np.float32)
    scale = np.float32(workload.width**-0.5)
    standard = [
        helper.make_node("Mul", ["q", "scale"], ["scaled"]),
        helper.make_node("Transpose", ["k"], ["turned"], perm=[0, 1, 3, 2]),
        helper.make_node("MatMul", ["scaled", "turned"], ["scores"]),
        *([helper.make_node("Add", ["scores", "bias"], ["masked"])] if masked else []),
        helper.make_node("Softmax", ["masked" if masked else "scores"], ["weights"], axis=-1),
        helper.make_node("MatMul", ["weights", "v"], ["y"]),
    ]
    constants = {"scale": scale, **({"bias": bias} if masked else {})}
    models = {"standard": _model(standard, inputs, outputs, constants)}
    if workload.window:
        node = helper.make_node("Attention", ["q", "k", "v", "seen"], ["y"])
        constants = {"seen": workload.make_mask()}
    else:
        node = helper.make_node("Attention", ["q", "k", "v"], ["y"], is_causal=int(masked))
        constants = {}
    models["Attention"] = _model([node], inputs, outputs, constants)
    return models


def build_multi_head(workload):
    """MultiHeadAttention: (q, k, v) -> y with tokens before heads; heads of a group as queries."""
    width = workload.key_heads * workload.width
    q, k = [1, workload.group * workload.queries, width], [1, workload.keys, width]
    names, constants = ["q", "k", "v"], {}
    if workload.window:
        bias = np.where(workload.make_mask(), 0, np.finfo(np.float32).min).astype(np.float32)
        constants["bias"] = bias[np.newaxis, np.newaxis]
        names += ["", "", "bias"]
    node = helper.make_node(
        "MultiHeadAttention",
        names,
        ["y"],
        domain=FUSED,
        num_heads=workload.key_heads,
        unidirectional=int(workload.causal and not workload.window),
    )
    return _model([node], {"q": q, "k": k, "v": k}, {"y": q}, constants)


def build_group_query(workload):
    """GroupQueryAttention: of a whole sequence, or of one token after those in a cache."""
    past = workload.keys if workload.decodes else 0
    q = [1, workload.queries, workload.heads * workload.width]
    k = [1, workload.queries, workload.key_heads * workload.width]
    inputs = {"q": q, "k": k, "v": k, "last": [1], "total": [1]}
    caches, outputs = ["", ""], {"y": q}
    if past:
        cache = [1, workload.key_heads, past, workload.width]
        caches = ["past_keys", "past_values"]
        inputs.update(dict.fromkeys(caches, cache))
        outputs.update({"new_keys": cache, "new_values": cache})
    node = helper.make_node(
        "GroupQueryAttention",
        ["q", "k", "v", *caches, "last", "total"],
        list(outputs) if past else ["y", "new_keys", "new_values"],
        domain=FUSED,
        num_heads=workload.heads,
        kv_num_heads=workload.key_heads,
        local_window_size=workload.window or -1,
    )
    return _model([node], inputs, outputs, {})
