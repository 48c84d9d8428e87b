"""A generator with the method names of NumPy's, whose draws follow from a key."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from gumbelkit import _native, _noise
from gumbelkit._keys import key_of
from gumbelkit._native import Key
from gumbelkit._sample import categorical, permutation

__all__ = ["Generator"]

Size = int | tuple[int, ...] | None


class Generator:
    """Draws with the method names, arguments and shapes of `numpy.random.Generator`.

    Call number n, from 0, draws with `key.fold_in(n)`: the sequence of calls gives the sequence of
    draws, and `calls` may be stored to go on later. The laws are those of NumPy, the numbers are
    not: the bits follow from the key.

    Args:
        key: a `Key`, or a source for `Key.of`: an integer, a generator of NumPy, None.
        calls: the number of the first call.

    Raises:
        TypeError: a source that is none of these.

    Example:
        >>> from gumbelkit import Generator
        >>> rng = Generator(7)
        >>> rng.choice(["forward", "back", "left"], 2, p=[0.9, 0.05, 0.05]).tolist()
        ['back', 'forward']
    """

    __slots__ = ("calls", "key")

    def __init__(self, key: Any = None, *, calls: int = 0) -> None:
        self.key: Key = key_of(key)
        self.calls: int = operator.index(calls)

    def _next(self) -> Key:
        key = self.key.fold_in(self.calls)
        self.calls += 1
        return key

    def _scaled(
        self, law: str, loc: ArrayLike, scale: ArrayLike, size: Size, dtype: DTypeLike
    ) -> Any:
        loc, scale = np.asarray(loc, np.float64), np.asarray(scale, np.float64)
        if not np.isfinite(loc).all():
            raise ValueError("loc: expected finite numbers")
        if not (np.isfinite(scale).all() and not np.signbit(scale).any()):
            raise ValueError("scale < 0 or not finite: expected finite numbers of at least 0")
        shape = np.broadcast_shapes(loc.shape, scale.shape)
        if size is not None:
            wanted = (int(size),) if isinstance(size, (int, np.integer)) else tuple(size)
            if np.broadcast_shapes(shape, wanted) != wanted:
                raise ValueError(
                    f"size: {list(wanted)} is not the shape that loc and scale broadcast to"
                )
            shape = wanted
        noise = getattr(_noise, law)(self._next(), shape, dtype=dtype)
        drawn = loc + scale * noise if dtype == np.float64 else (loc + scale * noise).astype(dtype)
        return drawn if shape or size is not None else float(drawn)

    def gumbel(self, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0, size: Size = None) -> Any:
        """Gumbel numbers, float64; arrays `loc` and `scale` broadcast."""
        return self._scaled("gumbel", loc, scale, size, np.float64)

    def logistic(self, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0, size: Size = None) -> Any:
        """Logistic numbers, float64."""
        return self._scaled("logistic", loc, scale, size, np.float64)

    def normal(self, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0, size: Size = None) -> Any:
        """Normal numbers, float64."""
        return self._scaled("normal", loc, scale, size, np.float64)

    def exponential(self, scale: ArrayLike = 1.0, size: Size = None) -> Any:
        """Exponential numbers of mean `scale`, float64."""
        return self._scaled("exponential", 0.0, scale, size, np.float64)

    def uniform(self, low: ArrayLike = 0.0, high: ArrayLike = 1.0, size: Size = None) -> Any:
        """Uniform numbers between `low` and `high`, float64."""
        low, high = np.asarray(low, np.float64), np.asarray(high, np.float64)
        if not np.isfinite(high - low).all():
            raise OverflowError("high - low: expected a finite range")
        if (high < low).any():
            raise ValueError("low > high: expected high of at least low")
        return self._scaled("uniform", low, high - low, size, np.float64)

    def standard_normal(self, size: Size = None, dtype: DTypeLike = np.float64) -> Any:
        """Normal numbers of mean 0 and standard deviation 1."""
        return self._scaled("normal", 0.0, 1.0, size, dtype)

    def standard_exponential(self, size: Size = None, dtype: DTypeLike = np.float64) -> Any:
        """Exponential numbers of mean 1."""
        return self._scaled("exponential", 0.0, 1.0, size, dtype)

    def random(self, size: Size = None, dtype: DTypeLike = np.float64) -> Any:
        """Uniform numbers on (0, 1); unlike NumPy's never 0."""
        return self._scaled("uniform", 0.0, 1.0, size, dtype)

    def permutation(self, x: ArrayLike, axis: int = 0) -> NDArray[Any]:
        """An array in random order along `axis`; for an integer the numbers below it."""
        array = np.asarray(x)
        if array.ndim == 0:
            if array.dtype.kind not in "iu":
                raise TypeError("x: expected an integer or an array")
            return permutation(self._next(), int(array))
        return np.take(array, permutation(self._next(), array.shape[axis]), axis)

    def choice(
        self,
        a: ArrayLike,
        size: Size = None,
        replace: bool = True,
        p: ArrayLike | None = None,
        axis: int = 0,
        shuffle: bool = True,
    ) -> Any:
        """Elements of `a`, or numbers below an integer `a`, with probabilities `p`.

        With `replace=False` the order is that of inclusion, which is random; `shuffle` changes
        nothing.

        Raises:
            ValueError: probabilities that are negative, NaN or do not sum to 1, more elements
                without replacement than there are (with a probability above 0), no elements.
            TypeError: `a` is neither an array nor an integer.
        """
        array = np.asarray(a)
        whole = array.ndim == 0
        if whole and array.dtype.kind not in "iu":
            raise ValueError("a: expected a sequence or an integer")
        count = int(array) if whole else array.shape[axis]
        shape = () if size is None else ((int(size),) if np.ndim(size) == 0 else tuple(size))
        if any(extent < 0 for extent in shape):
            raise ValueError("size: expected numbers of at least 0")
        wanted = int(np.prod(shape, dtype=np.int64))
        if count <= 0 and (wanted or count < 0):
            raise ValueError("a: expected at least one element")
        if p is not None:
            weights = np.asarray(p, np.float64)
            if weights.ndim != 1 or len(weights) != count:
                raise ValueError(f"p: expected {count} probabilities, found {list(weights.shape)}")
            # NumPy's tolerance, which is wider than that of the core.
            total = weights.sum() if np.isfinite(weights).all() else np.nan
            if not abs(total - 1) <= np.sqrt(np.finfo(np.float64).eps) * 10:
                raise ValueError("p: probabilities do not sum to 1, or contain NaN")
            if (weights < 0).any():
                raise ValueError("p: probabilities are not non-negative")
        if not replace and wanted > count:
            raise ValueError("size: a larger sample than the elements, without replacement")
        key = self._next()
        if wanted == 0:
            index = np.empty(shape, np.int64)
        elif not replace and p is None:
            index = permutation(key, count)[:wanted].reshape(shape)
        else:
            weights = np.ones(count) if p is None else weights
            if not replace and wanted > np.count_nonzero(weights):
                raise ValueError("p: fewer non-zero entries in p than size, without replacement")
            index = categorical(key, weights=weights, n=wanted, replace=replace).reshape(shape)
        if whole:
            return int(index) if size is None else index
        taken = np.take(array, index, axis)
        return taken[()] if size is None and array.ndim == 1 else taken

    def __repr__(self) -> str:
        return f"Generator({self.key!r}, calls={self.calls})"
