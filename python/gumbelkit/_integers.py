"""Uniform integers and random orders."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from gumbelkit import _native
from gumbelkit._arrays import whole_number
from gumbelkit._keys import known_key
from gumbelkit._native import Key
from gumbelkit._noise import Size, shape_of
from gumbelkit._sample import as_int64

__all__ = ["integers", "permutation", "uniform_integers"]


def integers(
    key: Key,
    low: ArrayLike,
    high: ArrayLike | None = None,
    size: Size = None,
    *,
    endpoint: bool = False,
    dtype: DTypeLike = np.int64,
    offset: int = 0,
) -> NDArray[Any]:
    """Uniform integers from `low` up to, and without, `high`: each is equally likely, without bias.

    Args:
        key: the key. The number of element i depends on the key, on `offset + i` and on the bounds.
        low: the least integer, or an array; without `high` it is the bound above, and 0 the least.
        high: the bound above, or an array.
        size: an integer or a shape, to which the bounds broadcast; None: the shape of the bounds.
        endpoint: whether `high` itself can be drawn.
        dtype: a type of integers, or bool.
        offset: the index of the first element, for numbers that are made in parts.

    Returns:
        An array of the dtype.

    Raises:
        ValueError: no integer between the bounds, bounds that the dtype does not have.
        TypeError: bounds that are not integers, another dtype.

    Example:
        >>> from gumbelkit import Key, integers
        >>> dice = integers(Key(7), 1, 6, 1000, endpoint=True)
        >>> int(dice.min()), int(dice.max())
        (1, 6)

    Lemire, "Fast random integer generation in an interval", arXiv 1805.10941.
    """
    return uniform_integers(
        known_key(key),
        low,
        high,
        None if size is None else shape_of(size),
        dtype,
        endpoint,
        whole_number("offset", offset, most=2**64 - 1),
    )


def uniform_integers(
    key: Key,
    low: ArrayLike,
    high: ArrayLike | None,
    shape: tuple[int, ...] | None,
    dtype: DTypeLike,
    endpoint: bool,
    offset: int = 0,
) -> NDArray[Any]:
    """As `integers`, for a size that is a shape."""
    kind = np.dtype(dtype)
    if kind.kind not in "iub" or kind.itemsize > 8:
        raise TypeError(f"dtype: expected a type of integers or bool, found {kind}")
    if not kind.isnative:
        raise ValueError(f"dtype: expected the byte order of this machine, found {kind.str}")
    alone = high is None
    if high is None:
        low, high = 0, low
    # Python's integers: the bounds of 64-bit numbers do not fit into 64 bits.
    least, last = _whole("low", low), _whole("high", high)
    if not endpoint:
        last = np.asarray(last - 1, object)
    info = np.iinfo(kind) if kind.kind != "b" else None
    smallest, largest = (info.min, info.max) if info else (0, 1)
    if (least < smallest).any():
        raise ValueError(f"low: out of bounds for {kind}, which begins at {smallest}")
    if (last > largest).any():
        raise ValueError(f"high: out of bounds for {kind}, which ends at {largest}")
    bounds = np.broadcast_shapes(least.shape, last.shape)
    shape = bounds if shape is None else shape
    if 0 in shape and np.broadcast_shapes(bounds, shape) == shape:
        return np.empty(shape, kind)
    if (least > last).any():
        equal = "" if endpoint else "="
        order = f"high <{equal} 0" if alone else f"low >{equal} high"
        raise ValueError(f"{order}: expected an integer between the bounds")
    if np.broadcast_shapes(bounds, shape) != shape:
        raise ValueError(f"size: {list(shape)} is not the shape that low and high broadcast to")
    drawn = np.empty(shape, np.uint64)
    most = np.asarray(last - least, object).astype(np.uint64)
    # A bound for all, or one for each.
    each = np.broadcast_to(most, shape) if most.size != 1 else most.reshape(1)
    _native.integers(key, offset, np.ascontiguousarray(each), drawn)
    if (least != 0).any():
        drawn += np.asarray(least % 2**64, object).astype(np.uint64)
    found = drawn.view(np.int64) if kind.kind == "i" else drawn
    return found.astype(kind, copy=False)


def _whole(argument: str, values: ArrayLike) -> NDArray[Any]:
    """Integers of any size as an array of Python's integers; numbers such as 2.0 are integers."""
    array = np.asarray(values)
    if array.dtype.kind in "iub":
        return array.astype(object)
    flat = array.astype(object).ravel()
    for i, value in enumerate(flat):
        try:
            whole = isinstance(value, float) and value.is_integer()
            flat[i] = int(value) if whole else operator.index(value)
        except TypeError:
            raise TypeError(f"{argument}: expected integers, found {value!r}") from None
    return flat.reshape(array.shape)


def permutation(key: Key, n: int) -> NDArray[np.int64]:
    """The numbers below `n` in a random order, each order with the same probability.

    Example:
        >>> from gumbelkit import Key, permutation
        >>> sorted(permutation(Key(7), 5).tolist())
        [0, 1, 2, 3, 4]

    Fisher and Yates (1938); Durstenfeld, CACM 7 (1964).
    """
    return as_int64(_native.permutations(known_key(key), whole_number("n", n), None))
