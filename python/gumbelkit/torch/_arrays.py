"""Tensors of the CPU as the arrays of the native functions, without copies."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gumbelkit import _native
from gumbelkit._native import Key

FLOATS = (torch.float32, torch.float64, torch.bfloat16, torch.float16)

Source = Key | Tensor
"""Where noise comes from: a key, a key as an int64 tensor, or a tensor of noise."""


def array(tensor: Tensor) -> NDArray[Any]:
    """The elements of a contiguous tensor. bfloat16 is seen as its bits."""
    tensor = tensor.detach()
    return tensor.view(torch.uint16).numpy() if tensor.dtype == torch.bfloat16 else tensor.numpy()


def check_logits(logits: Tensor) -> None:
    """Refuses what is no tensor of floating-point numbers."""
    if not isinstance(logits, Tensor):
        raise TypeError(f"logits: expected a tensor, found {type(logits).__name__}")
    if logits.dtype not in FLOATS:
        raise TypeError(f"logits: expected floating-point numbers, found {logits.dtype}")


def native_source(source: Source) -> Any:
    """The source as the native functions take it."""
    if isinstance(source, Key):
        return source
    if source.dtype == torch.int64:
        return Key(*source.tolist())
    return array(source.contiguous())


def rows_of(shape: torch.Size, dim: int) -> torch.Size:
    """The shape with one class."""
    return shape[:dim] + (1,) + shape[dim + 1 :]


def native_tau(tau: float | Tensor, rows: torch.Size) -> float | NDArray[np.float64]:
    """The temperature as the native functions take it: a number, or one for each row."""
    if not isinstance(tau, Tensor):
        return tau
    if tau.ndim == 0 or tau.numel() == 1:
        return float(tau)
    spread = tau.detach().to(torch.float64).expand(rows).contiguous()
    return spread.numpy().reshape(-1)


def soft(logits: Tensor, tau: float | Tensor, source: Source, dim: int) -> Tensor:
    """softmax((logits + Gumbel noise) / tau) along `dim`."""
    logits = logits.contiguous()
    out = torch.empty_like(logits, requires_grad=False)
    rows = rows_of(logits.shape, dim) if isinstance(tau, Tensor) else logits.shape
    _native.gumbel_softmax(
        array(logits), dim, native_tau(tau, rows), native_source(source), 0, array(out)
    )
    return out


def straight_through(
    logits: Tensor, tau: float | Tensor, source: Source, dim: int
) -> tuple[Tensor, Tensor]:
    """The one-hot sample and the soft sample of the same noise."""
    logits = logits.contiguous()
    hard = torch.empty_like(logits, requires_grad=False)
    relaxed = torch.empty_like(hard)
    rows = rows_of(logits.shape, dim) if isinstance(tau, Tensor) else logits.shape
    _native.straight_through_gumbel_softmax(
        array(logits),
        dim,
        native_tau(tau, rows),
        native_source(source),
        0,
        array(hard),
        array(relaxed),
    )
    return hard, relaxed


def hard(logits: Tensor, tau: float | Tensor, source: Source, dim: int) -> Tensor:
    """The one-hot sample alone."""
    return straight_through(logits, tau, source, dim)[0]


def vjp(y: Tensor, dy: Tensor, tau: float | Tensor, dim: int) -> Tensor:
    """The gradient of the logits from the soft sample and its gradient."""
    dy = dy.to(y.dtype).contiguous()
    out = torch.empty_like(y, requires_grad=False)
    rows = rows_of(y.shape, dim) if isinstance(tau, Tensor) else y.shape
    _native.gumbel_softmax_vjp(array(y), array(dy), dim, native_tau(tau, rows), array(out))
    return out


def filled(law: str, key: Key, shape: torch.Size, dtype: torch.dtype) -> Tensor:
    """Noise of a key."""
    out = torch.empty(shape, dtype=dtype)
    _native.fill_noise(law, key, 0, array(out))
    return out
