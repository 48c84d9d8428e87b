"""Arguments as arrays that the native functions take, and arrays for their results."""

from __future__ import annotations

import operator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from gumbelkit import _native

_T = TypeVar("_T", float, NDArray[np.float64])

__all__ = [
    "FLOATS",
    "floats",
    "native",
    "number",
    "out_or_new",
    "reals",
    "rows_of",
    "temperature_of",
    "whole_number",
]

FLOATS = ("float32", "float64", "float16", "bfloat16")


def float_type(dtype: DTypeLike) -> np.dtype[Any]:
    """The dtype as NumPy knows it, if it is one of `FLOATS`."""
    found = np.dtype(dtype)
    if found.name not in FLOATS or not found.isnative:
        raise TypeError(f"dtype: expected one of {', '.join(FLOATS)}, found {found}")
    return found


def floats(argument: str, values: ArrayLike) -> NDArray[Any]:
    """The values as a floating-point array in C order: integers become float64."""
    array = np.asarray(values)
    if array.dtype.kind in "iu":
        array = array.astype(np.float64)
    if array.dtype.name not in FLOATS:
        raise TypeError(
            f"{argument}: expected an array of {', '.join(FLOATS)} or of integers, "
            f"found {array.dtype}"
        )
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    return array if array.flags.c_contiguous else array.copy(order="C")


def reals(argument: str, values: ArrayLike) -> NDArray[np.float64]:
    """The values as float64, if they are real numbers."""
    array = np.asarray(values)
    if array.dtype.kind == "c":
        raise TypeError(f"{argument}: expected real numbers, found an array of {array.dtype}")
    return array.astype(np.float64, copy=False)


def number(argument: str, value: Any) -> float:
    """The value as a float, if it is a real number."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)):
        array = np.asarray(value)
        if array.ndim or array.dtype.kind not in "fiu":
            raise TypeError(f"{argument}: expected a real number, found {type(value).__name__}")
    if isinstance(value, np.complexfloating):
        raise TypeError(f"{argument}: expected a real number, found {type(value).__name__}")
    return float(value)


def whole_number(argument: str, value: Any, least: int = 0, most: int = 2**63 - 1) -> int:
    """The value as an integer of at least `least` that the native functions take."""
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{argument}: expected an integer, found {type(value).__name__}") from None
    if not least <= number <= most:
        raise _native.Error(f"{argument}: expected from {least} to {most}, found {number}")
    return number


def native(array: NDArray[Any]) -> NDArray[Any]:
    """The array as the native functions take it: bfloat16 as its bits."""
    return array.view(np.uint16) if array.dtype.name == "bfloat16" else array


def out_or_new(out: NDArray[Any] | None, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    """The caller's array for the result, if it fits, else a new one."""
    if out is None:
        return np.empty(shape, dtype)
    if not isinstance(out, np.ndarray) or out.dtype != dtype:
        found = out.dtype if isinstance(out, np.ndarray) else type(out).__name__
        raise TypeError(f"out: expected an array of {np.dtype(dtype)}, found {found}")
    if out.shape != shape:
        raise ValueError(f"out: expected an array {list(shape)}, found {list(out.shape)}")
    if not out.flags.c_contiguous:
        raise ValueError("out: expected an array in C order, found one with other strides")
    return out


def temperature_of(temperature: ArrayLike, rows: tuple[int, ...]) -> float | NDArray[np.float64]:
    """One temperature as a float, or one for each row as a float64 array that has the shape `rows`."""
    if isinstance(temperature, (float, int)) and not isinstance(temperature, bool):
        try:
            return _checked(float(temperature))
        except OverflowError:
            raise _native.Error(
                "temperature: expected a finite temperature above 0, found a larger integer"
            ) from None
    array = np.asarray(temperature)
    if array.dtype.kind not in "fiu" and array.dtype.name != "bfloat16":
        raise TypeError(f"temperature: expected a number or an array, found {array.dtype}")
    if array.ndim == 0:
        return _checked(float(array))
    try:
        spread = np.broadcast_to(array, rows)
    except ValueError:
        raise ValueError(
            f"temperature: expected one number, or an array that broadcasts to the rows "
            f"{list(rows)}, found {list(array.shape)}"
        ) from None
    return _checked(np.ascontiguousarray(spread, dtype=np.float64))


def _checked(temperature: _T) -> _T:
    check_temperature("temperature", temperature)
    return temperature


def check_temperature(argument: str, temperature: float | NDArray[np.float64]) -> None:
    """Refuses what the relaxed sample would refuse: a hard sample does not need its temperature."""
    if isinstance(temperature, float) and 0 < temperature < np.inf:
        return
    taus = np.asarray(temperature)
    bad = ~(np.isfinite(taus) & (taus > 0))
    if bad.any():
        raise _native.Error(
            f"{argument}: expected a finite temperature above 0, found {taus[bad].flat[0]:g}"
        )


def rows_of(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    """The shape without the axis of the classes."""
    return shape[:axis] + shape[axis + 1 :]
