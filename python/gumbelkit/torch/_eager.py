"""The relaxations in plain eager mode: the shortest way to the kernel and back.

The backward pass is the native kernel. When a graph of the gradient is wanted (`create_graph=True`)
or the gradient is batched, it is made of differentiable operations instead.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad

from gumbelkit.torch import _arrays
from gumbelkit.torch._arrays import Source
from gumbelkit.torch._kinds import Kind

__all__ = ["Soft", "StraightThrough", "transformed"]


def transformed() -> bool:
    """Whether `torch.func` transforms, or forward-mode differentiates, what happens now."""
    return torch._C._are_functorch_transforms_active() or forward_ad._current_level >= 0


def _needs_operations(dy: Tensor) -> bool:
    return (
        torch.is_grad_enabled()
        or transformed()
        or torch._C._functorch.is_legacy_batchedtensor(dy)  # `is_grads_batched=True`
    )


def _keep(
    ctx: Any, kind: Kind, tau: float | Tensor, source: Source, dim: int, *saved: Tensor
) -> None:
    ctx.kind, ctx.tau, ctx.source, ctx.dim = kind, tau, source, dim
    ctx.learned = isinstance(tau, Tensor) and tau.requires_grad
    if ctx.learned:
        ctx.save_for_backward(*saved, tau)
    else:
        ctx.save_for_backward(*saved)


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
        saved = ctx.saved_tensors
        y, tau = saved[0], saved[1] if ctx.learned else ctx.tau
        if _needs_operations(dy):
            dlogits = ctx.kind.vjp(y, dy, tau, ctx.dim)
        else:
            dlogits = _arrays.vjp(ctx.kind, y, dy, tau, ctx.dim)
        dtau = ctx.kind.vjp_tau(y, dlogits, tau, ctx.dim) if ctx.learned else None
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
        kind, saved = ctx.kind, ctx.saved_tensors
        logits, y, tau = saved[0], saved[1], saved[2] if ctx.learned else ctx.tau
        if _needs_operations(dy):
            # The relaxed sample again, now as a function of the logits, for derivatives of the
            # derivative.
            y = Soft.apply(kind, logits, tau, ctx.source, ctx.dim)
            dlogits = kind.vjp(y, dy, tau, ctx.dim)
        else:
            dlogits = _arrays.vjp(kind, y, dy, tau, ctx.dim)
        dtau = kind.vjp_tau(y, dlogits, tau, ctx.dim) if ctx.learned else None
        return None, dlogits, dtau, None, None
