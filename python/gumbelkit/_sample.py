"""Exact samples of classes: Gumbel-max, rows of any width, samples without replacement."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index
from numpy.typing import ArrayLike, NDArray

from gumbelkit import _native
from gumbelkit._arrays import (
    floats,
    native,
    out_or_new,
    rows_of,
    temperature_of,
    whole_number,
)
from gumbelkit._keys import Keys, known_key
from gumbelkit._native import Key, TopK
from gumbelkit._relax import source_of

__all__ = ["categorical", "gumbel_given_argmax", "gumbel_max", "ln_sum", "top_k"]


def gumbel_max(
    key: Key | Keys | None,
    logits: ArrayLike,
    *,
    axis: int = -1,
    noise: ArrayLike | None = None,
    offset: int = 0,
    out: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """The Gumbel-max sample of each row: the argmax of logits + Gumbel noise.

        P(i) = softmax(l)_i         i = argmax(l + g)

    The class is that of the hard sample of `gumbel_softmax` with the same key, at any temperature.

    Args:
        key, logits, axis, noise, offset: as for `gumbel_softmax`.
        out: an int64 array for the result.

    Returns:
        int64, the shape of the logits without `axis`.

    Raises:
        Error: NaN or +inf among the logits, a row of -inf only, no classes.

    Example:
        >>> from gumbelkit import Key, gumbel_max
        >>> int(gumbel_max(Key(7), [0.0, 60.0, 0.0]))
        1

    Gumbel (1954); Maddison, Tarlow and Minka, "A* sampling", arXiv 1411.0030.
    """
    array = floats("logits", logits)
    axis = normalize_axis_index(axis, array.ndim)
    source = source_of(key, noise, offset, array, axis)
    result = out_or_new(out, rows_of(array.shape, axis), np.int64)
    _native.gumbel_max(native(array), axis, source, offset, result.view(np.uintp))
    return result


def _values(
    logits: ArrayLike | None,
    log_probs: ArrayLike | None,
    probs: ArrayLike | None,
    weights: ArrayLike | None,
    axis: int,
) -> tuple[str, NDArray[Any]]:
    """The meaning of the values that were given, and the values with the classes last."""
    given = {"logits": logits, "log_probs": log_probs, "probs": probs, "weights": weights}
    named = [(name, values) for name, values in given.items() if values is not None]
    if len(named) != 1:
        found = " and ".join(name for name, _ in named) or "none"
        raise TypeError(f"values: expected one of {', '.join(given)}, found {found}")
    name, values = named[0]
    array = floats(name, values)
    if array.dtype.itemsize == 2:
        array = array.astype(np.float32)
    axis = normalize_axis_index(axis, array.ndim)
    return name, np.ascontiguousarray(np.moveaxis(array, axis, -1))


def _mask(mask: ArrayLike | None, shape: tuple[int, ...], axis: int) -> NDArray[np.bool_] | None:
    """The mask with the classes last: `[k]`, or the shape of the values."""
    if mask is None:
        return None
    array = np.asarray(mask)
    if array.dtype != np.bool_:
        raise TypeError(f"mask: expected an array of bool, found {array.dtype}")
    if array.shape == shape[-1:]:
        return np.ascontiguousarray(array)
    axis = normalize_axis_index(axis, len(shape))
    given = (*shape[:axis], shape[-1], *shape[axis:-1])
    try:
        return np.ascontiguousarray(np.moveaxis(np.broadcast_to(array, given), axis, -1))
    except ValueError:
        raise ValueError(
            f"mask: expected an array that broadcasts to the values, found {list(array.shape)}"
        ) from None


def _key_parts(key: Key | Keys, rows: int) -> Key | NDArray[np.uint64]:
    if isinstance(key, Keys):
        if len(key) != rows:
            raise ValueError(f"key: expected a key for each of {rows} rows, found {len(key)}")
        return key.parts
    return known_key(key)


def _key_of_each_row(key: Key | Keys, rows: int, one_row: bool) -> Key | NDArray[np.uint64]:
    """A key for each row: the given key for a single row, its children for the rows of a batch."""
    if isinstance(key, Key) and not one_row:
        children = key.fold_in(np.arange(rows))
        assert isinstance(children, Keys)
        return children.parts
    return _key_parts(key, rows)


def categorical(
    key: Key | Keys,
    logits: ArrayLike | None = None,
    *,
    log_probs: ArrayLike | None = None,
    probs: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    n: int | None = None,
    replace: bool = True,
    axis: int = -1,
    temperature: ArrayLike = 1.0,
    mask: ArrayLike | None = None,
    out: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """Exact samples of classes, from rows of any width: of a vocabulary, a table, a simulator.

        P(i) = e^(l_i / tau) / sum_j e^(l_j / tau)          l = ln w for weights

    The values come by name, so that probabilities cannot be mistaken for logits. A row is read
    once, without an array of noise. For the class of the hard Gumbel-Softmax sample under the same
    key use `gumbel_max`: the two have the same law and different draws.

    Args:
        key: a key for all rows, or `Keys` with a key for each: a row under its own key does not
            depend on the other rows.
        logits: unnormalised log-probabilities; -inf is an impossible class.
        log_probs, probs: normalised ones; sums that are not 1 are refused.
        weights: numbers of at least 0 of any sum.
        n: the number of draws from each row; None: one, without an axis of its own. Row r of a
            batch draws with `key.fold_in(r)`, a single row with the key itself.
        replace: with `n`, draws with replacement; False: a sample without replacement in the order
            of inclusion, the Gumbel-top-k.
        axis: the axis of the classes. Another axis than the last is copied.
        temperature: one number above 0, or an array that broadcasts to the rows.
        mask: bool, False rules a class out: `[k]` for all rows, or an array that broadcasts to the
            values.
        out: an int64 array for the result.

    Returns:
        int64: the shape of the values without `axis`, then `n` if it is given.

    Raises:
        Error: NaN, +inf, negative weights, sums that are not 1, a row without a possible class,
            fewer possible classes than `n` without replacement.
        TypeError: values that are not floating-point numbers, or not exactly one kind of them.

    Example:
        >>> import numpy as np
        >>> from gumbelkit import Key, categorical
        >>> vocabulary = np.log([0.5, 0.25, 0.25, 1e-9])
        >>> tokens = categorical(Key(7), vocabulary, n=1000, temperature=0.7)
        >>> bool((tokens == 3).sum() == 0 and 480 < (tokens == 0).sum() < 667)
        True
        >>> sorted(categorical(Key(7), weights=[1.0, 2.0, 0.0], n=2, replace=False).tolist())
        [0, 1]

    Devroye, "Non-uniform random variate generation" (1986), chapter 3; Efraimidis and Spirakis
    (2006); Kool, van Hoof and Welling, arXiv 1903.06059.
    """
    meaning, values = _values(logits, log_probs, probs, weights, axis)
    rows = values.shape[:-1]
    count = int(np.prod(rows))
    allowed = _mask(mask, values.shape, axis)
    tau = temperature_of(temperature, rows)
    if n is None:
        if not replace:
            raise TypeError("n: expected a number of draws, with replace=False")
        place = None if out is None else out_or_new(out, rows, np.int64)
        parts = _key_parts(key, count)
        return _placed(_native.categorical(meaning, values, tau, allowed, parts), rows, place)
    n = whole_number("n", n)
    shape = (*rows, n)
    place = None if out is None else out_or_new(out, shape, np.int64)
    parts = _key_of_each_row(key, count, not rows)
    if replace:
        drawn = _native.sample_many(meaning, values, tau, allowed, parts, n)
        return _placed(drawn, shape, place)
    if n == 0:
        return _placed(np.empty(0, np.uintp), shape, place)
    picks = _native.top_k(meaning, values, tau, allowed, parts, n)
    return _placed(np.array([pick.indices for pick in picks], np.uintp), shape, place)


def ln_sum(
    logits: ArrayLike | None = None,
    *,
    log_probs: ArrayLike | None = None,
    probs: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    axis: int = -1,
    temperature: ArrayLike = 1.0,
    mask: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """The logarithm of the sum of the weights of each row: what `TopK.log_probs` needs.

        ln sum_i e^(l_i / tau)

    Args:
        logits, log_probs, probs, weights, axis, temperature, mask: as for `categorical`.

    Returns:
        float64, the shape of the values without `axis`.

    Raises:
        Error, TypeError, IndexError: as `categorical`.

    Example:
        >>> from gumbelkit import Key, ln_sum, top_k
        >>> logits = [0.0, 1.0, 2.0]
        >>> picks = top_k(Key(7), 3, logits, temperature=0.5)
        >>> abs(picks.log_probs(ln_sum(logits, temperature=0.5)).round(3).tolist()[-1])
        0.0
    """
    meaning, values = _values(logits, log_probs, probs, weights, axis)
    rows = values.shape[:-1]
    allowed = _mask(mask, values.shape, axis)
    found = _native.ln_sum(meaning, values, temperature_of(temperature, rows), allowed)
    return found.reshape(rows)


def _placed(
    drawn: NDArray[np.uintp], shape: tuple[int, ...], out: NDArray[np.int64] | None
) -> NDArray[np.int64]:
    """Indices in their shape, in the caller's array if there is one."""
    found = as_int64(drawn).reshape(shape)
    if out is None:
        return found
    out[...] = found
    return out


def top_k(
    key: Key,
    k: int,
    logits: ArrayLike | None = None,
    *,
    log_probs: ArrayLike | None = None,
    probs: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    temperature: ArrayLike = 1.0,
    mask: ArrayLike | None = None,
    first_class: int | None = None,
) -> TopK:
    """A sample of `k` classes of one row without replacement, with all that belongs to it.

        z_i = l_i / tau + g_i        the k largest, in falling order

    `categorical(n=k, replace=False)` gives the indices alone, also of several rows.

    Args:
        key: the key. The noise of class i is element i.
        k: the number of classes.
        logits, log_probs, probs, weights, temperature, mask: as for `categorical`, one row `[k]`.
        first_class: for a part of a row, the index of its first class. Fewer than k picks are then
            no error, and `TopK.merge` joins the parts to the sample of the whole row, to the bit.

    Returns:
        `TopK` with `.indices`, `.perturbed`, `.logits`, `.log_probs(ln_sum)`, for which `ln_sum`
        gives the sum, and `.merge(other)`.

    Raises:
        Error: k = 0, more than one row, fewer than k possible classes, bad values.

    Example:
        >>> from gumbelkit import Key, top_k
        >>> weights = [1.0, 5.0, 2.0, 8.0]
        >>> a = top_k(Key(7), 2, weights=weights[:2], first_class=0)
        >>> b = top_k(Key(7), 2, weights=weights[2:], first_class=2)
        >>> a.merge(b) == top_k(Key(7), 2, weights=weights)
        True
    """
    meaning, values = _values(logits, log_probs, probs, weights, -1)
    allowed = _mask(mask, values.shape, -1)
    k = whole_number("k", k, 1)
    shard = 0 if first_class is None else whole_number("first_class", first_class)
    known_key(key)
    tau = temperature_of(temperature, ())
    top = _native.top_k_shard(meaning, values, tau, allowed, key, k, shard)
    if first_class is None and len(top) < k:
        raise _native.Error(f"possible classes: expected at least {k}, found {len(top)}")
    return top


def gumbel_given_argmax(
    key: Key, logits: ArrayLike, winners: ArrayLike, *, axis: int = -1
) -> NDArray[Any]:
    """Logits + Gumbel noise given the argmax of each row: what `gumbel_max` would have added.

        z_w = ln S + g,   z_j = -ln(e^-g_j' + e^-z_w)          S the sum of the weights

    Args:
        key: the key of the noise, another one than that of the choice.
        logits: float32 or float64, any shape.
        winners: integers, the shape of the logits without `axis`.

    Returns:
        The perturbed logits, of the shape and dtype of the logits.

    Raises:
        Error: as `gumbel_max`; a winner that is no class or has the logit -inf.

    Example:
        >>> import numpy as np
        >>> from gumbelkit import Key, gumbel_given_argmax
        >>> int(np.argmax(gumbel_given_argmax(Key(7), [0.0, 3.0, 1.0], 2)))
        2

    Maddison, Tarlow and Minka, arXiv 1411.0030, section 3.
    """
    array = floats("logits", logits)
    axis = normalize_axis_index(axis, array.ndim)
    classes = np.asarray(winners)
    if classes.dtype.kind not in "iu":
        raise TypeError(f"winners: expected integers, found {classes.dtype}")
    if classes.shape != rows_of(array.shape, axis):
        raise ValueError(
            f"winners: expected {list(rows_of(array.shape, axis))}, found {list(classes.shape)}"
        )
    if classes.size and (classes < 0).any():
        raise _native.Error(f"winners: expected indices of classes, found {classes.min()}")
    out = np.empty(array.shape, array.dtype)
    indices = np.ascontiguousarray(classes, np.uintp).reshape(classes.shape)
    _native.gumbel_given_argmax(array, axis, indices, known_key(key), out)
    return out


def as_int64(indices: NDArray[np.uintp]) -> NDArray[np.int64]:
    """Indices of the core as NumPy has them."""
    return indices.view(np.int64) if indices.dtype.itemsize == 8 else indices.astype(np.int64)
