"""Noise: a pure function of a key and the index of the element."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from gumbelkit.jax._arguments import Shape, float_type, real_of, shape_of
from gumbelkit.jax._call import call, result
from gumbelkit.jax._key import KeyLike, source_of, words_of

__all__ = ["exponential", "gumbel", "logistic", "normal", "uniform"]

_LAWS = ("uniform", "exponential", "gumbel", "logistic", "normal")


@partial(jax.jit, static_argnames=("law", "shape", "dtype"))
def _filled(source: Any, law: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    words = words_of(source)
    noise: Array = call("noise", result(shape, dtype), words, law=_LAWS.index(law), rank=len(shape))
    return noise


def _noise(law: str, key: KeyLike, shape: Shape, dtype: Any) -> Array:
    kind = float_type(dtype)
    noise: Array = _filled(source_of(key), law, shape_of("shape", shape, kind.itemsize), kind)
    return noise


def gumbel(key: KeyLike, shape: Shape = (), dtype: Any = float) -> Array:
    """Gumbel noise, with exact tails.

        g = -ln(-ln u)          u uniform on (0, 1)

    The uniforms have 64 bits near both ends, so no tail is cut: the smallest value is -3.81 in
    float32, the largest 45.06, each as rare as the law says. The values are those of
    `gumbelkit.gumbel` under `Key.of(key)`, to the bit, also under `jit`; `vmap` over keys gives
    each key its own.

    Args:
        key: a key of JAX, typed or as uint32 `[2]` or `[4]`, or a `Key`. It is not consumed.
        shape: the shape of the result: integers, or one integer for one axis.
        dtype: float32, float64 (with `jax_enable_x64`), float16, bfloat16.

    Returns:
        An array of this shape and dtype.

    Raises:
        TypeError: another dtype, a key that is none.
        ValueError: an array of keys, a negative length.
        MemoryError: a shape of more bytes than a process can have.
        NotImplementedError: a computation for a graphics card or a TPU, while it is compiled.

    Example:
        >>> import jax
        >>> from gumbelkit.jax import gumbel
        >>> gumbel(jax.random.key(7), (2, 3)).shape
        (2, 3)

    Gumbel, "Statistics of Extremes" (1958).
    """
    return _noise("gumbel", key, shape, dtype)


def exponential(key: KeyLike, shape: Shape = (), dtype: Any = float) -> Array:
    """Exponential noise of rate 1, above 0: E = -ln(1 - u). Arguments and contract as `gumbel`.

    Example:
        >>> import jax
        >>> from gumbelkit.jax import exponential
        >>> bool((exponential(jax.random.key(7), (1000,)) > 0).all())
        True
    """
    return _noise("exponential", key, shape, dtype)


def logistic(key: KeyLike, shape: Shape = (), dtype: Any = float) -> Array:
    """Logistic noise: L = ln u - ln(1 - u), within [-45.06, 45.06].

    Arguments and contract as `gumbel`.

    Example:
        >>> import jax
        >>> from gumbelkit.jax import logistic
        >>> logistic(jax.random.key(7)).shape
        ()
    """
    return _noise("logistic", key, shape, dtype)


def normal(key: KeyLike, shape: Shape = (), dtype: Any = float) -> Array:
    """Normal noise of mean 0 and variance 1, by inversion, within [-9.2, 9.2].

    Arguments and contract as `gumbel`.

    Example:
        >>> import jax
        >>> from gumbelkit.jax import normal
        >>> bool(abs(normal(jax.random.key(7), (10000,)).mean()) < 0.06)  # six standard deviations
        True

    Wichura, "Algorithm AS 241", Applied Statistics 37 (1988).
    """
    return _noise("normal", key, shape, dtype)


def uniform(
    key: KeyLike,
    shape: Shape = (),
    dtype: Any = float,
    minval: ArrayLike = 0.0,
    maxval: ArrayLike = 1.0,
) -> Array:
    """Uniform noise on (minval, maxval): on (0, 1) neither 0 nor 1 is drawn.

    For other bounds the result is minval + (maxval - minval) u, which rounding may move onto a
    bound, and whose last bit may differ from that of `gumbelkit.uniform`: XLA fuses the product and
    the sum. Half precision is refused: its uniforms would round to 0 and 1. Arguments and contract
    as `gumbel`.

    Args:
        minval, maxval: the bounds, which broadcast to `shape`. They have derivatives.

    Raises:
        ValueError: bounds that do not broadcast to `shape`; known ones that are not finite, or
            whose second is below the first.
        TypeError: bounds that are not real numbers.

    Example:
        >>> import jax
        >>> from gumbelkit.jax import uniform
        >>> bool((uniform(jax.random.key(7), (100,), minval=2, maxval=3) >= 2).all())
        True
    """
    kind = float_type(dtype)
    if kind.itemsize == 2:
        raise TypeError(f"dtype: uniform numbers of {kind} would round to 0 and 1; draw float32")
    low, high = _bounds(minval, maxval, kind)
    drawn = _noise("uniform", key, shape, kind)
    if isinstance(minval, (int, float)) and isinstance(maxval, (int, float)):
        if (minval, maxval) == (0, 1):
            return drawn
    stretched: Array = _stretched(drawn, jnp.asarray(low, kind), jnp.asarray(high, kind))
    return stretched


def _bounds(minval: ArrayLike, maxval: ArrayLike, kind: np.dtype[Any]) -> list[Any]:
    """The bounds, of which known ones are checked."""
    bounds = [real_of(name, bound) for name, bound in (("minval", minval), ("maxval", maxval))]
    with np.errstate(over="ignore"):
        known = [None if isinstance(b, jax.core.Tracer) else b.astype(kind) for b in bounds]
    for name, numbers in zip(("minval", "maxval"), known, strict=True):
        if numbers is not None and not np.isfinite(numbers).all():
            found = numbers[~np.isfinite(numbers)].flat[0]
            raise ValueError(f"{name}: expected finite numbers, found {found:g} as {kind}")
    low, high = known
    if low is None or high is None:
        return bounds
    try:
        with np.errstate(over="ignore"):
            wrong = ~((high >= low) & np.isfinite(high - low))
    except ValueError:  # they do not broadcast: said where the shape is known
        return bounds
    if wrong.any():
        a, b = (np.broadcast_to(numbers, wrong.shape)[wrong].flat[0] for numbers in (low, high))
        raise ValueError(
            "minval, maxval: expected the second not below the first, within the range of "
            f"{kind}, found {a:g}, {b:g}"
        )
    return bounds


@jax.jit
def _stretched(drawn: Array, low: Array, high: Array) -> Array:
    if np.broadcast_shapes(drawn.shape, low.shape, high.shape) != drawn.shape:
        raise ValueError(
            f"minval, maxval: expected arrays that broadcast to {list(drawn.shape)}, "
            f"found {list(low.shape)}, {list(high.shape)}"
        )
    return jnp.clip(low + (high - low) * drawn, low, high)
