"""Noise: a pure function of a key and the index of the element."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import DTypeLike, NDArray

from gumbelkit import _native
from gumbelkit._arrays import float_type, native, number, out_or_new, whole_number
from gumbelkit._keys import known_key
from gumbelkit._native import Key

__all__ = ["exponential", "gumbel", "logistic", "normal", "uniform"]

Size = SupportsIndex | Sequence[SupportsIndex] | None


def shape_of(size: SupportsIndex | Sequence[SupportsIndex]) -> tuple[int, ...]:
    """The shape that a caller gave as an integer or as a shape."""
    if isinstance(size, (str, bytes)):
        raise TypeError(f"size: expected an integer or a shape, found {type(size).__name__}")
    extents = size if isinstance(size, Sequence) else np.atleast_1d(np.asarray(size))
    return tuple(whole_number("size", extent) for extent in extents)


def _filled(
    law: str, key: Key, size: Size, dtype: DTypeLike, offset: int, out: NDArray[Any] | None
) -> NDArray[Any]:
    if size is None:
        shape = out.shape if isinstance(out, np.ndarray) else ()
    else:
        shape = shape_of(size)
    array = out_or_new(out, shape, float_type(dtype))
    start = whole_number("offset", offset, most=2**64 - 1)
    _native.fill_noise(law, known_key(key), start, native(array))
    return array


def _place(loc: Any, scale: Any) -> tuple[float, float]:
    """The location and the scale, checked before anything is drawn."""
    loc, scale = number("loc", loc), number("scale", scale)
    if not (np.isfinite(loc) and np.isfinite(scale) and scale >= 0):
        raise _native.Error(
            f"loc, scale: expected finite numbers, and a scale of at least 0, found {loc}, {scale}"
        )
    return loc, scale


def _moved(array: NDArray[Any], place: tuple[float, float]) -> NDArray[Any]:
    """loc + scale * noise in place, in float32 at least and rounded once."""
    loc, scale = place
    if scale == 1 and loc == 0:
        return array
    wide = array.dtype if array.dtype.itemsize >= 4 else np.dtype(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        moved = array.astype(wide, copy=False)
        moved = np.multiply(moved, wide.type(scale), out=moved)
        array[...] = np.add(moved, wide.type(loc), out=moved)
    if not np.isfinite(array).all():
        raise _native.Error(
            f"loc, scale: expected results within the range of {array.dtype}, found an infinite one"
        )
    return array


def gumbel(
    key: Key,
    size: Size = None,
    *,
    loc: float = 0.0,
    scale: float = 1.0,
    dtype: DTypeLike = np.float32,
    offset: int = 0,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Gumbel noise, with exact tails.

        g = loc - scale ln(-ln u)          u uniform on (0, 1)

    The uniforms have 64 bits near both ends, so no tail is cut: the smallest value is -3.81 in
    float32, the largest 45.06, each as rare as the law says.

    Args:
        key: the key. The noise of element i depends on the key and on `offset + i` alone.
        size: an integer or a shape; None: one number, or the shape of `out`.
        loc, scale: the location and the scale.
        dtype: float32, float64, float16 or bfloat16 (of `ml_dtypes`). Half precision is computed
            in float32 and rounded once. float32 and float64 of one key are the same draws in
            another precision: neither equal to the last bit nor independent.
        offset: the index of the first element, for noise that is made in parts.
        out: an array for the result.

    Returns:
        An array of shape `size`.

    Raises:
        Error: a location or a scale that is not finite, a scale below 0.
        TypeError: another dtype, a key that is not a `Key`.

    Example:
        >>> from gumbelkit import Key, gumbel
        >>> gumbel(Key(7), 3).round(2).tolist()
        [-1.1299999952316284, 0.6499999761581421, 5.099999904632568]

    Gumbel, "Statistics of Extremes" (1958).
    """
    place = _place(loc, scale)
    return _moved(_filled("gumbel", key, size, dtype, offset, out), place)


def logistic(
    key: Key,
    size: Size = None,
    *,
    loc: float = 0.0,
    scale: float = 1.0,
    dtype: DTypeLike = np.float32,
    offset: int = 0,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Logistic noise: loc + scale ln(u / (1 - u)), the difference of two Gumbel variables.

    Arguments, errors and contract as `gumbel`.

    Example:
        >>> from gumbelkit import Key, logistic
        >>> logistic(Key(7), (2, 3)).shape
        (2, 3)
    """
    place = _place(loc, scale)
    return _moved(_filled("logistic", key, size, dtype, offset, out), place)


def normal(
    key: Key,
    size: Size = None,
    *,
    loc: float = 0.0,
    scale: float = 1.0,
    dtype: DTypeLike = np.float32,
    offset: int = 0,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Normal noise of mean `loc` and standard deviation `scale`, by inversion of the normal law.

    Arguments, errors and contract as `gumbel`.

    Example:
        >>> from gumbelkit import Key, normal
        >>> normal(Key(7), 2, dtype="float64").dtype
        dtype('float64')
    """
    place = _place(loc, scale)
    return _moved(_filled("normal", key, size, dtype, offset, out), place)


def exponential(
    key: Key,
    size: Size = None,
    *,
    scale: float = 1.0,
    dtype: DTypeLike = np.float32,
    offset: int = 0,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Exponential noise of mean `scale`: -scale ln u, never 0 for a scale of 1.

    Arguments, errors and contract as `gumbel`.

    Example:
        >>> from gumbelkit import Key, exponential
        >>> bool((exponential(Key(7), 1000) > 0).all())
        True
    """
    place = _place(0.0, scale)
    return _moved(_filled("exponential", key, size, dtype, offset, out), place)


def uniform(
    key: Key,
    size: Size = None,
    *,
    low: float = 0.0,
    high: float = 1.0,
    dtype: DTypeLike = np.float32,
    offset: int = 0,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Uniform noise on (low, high): on (0, 1) neither 0 nor 1 is drawn.

    For other bounds the result is low + (high - low) u, which rounding may move onto a bound. Half
    precision is refused: its uniforms would round to 0 and 1. Arguments and contract as `gumbel`.

    Raises:
        Error: bounds that are not finite, `high` below `low`.
        TypeError: a dtype that is neither float32 nor float64.

    Example:
        >>> from gumbelkit import Key, uniform
        >>> bool((uniform(Key(7), 100, low=2, high=3) >= 2).all())
        True
    """
    low, high = number("low", low), number("high", high)
    if not (np.isfinite(high - low) and high >= low):
        raise _native.Error(
            f"low, high: expected finite numbers, the second not below the first, "
            f"found {low}, {high}"
        )
    array = _moved(_filled("uniform", key, size, dtype, offset, out), (low, high - low))
    # Rounding may move a number beyond the bounds.
    return array if (low, high) == (0, 1) else np.clip(array, low, high, out=array)
