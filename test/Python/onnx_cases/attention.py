"""Attention (opsets 23 to 25) and FlexAttention.

Layouts and shared heads are maps of one iteration space: b the batch, k heads of keys, g the
query heads that share one, and m, n, d, e as in the specification. Where an input is [batch,
tokens, heads · width] its last dimension is split, and it is read where it lies.
"""

import math

from attention_text import attention as attention_text
from builder import number
from programs import tensor_type

from .score_graph import translate_score_graph

SPACE = "bkgmnde"
INFINITY = "%hidden = arith.constant 0xFF800000 : f32"


def attention(
    function, attributes, wanted, Q, K, V, attn_mask=None, past_key=None, past_value=None,
    nonpad_kv_seqlen=None,
):  # fmt: skip
    if len(Q.shape) == 3:
        heads, key_heads = attributes["q_num_heads"], attributes["kv_num_heads"]
        q, k, v = (
            function.reshape(x, [*x.shape[:2], key_heads, count // key_heads, x.shape[2] // count])
            for x, count in ((Q, heads), (K, key_heads), (V, key_heads))
        )
        k, v = (function.reshape(x, [*x.shape[:3], x.shape[4]]) for x in (k, v))
        layout = {"queries": "bmkgd", "keys": "bnkd", "values": "bnke", "result": "bmkge"}
    else:
        heads, key_heads = Q.shape[1], K.shape[1]
        q = function.reshape(Q, [Q.shape[0], key_heads, heads // key_heads, *Q.shape[2:]])
        k, v = K, V
        layout = {"queries": "bkgmd", "keys": "bknd", "values": "bkne", "result": "bkgme"}
    present = []
    if past_key:  # caches have heads before tokens
        if len(Q.shape) == 3:
            k, v = (function.transpose(x, [0, 2, 1, 3]) for x in (k, v))
        present = [function.concat(2, past_key, k), function.concat(2, past_value, v)]
        k, v = present
        layout.update(keys="bknd", values="bkne")

    call = _Call(function, attributes, layout, {"queries": q, "keys": k, "values": v})
    call.mask(past_key, nonpad_kv_seqlen)
    if attn_mask:
        call.given_mask(attn_mask)
    width = v.shape[-1] * (heads if len(Q.shape) == 3 else 1)
    results = [function.reshape(call.result(), [*Q.shape[:-1], width])]
    results += [value for value, asked in zip(present, wanted[1:3]) if asked]
    if any(wanted[3:]):
        shape = [Q.shape[0], heads, call.extents["m"], call.extents["n"]]
        results.append(function.reshape(call.scores(), shape))
    return results


def flex_attention(function, attributes, wanted, Q, K, V):
    """A change to the scores is the score region, one to the probabilities, here a factor, one to
    the result."""
    layout = {"queries": "bkgmd", "keys": "bknd", "values": "bkne", "result": "bkgme"}
    q = function.reshape(Q, [Q.shape[0], K.shape[1], Q.shape[1] // K.shape[1], *Q.shape[2:]])
    call = _Call(function, attributes, layout, {"queries": q, "keys": K, "values": V})
    if "score_mod" in attributes:
        call.region, call.score = translate_score_graph(attributes["score_mod"])
    y = call.result()
    if "prob_mod" in attributes:
        region, factor = translate_score_graph(attributes["prob_mod"])
        dims = layout["result"]
        body = region.replace("%s,", "%a0,") + f"    %r = arith.addf {factor}, %zero : f32"
        body = "%zero = arith.constant 0.0 : f32\n" + body
        y = function.generic(dims, [(y, dims)], dims, y.shape, y.element, body)
    return [function.reshape(y, [*Q.shape[:-1], V.shape[-1]])]


class _Call:
    """One attention: what it is given, its mask and its score region."""

    def __init__(self, function, attributes, layout, values):
        self.function, self.attributes, self.layout = function, attributes, layout
        self.operands = {name: (x, x.type, layout[name]) for name, x in values.items()}
        self.extents = {}
        for name, x in values.items():
            self.extents.update(zip(layout[name], x.shape))
        self.parts = []
        self.region, self.score = "", "%s"
        cap = attributes.get("softcap", 0.0)
        if cap:
            self.region = f"%capped = treadle.soft_cap %s cap({number(cap)}) : f32\n"
            self.score = "%capped"

    def add(self, name, value, dims=""):
        self.operands[name] = (value, value.type, dims)

    def mask(self, past, lengths):
        """What the attributes and the caches hide.

        The first query stands behind what came before it: behind a past, or where it leaves room
        for the others within a batch's valid keys, or at the first key."""
        left, right = (self.attributes.get(f"{s}_window_size", -1) for s in ("left", "right"))
        self.causal = self.attributes.get("is_causal", 0)
        self.past = past.shape[2] if past else 0
        # A window of the past alone is one of the attribute where the future is hidden anyway.
        self.window = left if self.causal else -1
        if self.causal:
            self.parts.append("causal")
        elif left >= 0 or right >= 0:
            assert not past and not lengths
            self._windowed(left, right)
        if self.window >= 0:
            self.parts.append(f"window = {self.window + 1}")
        if lengths:
            self.parts.append("keys_within_lengths")
            self.add("lengths", lengths)
        if self.causal and past:
            batch = self.extents["b"]
            kind = tensor_type([batch], "i64")
            offsets = self.function.op(
                f"arith.constant dense<{self.past}> : {kind}", [batch], "i64"
            )
            self.add("offsets", offsets)
        if self.causal:
            align = "lengths" if lengths else "offsets" if past else "top_left"
            self.parts.append(f"align = {align}")

    def _windowed(self, left, right):
        """-left ≤ n - m ≤ right, where a side is negative without bound, as part of the region."""
        self.region += (
            f"%m_ = arith.index_cast %m : index to i64\n"
            f"%n_ = arith.index_cast %n : index to i64\n"
            f"%distance = arith.subi %n_, %m_ : i64\n{INFINITY}\n"
        )
        for side, bound, holds in (("left", -left, "sge"), ("right", right, "sle")):
            if bound * (1 if side == "right" else -1) >= 0:
                self.region += (
                    f"%{side} = arith.constant {bound} : i64\n"
                    f"%in_{side} = arith.cmpi {holds}, %distance, %{side} : i64\n"
                    f"%s_{side} = arith.select %in_{side}, {self.score}, %hidden : f32\n"
                )
                self.score = f"%s_{side}"

    def given_mask(self, mask):
        """A mask is aligned at its last dimension, and of one element where it is repeated."""
        e, function = self.extents, self.function
        names, kept = "bhmn"[4 - len(mask.shape) :], ""
        for name, extent in zip(names, mask.shape):
            full = e["k"] * e["g"] if name == "h" else e.get(name)
            kept += name if name == "n" or extent == full != 1 else ""
        shape = [mask.shape[names.index(name)] for name in kept]
        mask = function.reshape(mask, shape)
        if "h" in kept:
            at = kept.index("h")
            shape[at : at + 1] = [e["k"], e["g"]]
            kept = kept.replace("h", "kg")
            mask = function.reshape(mask, shape)
        if mask.shape[-1] < e["n"]:  # it hides the keys behind its end: nobody need read them
            e["n"] = mask.shape[-1]
            for name in ("keys", "values"):
                value, _, dims = self.operands[name]
                self.add(name, function.first(value, dims.index("n"), e["n"]), dims)
        self.add("selection" if mask.element == "i1" else "bias", mask, kept)

    def result(self):
        region, e = None, self.extents
        if self.region:
            arguments = "%s: f32, " + ", ".join(f"%{dim}: index" for dim in "bkgmn")
            region = f"^bb0({arguments}):\n{self.region}treadle.yield {self.score} : f32"
        options = []
        if "scale" in self.attributes:
            options.append(f"scale({number(self.attributes['scale'])})")
        dims = self.layout["result"]
        shape, element = [e[dim] for dim in dims], self.operands["queries"][0].element
        text = attention_text(
            SPACE,
            self.operands,
            (tensor_type(shape, element), dims),
            mask=self.parts,
            options=options,
            region=region,
        )
        return self.function.op(text, shape, element)

    def scores(self):
        """qk_matmul_output: scores (mode 0), capped (1), with everything that hides (2), or the
        probabilities (3), in plain linalg."""
        mode = self.attributes.get("qk_matmul_output_mode", 0)
        function, e = self.function, self.extents
        (q, _, q_dims), (k, _, k_dims) = self.operands["queries"], self.operands["keys"]
        scale = self.attributes.get("scale", 1 / math.sqrt(e["d"]))
        dims, element = "bkgmn", q.element
        shape = [e[dim] for dim in dims]
        body = "%p = arith.mulf %a0, %a1 : f32\n%r = arith.addf %acc, %p : f32"
        pair = [(q, q_dims), (k, k_dims)]
        x = function.generic("bkgmnd", pair, dims, shape, "f32", body, number(0))

        body = f"%scale = arith.constant {number(scale)} : f32\n"
        body += "%x0 = arith.mulf %a0, %scale : f32\n"
        last, operands = "%x0", [(x, dims)]
        if mode >= 1 and "softcap" in self.attributes:
            body += f"%x1 = treadle.soft_cap %x0 cap({number(self.attributes['softcap'])}) : f32\n"
            last = "%x1"
        if mode >= 2:
            assert "lengths" not in self.operands
            body += INFINITY + "\n"
            if "bias" in self.operands:
                operands.append(self.operands["bias"][::2])
                body += f"%x2 = arith.addf {last}, %a1 : f32\n"
                last = "%x2"
            if "selection" in self.operands:
                operands.append(self.operands["selection"][::2])
                body += f"%x2 = arith.select %a1, {last}, %hidden : f32\n"
                last = "%x2"
            if self.causal:
                body += (
                    f"%m = linalg.index 3 : index\n%n = linalg.index 4 : index\n"
                    f"%past = arith.constant {self.past} : index\n"
                    "%place = arith.addi %m, %past : index\n"
                    "%seen = arith.cmpi ule, %n, %place : index\n"
                    f"%x3 = arith.select %seen, {last}, %hidden : f32\n"
                )
                last = "%x3"
            if self.window >= 0:
                body += (
                    f"%wide = arith.constant {self.window} : index\n"
                    "%reach = arith.addi %n, %wide : index\n"
                    "%near = arith.cmpi uge, %reach, %place : index\n"
                    f"%x4 = arith.select %near, {last}, %hidden : f32\n"
                )
                last = "%x4"
        body += f"%zero = arith.constant 0.0 : f32\n%r = arith.addf {last}, %zero : f32"
        x = function.generic(dims, operands, dims, shape, element, body)
        if mode == 3:
            x = function.op(f"treadle.softmax {x} : {x.type}", shape, element)
        return x
