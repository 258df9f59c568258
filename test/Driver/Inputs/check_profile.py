"""Whether the profile in a file of JSON fits together."""

import json
import sys

profile = json.load(open(sys.argv[1]))["profile"]
assert profile["runs"] == 2 and profile["ceilings"]["operations_per_second"] > 1e8, profile
names = {piece["name"] for piece in profile["work"]}
assert "attention" in names and len(names) == len(profile["work"])
assert sum(piece["ms"] for piece in profile["work"]) <= profile["ms"]
for piece in profile["work"]:
    layers = [layer for layer in profile["layers"] if layer["name"] == piece["name"]]
    assert [layer.get("layer") for layer in layers] in ([None], [0, 1]), piece
    for key in ("executions", "operations", "bytes"):
        assert piece[key] == sum(layer[key] for layer in layers), (key, piece)
    assert 0 <= piece["busy_ms"] <= piece["ms"] * 1.5 and piece["bytes"] > 0, piece
