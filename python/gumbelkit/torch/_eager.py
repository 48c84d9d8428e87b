"""Gumbel-Softmax in plain eager mode: the shortest way to the kernel and back.

The backward pass is the native kernel. When a graph of the gradient is wanted (`create_graph=True`) or the gradient is
batched, it is made of differentiable operations instead.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad

from gumbelkit.torch import _arrays, _maths
from gumbelkit.torch._arrays import Source


def transformed() -> bool:
    """Whether `torch.func` transforms, or forward-mode differentiates, what happens now."""
    return torch._C._are_functorch_transforms_active() or forward_ad._current_level >= 0


def _needs_operations(dy: Tensor) -> bool:
    return (
        torch.is_grad_enabled()
        or transformed()
        or torch._C._functorch.is_legacy_batchedtensor(dy)  # `is_grads_batched=True`
    )


class Soft(torch.autograd.Function):
    """The relaxed sample."""

    @staticmethod
    def forward(
        ctx: Any, logits: Tensor, tau: float | Tensor, source: Source, dim: int
    ) -> Tensor:
        y = _arrays.soft(logits, tau, source, dim)
        ctx.tau, ctx.dim = tau, dim
        learned = isinstance(tau, Tensor) and tau.requires_grad
        ctx.learned = learned
        if learned:
            ctx.save_for_backward(y, tau)
        else:
            ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        saved = ctx.saved_tensors
        y, tau = saved[0], saved[1] if ctx.learned else ctx.tau
        if _needs_operations(dy):
            dlogits = _maths.vjp(y, dy, tau, ctx.dim)
        else:
            dlogits = _arrays.vjp(y, dy, tau, ctx.dim)
        dtau = _maths.vjp_tau(y, dlogits, tau, ctx.dim) if ctx.learned else None
        return dlogits, dtau, None, None


class StraightThrough(torch.autograd.Function):
    """The one-hot sample, with the gradient of the relaxed one."""

    @staticmethod
    def forward(
        ctx: Any, logits: Tensor, tau: float | Tensor, source: Source, dim: int
    ) -> Tensor:
        hard, y = _arrays.straight_through(logits, tau, source, dim)
        ctx.tau, ctx.dim, ctx.source = tau, dim, source
        learned = isinstance(tau, Tensor) and tau.requires_grad
        ctx.learned = learned
        if learned:
            ctx.save_for_backward(logits, y, tau)
        else:
            ctx.save_for_backward(logits, y)
        return hard

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        saved = ctx.saved_tensors
        logits, y, tau = saved[0], saved[1], saved[2] if ctx.learned else ctx.tau
        if _needs_operations(dy):
            # The soft sample again, now as a function of the logits, for derivatives of the derivative.
            y = Soft.apply(logits, tau, ctx.source, ctx.dim)
            dlogits = _maths.vjp(y, dy, tau, ctx.dim)
        else:
            dlogits = _arrays.vjp(y, dy, tau, ctx.dim)
        dtau = _maths.vjp_tau(y, dlogits, tau, ctx.dim) if ctx.learned else None
        return dlogits, dtau, None, None


__all__ = ["Soft", "StraightThrough"]
