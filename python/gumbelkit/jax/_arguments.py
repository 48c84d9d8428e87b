"""Arguments as the handlers take them, after the checks of what is known in tracing."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike
from numpy.lib.array_utils import normalize_axis_index

from gumbelkit._arrays import FLOATS, rows_of

__all__ = ["axis_of", "float_type", "logits_of", "rows_of", "shape_of", "temperature_of"]


def float_type(dtype: Any) -> np.dtype[Any]:
    """The dtype as JAX has it: float64 is float32 unless `jax_enable_x64` is set."""
    found = jax.dtypes.canonicalize_dtype(dtype)
    if found.name not in FLOATS:
        raise TypeError(f"dtype: expected one of {', '.join(FLOATS)}, found {found}")
    return np.dtype(found)


def shape_of(argument: str, shape: Sequence[int]) -> tuple[int, ...]:
    """The shape as a tuple."""
    if not isinstance(shape, Sequence) and not isinstance(shape, np.ndarray):
        raise TypeError(f"{argument}: expected a tuple of integers, found {type(shape).__name__}")
    found = tuple(map(operator.index, shape))
    if any(extent < 0 for extent in found):
        raise ValueError(f"{argument}: expected numbers of at least 0, found {list(found)}")
    return found


def logits_of(logits: ArrayLike) -> Array:
    """The logits as a floating-point array: integers become the default type."""
    array = jnp.asarray(logits)
    if jnp.issubdtype(array.dtype, np.integer):
        array = array.astype(float_type(float))
    if array.dtype.name not in FLOATS:
        raise TypeError(
            f"logits: expected an array of {', '.join(FLOATS)} or of integers, found {array.dtype}"
        )
    return array


def axis_of(axis: int, logits: Array) -> int:
    """The axis of the classes, counted from the front."""
    axis = int(normalize_axis_index(operator.index(axis), logits.ndim))
    if logits.shape[axis] == 0:
        raise ValueError("logits: expected at least one class, found 0")
    return axis


def temperature_of(temperature: ArrayLike, rows: tuple[int, ...]) -> Array:
    """One temperature without axes, or one for each row, in the widest type of JAX.

    A temperature that is known is checked; a traced one is checked by the handler.
    """
    wide = jax.dtypes.canonicalize_dtype(np.float64)
    if isinstance(temperature, jax.core.Tracer):
        array: Any = temperature
    else:
        array = np.asarray(temperature)
        if array.dtype.kind not in "fiu" and array.dtype.name != "bfloat16":
            raise TypeError(f"temperature: expected a number or an array, found {array.dtype}")
        array = array.astype(wide)
        if not (np.isfinite(array) & (array > 0)).all():
            found = array[~(np.isfinite(array) & (array > 0))].flat[0]
            raise ValueError(
                f"temperature: expected a finite number above 0, found {found:g} as {wide}"
            )
    if array.ndim == 0:
        return jnp.asarray(array, wide)
    try:
        fits = np.broadcast_shapes(array.shape, rows) == rows
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            "temperature: expected one number, or an array that broadcasts to the rows "
            f"{list(rows)}, found {list(array.shape)}"
        )
    return jnp.broadcast_to(jnp.asarray(array, wide), rows)
