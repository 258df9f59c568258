"""RotaryEmbedding with its caches of cosines and sines as tables."""


def rotary_embedding(function, attributes, wanted, X, cos_cache, sin_cache, position_ids=None):
    x = X
    if len(X.shape) == 3:  # [batch, tokens, heads · width]
        heads = attributes["num_heads"]
        x = function.reshape(X, [*X.shape[:2], heads, X.shape[2] // heads])
    else:  # [batch, heads, tokens, width], where treadle.rotary has tokens first
        x = function.transpose(X, [0, 2, 1, 3])
    width = attributes.get("rotary_embedding_dim", 0) or x.shape[3]
    layout = "interleaved" if attributes.get("interleaved", 0) else "half"
    # Without positions the caches have a row for each token.
    positions = f"positions({position_ids}) " if position_ids else ""
    given = [v for v in (x, position_ids, cos_cache, sin_cache) if v]
    types = ", ".join(v.type for v in given)
    y = function.op(
        f"treadle.rotary {x} rotary(#treadle.rotary<width = {width}, layout = {layout}>) "
        f"{positions}tables({cos_cache}, {sin_cache}) : ({types}) -> {x.type}",
        x.shape,
        x.element,
    )
    if len(X.shape) == 3:
        return [function.reshape(y, X.shape)]
    return [function.transpose(y, [0, 2, 1, 3])]
