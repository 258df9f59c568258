"""Writes oracle_golden.npz: what transformers and torch give for parts of attention.

    python test/Python/make_oracle_golden.py

Needs torch and transformers, which the tests do not. The file checks the tests' own oracles
(attention_oracle.py, fuzz/positions.py), which random programs are compared with.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.bloom.modeling_bloom import build_alibi_tensor
from transformers.models.gemma2.modeling_gemma2 import eager_attention_forward as gemma2
from transformers.models.gpt_oss.modeling_gpt_oss import eager_attention_forward as gpt_oss
from transformers.models.t5.modeling_t5 import T5Attention

#: Parameters of #treadle.rotary, with the length of the run.
LONG = dict(base=1e4, scaling="longrope", original=200, factor=8.0, short=[1.0, 1.1, 1.5, 2.0])
ROTARY = [
    dict(width=64, length=100, base=500.0),
    dict(width=48, length=10, base=1e4, scaling="linear", factor=2.5),
    dict(width=64, length=100, base=1e4, scaling="dynamic", factor=4.0, original=200),
    dict(width=64, length=999, base=1e4, scaling="dynamic", factor=4.0, original=200),
    dict(width=64, length=1, base=1e4, scaling="yarn", factor=8.0, original=2048),
    dict(width=64, base=1e6, scaling="yarn", factor=4.0, original=4096, low=2.0, high=16.0),
    dict(width=64, base=1.5e5, scaling="yarn", factor=32.0, original=4096, truncate=False),
    dict(width=32, base=1e4, scaling="yarn", factor=0.5, original=256),
    dict(width=32, base=1e4, scaling="yarn", factor=16.0, original=64, magnitude=1.5),
    dict(width=128, base=5e5, scaling="llama3", factor=8.0, original=8192, low=1.0, high=4.0),
    dict(width=64, base=5e5, scaling="llama3", factor=32.0, original=200, low=1.0, high=4.0),
    dict(width=8, length=200, **LONG, long=[2.0, 4.5, 8.0, 9.0]),
    dict(width=8, length=201, **LONG, long=[2.0, 4.5, 8.0, 9.0]),
]
#: buckets, largest distance, bidirectional
BUCKETS = [(32, 128, True), (32, 128, False), (8, 20, True), (16, 300, False), (4, 5, False)]
KEYS = 400


def frequencies(width, base, length=1, scaling="default", **given):
    names = {"original": "original_max_position_embeddings", "low": "low_freq_factor",
             "high": "high_freq_factor", "magnitude": "attention_factor", "short": "short_factor",
             "long": "long_factor"}  # fmt: skip
    if scaling == "yarn":
        names.update(low="beta_slow", high="beta_fast")
    parameters = {"rope_type": scaling, "rope_theta": base}
    parameters.update({names.get(key, key): value for key, value in given.items()})
    config = LlamaConfig(
        hidden_size=width,
        num_attention_heads=1,
        max_position_embeddings=given.get("original", 2048),
        rope_parameters=parameters,
    )
    if scaling == "default":
        return base ** (-2.0 * np.arange(width // 2) / width), 1.0
    w, magnitude = ROPE_INIT_FUNCTIONS[scaling](config, "cpu", seq_len=length)
    return w.double().numpy(), magnitude


def main():
    torch.manual_seed(3)
    arrays = {"rotary": np.array(json.dumps(ROTARY)), "buckets": np.array(json.dumps(BUCKETS))}
    for i, parameters in enumerate(ROTARY):
        w, magnitude = frequencies(**parameters)
        arrays[f"rotary.{i}"] = np.append(w, magnitude)
    distances = torch.arange(-KEYS, KEYS + 1)
    for i, (buckets, most, both) in enumerate(BUCKETS):
        found = T5Attention._relative_position_bucket(distances, both, buckets, most)
        arrays[f"buckets.{i}"] = found.numpy().astype(np.int16)
    for heads in (1, 2, 6, 8, 12, 20):
        ones = torch.ones(1, 2)
        alibi = build_alibi_tensor(ones, heads, torch.float32)  # slope times the key's index
        arrays[f"alibi.{heads}"] = alibi[:, 0, 1].double().numpy()

    batch, heads, key_heads, queries, keys, width = 2, 4, 2, 5, 9, 8
    q = torch.randn(batch, heads, queries, width, dtype=torch.float64)
    k, v = (torch.randn(batch, key_heads, keys, width, dtype=torch.float64) for _ in range(2))
    visible = torch.arange(keys)[None, :] <= torch.arange(queries)[:, None] + keys - queries
    hidden = torch.where(visible, 0.0, float("-inf")).double()[None, None]
    sinks = torch.randn(heads, dtype=torch.float64)
    module = SimpleNamespace(
        num_key_value_groups=heads // key_heads, sinks=sinks, training=False, head_dim=width
    )
    arrays.update({"q": q.numpy(), "k": k.numpy(), "v": v.numpy(), "sinks": sinks.numpy()})
    with_sinks = gpt_oss(module, q, k, v, hidden, scaling=0.3, dropout=0.0)[0]
    capped = gemma2(module, 4 * q, k, v, hidden, scaling=0.3, dropout=0.0, softcap=2.0)[0]
    arrays["with_sinks"] = with_sinks.transpose(1, 2).numpy()
    arrays["capped"] = capped.transpose(1, 2).float().double().numpy()
    scores = torch.nn.attention.flex_attention.flex_attention(
        q, k, v, score_mod=lambda s, b, h, m, n: s - 0.25 * (m - n).abs(),
        enable_gqa=True, return_lse=True,
    )  # fmt: skip
    arrays["flex"], arrays["flex_lse"] = (x.numpy() for x in scores)
    np.savez_compressed(Path(__file__).with_name("oracle_golden.npz"), **arrays)


if __name__ == "__main__":
    main()
