"""The learner's tools: rejection sampling and the figures of the book."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gumbelkit import _native
from gumbelkit._native import Key, Lcg

__all__ = ["Accepted", "Figure", "figure", "figures", "rejection_sample"]


class Accepted(NamedTuple):
    """Values that rejection sampling accepted."""

    values: NDArray[np.float64]
    tries: int

    @property
    def rate(self) -> float:
        """The share of the tries that were accepted."""
        return len(self.values) / self.tries if self.tries else float("nan")


def rejection_sample(
    source: Key | Lcg,
    density: Callable[[float], float],
    n: int,
    *,
    low: float,
    high: float,
    height: float,
) -> Accepted:
    """Draws from a density by throwing points into a box and keeping those below the curve.

        x uniform on [low, high], y uniform on [0, height]: x is kept if y < f(x)

    Args:
        source: a key, or an `Lcg` as in the textbook.
        density: f, a function of a number; it need not integrate to 1.
        n: the number of values.
        low, high: the ends of the box. The density outside is cut off.
        height: at least the largest value of the density.

    Returns:
        `Accepted` with `.values` `[n]`, `.tries` and `.rate`.

    Raises:
        Error: a box that is no box, a density that is negative, NaN or above the height.
        Exception: what the density raises.

    Example:
        >>> from gumbelkit import Key, rejection_sample
        >>> drawn = rejection_sample(Key(7), lambda x: x, 1000, low=0, high=1, height=1)
        >>> bool(abs(drawn.values.mean() - 2 / 3) < 0.05 and abs(drawn.rate - 0.5) < 0.1)
        True

    von Neumann (1951); Devroye (1986), chapter II.3.
    """
    values, tries = _native.rejection(source, density, low, high, height, n)
    return Accepted(values, tries)


class Figure(NamedTuple):
    """A figure of the book: a notebook shows it as a picture."""

    name: str
    title: str
    caption: str

    def svg(self) -> str:
        """The figure as the text of an SVG file."""
        return _native.draw_figure(self.name, False).decode()

    def png(self) -> bytes:
        """The figure as the bytes of a PNG file."""
        return _native.draw_figure(self.name, True)

    def _repr_svg_(self) -> str:
        return self.svg()


def figures() -> list[Figure]:
    """The figures of the book, in its order, each drawn by the functions that it explains.

    Example:
        >>> from gumbelkit import figures
        >>> "simplex" in [figure.name for figure in figures()]
        True
    """
    return [Figure(*texts) for texts in _native.figures()]


def figure(name: str) -> Figure:
    """The figure of a name.

    Raises:
        Error: no figure has this name; the message lists the names.
    """
    for found in figures():
        if found.name == name:
            return found
    names = ", ".join(found.name for found in figures())
    raise _native.Error(f"name: expected one of {names}, found {name!r}")
