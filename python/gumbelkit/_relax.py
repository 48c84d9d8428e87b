"""Relaxed samples of discrete choices, and their gradients."""

from __future__ import annotations

import math
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
from gumbelkit._native import Key

__all__ = [
    "binary_concrete",
    "binary_concrete_vjp",
    "gumbel_log_softmax",
    "gumbel_softmax",
    "gumbel_softmax_vjp",
]


def source_of(
    key: Key | Keys | None, noise: ArrayLike | None, offset: int, logits: NDArray[Any], axis: int
) -> Any:
    """The source of the noise: a key, or an array of noise. A key for each row becomes an array."""
    whole_number("offset", offset, most=2**64 - 1)
    if noise is not None:
        if key is not None:
            raise TypeError("noise: expected a key or noise, found both")
        refuse_offset(offset, "noise")
        given = floats("noise", noise)
        if given.shape != logits.shape:
            raise ValueError(
                f"noise: expected the shape of the logits, {list(logits.shape)}, "
                f"found {list(given.shape)}"
            )
        return given.astype(noise_type(logits), copy=False)
    if isinstance(key, Keys):
        refuse_offset(offset, "a key for each row")
        rows = math.prod(rows_of(logits.shape, axis))
        if len(key) != rows:
            raise ValueError(f"key: expected a key for each of {rows} rows, found {len(key)}")
        made = np.empty(logits.shape, noise_type(logits))
        _native.fill_noise_of_rows("gumbel", key.parts, axis, made)
        return made
    return known_key(key)


def binary_source(
    key: Key | None, noise: ArrayLike | None, offset: int, logits: NDArray[Any]
) -> Any:
    """As `source_of`, for choices without rows."""
    if isinstance(key, Keys):
        raise TypeError("key: expected one Key, found Keys; a key for each row is of classes")
    return source_of(key, noise, offset, logits, 0)


def noise_type(logits: NDArray[Any]) -> type[np.floating[Any]]:
    """The type of the noise: that of half precision is float32."""
    return np.float64 if logits.dtype == np.float64 else np.float32


def refuse_offset(offset: int, given: str) -> None:
    """Refuses an offset where no key of a whole array counts the elements."""
    if offset != 0:
        raise _native.Error(f"offset: expected 0 with {given}, found {offset}")


def _sample_and_gradient(y: ArrayLike, dy: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    """A sample and the gradient of a cost by it, of one shape and dtype."""
    y, dy = floats("y", y), floats("dy", dy)
    if dy.shape != y.shape or dy.dtype != y.dtype:
        raise ValueError(
            f"dy: expected {y.dtype} {list(y.shape)}, found {dy.dtype} {list(dy.shape)}"
        )
    return y, dy


def gumbel_softmax(
    key: Key | Keys | None,
    logits: ArrayLike,
    temperature: ArrayLike = 1.0,
    *,
    axis: int = -1,
    hard: bool = False,
    noise: ArrayLike | None = None,
    offset: int = 0,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Relaxed one-hot samples: a point of the simplex for each row of logits.

        y = softmax((l + g) / tau)          g Gumbel noise, tau the temperature
        hard: the one-hot of argmax(l + g), an exact sample of softmax(l) at every temperature

    At a low temperature y is nearly the one-hot sample of the same noise; at a high one nearly
    uniform. A class of logit -inf has the value 0 exactly.

    Args:
        key: the key; `Keys` with a key for each row; None if `noise` is given.
        logits: unnormalised log-probabilities, any shape; -inf is an impossible class. float32,
            float64, float16, bfloat16; half precision is computed in float32 and rounded once.
        temperature: one number above 0, or an array that broadcasts to the rows, the shape of the
            logits without `axis`.
        axis: the axis of the classes.
        hard: one-hot samples.
        noise: Gumbel noise of the shape of the logits, in place of a key.
        offset: the index of the first element, for a part of a larger array.
        out: an array for the result, of the dtype and shape of the logits.

    Returns:
        An array of the shape and dtype of the logits. Each row sums to 1 within rounding.

    Raises:
        Error: NaN or +inf among the logits, a row of -inf only, a temperature that is not a finite
            number above 0, no classes.
        TypeError: logits that are not floating-point numbers; IndexError: no such axis.

    Example:
        >>> import numpy as np
        >>> from gumbelkit import Key, gumbel_softmax
        >>> logits = np.log([0.9, 0.05, 0.05])
        >>> y = gumbel_softmax(Key(7), logits, 0.5)
        >>> bool(abs(y.sum() - 1) < 1e-12), gumbel_softmax(Key(7), logits, hard=True).tolist()
        (True, [0.0, 0.0, 1.0])

    Jang, Gu and Poole, "Categorical reparameterization with Gumbel-Softmax", arXiv 1611.01144;
    Maddison, Mnih and Teh, "The Concrete distribution", arXiv 1611.00712.
    """
    array = floats("logits", logits)
    axis = normalize_axis_index(axis, array.ndim)
    source = source_of(key, noise, offset, array, axis)
    tau = temperature_of(temperature, rows_of(array.shape, axis))
    result = out_or_new(out, array.shape, array.dtype)
    if hard:
        _native.hard_gumbel_softmax(native(array), axis, source, offset, native(result))
    else:
        _native.gumbel_softmax(native(array), axis, tau, source, offset, native(result))
    return result


def gumbel_log_softmax(
    key: Key | Keys | None,
    logits: ArrayLike,
    temperature: ArrayLike = 1.0,
    *,
    axis: int = -1,
    noise: ArrayLike | None = None,
    offset: int = 0,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Relaxed one-hot samples as logarithms: finite where the sample itself rounds to 0.

        x = ln softmax((l + g) / tau)

    Arguments and errors as `gumbel_softmax`.

    Example:
        >>> import numpy as np
        >>> from gumbelkit import Key, gumbel_log_softmax
        >>> x = gumbel_log_softmax(Key(7), np.zeros(4, np.float32), 0.01)
        >>> bool(np.isfinite(x).all())
        True

    Maddison, Mnih and Teh, arXiv 1611.00712, appendix C.3 (the ExpConcrete distribution).
    """
    array = floats("logits", logits)
    axis = normalize_axis_index(axis, array.ndim)
    source = source_of(key, noise, offset, array, axis)
    tau = temperature_of(temperature, rows_of(array.shape, axis))
    result = out_or_new(out, array.shape, array.dtype)
    _native.gumbel_log_softmax(native(array), axis, tau, source, offset, native(result))
    return result


def gumbel_softmax_vjp(
    y: ArrayLike,
    dy: ArrayLike,
    temperature: ArrayLike = 1.0,
    *,
    axis: int = -1,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """The gradient of the logits from the relaxed sample and the gradient of the sample.

        dl = y (dy - sum_j y_j dy_j) / tau

    For hard samples, `y` is the soft sample of the same key: the straight-through gradient.

    Args:
        y: the sample that `gumbel_softmax` returned.
        dy: the gradient of the cost by y, of the same shape and dtype.
        temperature, axis, out: as for `gumbel_softmax`.

    Raises:
        Error: shapes that do not fit, a temperature that is not a finite number above 0.

    Example:
        >>> import numpy as np
        >>> from gumbelkit import gumbel_softmax_vjp
        >>> gumbel_softmax_vjp([0.25, 0.75], [1.0, 0.0], 0.5).tolist()
        [0.375, -0.375]
    """
    y, dy = _sample_and_gradient(y, dy)
    axis = normalize_axis_index(axis, y.ndim)
    tau = temperature_of(temperature, rows_of(y.shape, axis))
    result = out_or_new(out, y.shape, y.dtype)
    _native.gumbel_softmax_vjp(native(y), native(dy), axis, tau, native(result))
    return result


def binary_concrete(
    key: Key | None,
    logits: ArrayLike,
    temperature: ArrayLike = 1.0,
    *,
    hard: bool = False,
    noise: ArrayLike | None = None,
    offset: int = 0,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Relaxed yes-or-no choices: a number in [0, 1] for each log-odds.

        y = sigmoid((l + L) / tau)          L logistic noise
        hard: 1 where l + L > 0, else 0; P(1) = sigmoid(l) at every temperature

    Args:
        key: the key; None if `noise` is given.
        logits: log-odds, any shape; infinite ones are certain choices.
        temperature: one number above 0, or an array that broadcasts to the shape of the logits.
        hard, noise (logistic), offset, out: as for `gumbel_softmax`.

    Raises:
        Error: NaN among the logits, a temperature that is not a finite number above 0.

    Example:
        >>> from gumbelkit import Key, binary_concrete
        >>> binary_concrete(Key(7), [-60.0, 60.0], hard=True).tolist()
        [0.0, 1.0]

    Maddison, Mnih and Teh, arXiv 1611.00712, appendix B.
    """
    array = floats("logits", logits)
    source = binary_source(key, noise, offset, array)
    tau = temperature_of(temperature, array.shape)
    result = out_or_new(out, array.shape, array.dtype)
    if hard:
        soft = np.empty_like(array)
        _native.straight_through_binary_concrete(
            native(array), tau, source, offset, native(result), native(soft)
        )
    else:
        _native.binary_concrete(native(array), tau, source, offset, native(result))
    return result


def binary_concrete_vjp(
    y: ArrayLike, dy: ArrayLike, temperature: ArrayLike = 1.0, *, out: NDArray[Any] | None = None
) -> NDArray[Any]:
    """The gradient of the logits of `binary_concrete`: dl = dy y (1 - y) / tau.

    Arguments and errors as `gumbel_softmax_vjp`.

    Example:
        >>> from gumbelkit import binary_concrete_vjp
        >>> binary_concrete_vjp([0.5], [1.0], 0.5).tolist()
        [0.5]
    """
    y, dy = _sample_and_gradient(y, dy)
    tau = temperature_of(temperature, y.shape)
    result = out_or_new(out, y.shape, y.dtype)
    _native.binary_concrete_vjp(native(y), native(dy), tau, native(result))
    return result
