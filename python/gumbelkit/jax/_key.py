"""Keys of JAX as keys of this package.

    words of the key data      the key
    2 (threefry2x32)           Key(w0 + 2**32 w1)
    4 (rbg, unsafe_rbg)        Key(w0 + 2**32 w1, w2 + 2**32 w3)

Inside a computation a key is four words: the two numbers of the key, low halves first.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from gumbelkit._native import Key

__all__ = ["KeyLike", "key_of", "source_of", "words_of"]

KeyLike = Key | Array | np.ndarray
"""A key of JAX, typed or as an array of uint32, or a `Key`."""


def is_typed(key: Any) -> bool:
    return isinstance(key, jax.Array) and jnp.issubdtype(key.dtype, jax.dtypes.prng_key)


def source_of(key: KeyLike) -> Any:
    """The key as an argument of a compiled function, after a check."""
    if isinstance(key, Key):
        seed, stream = key.parts
        words = [seed & 0xFFFFFFFF, seed >> 32, stream & 0xFFFFFFFF, stream >> 32]
        return np.array(words, np.uint32)
    if is_typed(key):
        if key.shape != ():
            raise ValueError(
                f"key: expected one key, found an array of keys {list(key.shape)}; jax.vmap gives "
                "one to each call"
            )
        return key
    if not isinstance(key, (jax.Array, np.ndarray)) or key.dtype != np.uint32:
        found = getattr(key, "dtype", type(key).__name__)
        raise TypeError(f"key: expected a key of JAX or a Key, found {found}")
    if key.shape not in ((2,), (4,)):
        raise ValueError(
            f"key: expected one key, uint32 [2] or [4], found {list(key.shape)}; "
            "jax.vmap gives one key to each call"
        )
    return key


def words_of(source: Any) -> Array:
    """The four words of a key that `source_of` has checked."""
    words = jax.random.key_data(source) if is_typed(source) else jnp.asarray(source)
    if words.shape == (2,):
        return jnp.concatenate([words, jnp.zeros(2, np.uint32)])
    if words.shape != (4,) or words.dtype != np.uint32:
        raise TypeError(
            f"key: expected a key of two or four words, found one of {list(words.shape)}; "
            "threefry2x32 and rbg are such keys"
        )
    return words


def key_of(source: Array) -> Key:
    """The `Key` of a key of JAX outside a computation: see `gumbelkit.Key.of`."""
    words = np.asarray(words_of(source_of(source))).tolist()
    return Key(words[0] | words[1] << 32, words[2] | words[3] << 32)
