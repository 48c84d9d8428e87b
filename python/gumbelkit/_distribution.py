"""The Gumbel law: densities, exact tails, quantiles and fits to block maxima."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from gumbelkit import _native
from gumbelkit._native import GumbelFit, Key
from gumbelkit._noise import Size, gumbel

__all__ = ["Gumbel"]


class Gumbel:
    """The Gumbel law of maxima, with SciPy's names (`scipy.stats.gumbel_r`).

        F(x) = exp(-exp(-z)),   f(x) = exp(-z - exp(-z)) / scale,   z = (x - loc) / scale

    Tails are exact where `1 - cdf(x)` would be 0: use `sf`, `logsf` and `isf`.

    Args:
        loc: the location, the mode of the law.
        scale: the scale, above 0.

    Raises:
        Error: a location or a scale that is not allowed.

    Example:
        >>> from gumbelkit import Gumbel
        >>> law = Gumbel(100, 20)
        >>> round(float(law.isf(0.01)), 3)  # the level that one block in a hundred exceeds
        192.003
        >>> fit = Gumbel.fit([61.0, 48.0, 55.0, 70.0, 52.0])
        >>> round(fit.loc, 4), round(fit.scale, 4)
        (53.6042, 6.0009)

    Gumbel, "Statistics of Extremes" (1958).
    """

    __slots__ = ("_law",)

    def __init__(self, loc: float = 0.0, scale: float = 1.0) -> None:
        self._law = _native.GumbelLaw(loc, scale)

    def __reduce__(self) -> tuple[Any, ...]:
        return Gumbel, self._law.parameters

    @property
    def loc(self) -> float:
        """The location."""
        return self._law.parameters[0]

    @property
    def scale(self) -> float:
        """The scale."""
        return self._law.parameters[1]

    def _map(self, function: str, x: ArrayLike) -> NDArray[np.float64]:
        array = np.asarray(x)
        if array.dtype.kind not in "fiu":
            raise TypeError(f"x: expected real numbers, found {array.dtype}")
        # `ascontiguousarray` would make an array of no axes one of one axis.
        array = np.asarray(array, np.float64, order="C")
        out = np.empty(array.shape)
        self._law.map(function, array, out)
        return out

    def pdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """The density."""
        return self._map("pdf", x)

    def logpdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """The logarithm of the density."""
        return self._map("logpdf", x)

    def cdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """The probability of a value up to x."""
        return self._map("cdf", x)

    def logcdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """The logarithm of `cdf`."""
        return self._map("logcdf", x)

    def sf(self, x: ArrayLike) -> NDArray[np.float64]:
        """The probability of a value above x, exact in the upper tail."""
        return self._map("sf", x)

    def logsf(self, x: ArrayLike) -> NDArray[np.float64]:
        """The logarithm of `sf`."""
        return self._map("logsf", x)

    def ppf(self, q: ArrayLike) -> NDArray[np.float64]:
        """The quantile: the x with cdf(x) = q. Probabilities outside [0, 1] are refused."""
        return self._map("ppf", q)

    def isf(self, q: ArrayLike) -> NDArray[np.float64]:
        """The x with sf(x) = q, exact for small q."""
        return self._map("isf", q)

    def mean(self) -> float:
        """The mean, loc + 0.5772 scale."""
        return self._law.moments[0]

    def var(self) -> float:
        """The variance, pi**2 / 6 scale**2."""
        return self._law.moments[1]

    def std(self) -> float:
        """The standard deviation."""
        return float(np.sqrt(self.var()))

    def median(self) -> float:
        """The median."""
        return self._law.moments[2]

    def entropy(self) -> float:
        """The differential entropy, in nats."""
        return self._law.moments[3]

    def rvs(
        self, key: Key, size: Size = None, *, dtype: DTypeLike = np.float64, offset: int = 0
    ) -> NDArray[Any]:
        """Draws from the law: `gumbelkit.gumbel` with its location and scale."""
        return gumbel(key, size, loc=self.loc, scale=self.scale, dtype=dtype, offset=offset)

    @staticmethod
    def fit(
        data: ArrayLike, *, floc: float | None = None, fscale: float | None = None
    ) -> GumbelFit:
        """The law under which block maxima are most likely, with standard errors.

        Args:
            data: at least two different values, any shape.
            floc, fscale: a location or a scale that is known, as in SciPy.

        Returns:
            `GumbelFit` with `.loc`, `.scale`, their standard errors and `.return_level(period)`.

        Raises:
            Error: too few values, NaN, values that are all equal.
            TypeError: both parameters fixed, or data that are not real numbers.
        """
        if floc is not None and fscale is not None:
            raise TypeError("floc, fscale: expected at most one of them, both leave nothing to fit")
        array = np.asarray(data)
        if array.dtype.kind not in "fiu":
            raise TypeError(f"data: expected real numbers, found {array.dtype}")
        values = np.ascontiguousarray(array, np.float64).reshape(-1)
        return GumbelFit.of(values, floc, fscale)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Gumbel) and self._law == other._law

    def __hash__(self) -> int:
        return hash(self._law.parameters)

    def __repr__(self) -> str:
        return f"Gumbel(loc={self.loc!r}, scale={self.scale!r})"
