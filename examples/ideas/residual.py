"""Does a residual block whose branch is zero cost anything, and does it change a single bit?"""

import numpy as np
from ideas import Artifact, claim, draw, finish, read

# Ways to say that nothing is added. %inner becomes %inner0, %inner1, … as blocks are put in.
BLOCK = """
  %BEHIND = treadle.residual %BEFORE {options} : !tokens{types} {{
  ^branch(%u: !tokens):
    {branch}
    treadle.yield %f : !tokens
  }}"""
GELU = "%f = treadle.activate gelu %u : !tokens"
BLOCKS = {
    "zero branch": BLOCK.format(
        options="", types="", branch="%f = arith.constant dense<0.0> : !tokens"
    ),
    "zero scale": BLOCK.format(options="scale(0.0)", types="", branch=GELU),
    "zero gate": "\n  %gate_BEHIND = arith.constant dense<0.0> : tensor<32xf32>"
    + BLOCK.format(options="gate(%gate_BEHIND)", types=", tensor<32xf32>", branch=GELU),
    "stack of 64": f"""
  %BEHIND = treadle.stack 64 (%BEFORE) : !tokens {{
  ^layer(%h: !tokens, %i: index):
    {BLOCK.format(options="scale(0.0)", types="", branch=GELU)
          .replace("BEFORE", "h").replace("BEHIND", "z")}
    treadle.yield %z : !tokens
  }}""",
    "half of gelu": BLOCK.format(options="scale(0.5)", types="", branch=GELU),
}
network, gated = read("residual.mlir"), read("rezero.mlir")


def insert(block, count):
    """The network with a block between its halves so many times."""
    names = ["inner", *(f"inner{i}" for i in range(count))]
    blocks = [
        block.replace("BEFORE", before).replace("BEHIND", behind)
        for before, behind in zip(names, names[1:])
    ]
    last = network.replace("linear %inner, %w2", f"linear %{names[-1]}, %w2")
    return last.replace("// BLOCKS", "".join(blocks))


normal = draw(5)
weights = {"in": normal((32, 32)) / 6, "out": normal((32, 32)) / 6}
x = normal((16, 32)).astype(np.float32)
plain = Artifact(network, weights)
y = plain.run("network", x=x)

print("between the maps   blocks   code             result")
same = {}
for name, block in BLOCKS.items():
    for count in (1, 3):
        other = Artifact(insert(block, count), weights)
        code = other.code() == plain.code()
        bits = other.run("network", x=x).tobytes() == y.tobytes()
        same[name, count] = code, bits
        print(f"{name:17} {count:7}   {'the same bytes' if code else 'another':14}", end="")
        print(f"   {'the same bits' if bits else 'another'}")
zero = [both for (name, _), both in same.items() if name != "half of gelu"]
claim("what adds nothing is not in the code", all(code for code, _ in zero))
claim("and changes no bit", all(bits for _, bits in zero))
claim("what adds something is, and does", not any(any(same["half of gelu", n]) for n in (1, 3)))

# A gate that is a parameter: the code is there, and adds 0 · f(x) 64 times.
for layer in range(64):
    weights[f"layer.{layer}.weight"] = normal((32, 32)) / 6
    weights[f"layer.{layer}.gate"] = [0.0]
told = gated.replace("gate(%gate) : !tokens, tensor<1xf32>", "scale(0.0) : !tokens")
stack, folded = Artifact(gated, weights), Artifact(told, weights)
kept = stack.run("gated", x=x).tobytes() == x.tobytes()
claim("64 layers with a gate of zero leave numbers bit for bit alone", kept)
x[:, 0] = [np.nan, np.inf, -np.inf, -0.0, 1e-45, -3e-39, 3e38, 0.0] * 2
kept = folded.run("gated", x=x).tobytes() == x.tobytes()
claim("64 layers with a scale of zero do so with what is no number, too", kept)
z = stack.run("gated", x=x)
changed = (x[:8].view(np.int32) != z[:8].view(np.int32)).any(axis=1)
print("with 0 · f(x) added, rows change that begin with:", *x[:8, 0][changed])
finish()
