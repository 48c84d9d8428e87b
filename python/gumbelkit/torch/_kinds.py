"""The three relaxations: what each has in the core, and its derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gumbelkit import _native
from gumbelkit.torch import _maths

__all__ = ["BINARY", "KINDS", "LOG_SOFTMAX", "SOFTMAX", "Kind"]


@dataclass(frozen=True, eq=False)
class Kind:
    """A relaxation. The native functions take `(.., dim, tau, source, offset, out)`."""

    name: str
    law: str
    """The law of its noise."""
    along: bool
    """Whether the classes lie along an axis; else each element is a choice."""
    soft: Callable[..., None]
    hard: Callable[..., None] | None
    """The hard and the relaxed sample of the same noise."""
    alone: Callable[..., None] | None
    """The hard sample without a temperature and without its relaxed one, if the core has it."""
    native_vjp: Callable[..., None]
    vjp: Callable[[Tensor, Tensor, Any, int], Tensor]
    vjp_tau: Callable[[Tensor, Tensor, Tensor, int], Tensor]
    jvp: Callable[[Tensor, Tensor | None, Tensor | None, Any, int], Tensor]

    def rows(self, shape: torch.Size, dim: int) -> torch.Size:
        """The shape of temperatures, one for each choice: that of the logits with one class."""
        return shape[:dim] + (1,) + shape[dim + 1 :] if self.along else shape


def _binary(logits: Any, dim: int, tau: Any, source: Any, offset: int, out: Any) -> None:
    _native.binary_concrete(logits, tau, source, offset, out)


def _binary_hard(
    logits: Any, dim: int, tau: Any, source: Any, offset: int, hard: Any, soft: Any
) -> None:
    _native.straight_through_binary_concrete(logits, tau, source, offset, hard, soft)


def _binary_vjp(y: Any, dy: Any, dim: int, tau: Any, out: Any) -> None:
    _native.binary_concrete_vjp(y, dy, tau, out)


SOFTMAX = Kind(
    name="gumbel_softmax",
    law="gumbel",
    along=True,
    soft=_native.gumbel_softmax,
    hard=_native.straight_through_gumbel_softmax,
    alone=_native.hard_gumbel_softmax,
    native_vjp=_native.gumbel_softmax_vjp,
    vjp=_maths.softmax_vjp,
    vjp_tau=_maths.softmax_vjp_tau,
    jvp=_maths.softmax_jvp,
)

LOG_SOFTMAX = Kind(
    name="gumbel_log_softmax",
    law="gumbel",
    along=True,
    soft=_native.gumbel_log_softmax,
    hard=None,
    alone=None,
    native_vjp=_native.gumbel_log_softmax_vjp,
    vjp=_maths.log_softmax_vjp,
    vjp_tau=_maths.log_softmax_vjp_tau,
    jvp=_maths.log_softmax_jvp,
)

BINARY = Kind(
    name="binary_concrete",
    law="logistic",
    along=False,
    soft=_binary,
    hard=_binary_hard,
    alone=None,
    native_vjp=_binary_vjp,
    vjp=_maths.sigmoid_vjp,
    vjp_tau=_maths.sigmoid_vjp_tau,
    jvp=_maths.sigmoid_jvp,
)

KINDS = {kind.name: kind for kind in (SOFTMAX, LOG_SOFTMAX, BINARY)}
