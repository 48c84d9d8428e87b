"""The derivatives of the relaxed samples as differentiable operations on tensors.

Each relaxed sample is a function of u = z / tau, and its derivatives are functions of the sample
alone:

    Gumbel-Softmax     y = softmax(u)       dl = y (dy - sum y dy) / tau     dtau = -sum dl ln y
    its logarithm      x = ln softmax(u)    dl = (dx - e^x sum dx) / tau     dtau = -sum dl x
    binary Concrete    y = sigmoid(u)       dl = y (1 - y) dy / tau          dtau = -sum dl logit y

Here ln y and x are u up to a number for each row, which the softmax does not see. A value that
rounded to 0 or 1, or to -inf, has no part in the derivative of the temperature.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

Tau = float | Tensor


def _like(tau: Tau, y: Tensor) -> Tau:
    return tau.to(y.dtype) if isinstance(tau, Tensor) else tau


def _given_to(tau: Tensor, dtau: Tensor) -> Tensor:
    return (-dtau).to(tau.dtype).sum_to_size(tau.shape)


def softmax_vjp(y: Tensor, dy: Tensor, tau: Tau, dim: int) -> Tensor:
    """The gradient of the logits of Gumbel-Softmax."""
    product = y * dy
    return (product - y * product.sum(dim, keepdim=True)) / _like(tau, y)


def _ln(y: Tensor) -> Tensor:
    return torch.where(y > 0, y, 1).log()


def softmax_vjp_tau(y: Tensor, dlogits: Tensor, tau: Tensor, dim: int) -> Tensor:
    """The gradient of its temperature, in the shape of the temperature."""
    return _given_to(tau, (dlogits * _ln(y)).sum(dim, keepdim=True))


def softmax_jvp(
    y: Tensor, dlogits: Tensor | None, dtau: Tensor | None, tau: Tau, dim: int
) -> Tensor:
    """The tangent of the sample from the tangents of logits and temperature."""
    product = y * _move(y, dlogits, dtau, tau, _ln)
    return product - y * product.sum(dim, keepdim=True)


def _move(
    y: Tensor,
    dlogits: Tensor | None,
    dtau: Tensor | None,
    tau: Tau,
    u_of: Callable[[Tensor], Tensor],
) -> Tensor:
    """The tangent of u."""
    like = _like(tau, y)
    move = torch.zeros_like(y) if dlogits is None else dlogits / like
    if dtau is not None:
        move = move - _like(dtau, y) * u_of(y) / like
    return move


def _finite(x: Tensor) -> Tensor:
    return torch.where(x > -math.inf, x, 0)


def log_softmax_vjp(x: Tensor, dx: Tensor, tau: Tau, dim: int) -> Tensor:
    """The gradient of the logits of the logarithm: 0 for a class of -inf, which is a constant."""
    dx = torch.where(x > -math.inf, dx, 0)
    return (dx - x.exp() * dx.sum(dim, keepdim=True)) / _like(tau, x)


def log_softmax_vjp_tau(x: Tensor, dlogits: Tensor, tau: Tensor, dim: int) -> Tensor:
    """The gradient of its temperature, in the shape of the temperature."""
    return _given_to(tau, (dlogits * _finite(x)).sum(dim, keepdim=True))


def log_softmax_jvp(
    x: Tensor, dlogits: Tensor | None, dtau: Tensor | None, tau: Tau, dim: int
) -> Tensor:
    """The tangent of the logarithm from the tangents of logits and temperature."""
    move = torch.where(x > -math.inf, _move(x, dlogits, dtau, tau, _finite), 0)
    return torch.where(x > -math.inf, move - (x.exp() * move).sum(dim, keepdim=True), 0)


def sigmoid_vjp(y: Tensor, dy: Tensor, tau: Tau, dim: int) -> Tensor:
    """The gradient of the logits of binary Concrete."""
    return dy * (y * (1 - y)) / _like(tau, y)


def _logit(y: Tensor) -> Tensor:
    inside = torch.where((y > 0) & (y < 1), y, 0.5)
    return inside.log() - torch.log1p(-inside)


def sigmoid_vjp_tau(y: Tensor, dlogits: Tensor, tau: Tensor, dim: int) -> Tensor:
    """The gradient of its temperature, in the shape of the temperature."""
    return _given_to(tau, dlogits * _logit(y))


def sigmoid_jvp(
    y: Tensor, dlogits: Tensor | None, dtau: Tensor | None, tau: Tau, dim: int
) -> Tensor:
    """The tangent of the sample from the tangents of logits and temperature."""
    return y * (1 - y) * _move(y, dlogits, dtau, tau, _logit)
