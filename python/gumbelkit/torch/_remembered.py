"""The last sample of a relaxed law: its key gives again the logarithms that the sample rounded."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from gumbelkit._native import Key
from gumbelkit.torch._key import drawn_key, known_key
from gumbelkit.torch._modes import readable, transformed

__all__ = ["Remembered"]


class Law(Protocol):
    """A law whose samples are functions of a key."""

    def _parameters(self) -> tuple[Tensor, ...]: ...

    def _draw(self, sizes: torch.Size, key: Key | Tensor | None) -> Tensor: ...


@dataclass(frozen=True)
class Last:
    """A sample that a law gave, by a reference that does not keep it."""

    value: weakref.ref[Tensor]
    sizes: torch.Size
    key: Key
    parameters: tuple[Tensor, ...]
    """Copies of what the law had then: it may be changed in place later."""
    derived: bool
    """Whether it has a derivative by the parameters, as one of `rsample`."""


class Remembered:
    """The last sample of a law: its key gives the logarithms that the sample rounded."""

    def __init__(self) -> None:
        self._last: Last | None = None

    def key_for(self, key: Key | Tensor | None) -> Key | Tensor | None:
        """The key of a sample; outside of transforms one that is known."""
        known = key is not None or torch.compiler.is_compiling() or transformed()
        return key if known else drawn_key()

    def remember(self, law: Law, value: Tensor, sizes: torch.Size, key: Any) -> Tensor:
        if key is not None and readable(value):
            parameters = tuple(x.detach().clone() for x in law._parameters())
            reference, derived = weakref.ref(value), value.requires_grad
            self._last = Last(reference, sizes, known_key(key), parameters, derived)
        return value

    def of(self, law: Law, value: Tensor) -> Last | None:
        """The last sample, if it is this value, and neither it nor the law was changed since."""
        last = self._last
        if torch.compiler.is_compiling() or last is None or last.value() is not value:
            return None
        with torch.no_grad():
            same = map(torch.equal, law._parameters(), last.parameters)
            # A law at another temperature may round to the same sample, so both are compared.
            return (
                last if all(same) and torch.equal(law._draw(last.sizes, last.key), value) else None
            )

    def __reduce__(self) -> tuple[Any, ...]:
        """A law in a file or in another process knows no sample."""
        return Remembered, ()
