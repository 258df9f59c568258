"""treadle.attention as MLIR text."""

from builder import affine_map
from programs import Operand

#: Operands in the order of the operation's definition, with those that have no map.
ORDER = (
    "queries", "keys", "values", "score_weights", "lengths", "offsets", "prefixes",
    "selection", "bias", "sinks",
)  # fmt: skip
#: Maps in the order of the operation's, after that of the result.
MAPPED = ("score_weights", "selection", "bias", "sinks")
#: What entry points call what every attention has.
SHORT = {"queries": "q", "keys": "k", "values": "v"}
#: Elements of what is no float.
ELEMENTS = {"lengths": "i64", "offsets": "i64", "prefixes": "i64", "selection": "i1"}


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


def add_attention(program, name, space, dims, extents, elements=(), **more):
    """The entry point `name` of a program, from q, k, v and operands by their names to y.

    `dims` has the dimensions of the result and of each operand there is, by names of ORDER;
    `extents` those of them that are known, `elements` the types that are not f32. The rest is as
    `attention` has it."""
    elements = ELEMENTS | dict(elements)
    made = {
        tensor: Operand([extents.get(dim, dim) for dim in letters], elements.get(tensor, "f32"))
        for tensor, letters in dims.items()
    }
    result = made.pop("result")
    names = {tensor: SHORT.get(tensor, tensor) for tensor in made}
    operands = {
        tensor: (f"%{names[tensor]}", operand.type, dims[tensor])
        for tensor, operand in made.items()
    }
    text = attention(space, operands, (result.type, dims["result"]), **more)
    inputs = {names[tensor]: operand for tensor, operand in made.items()}
    program.add(name, inputs, f"%y = {text}", y=result)
