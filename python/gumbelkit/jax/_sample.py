"""Exact samples of classes."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike
from numpy.lib.array_utils import normalize_axis_index

from gumbelkit.jax._arguments import (
    Shape,
    axis_of,
    float_type,
    in_memory,
    int_type,
    logits_of,
    rows_of,
    shape_of,
)
from gumbelkit.jax._call import call, result
from gumbelkit.jax._key import KeyLike, source_of, words_of

__all__ = ["categorical", "choice", "gumbel_max", "permutation"]

_SAMPLE, _GUMBEL_MAX, _MANY, _TOP, _MANY_OF_WEIGHTS, _TOP_OF_WEIGHTS = range(6)
_MOST = 2**31 - 1


@partial(jax.jit, static_argnames=("method", "axis", "n"))
def _drawn(source: Any, values: Array, method: int, axis: int, n: int = 1) -> Array:
    """The classes of rows; several draws of a row are the last axis."""
    values = jax.lax.stop_gradient(values)
    if values.dtype.itemsize == 2:
        values = values.astype(np.float32)
    if method != _GUMBEL_MAX:
        values, axis = jnp.moveaxis(values, axis, -1), values.ndim - 1
    rows = rows_of(values.shape, axis)
    returned = result(rows if method in (_SAMPLE, _GUMBEL_MAX) else (*rows, n), np.int32)
    numbers = {"method": method, "rank": values.ndim, "axis": axis, "n": n}
    drawn: Array = call("choices", returned, words_of(source), values, **numbers)
    return drawn.astype(int_type())


@partial(jax.jit, static_argnames=("n", "shape", "distinct"))
def _integers(source: Any, n: int, shape: tuple[int, ...], distinct: bool) -> Array:
    numbers = {"n": n, "distinct": int(distinct), "rank": len(shape)}
    drawn: Array = call("integers", result(shape, np.int32), words_of(source), **numbers)
    return drawn.astype(int_type())


def _countable(argument: str, classes: int) -> None:
    if classes > _MOST:
        raise ValueError(f"{argument}: expected at most 2**31 - 1 classes, found {classes}")


def gumbel_max(key: KeyLike, logits: ArrayLike, axis: int = -1) -> Array:
    """The Gumbel-max sample of each row: the argmax of logits + Gumbel noise.

        P(i) = softmax(l)_i         i = argmax(l + g)

    The class is that of the hard sample of `gumbel_softmax` with the same key, at any temperature,
    and that of `gumbelkit.gumbel_max` under `Key.of(key)`.

    Args:
        key, logits, axis: as for `gumbel_softmax`.

    Returns:
        int32 (int64 with `jax_enable_x64`), the shape of the logits without `axis`.

    Raises:
        As `gumbel_softmax`.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from gumbelkit.jax import gumbel_max
        >>> int(gumbel_max(jax.random.key(7), jnp.array([0.0, 60.0, 0.0])))
        1

    Gumbel (1954); Maddison, Tarlow and Minka, "A* sampling", arXiv 1411.0030.
    """
    array = logits_of(logits)
    axis = axis_of(axis, array)
    _countable("logits", array.shape[axis])
    classes: Array = _drawn(source_of(key), array, _GUMBEL_MAX, axis)
    return classes


def categorical(
    key: KeyLike,
    logits: ArrayLike,
    axis: int = -1,
    shape: Shape | None = None,
    replace: bool = True,
) -> Array:
    """Exact samples of classes, from rows of any width.

        P(i) = softmax(l)_i

    The signature is that of `jax.random.categorical`. A row is read once, without an array of
    noise. For the class of the hard Gumbel-Softmax sample under the same key use `gumbel_max`: the
    two have the same law and different draws. The draws are those of `gumbelkit.categorical` under
    `Key.of(key)`, of several from each row those with its argument `n`.

    Args:
        key, logits: as for `gumbel_softmax`.
        axis: the axis of the classes. Another axis than the last is copied.
        shape: the shape of the result; its last axes are the shape of the logits without `axis`, or
            broadcast from it, those in front are several draws of each row. None: one draw.
        replace: draws with replacement; False: those of one row are different classes, in the order
            of inclusion from first to last (the Gumbel-top-k).

    Returns:
        int32 (int64 with `jax_enable_x64`), of this shape.

    Raises:
        ValueError: a shape that does not fit; more draws than classes, without replacement.
        MemoryError: a shape of more bytes than a process can have.
        ValueError or jax.errors.JaxRuntimeError: while the computation runs, a row with fewer
            possible classes than draws without replacement, and bad logits.
        Others as `gumbel_softmax`.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from gumbelkit.jax import categorical
        >>> logits = jnp.log(jnp.array([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]]))
        >>> drawn = categorical(jax.random.key(7), logits, shape=(1000, 2))
        >>> drawn.shape, bool((drawn[:, 0] < 2).all()), bool((drawn[:, 1] == 2).all())
        ((1000, 2), True, True)

    Devroye, "Non-uniform random variate generation" (1986), chapter 3; Kool, van Hoof and Welling,
    arXiv 1903.06059.
    """
    array = logits_of(logits)
    axis = axis_of(axis, array)
    classes = array.shape[axis]
    _countable("logits", classes)
    batch = rows_of(array.shape, axis)
    wanted = batch if shape is None else shape_of("shape", shape, int_type().itemsize)
    prefix, rows = wanted[: len(wanted) - len(batch)], wanted[len(wanted) - len(batch) :]
    try:
        fits = len(wanted) >= len(batch) and np.broadcast_shapes(rows, batch) == rows
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            f"shape: expected one that the rows {list(batch)} broadcast to, found {list(wanted)}"
        )
    n = math.prod(prefix)
    if not replace and n > classes:
        raise ValueError(
            f"shape: expected at most {classes} draws of a row without replacement, found {n}"
        )
    source = source_of(key)
    if n == 0:
        return jnp.zeros(wanted, int_type())
    if rows != batch:
        spread = rows[:axis] + (classes,) + rows[axis:]
        in_memory("shape", spread, array.dtype.itemsize)
        array = jnp.broadcast_to(array, spread)
    if not prefix and replace:
        one: Array = _drawn(source, array, _SAMPLE, axis)
        return one
    drawn = _drawn(source, array, _MANY if replace else _TOP, axis, n)
    return jnp.moveaxis(drawn, -1, 0).reshape(wanted)


def choice(
    key: KeyLike,
    a: int | ArrayLike,
    shape: Sequence[int] = (),
    replace: bool = True,
    p: ArrayLike | None = None,
    axis: int = 0,
) -> Array:
    """Elements of `a`, or numbers below an integer `a`, with probabilities in proportion to `p`.

    The signature is that of `jax.random.choice`. With `p` the draws are those of
    `gumbelkit.categorical` with `weights=p` in the type of `p` and `n`; without replacement and
    without `p` those of `gumbelkit.permutation`.

    Args:
        key: as for `gumbel_softmax`.
        a: an array, or the number of elements.
        shape: the shape of the draws, a sequence as for `jax.random.choice`.
        replace: False: different elements, in the order of inclusion.
        p: numbers of at least 0, one for each element; None: equal ones.
        axis: the axis of `a` from which elements are taken.

    Returns:
        An array of the dtype of `a`; `axis` is replaced by `shape`.

    Raises:
        ValueError: no elements, more draws than elements without replacement, a `p` of another
            length.
        ValueError or jax.errors.JaxRuntimeError: while the computation runs, NaN, infinite or
            negative numbers in `p`, no or too few elements with a number above 0.
        TypeError: a number of elements that is no integer; IndexError: no such axis.
        MemoryError: a shape of more bytes than a process can have.

    Example:
        >>> import jax
        >>> from gumbelkit.jax import choice
        >>> sorted(choice(jax.random.key(7), 5, (5,), replace=False).tolist())
        [0, 1, 2, 3, 4]
    """
    if not isinstance(shape, Sequence):
        raise TypeError(f"shape: expected a sequence of integers, found {type(shape).__name__}")
    wanted = shape_of("shape", shape, int_type().itemsize)
    source = source_of(key)
    array = None if np.ndim(a) == 0 else jnp.asarray(a)
    if array is None:
        count = _count_of(a)
    else:
        axis = int(normalize_axis_index(operator.index(axis), array.ndim))
        count = array.shape[axis]
        taken = array.shape[:axis] + wanted + array.shape[axis + 1 :]
        in_memory("shape", taken, array.dtype.itemsize)
    _countable("a", count)
    n = math.prod(wanted)
    if count < 0 or (count == 0 and n > 0):
        raise ValueError(f"a: expected at least one element, found {count}")
    if not replace and n > count:
        raise ValueError(f"shape: expected at most {count} draws without replacement, found {n}")
    weights = None if p is None else _weights(p, count)
    if n == 0:
        index = jnp.zeros(wanted, int_type())
    elif weights is None:
        flat = _integers(source, count, (n,), not replace)
        index = flat.reshape(wanted)
    else:
        method = _MANY_OF_WEIGHTS if replace else _TOP_OF_WEIGHTS
        index = _drawn(source, weights, method, 0, n).reshape(wanted)
    return index if array is None else jnp.take(array, index, axis)


def permutation(
    key: KeyLike, x: int | ArrayLike, axis: int = 0, independent: bool = False
) -> Array:
    """The elements of `x`, or the numbers below an integer `x`, in random order.

    The signature is that of `jax.random.permutation`. All orders are equally likely. That of a
    number is the one of `gumbelkit.permutation` under `Key.of(key)`.

    Args:
        key: as for `gumbel_softmax`.
        x: an array, or the number of elements.
        axis: the axis of `x` along which elements move.
        independent: False: whole slices move. True: each row along `axis` has an order of its own.

    Returns:
        An array of the shape and dtype of `x`.

    Raises:
        ValueError: a number below 0, more than 2**31 - 1 elements.
        TypeError: a number of elements that is no integer; IndexError: no such axis.

    Example:
        >>> import jax
        >>> from gumbelkit.jax import permutation
        >>> sorted(permutation(jax.random.key(7), 5).tolist())
        [0, 1, 2, 3, 4]
    """
    if np.ndim(x) == 0:
        axis = int(normalize_axis_index(operator.index(axis), 1))
        return choice(key, x, (_count_of(x),), replace=False)
    array = jnp.asarray(x)
    axis = int(normalize_axis_index(operator.index(axis), array.ndim))
    count = array.shape[axis]
    if not independent or array.size == 0:
        return choice(key, array, (count,), replace=False, axis=axis)
    _countable("x", count)
    # The order in which equally likely classes are drawn without replacement.
    rows = jnp.zeros(rows_of(array.shape, axis) + (count,), np.float32)
    orders = _drawn(source_of(key), rows, _TOP, rows.ndim - 1, count)
    return jnp.take_along_axis(array, jnp.moveaxis(orders, -1, axis), axis)


def _count_of(number: Any) -> int:
    """The number of elements that an integer stands for."""
    return operator.index(number.item() if isinstance(number, (np.ndarray, jax.Array)) else number)


def _weights(p: ArrayLike, count: int) -> Array:
    weights = jnp.asarray(p)
    if jnp.issubdtype(weights.dtype, np.integer):
        weights = weights.astype(float_type(float))
    if weights.dtype.kind != "f" and weights.dtype.name != "bfloat16":
        raise TypeError(f"p: expected numbers, found {weights.dtype}")
    if weights.shape != (count,):
        raise ValueError(f"p: expected {count} numbers, found {list(weights.shape)}")
    return weights
