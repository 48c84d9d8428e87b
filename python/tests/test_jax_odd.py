"""No input of `gumbelkit.jax` ends the interpreter or gives NaN."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odd import AXES, DTYPES, EXTENTS, KEYS, NUMBERS, arrays

jax = pytest.importorskip("jax")

import gumbelkit.jax as gj  # noqa: E402
from gumbelkit import Key  # noqa: E402

REFUSED = (
    ValueError, TypeError, IndexError, OverflowError, MemoryError, NotImplementedError,
    jax.errors.JaxRuntimeError,
)  # fmt: skip

# Few shapes: each new one is compiled.
SHAPES = st.one_of(
    st.sampled_from([(), (3,), (2, 3), (0,), 3, (-1,), (2**62,), (2**40, 2**40), (2**70, 0)]),
    st.lists(EXTENTS, max_size=1).map(tuple),
    NUMBERS,
)
KINDS = st.sampled_from([*DTYPES, "bfloat16", "nonsense", None, int, float])
KEY = jax.random.key(7)
GOOD_KEYS = st.sampled_from([KEY, jax.random.PRNGKey(7), jax.random.key(7, impl="rbg"), Key(2)])
ODD_KEYS = st.one_of(st.just(jax.random.split(KEY)), KEYS)
PLACES = st.one_of(st.sampled_from([0, -1]), AXES)
FLAGS = st.booleans()
TAUS = st.one_of(st.sampled_from([1e-30, 0.5, 1.0, 1e30]), NUMBERS, arrays())

FUNCTIONS = [
    *(((law), (SHAPES, KINDS)) for law in ("gumbel", "exponential", "logistic", "normal")),
    ("uniform", (SHAPES, KINDS, arrays(), arrays())),
    ("uniform", (SHAPES, st.just("float32"), NUMBERS, NUMBERS)),
    ("gumbel_softmax", (arrays(), TAUS, PLACES, FLAGS)),
    ("gumbel_log_softmax", (arrays(), TAUS, PLACES)),
    ("binary_concrete", (arrays(), TAUS, FLAGS)),
    ("gumbel_max", (arrays(), PLACES)),
    ("categorical", (arrays(), PLACES, SHAPES, FLAGS)),
    ("choice", (st.one_of(st.integers(-2, 9), arrays()), SHAPES, FLAGS, arrays(), PLACES)),
    ("choice", (NUMBERS, SHAPES, FLAGS)),
    ("permutation", (st.one_of(st.integers(-2, 9), arrays()), PLACES, FLAGS)),
]


@st.composite
def calls(draw):
    name, arguments = draw(st.sampled_from(FUNCTIONS))
    key = draw(ODD_KEYS if draw(st.integers(0, 9)) == 0 else GOOD_KEYS)
    return name, key, tuple(draw(argument) for argument in arguments)


@settings(
    max_examples=2000, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(calls())
def test_no_input_ends_the_interpreter_or_gives_nan(call):
    name, key, arguments = call
    try:
        result = np.asarray(getattr(gj, name)(key, *arguments))
    except REFUSED:
        return
    # Elements are those given.
    if name not in ("choice", "permutation") and result.dtype.kind in "fV":
        assert not np.isnan(result.astype(np.float32)).any(), f"{name} {arguments} gave {result}"
