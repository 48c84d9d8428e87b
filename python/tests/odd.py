"""Arguments that no one should pass: shapes, strides, types and numbers of every kind, for the tests of bad input."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

import gumbelkit as gk
from gumbelkit import Key

DTYPES = [
    "float32", "float64", "float16", "int8", "int64", "uint16", "uint64", "bool", "complex64",
    "object", "U3", "S2", "datetime64[s]", ">f4", ">f8", "longdouble", "V4",
]  # fmt: skip

NUMBERS = st.one_of(
    st.integers(-3, 5),
    # No size between: one that fits into memory takes seconds to fill.
    st.integers(2**45, 2**70),
    st.integers(-(2**70), -(2**45)),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([0.5, 1.0, 1e-300, 1e300, 5e-324, True, None, "x", b"x", 1j, np.float32(0.5)]),
    st.sampled_from([np.array(0.5), np.array([0.5]), np.array([[0.5, 2.0]]), object(), [], {}]),
)

EXTENTS = st.one_of(st.integers(0, 4), st.sampled_from([1, 2, 3, 1000]))


@st.composite
def arrays(draw):
    """An array of any dtype, order, stride and alignment, or something that is no array."""
    if draw(st.integers(0, 9)) == 0:
        return draw(NUMBERS)
    shape = tuple(draw(st.lists(EXTENTS, max_size=4)))
    # Extents of 0 count too: as lists, [1000, 1000, 1000, 0] are a thousand million.
    if np.prod([max(extent, 1) for extent in shape], dtype=np.int64) > 5000:
        shape = shape[:1]
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    with np.errstate(all="ignore"):
        values = rng.normal(0, 3, shape)
        if dtype.kind in "fc":
            for special in draw(
                st.lists(st.sampled_from([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e308]), max_size=3)
            ):
                if values.size:
                    values.flat[rng.integers(values.size)] = special
            if draw(st.booleans()):
                values = np.abs(values)
        try:
            array = np.asarray(values).astype(dtype)
        except (TypeError, ValueError):
            array = np.zeros(shape, dtype)
    change = draw(st.integers(0, 6))
    if change == 1:
        array = np.asfortranarray(array)
    elif change == 2 and array.ndim:
        array = array[::-1]
    elif change == 3 and array.ndim:
        array = np.repeat(array, 2, -1)[..., ::2]
    elif change == 4:
        array = np.broadcast_to(array, (2, *array.shape))
    elif change == 5:
        array = np.array(array)
        array.flags.writeable = False
    elif change == 6 and dtype.kind in "fiu" and array.size:
        raw = np.empty(array.nbytes + 1, np.uint8)[1:]
        unaligned = raw.view(dtype).reshape(array.shape)
        unaligned[...] = array
        array = unaligned
    return array.tolist() if draw(st.integers(0, 9)) == 0 and dtype.kind in "fiub" else array


KEYS = st.one_of(
    st.builds(Key, st.integers(-(2**70), 2**70)),
    st.just(Key(7).fold_in(np.arange(4))),
    st.just(Key(7).fold_in(np.arange(0))),
    NUMBERS,
)

BOUNDS = st.one_of(st.integers(-(2**65), 2**65), arrays())
# Larger ones would be drawn, in years.
COUNTS = st.one_of(
    st.integers(-2, 1000), st.floats(), st.lists(st.integers(-2, 1000), max_size=3), st.none()
)

AXES = st.one_of(st.integers(-3, 3), NUMBERS)
SIZES = st.one_of(
    st.none(), EXTENTS, st.lists(EXTENTS, max_size=2).map(tuple), st.integers(-3, 10), NUMBERS
)
OPTIONS = {
    "axis": AXES,
    "hard": st.booleans(),
    "noise": arrays(),
    "offset": st.one_of(st.integers(-2, 2**64 + 1), NUMBERS),
    "out": arrays(),
    "dtype": st.sampled_from([*DTYPES, "nonsense", None, int, float]),
    "loc": NUMBERS,
    "scale": NUMBERS,
    "low": NUMBERS,
    "high": NUMBERS,
    "n": st.one_of(st.integers(-2, 100), NUMBERS),
    "replace": st.booleans(),
    "temperature": st.one_of(NUMBERS, arrays()),
    "mask": arrays(),
    "logits": arrays(),
    "weights": arrays(),
    "probs": arrays(),
    "log_probs": arrays(),
    "first_class": st.one_of(st.integers(-2, 2**64 + 1), NUMBERS),
    "endpoint": st.booleans(),
    "size": SIZES,
    "p": arrays(),
    "floc": NUMBERS,
    "fscale": NUMBERS,
}


def _method(name):
    """A method of a new `Generator`: its draws do not depend on the calls before."""

    def call(*arguments, **options):
        return getattr(gk.Generator(7), name)(*arguments, **options)

    call.__name__ = name
    return call


def _law(name):
    def call(x):
        return getattr(gk.Gumbel(1.0, 2.0), name)(x)

    call.__name__ = name
    return call


NOISE = ("loc", "scale", "dtype", "offset", "out")
VALUES = ("logits", "weights", "probs", "log_probs", "temperature", "mask")

FUNCTIONS = [
    (gk.gumbel, (KEYS, SIZES), NOISE),
    (gk.logistic, (KEYS, SIZES), NOISE),
    (gk.normal, (KEYS, SIZES), NOISE),
    (gk.exponential, (KEYS, SIZES), ("scale", "dtype", "offset", "out")),
    (gk.uniform, (KEYS, SIZES), ("low", "high", "dtype", "offset", "out")),
    (gk.gumbel_softmax, (KEYS, arrays(), NUMBERS), ("axis", "hard", "noise", "offset", "out")),
    (gk.gumbel_softmax, (KEYS, arrays(), arrays()), ("axis", "hard", "noise", "offset", "out")),
    (gk.gumbel_log_softmax, (KEYS, arrays(), NUMBERS), ("axis", "noise", "offset", "out")),
    (gk.gumbel_softmax_vjp, (arrays(), arrays(), NUMBERS), ("axis", "out")),
    (gk.binary_concrete, (KEYS, arrays(), NUMBERS), ("hard", "noise", "offset", "out")),
    (gk.binary_concrete_vjp, (arrays(), arrays(), NUMBERS), ("out",)),
    (gk.gumbel_max, (KEYS, arrays()), ("axis", "noise", "offset", "out")),
    (gk.categorical, (KEYS,), (*VALUES, "n", "replace", "axis")),
    (gk.top_k, (KEYS, st.integers(-2, 50)), (*VALUES, "first_class")),
    (gk.gumbel_given_argmax, (KEYS, arrays(), arrays()), ("axis",)),
    (gk.permutation, (KEYS, st.one_of(st.integers(-2, 1000), NUMBERS)), ()),
    (gk.Gumbel, (NUMBERS, NUMBERS), ()),
    (gk.Gumbel.fit, (arrays(),), ("floc", "fscale")),
    (gk.integers, (KEYS, BOUNDS), ("high", "size", "endpoint", "dtype", "offset")),
    (_method("integers"), (BOUNDS, BOUNDS), ("size", "endpoint", "dtype")),
    (_method("choice"), (arrays(), SIZES), ("replace", "p", "axis")),
    (_method("multinomial"), (COUNTS, arrays()), ("size",)),
    (_method("permuted"), (arrays(),), ("axis", "out")),
    (_method("permutation"), (arrays(),), ("axis",)),
    (_method("shuffle"), (arrays(),), ("axis",)),
    (_method("gumbel"), (arrays(), arrays()), ("size",)),
    (_method("uniform"), (arrays(), arrays()), ("size",)),
    (_method("random"), (SIZES,), ("dtype", "out")),
    *((_law(name), (arrays(),), ()) for name in ("pdf", "logcdf", "logsf", "ppf", "isf")),
    (gk.dct_planes, (st.binary(max_size=300),), ()),
    (gk.Lcg, (NUMBERS, NUMBERS, NUMBERS, NUMBERS), ()),
    (gk.dct_coefficients, (st.binary(max_size=300),), ()),
    (gk.Keys, (arrays(),), ()),
    (gk.Key.of, (NUMBERS,), ()),
    (Key(7).fold_in, (arrays(),), ()),
    (gk.set_num_threads, (st.one_of(st.integers(-2, 4), NUMBERS),), ()),
]


@st.composite
def calls(draw):
    """A function, its arguments and some of its options."""
    function, arguments, options = draw(st.sampled_from(FUNCTIONS))
    chosen = draw(st.lists(st.sampled_from(options), max_size=3, unique=True)) if options else []
    given = tuple(draw(argument) for argument in arguments)
    return function, given, {name: draw(OPTIONS[name]) for name in chosen}
