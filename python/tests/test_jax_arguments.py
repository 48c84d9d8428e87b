"""What `gumbelkit.jax` takes as arguments, and refuses before anything runs."""

from __future__ import annotations

import numpy as np
import pytest

jax = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402

import gumbelkit.jax as gj  # noqa: E402

try:
    from jax import enable_x64
except ImportError:  # an older JAX
    from jax.experimental import enable_x64

KEY = jax.random.key(7)
ROW = jnp.zeros(3)


# --- Shapes ----------------------------------------------------------------------


TOO_LARGE = {
    "a product": lambda: gj.gumbel(KEY, (2**40, 2**40)),
    "one extent": lambda: gj.normal(KEY, (2**62,)),
    "more than 64 bits": lambda: gj.uniform(KEY, (2**64,)),
    "no element": lambda: gj.gumbel(KEY, (0, 2**62, 2**62)),
    "many draws": lambda: gj.categorical(KEY, ROW, shape=(2**62,)),
    "rows": lambda: gj.categorical(KEY, ROW[None], shape=(2**60,)),
    "choice": lambda: gj.choice(KEY, 3, (2**62,)),
    "choice by weights": lambda: gj.choice(KEY, 3, (2**64,), p=jnp.ones(3)),
    "choice of rows": lambda: gj.choice(KEY, jnp.zeros((3, 2)), (2**60,)),
    "keys": lambda: jax.vmap(lambda k: gj.gumbel(k, (2**60,)))(jax.random.split(KEY, 8)),
    "calls": lambda: jax.vmap(lambda l: gj.categorical(KEY, l, shape=(2**60,)))(jnp.zeros((8, 3))),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_a_shape_without_addresses_is_a_memory_error(name):
    with pytest.raises(MemoryError, match="shape: expected an array that fits into memory"):
        TOO_LARGE[name]()
    with pytest.raises(MemoryError, match="shape: "):
        jax.jit(TOO_LARGE[name])()


def test_the_largest_shape_is_that_of_the_dtype():
    shape = (2**60,)
    jax.eval_shape(lambda: gj.gumbel(KEY, shape))
    with enable_x64(True), pytest.raises(MemoryError, match="of 8 bytes each"):
        jax.eval_shape(lambda: gj.gumbel(KEY, shape, np.float64))


@pytest.mark.parametrize("shape", [3, np.int64(3), [3], np.array([3]), jnp.array([3])])
def test_shapes_of_every_kind_are_those_of_a_tuple(shape):
    for draw in (
        lambda shape: gj.gumbel(KEY, shape),
        lambda shape: gj.categorical(KEY, ROW, shape=shape),
    ):
        found, expected = draw(shape), draw((3,))
        assert found.shape == (3,) and bool((found == expected).all())


def test_choice_refuses_a_shape_that_is_no_sequence_as_jax_does():
    for draw in (gj.choice, jax.random.choice):
        with pytest.raises(TypeError):
            draw(jax.random.key(7), 5, 3)
    assert gj.choice(KEY, 5, [3]).shape == (3,)


def test_shapes_that_are_none_are_refused():
    for bad in ((-3,), -3):
        with pytest.raises(ValueError, match="shape: expected numbers of at least 0"):
            gj.gumbel(KEY, bad)
    for bad in ((1.5,), 1.5, None, "12", {3}, (3, None)):
        with pytest.raises(TypeError, match="shape: expected integers"):
            gj.gumbel(KEY, bad)
    with pytest.raises(TypeError, match="shape: expected integers"):
        jax.jit(lambda n: gj.gumbel(KEY, (n,)))(3)


# --- Numbers ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "bounds",
    [
        (2, 1),
        (0.5, -0.5),
        (np.nan, 1),
        (0, np.nan),
        (-np.inf, 0),
        (0, np.inf),
        (0, 1e60),
        (-3e38, 3e38),
        (np.array([0.0, 3.0]), np.array([1.0, 2.0])),
        (jnp.array([0.0, 3.0]), 2.0),
    ],
)
def test_bounds_without_numbers_between_are_refused(bounds):
    with pytest.raises(ValueError, match="minval|maxval"):
        gj.uniform(KEY, (2,), minval=bounds[0], maxval=bounds[1])


def test_bounds_may_be_equal_or_traced():
    assert gj.uniform(KEY, (3,), minval=2, maxval=2).tolist() == [2, 2, 2]
    both = jax.jit(lambda low, high: gj.uniform(KEY, (3,), minval=low, maxval=high))
    assert both(4, 5).tolist() == gj.uniform(KEY, (3,), minval=4, maxval=5).tolist()


@pytest.mark.parametrize("kind", [bool, np.complex64])
def test_numbers_that_are_not_real_are_refused(kind):
    number = np.ones((), kind)
    draws = {
        "temperature": lambda n: gj.gumbel_softmax(KEY, ROW, n),
        "minval": lambda n: gj.uniform(KEY, (3,), minval=n),
        "maxval": lambda n: gj.uniform(KEY, (3,), maxval=n),
    }
    draws["temperature "] = lambda n: gj.binary_concrete(KEY, ROW, n)
    for name, draw in draws.items():
        for call in (draw, jax.jit(draw)):
            with pytest.raises(TypeError, match=f"{name.strip()}: expected a number"):
                call(number)
