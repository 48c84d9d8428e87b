"""Gumbel-Softmax of few elements: the graph of PyTorch's own softmax, with the values of the kernel.

A backward pass in Python takes longer than the arithmetic of a small sample. The relaxed sample has the derivatives of
softmax(l / tau), which PyTorch computes from the result alone: so the graph is made by PyTorch, and the result is then
overwritten by that of the kernel. Derivatives of all orders follow, because they are functions of the result too.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from gumbelkit import _native
from gumbelkit._native import Key
from gumbelkit.torch._modes import plain

__all__ = ["fits", "small"]

_MOST = 2048
"""Elements from which on the second softmax takes longer than the backward pass in Python."""


_LARGE = 2**63
"""Integers beyond which a temperature may be no finite number."""


def fits(logits: Tensor, tau: float | Tensor, dim: int) -> bool:
    """Whether this way may be taken: in plain eager mode with a gradient, few elements, and no hook that copies a
    result before it is overwritten."""
    return (
        not torch.compiler.is_compiling()
        and (type(tau) is float or (type(tau) is int and -_LARGE < tau < _LARGE))
        # A subclass may be one that changes what operations give.
        and (type(logits) is Tensor or type(logits) is torch.nn.Parameter)
        and logits.requires_grad
        and logits.numel() <= _MOST
        and (logits.dtype is torch.float32 or logits.dtype is torch.float64)
        and type(dim) is int
        and -logits.ndim <= dim < logits.ndim
        and logits.is_cpu
        and torch.is_grad_enabled()
        and plain()
    )


@lru_cache(maxsize=256)
def _divisor(tau: float) -> Tensor:
    """The temperature as a tensor: a number would be made one at each division, which takes longer than it."""
    with torch.inference_mode(False):
        return torch.tensor(tau, dtype=torch.float64, device="cpu")


def small(logits: Tensor, tau: Any, key: Key, dim: int, hard: bool) -> Tensor:
    """The relaxed sample, or the one-hot one with its gradient."""
    logits = logits.contiguous()
    soft = (logits if tau == 1 else logits / _divisor(tau)).softmax(dim)
    values, given = soft.data.numpy(), logits.data.numpy()
    if not hard:
        _native.gumbel_softmax(given, dim, tau, key, 0, values)
        return soft
    # The gradient of a copy is the gradient itself.
    one_hot = soft.clone()
    _native.straight_through_gumbel_softmax(given, dim, tau, key, 0, one_hot.data.numpy(), values)
    return one_hot
