"""Numbers that a caller gives, checked."""

from __future__ import annotations

import math
import numbers

from gumbelkit._native import Error, Key

__all__ = ["check_shape", "choice", "finite", "integer", "key_of", "temperature_of"]


def finite(argument: str, value: float) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{argument}: expected a number, found {type(value).__name__}")
    if not math.isfinite(value):
        raise Error(f"{argument}: expected a finite number, found {value}")
    return float(value)


def temperature_of(argument: str, value: float) -> float:
    """A finite number above 0."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{argument}: expected a number, found {type(value).__name__}")
    if not (value > 0 and math.isfinite(value)):
        raise Error(f"{argument}: expected a finite number above 0, found {value}")
    return float(value)


def integer(argument: str, value: int, least: int) -> int:
    """An integer from `least` on."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{argument}: expected an integer, found {type(value).__name__}")
    if value < least:
        raise Error(f"{argument}: expected at least {least}, found {value}")
    return int(value)


def key_of(argument: str, value: Key) -> Key:
    """A key."""
    if not isinstance(value, Key):
        found = type(value).__name__
        raise TypeError(f"{argument}: expected a Key, found {found}; Key(7) makes one")
    return value


def check_shape(part: str, made: tuple[int, int], found: tuple[int, int]) -> None:
    """Refuses other numbers of variables and classes than a part was made for."""
    if made != found:
        raise Error(
            f"logits: expected {made[0]} variables of {made[1]} classes, for which the {part} was "
            f"made, found {found[0]} of {found[1]}"
        )


def choice(argument: str, value: str, known: tuple[str, ...]) -> str:
    """One of the known words."""
    if value not in known:
        raise Error(f"{argument}: expected one of {', '.join(known)}, found {value}")
    return value
