"""Gumbel-Softmax by operations on tensors, for devices that have no kernel of ours.

The noise is that of the key, made on the CPU and copied. z = (l - max l) + g is computed in the order of the kernels,
so the choice is theirs to the bit; the soft sample is theirs within rounding.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gumbelkit.torch import _arrays
from gumbelkit.torch._arrays import Source
from gumbelkit.torch._key import key_of

__all__ = ["composed"]


def composed(
    logits: Tensor, tau: float | Tensor, source: Source, dim: int, hard: bool
) -> Tensor:
    """The relaxed sample, or the one-hot one with its gradient."""
    wide = torch.float64 if logits.dtype == torch.float64 else torch.float32
    noise = _noise(source, logits.shape, wide).to(logits.device)
    _check(logits, tau, dim)
    z = logits.to(wide)
    z = (z - z.detach().amax(dim, keepdim=True)) + noise
    soft = torch.softmax(z / (tau.to(wide) if isinstance(tau, Tensor) else tau), dim)
    if not hard:
        return soft.to(logits.dtype)
    winners = z.detach().argmax(dim, keepdim=True)
    one_hot = torch.zeros_like(soft).scatter_(dim, winners, 1.0)
    # 1 + (y - y) may round to another number than 1; the gradient is added to zeros instead.
    return (one_hot + (soft - soft.detach())).to(logits.dtype)


def _noise(source: Source, shape: torch.Size, dtype: torch.dtype) -> Tensor:
    if isinstance(source, Tensor) and source.dtype != torch.int64:
        return source
    key = key_of(source) if isinstance(source, Tensor) else source
    return _arrays.filled("gumbel", key, shape, dtype)


def _check(logits: Tensor, tau: float | Tensor, dim: int) -> None:
    from gumbelkit._native import Error

    least = float(tau.min()) if isinstance(tau, Tensor) else float(tau)
    most = float(tau.max()) if isinstance(tau, Tensor) else float(tau)
    if not (least > 0 and most < float("inf")):
        raise Error(f"tau: expected a finite temperature above 0, found {least if least <= 0 else most}")
    top = logits.detach().amax(dim)
    if top.numel() and not bool(torch.isfinite(top).all()):
        raise Error("logits: expected numbers or -inf, and no row of -inf only")
