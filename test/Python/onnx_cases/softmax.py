"""Softmax over any axis: treadle.softmax is over the last."""


def softmax(function, attributes, wanted, input):
    axis = attributes.get("axis", -1) % len(input.shape)
    last = len(input.shape) - 1
    order = list(range(len(input.shape)))
    order[axis], order[last] = last, axis
    x = input if axis == last else function.transpose(input, order)
    x = function.op(f"treadle.softmax {x} : {x.type}", x.shape, x.element)
    return [x if axis == last else function.transpose(x, order)]
