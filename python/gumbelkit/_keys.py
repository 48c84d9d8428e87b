"""Keys for many rows, and keys from the random sources of other libraries."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from gumbelkit import _native
from gumbelkit._native import Key

__all__ = ["Keys", "key_of", "keys_of_rows", "known_key"]


class Keys:
    """Keys, one for each row: `Key.fold_in` of an array makes them.

    Args:
        parts: uint64 `[n, 2]`, the parts of each key.

    Raises:
        TypeError: another dtype.
        ValueError: another shape.

    Example:
        >>> import numpy as np
        >>> from gumbelkit import Key
        >>> keys = Key(7).fold_in(np.arange(3))
        >>> len(keys), keys[2] == Key(7).fold_in(2)
        (3, True)
    """

    __slots__ = ("parts",)

    parts: NDArray[np.uint64]
    """The parts of each key, uint64 `[n, 2]`."""

    def __init__(self, parts: NDArray[np.uint64]) -> None:
        parts = np.asarray(parts)
        if parts.dtype != np.uint64:
            raise TypeError(f"parts: expected an array of uint64, found {parts.dtype}")
        if parts.ndim != 2 or parts.shape[1] != 2:
            raise ValueError(f"parts: expected an array [n, 2], found {list(parts.shape)}")
        # A key is a value: a copy that nobody writes to.
        self.parts = np.array(parts, order="C")
        self.parts.flags.writeable = False

    def fold_in(self, data: int | NDArray[Any]) -> Keys:
        """The child key of each key: for one integer, or for one of each, `[n]`."""
        if isinstance(data, np.ndarray) and data.ndim:
            words = _words(data)
            if len(words) != len(self):
                raise ValueError(
                    f"data: expected an integer for each of {len(self)} keys, found {len(words)}"
                )
        else:
            # As the seed of a key, any integer modulo 2**64.
            words = np.array([Key(data).parts[0]], np.uint64)
        parts = np.empty((len(self), 2), np.uint64)
        if len(self):
            _native.fold_in_rows(self.parts, words, parts)
        return Keys(parts)

    @overload
    def __getitem__(self, index: int) -> Key: ...
    @overload
    def __getitem__(self, index: slice) -> Keys: ...
    def __getitem__(self, index: int | slice) -> Key | Keys:
        if isinstance(index, slice):
            return Keys(self.parts[index])
        seed, stream = self.parts[index].tolist()
        return Key(seed, stream)

    def __reduce__(self) -> tuple[Any, ...]:
        return Keys, (self.parts,)

    def __len__(self) -> int:
        return len(self.parts)

    def __iter__(self) -> Iterator[Key]:
        return (Key(seed, stream) for seed, stream in self.parts.tolist())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Keys) and np.array_equal(self.parts, other.parts)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Keys({list(self)!r})" if len(self) <= 3 else f"Keys({len(self)} keys)"


def keys_of_rows(key: Key, data: Any) -> Key | Keys:
    """The child keys of an array of integers `[n]`; the child key of an array without axes."""
    data = np.asarray(data)
    if data.ndim == 0 and data.dtype.kind in "iu":
        return key.fold_in(int(data))
    words = _words(data)
    parts = np.empty((len(words), 2), np.uint64)
    if len(words):
        _native.fold_in_rows(key, words, parts)
    return Keys(parts)


def _words(data: NDArray[Any]) -> NDArray[np.uint64]:
    """Integers `[n]` modulo 2**64."""
    if data.dtype.kind not in "iu":
        raise TypeError(f"data: expected integers, found an array of {data.dtype}")
    if data.ndim != 1:
        raise ValueError(f"data: expected an array [n], found {list(data.shape)}")
    return np.ascontiguousarray(data.astype(np.uint64))


def known_key(key: object) -> Key:
    """The key that a caller gave."""
    if not isinstance(key, Key):
        found = type(key).__name__
        raise TypeError(f"key: expected a Key, found {found}; Key(7) makes one")
    return key


def key_of(source: Any = None) -> Key:
    """A key from a random source: see `Key.of`."""
    if source is None:
        return Key(int.from_bytes(os.urandom(8), "little"), int.from_bytes(os.urandom(8), "little"))
    if isinstance(source, Key):
        return source
    if isinstance(source, (int, np.integer)) and not isinstance(source, bool):
        return Key(int(source))
    if isinstance(source, np.random.SeedSequence):
        seed, stream = source.generate_state(2, np.uint64).tolist()
        return Key(seed, stream)
    if isinstance(source, np.random.BitGenerator):
        source = np.random.Generator(source)
    if isinstance(source, np.random.Generator):
        seed, stream = source.integers(0, 2**64, 2, np.uint64).tolist()
        return Key(seed, stream)
    if isinstance(source, np.random.RandomState):
        seed, stream = source.randint(0, 2**64, 2, np.uint64).tolist()
        return Key(seed, stream)
    # A source of a library that was not imported cannot be here, so nothing is imported for the question.
    if (torch := sys.modules.get("torch")) and isinstance(source, (torch.Generator, torch.Tensor)):
        from gumbelkit.torch import _key as torch_key

        return torch_key.key_of(source)
    if (jax := sys.modules.get("jax")) and isinstance(source, jax.Array):
        from gumbelkit.jax import _key as jax_key

        return jax_key.key_of(source)
    raise TypeError(
        "source: expected None, an integer, a Key, a Generator of NumPy or PyTorch, or a key of "
        f"JAX, found {type(source).__name__}"
    )
