"""Arrays in, arrays out, on an artifact that was made by hand."""

import threading

import numpy as np
import pytest

import treadle

X = np.arange(12, dtype=np.float32).reshape(3, 4)
FACTORS = np.array([1, 10, 100])


@pytest.fixture(scope="module", params=[1, 3])
def model(request, scale_artifact):
    model = treadle.load(scale_artifact, threads=request.param)
    assert model.threads == request.param
    return model


def test_values(model):
    (y,) = model.run("scale", x=X, factors=FACTORS).values()
    np.testing.assert_array_equal(y, X * FACTORS[:, None].astype(np.float32))


def test_an_input_with_a_default_may_be_left_out(model):
    np.testing.assert_array_equal(model.run("scale", x=X)["y"], X * 2)
    # And one call's input is not the next one's default.
    model.run("scale", x=X, factors=FACTORS)
    np.testing.assert_array_equal(model.run("scale", x=X)["y"], X * 2)


def test_outputs_are_the_callers(model):
    first = model.run("scale", x=X)["y"]
    model.run("scale", x=X + 1)
    np.testing.assert_array_equal(first, X * 2)


def test_booleans(model):
    flags = np.array([True, False, True])
    inverted = model.run("invert", flags=flags)["inverted"]
    assert inverted.dtype == np.bool_
    np.testing.assert_array_equal(inverted, ~flags)


def test_no_elements(model):
    assert model.run("invert", flags=np.zeros(0, np.bool_))["inverted"].shape == (0,)


@pytest.mark.parametrize(
    "x",
    [
        np.asfortranarray(X),
        np.repeat(X, 2, axis=0)[::2],
        np.frombuffer(b"." + X.tobytes(), np.float32, offset=1).reshape(X.shape),
    ],
    ids=["columns first", "strided", "unaligned"],
)
def test_memory_that_is_not_dense_is_copied(model, x):
    np.testing.assert_array_equal(model.run("scale", x=x)["y"], X * 2)


def test_memory_that_may_not_be_written_is_read(model):
    x = X.copy()
    x.flags.writeable = False
    np.testing.assert_array_equal(model.run("scale", x=x)["y"], X * 2)


def test_dlpack(model):
    class Foreign:
        def __dlpack__(self, **options):
            return X.__dlpack__(**options)

        def __dlpack_device__(self):
            return X.__dlpack_device__()

    np.testing.assert_array_equal(model.run("scale", x=Foreign())["y"], X * 2)


def test_lists(model):
    np.testing.assert_array_equal(
        model.run("scale", x=X, factors=[1, 10, 100])["y"],
        model.run("scale", x=X, factors=FACTORS)["y"],
    )


def test_python_threads_share_a_model(model):
    wrong = []

    def work(factor):
        for _ in range(200):
            y = model.run("scale", x=X, factors=np.full(3, factor))["y"]
            if not np.array_equal(y, X * factor):
                wrong.append(factor)

    threads = [threading.Thread(target=work, args=(factor,)) for factor in (3, 5, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_description(model):
    assert [str(entry) for entry in model.entries.values()] == [
        "scale(x: f32[rows, 4], factors: i64[rows]) -> (y: f32[rows, 4])",
        "invert(flags: bool[count]) -> (inverted: bool[count])",
    ]
    x, factors = model.entries["scale"].inputs
    assert (x.optional, factors.optional) == (False, True)
    assert x.bounds == ((1, 1000), (4, 4))
    assert model.entries["invert"].inputs[0].bounds == ((0, None),)
