"""treadle.attention as MLIR text."""

from builder import affine_map

#: Operands in the order of the operation's definition, with those that have no map.
ORDER = (
    "queries", "keys", "values", "score_weights", "lengths", "offsets", "prefixes",
    "selection", "bias", "sinks",
)  # fmt: skip
#: Maps in the order of the operation's, after that of the result.
MAPPED = ("score_weights", "selection", "bias", "sinks")


def attention(space, operands, result, *, score="scaled_dot", lse=None, mask=(), options=(),
              region=None):  # fmt: skip
    """The text after `%name =`.

    `operands` has for each name of ORDER the value, its type and its dimensions, a string of
    letters of `space` (any, for those that have no map); `result` and `lse` have type and
    dimensions. `mask` are the parts of the attribute, `options` further clauses, `region` is the
    text of a score region with its block arguments."""
    present = [name for name in ORDER if name in operands]
    clauses = [f"{name}({operands[name][0]})" for name in present]
    if mask:
        clauses.insert(3, f"mask(#treadle.mask<{', '.join(mask)}>)")
    maps = [operands[name][2] for name in ("queries", "keys", "values")] + [result[1]]
    maps += [operands[name][2] for name in MAPPED if name in operands]
    results = [result[0]]
    if lse:
        maps.append(lse[1])
        results.append(lse[0])
    types = ", ".join(operands[name][1] for name in present)
    gives = results[0] if len(results) == 1 else f"({', '.join(results)})"
    return (
        f"treadle.attention {score} {' '.join([*clauses, *options])}\n"
        f"    indexing_maps = [{', '.join(affine_map(space, dims) for dims in maps)}]\n"
        + (f"    score {{\n{region}\n    }}\n" if region else "")
        + f"    : ({types}) -> {gives}"
    )
