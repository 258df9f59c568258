"""all-MiniLM-L6-v2 as a torch module, from the published checkpoint.

What transformers computes, in torch's functions alone: each projection is one product, query, key
and value are one, and attention is torch's own.
"""

import json

import torch
import torch.nn.functional as F
from safetensors.torch import load_file


class Encoder(torch.nn.Module):
    def __init__(self, directory, dtype):
        super().__init__()
        config = json.loads((directory / "config.json").read_text())
        self.layers = config["num_hidden_layers"]
        self.heads = config["num_attention_heads"]
        self.epsilon = config["layer_norm_eps"]
        for name, tensor in pack(load_file(directory / "model.safetensors"), self.layers).items():
            if tensor.is_floating_point():
                parameter = torch.nn.Parameter(tensor.to(dtype), requires_grad=False)
                self.register_parameter(name.replace(".", "_"), parameter)

    def forward(self, ids, seen=None):
        """`seen` is [batch, sequence], true where there is no padding; none where it is all."""
        words = F.embedding(ids, self.tensor("embeddings.word_embeddings.weight"))
        places = self.tensor("embeddings.position_embeddings.weight")[: ids.shape[1]]
        segment = self.tensor("embeddings.token_type_embeddings.weight")[0]
        x = self.norm(words + places + segment, "embeddings.LayerNorm")
        for i in range(self.layers):
            x = self.layer(x, seen, f"encoder.layer.{i}")
        # The mean of the tokens, at unit length; sums are in float32.
        x = x.float()
        if seen is None:
            return F.normalize(x.mean(1), dim=-1)
        return F.normalize((x * seen[:, :, None]).sum(1), dim=-1)

    def tensor(self, name):
        return getattr(self, name.replace(".", "_"))

    def linear(self, x, name):
        return F.linear(x, self.tensor(f"{name}.weight"), self.tensor(f"{name}.bias"))

    def norm(self, x, name):
        weight, bias = self.tensor(f"{name}.weight"), self.tensor(f"{name}.bias")
        return F.layer_norm(x, x.shape[-1:], weight, bias, self.epsilon)

    def layer(self, x, seen, name):
        batch, length, width = x.shape
        packed = self.linear(x, f"{name}.attention.self.packed")
        q, k, v = packed.view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        mask = None if seen is None else seen[:, None, None, :]
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        y = y.transpose(1, 2).reshape(batch, length, width)
        y = self.linear(y, f"{name}.attention.output.dense")
        x = self.norm(x + y, f"{name}.attention.output.LayerNorm")
        y = F.gelu(self.linear(x, f"{name}.intermediate.dense"))
        y = self.linear(y, f"{name}.output.dense")
        return self.norm(x + y, f"{name}.output.LayerNorm")


def pack(tensors, layers):
    """Query, key and value of each layer as one parameter."""
    for i in range(layers):
        name = f"encoder.layer.{i}.attention.self"
        for kind in ("weight", "bias"):
            parts = [tensors.pop(f"{name}.{part}.{kind}") for part in ("query", "key", "value")]
            tensors[f"{name}.packed.{kind}"] = torch.cat(parts)
    return tensors
