"""The relaxations in plain eager mode: the shortest way to the kernel and back.

The backward pass is the native kernel. When a graph of the gradient is wanted (`create_graph=True`)
or the gradient is batched, it is made of differentiable operations instead.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gumbelkit.torch import _arrays
from gumbelkit.torch._arrays import Source
from gumbelkit.torch._kinds import Kind
from gumbelkit.torch._modes import is_batched_gradient, transformed

__all__ = ["Soft", "StraightThrough"]


def _needs_operations(dy: Tensor) -> bool:
    return torch.is_grad_enabled() or transformed() or is_batched_gradient(dy)


def _keep(
    ctx: Any, kind: Kind, tau: float | Tensor, source: Source, dim: int, *saved: Tensor
) -> None:
    # A tensor is saved as such: PyTorch then refuses the backward pass after a change in place.
    ctx.kind, ctx.dim = kind, dim
    ctx.of_tensor = isinstance(tau, Tensor), isinstance(source, Tensor)
    ctx.tau, ctx.source = (None if isinstance(x, Tensor) else x for x in (tau, source))
    ctx.save_for_backward(*saved, *(x for x in (tau, source) if isinstance(x, Tensor)))


def _kept(ctx: Any, count: int) -> tuple[Any, ...]:
    """The saved samples, the temperature and the source."""
    saved = list(ctx.saved_tensors)
    samples, rest = saved[:count], saved[count:]
    tau = rest.pop(0) if ctx.of_tensor[0] else ctx.tau
    return *samples, tau, rest.pop(0) if ctx.of_tensor[1] else ctx.source


class Soft(torch.autograd.Function):
    """The relaxed sample."""

    @staticmethod
    def forward(
        ctx: Any, kind: Kind, logits: Tensor, tau: float | Tensor, source: Source, dim: int
    ) -> Tensor:
        y = _arrays.soft(kind, logits, tau, source, dim)
        _keep(ctx, kind, tau, source, dim, y)
        return y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        y, tau, _ = _kept(ctx, 1)
        if _needs_operations(dy):
            dlogits = ctx.kind.vjp(y, dy, tau, ctx.dim)
        else:
            dlogits = _arrays.vjp(ctx.kind, y, dy, tau, ctx.dim)
        learned = ctx.needs_input_grad[2]
        dtau = ctx.kind.vjp_tau(y, dlogits, tau, ctx.dim) if learned else None
        return None, dlogits, dtau, None, None


class StraightThrough(torch.autograd.Function):
    """The hard sample, with the gradient of the relaxed one."""

    @staticmethod
    def forward(
        ctx: Any, kind: Kind, logits: Tensor, tau: float | Tensor, source: Source, dim: int
    ) -> Tensor:
        hard, y = _arrays.straight_through(kind, logits, tau, source, dim)
        _keep(ctx, kind, tau, source, dim, logits, y)
        return hard

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        kind = ctx.kind
        logits, y, tau, source = _kept(ctx, 2)
        if _needs_operations(dy):
            # The relaxed sample again, now as a function of the logits, for derivatives of the
            # derivative.
            y = Soft.apply(kind, logits, tau, source, ctx.dim)
            dlogits = kind.vjp(y, dy, tau, ctx.dim)
        else:
            dlogits = _arrays.vjp(kind, y, dy, tau, ctx.dim)
        dtau = kind.vjp_tau(y, dlogits, tau, ctx.dim) if ctx.needs_input_grad[2] else None
        return None, dlogits, dtau, None, None
