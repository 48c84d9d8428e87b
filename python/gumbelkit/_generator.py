"""A generator with the method names of NumPy's, whose draws follow from a key."""

from __future__ import annotations

import operator
import threading
from collections.abc import Iterable, Sequence
from typing import Any, SupportsIndex

import numpy as np
from numpy.lib.array_utils import normalize_axis_index
from numpy.typing import ArrayLike, DTypeLike, NDArray

from gumbelkit import _native, _noise
from gumbelkit._arrays import reals
from gumbelkit._integers import permutation, uniform_integers
from gumbelkit._keys import key_of
from gumbelkit._native import Key
from gumbelkit._sample import as_int64, categorical

__all__ = ["Generator"]

Size = SupportsIndex | Sequence[SupportsIndex] | None

_DRAWS_AT_ONCE = 1 << 22
"""Draws of one row that `multinomial` counts at once."""


def _shape(size: SupportsIndex | Sequence[SupportsIndex]) -> tuple[int, ...]:
    if isinstance(size, Iterable):
        return tuple(operator.index(extent) for extent in size)
    return (operator.index(size),)


def _spread(arguments: str, shape: tuple[int, ...], size: Size) -> tuple[int, ...]:
    """The size that a caller gave, to which the shape of the arguments broadcasts, or that shape."""
    if size is None:
        return shape
    wanted = _shape(size)
    if np.broadcast_shapes(shape, wanted) != wanted:
        raise ValueError(f"size: {list(wanted)} is not the shape that {arguments} broadcast to")
    return wanted


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

    __slots__ = ("_lock", "calls", "key")

    def __init__(self, key: Any = None, *, calls: int = 0) -> None:
        self.key: Key = key_of(key)
        self.calls: int = operator.index(calls)
        self._lock = threading.Lock()

    def _next(self) -> Key:
        with self._lock:
            calls, self.calls = self.calls, self.calls + 1
        return self.key.fold_in(calls)

    def __reduce__(self) -> tuple[Any, ...]:
        return _generator, (self.key, self.calls)

    def _scaled(
        self, law: str, loc: ArrayLike, scale: ArrayLike, size: Size, dtype: DTypeLike
    ) -> Any:
        loc, scale = reals("loc", loc), reals("scale", scale)
        if not np.isfinite(loc).all():
            raise ValueError("loc: expected finite numbers")
        if not (np.isfinite(scale).all() and not np.signbit(scale).any()):
            raise ValueError("scale < 0 or not finite: expected finite numbers of at least 0")
        shape = _spread("loc and scale", np.broadcast_shapes(loc.shape, scale.shape), size)
        noise = getattr(_noise, law)(self._next(), shape, dtype=dtype)
        with np.errstate(over="ignore", invalid="ignore"):
            drawn = (loc + scale * noise).astype(dtype, copy=False)
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
        low, high = reals("low", low), reals("high", high)
        with np.errstate(over="ignore", invalid="ignore"):
            wide = not np.isfinite(high - low).all()
        if wide:
            raise OverflowError("high - low: expected a finite range")
        if (high < low).any():
            raise ValueError("low > high: expected high of at least low")
        return self._scaled("uniform", low, high - low, size, np.float64)

    def standard_normal(
        self,
        size: Size = None,
        dtype: DTypeLike = np.float64,
        out: NDArray[Any] | None = None,
    ) -> Any:
        """Normal numbers of mean 0 and standard deviation 1."""
        return self._standard("normal", size, dtype, out)

    def standard_exponential(
        self,
        size: Size = None,
        dtype: DTypeLike = np.float64,
        method: str = "zig",
        out: NDArray[Any] | None = None,
    ) -> Any:
        """Exponential numbers of mean 1. `method` is NumPy's "zig" or "inv" and changes nothing."""
        if method not in ("zig", "inv"):
            raise ValueError(f"method: expected zig or inv, found {method!r}")
        return self._standard("exponential", size, dtype, out)

    def random(
        self,
        size: Size = None,
        dtype: DTypeLike = np.float64,
        out: NDArray[Any] | None = None,
    ) -> Any:
        """Uniform numbers on (0, 1); unlike NumPy's never 0."""
        return self._standard("uniform", size, dtype, out)

    def _standard(self, law: str, size: Size, dtype: DTypeLike, out: NDArray[Any] | None) -> Any:
        if out is None:
            return self._scaled(law, 0.0, 1.0, size, dtype)
        if not isinstance(out, np.ndarray) or out.dtype != np.dtype(dtype):
            found = out.dtype if isinstance(out, np.ndarray) else type(out).__name__
            raise TypeError(f"out: expected an array of {np.dtype(dtype)}, found {found}")
        if not (out.flags.contiguous or out.flags.f_contiguous) or not out.flags.writeable:
            raise ValueError("out: expected a writable array in C or Fortran order")
        if size is not None and _shape(size) != out.shape:
            raise ValueError(
                f"size: {list(_shape(size))} is not the shape of out, {list(out.shape)}"
            )
        place = out if out.flags.c_contiguous else None
        drawn = getattr(_noise, law)(self._next(), out.shape, dtype=dtype, out=place)
        if place is None:
            out[...] = drawn
        return out

    def integers(
        self,
        low: ArrayLike,
        high: ArrayLike | None = None,
        size: Size = None,
        dtype: DTypeLike = np.int64,
        endpoint: bool = False,
    ) -> Any:
        """Uniform integers from `low` up to, and without, `high`; with `endpoint` also `high`.

        Without `high` they go from 0 up to, and without, `low`. Each is equally likely.
        """
        shape = None if size is None else _shape(size)
        drawn = uniform_integers(self._next(), low, high, shape, dtype, endpoint)
        if drawn.ndim or size is not None:
            return drawn
        return drawn.item() if dtype is int or dtype is bool else drawn[()]

    def permutation(self, x: ArrayLike, axis: int = 0) -> NDArray[Any]:
        """An array in random order along `axis`; for an integer the numbers below it."""
        array = np.asarray(x)
        if array.ndim == 0:
            if array.dtype.kind not in "iu":
                raise TypeError("x: expected an integer or an array")
            return permutation(self._next(), int(array))
        axis = normalize_axis_index(axis, array.ndim)
        return np.take(array, permutation(self._next(), array.shape[axis]), axis)

    def permuted(
        self, x: ArrayLike, *, axis: int | None = None, out: NDArray[Any] | None = None
    ) -> NDArray[Any]:
        """An array whose rows along `axis` are shuffled, each by itself; None: all its elements."""
        array = np.asarray(x)
        if out is not None:
            if not isinstance(out, np.ndarray):
                raise TypeError(f"out: expected an array, found {type(out).__name__}")
            if out.shape != array.shape:
                raise ValueError(
                    f"out: expected the same shape as x, {list(array.shape)}, "
                    f"found {list(out.shape)}"
                )
        if axis is None:
            order = permutation(self._next(), array.size)
            shuffled = array.ravel()[order].reshape(array.shape)
        else:
            axis = normalize_axis_index(axis, array.ndim)
            last = np.moveaxis(array, axis, -1)
            n = last.shape[-1]
            rows = last.size // n if n else 0
            orders = as_int64(_native.permutations(self._next(), n, rows)).reshape(last.shape)
            shuffled = np.moveaxis(np.take_along_axis(last, orders, -1), -1, axis)
        if out is None:
            return np.ascontiguousarray(shuffled).reshape(array.shape)
        np.copyto(out, shuffled, casting="safe")
        return out

    def shuffle(self, x: Any, axis: int = 0) -> None:
        """Shuffles an array in place along `axis`, or a list."""
        if isinstance(x, np.ndarray) and x.ndim:
            axis = normalize_axis_index(axis, x.ndim)
            x[...] = np.take(x, permutation(self._next(), x.shape[axis]), axis)
            return
        if axis != 0:
            raise NotImplementedError("axis: expected 0 for what is no array")
        # All at once, so that an error leaves `x` as it was.
        items = [x[int(i)] for i in permutation(self._next(), len(x))]
        for i, item in enumerate(items):
            x[i] = item

    def multinomial(self, n: ArrayLike, pvals: ArrayLike, size: Size = None) -> NDArray[np.int64]:
        """How often each class is drawn in `n` draws: int64, with the classes along the last axis.

        The last probability is taken to be what the others leave, as in NumPy. Time in proportion
        to n: the draws are made and counted.

        Raises:
            ValueError: a negative n, probabilities below 0, above 1 or NaN, a sum above 1.
        """
        counts, p = np.asarray(n), reals("pvals", pvals)
        if counts.dtype.kind not in "iu":
            raise TypeError(f"n: expected integers, found {counts.dtype}")
        if p.ndim == 0 or p.shape[-1] == 0:
            raise ValueError("pvals: expected at least one class")
        if (counts < 0).any():
            raise ValueError("n < 0: expected numbers of draws")
        if not ((p >= 0) & (p <= 1)).all():
            raise ValueError("pvals < 0, pvals > 1 or pvals contains NaNs: expected probabilities")
        rest = 1 - p[..., :-1].sum(-1)
        if (rest < -1e-12).any():
            narrow = getattr(pvals, "dtype", p.dtype).itemsize < 8
            why = "; the pvals array is cast to 64-bit floating point before" if narrow else ""
            raise ValueError(f"sum(pvals[:-1]) > 1: expected probabilities of a sum of 1{why}")
        p = np.concatenate([p[..., :-1], np.maximum(rest, 0)[..., None]], -1)
        rows = _spread("n and pvals", np.broadcast_shapes(counts.shape, p.shape[:-1]), size)
        k = p.shape[-1]
        found = np.zeros((*rows, k), np.int64)
        key = self._next()
        draws = np.broadcast_to(counts, rows).ravel()
        probabilities = np.broadcast_to(p, (*rows, k)).reshape(-1, k)
        for number in np.unique(draws[draws > 0]).tolist():
            same = np.flatnonzero(draws == number)
            step = max(1, _DRAWS_AT_ONCE // max(number, k))
            for some in np.split(same, range(step, len(same), step)):
                keys = key.fold_in(some)
                found.reshape(-1, k)[some] = _counted(keys, probabilities[some], number)
        return found

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
        axis = 0 if whole else normalize_axis_index(axis, array.ndim)
        count = int(array) if whole else array.shape[axis]
        shape = () if size is None else _shape(size)
        if any(extent < 0 for extent in shape):
            raise ValueError("size: expected numbers of at least 0")
        wanted = int(np.prod(shape, dtype=np.int64))
        if count <= 0 and (wanted or count < 0):
            raise ValueError("a: expected at least one element")
        if p is not None:
            weights = reals("p", p)
            if weights.ndim != 1 or len(weights) != count:
                raise ValueError(f"p: expected {count} probabilities, found {list(weights.shape)}")
            # NumPy's tolerance, which is wider than that of the core, and wider still in low precision.
            given = getattr(p, "dtype", np.dtype(np.float64))
            eps = np.finfo(given if given.kind == "f" else np.float64).eps
            total = weights.sum() if np.isfinite(weights).all() else np.nan
            if not abs(total - 1) <= np.sqrt(eps):
                raise ValueError("p: probabilities do not sum to 1, or contain NaN")
            if (weights < 0).any():
                raise ValueError("p: probabilities are not non-negative")
        if not replace and wanted > count:
            raise ValueError("size: a larger sample than the elements, without replacement")
        key = self._next()
        if wanted == 0:
            index = np.empty(shape, np.int64)
        elif p is None and replace:
            index = uniform_integers(key, count, None, shape, np.int64, False)
        elif p is None:
            # Neither takes time in proportion to the elements that are not drawn.
            index = _native.distinct(key, count, wanted).astype(np.int64).reshape(shape)
        else:
            if not replace and wanted > np.count_nonzero(weights):
                raise ValueError("p: fewer non-zero entries in p than size, without replacement")
            index = categorical(key, weights=weights, n=wanted, replace=replace).reshape(shape)
        if whole:
            return int(index) if size is None else index
        if array.ndim > 1 or index.ndim:
            return np.take(array, index, axis)
        element = array[int(index)]
        if size is None:
            return element
        taken = np.empty((), array.dtype)  # `np.asarray` would take an element that is a list apart
        taken[()] = element
        return taken

    def __repr__(self) -> str:
        return f"Generator({self.key!r}, calls={self.calls})"


def _generator(key: Key, calls: int) -> Generator:
    return Generator(key, calls=calls)


def _counted(keys: Any, probabilities: NDArray[np.float64], n: int) -> NDArray[np.int64]:
    """How often each class is among `n` draws of each row, in parts, so that memory does not grow with n."""
    rows, k = probabilities.shape
    first = np.arange(rows)[:, None] * k
    counts = np.zeros(rows * k, np.int64)
    for part, start in enumerate(range(0, n, _DRAWS_AT_ONCE)):
        now = min(n - start, _DRAWS_AT_ONCE)
        drawn = categorical(keys.fold_in(part), weights=probabilities, n=now)
        counts += np.bincount((first + drawn).ravel(), minlength=rows * k)
    return counts.reshape(rows, k)
