"""Arguments as the handlers take them, after the checks of what is known in tracing."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike
from numpy.lib.array_utils import normalize_axis_index

from gumbelkit._arrays import FLOATS, rows_of

__all__ = [
    "Shape",
    "axis_of",
    "float_type",
    "in_memory",
    "int_type",
    "logits_of",
    "real_of",
    "rows_of",
    "shape_of",
    "temperature_of",
]


Shape = int | Sequence[int] | np.ndarray | Array
"""A shape: a tuple or another sequence of integers, or one integer."""

_MOST_BYTES = 2**63 - 1


def float_type(dtype: Any) -> np.dtype[Any]:
    """The dtype as JAX has it: float64 is float32 unless `jax_enable_x64` is set."""
    found = jax.dtypes.canonicalize_dtype(dtype)
    if found.name not in FLOATS:
        raise TypeError(f"dtype: expected one of {', '.join(FLOATS)}, found {found}")
    return np.dtype(found)


def int_type() -> np.dtype[Any]:
    """The dtype of classes: int32, int64 with `jax_enable_x64`."""
    return np.dtype(jax.dtypes.canonicalize_dtype(int))


def shape_of(argument: str, shape: Shape, width: int) -> tuple[int, ...]:
    """The shape as a tuple, for elements of `width` bytes. One integer is a shape of one axis.

    Raises:
        TypeError: another thing than integers.
        ValueError: a negative number.
        MemoryError: an array that no memory has room for; XLA would end the process.
    """
    try:
        extents: Iterable[Any] = [operator.index(shape)]  # type: ignore[arg-type]
    except TypeError:
        if not isinstance(shape, (Sequence, np.ndarray, Array)) or isinstance(shape, (str, bytes)):
            raise TypeError(
                f"{argument}: expected integers, found {type(shape).__name__}"
            ) from None
        extents = shape
    try:
        found = tuple(map(operator.index, extents))
    except TypeError:
        raise TypeError(f"{argument}: expected integers, found {shape!r}") from None
    if any(extent < 0 for extent in found):
        raise ValueError(f"{argument}: expected numbers of at least 0, found {list(found)}")
    in_memory(argument, found, width)
    return found


def in_memory(argument: str, shape: Sequence[Any], width: int) -> None:
    """A `MemoryError` if an array of this shape has bytes without an address."""
    # Extents of 0 count as 1: strides are products of the others. An exported computation has
    # extents without a number.
    extents = [max(extent, 1) for extent in shape if isinstance(extent, int)]
    if math.prod(extents) > _MOST_BYTES // width:
        raise MemoryError(
            f"{argument}: expected an array that fits into memory, found {list(shape)} of {width} "
            "bytes each"
        )


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


def real_of(argument: str, numbers: ArrayLike) -> Any:
    """Real numbers: known ones as an array of NumPy, traced ones as they are."""
    traced = isinstance(numbers, jax.core.Tracer)
    array: Any = numbers if traced else np.asarray(numbers)
    if array.dtype.kind not in "fiu" and array.dtype.name != "bfloat16":
        raise TypeError(f"{argument}: expected a number or an array, found {array.dtype}")
    return array


def temperature_of(temperature: ArrayLike, rows: tuple[int, ...]) -> Array:
    """One temperature without axes, or one for each row, in the widest type of JAX.

    A temperature that is known is checked; a traced one is checked by the handler.
    """
    wide = jax.dtypes.canonicalize_dtype(np.float64)
    array: Any = real_of("temperature", temperature)
    if not isinstance(array, jax.core.Tracer):
        with np.errstate(over="ignore"):
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
