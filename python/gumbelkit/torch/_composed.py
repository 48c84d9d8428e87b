"""The relaxations by operations on tensors, for devices that have no kernel of ours.

The noise is that of the key, made on the CPU and copied. z = (l - max l) + g is computed in the
order of the kernels, so the choice is theirs to the bit; the relaxed sample is theirs within
rounding. The same operations on the CPU are tested against the kernels; they were not run on a
card.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gumbelkit._native import Error
from gumbelkit.torch import _arrays
from gumbelkit.torch._arrays import Source
from gumbelkit.torch._key import known_key
from gumbelkit.torch._kinds import LOG_SOFTMAX, Kind

__all__ = ["composed"]


def composed(
    kind: Kind, logits: Tensor, tau: float | Tensor, source: Source, dim: int, hard: bool
) -> Tensor:
    """The relaxed sample, or the hard one with its gradient."""
    wide = _arrays.noise_type(logits.dtype)
    noise = _noise(kind, source, logits.shape, wide).to(logits.device)
    _check(kind, logits, tau, dim)
    z = logits.to(wide)
    if kind.along and logits.numel():
        z = z - z.detach().amax(dim, keepdim=True)
    z = z + noise
    scale = tau.to(logits.device, wide) if isinstance(tau, Tensor) else tau
    # An infinite z stays what it is at every temperature; inf / tau would give the temperature the
    # gradient NaN.
    certain = torch.isinf(z.detach())
    u = torch.where(certain, z.detach(), torch.where(certain, 0, z) / scale)
    if not kind.along:
        soft = torch.sigmoid(u)
    elif kind is LOG_SOFTMAX:
        soft = torch.log_softmax(u, dim)
        # -inf is a constant, with the gradient 0.
        soft = torch.where(soft.detach() == -math.inf, soft.detach(), soft)
    else:
        soft = torch.softmax(u, dim)
    if not hard:
        return soft.to(logits.dtype)
    if kind.along:
        winners = z.detach().argmax(dim, keepdim=True)
        chosen = torch.zeros_like(soft).scatter_(dim, winners, 1.0)
    else:
        chosen = (z.detach() > 0).to(wide)
    # 1 + (y - y) may round to another number than 1; the gradient is added to the hard sample
    # instead.
    return (chosen + (soft - soft.detach())).to(logits.dtype)


def _noise(kind: Kind, source: Source, shape: torch.Size, dtype: torch.dtype) -> Tensor:
    if isinstance(source, Tensor) and source.dtype.is_floating_point:
        return source
    return _arrays.filled(kind.law, known_key(source), shape, dtype)


def _check(kind: Kind, logits: Tensor, tau: float | Tensor, dim: int) -> None:
    taus = tau.detach() if isinstance(tau, Tensor) else torch.tensor(float(tau))
    wrong = taus[~((taus > 0) & (taus < math.inf))]
    if wrong.numel():
        raise Error(f"tau: expected a finite temperature above 0, found {float(wrong[0])}")
    if not kind.along:
        if bool(torch.isnan(logits).any()):
            raise Error("logits: expected log-odds, found NaN")
    elif logits.shape[dim] == 0:
        raise Error("logits: expected at least one class, found 0")
    elif logits.numel() and not bool(torch.isfinite(logits.detach().amax(dim)).all()):
        raise Error("logits: expected numbers or -inf, and no row of -inf only")
