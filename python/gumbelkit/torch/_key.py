"""Keys from the random generators of PyTorch, and keys as tensors."""

from __future__ import annotations

import torch
from torch import Tensor

from gumbelkit._native import Key
from gumbelkit.torch._modes import has_function_mode

__all__ = ["check_key", "drawn_key", "drawn_or_known", "key_of", "key_tensor", "known_key"]

# `randint` is traced by `torch.compile` and batched by `vmap`; `Tensor.random_` is neither.
_LOW, _HIGH = -(2**63), 2**63 - 1
_WORDS = (2,)
_CPU = torch.device("cpu")


def drawn_key(generator: torch.Generator | None = None) -> Key:
    """A key of 128 bits from a generator, or from the default generator of `torch.manual_seed`."""
    if generator is None:
        # Another default device is a mode. To name the device takes longer than to look for a mode.
        if has_function_mode():
            return Key(*torch.randint(_LOW, _HIGH, _WORDS, device=_CPU).tolist())
        return Key(*torch.randint(_LOW, _HIGH, _WORDS).tolist())
    if not isinstance(generator, torch.Generator):
        found = type(generator).__name__
        raise TypeError(f"generator: expected a torch.Generator, found {found}")
    words = torch.randint(
        _LOW, _HIGH, _WORDS, generator=generator, device=generator.device, dtype=torch.int64
    )
    return Key(*words.tolist())


def drawn_key_tensor() -> Tensor:
    """As `drawn_key` of the default generator, as a tensor."""
    return torch.randint(_LOW, _HIGH, _WORDS, device=_CPU, dtype=torch.int64)


def key_tensor(key: Key) -> Tensor:
    """A key as an int64 tensor `[2]`: the form that `torch.compile` and `vmap` take.

    Under `vmap` a tensor `[rows, 2]` is a key for each row.

    Example:
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch import key_tensor
        >>> key_tensor(Key(7))
        tensor([7, 0])
    """
    words = [part - 2**64 if part >= 2**63 else part for part in key.parts]
    return torch.tensor(words, device=_CPU)


def drawn_or_known(generator: torch.Generator | None, key: Key | Tensor | None) -> Key:
    """The key that a caller gave, or one from a generator; both are refused."""
    if key is None:
        return drawn_key(generator)
    if generator is not None:
        raise TypeError("key: expected a key or a generator, found both")
    return known_key(key)


def check_key(key: Tensor) -> None:
    """Refuses a tensor that is no key."""
    if key.dtype != torch.int64 or key.shape != _WORDS:
        raise TypeError(
            f"key: expected an int64 tensor [2], found {key.dtype} {list(key.shape)}; "
            "key_tensor(Key(7)) makes one"
        )


def known_key(key: Key | Tensor) -> Key:
    """The key that a caller gave, as a key or as a tensor."""
    if isinstance(key, Tensor):
        return key_of(key)
    if not isinstance(key, Key):
        raise TypeError(
            f"key: expected a Key or an int64 tensor [2], found {type(key).__name__}; "
            "Key(7) makes one"
        )
    return key


def key_of(source: torch.Generator | Tensor) -> Key:
    """A key from a generator, which is advanced, or from a key as a tensor."""
    if isinstance(source, torch.Generator):
        return drawn_key(source)
    check_key(source)
    return Key(*source.tolist())
