"""The derivatives of the relaxed sample as differentiable operations on tensors.

    y = softmax(z / tau):   dl = y (dy - sum y dy) / tau,   dtau = -sum dl ln y
"""

from __future__ import annotations

import torch
from torch import Tensor


def vjp(y: Tensor, dy: Tensor, tau: float | Tensor, dim: int) -> Tensor:
    """The gradient of the logits."""
    product = y * dy
    return (product - y * product.sum(dim, keepdim=True)) / _like(tau, y)


def vjp_tau(y: Tensor, dlogits: Tensor, tau: Tensor, dim: int) -> Tensor:
    """The gradient of the temperature, in its shape. Classes of value 0 have no part in it."""
    terms = dlogits * torch.where(y > 0, y, 1).log()
    return (-terms.sum(dim, keepdim=True)).to(tau.dtype).sum_to_size(tau.shape)


def jvp(
    y: Tensor, dlogits: Tensor | None, dtau: Tensor | None, tau: float | Tensor, dim: int
) -> Tensor:
    """The tangent of the sample from the tangents of logits and temperature."""
    like = _like(tau, y)
    move = torch.zeros_like(y) if dlogits is None else dlogits / like
    if dtau is not None:
        # z / tau is ln y up to a number for each row, which the softmax does not see.
        move = move - _like(dtau, y) * torch.where(y > 0, y, 1).log() / like
    product = y * move
    return product - y * product.sum(dim, keepdim=True)


def _like(tau: float | Tensor, y: Tensor) -> float | Tensor:
    return tau.to(y.dtype) if isinstance(tau, Tensor) else tau
