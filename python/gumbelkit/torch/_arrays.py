"""Tensors of the CPU as the arrays of the native functions, without copies."""

from __future__ import annotations

import operator
from numbers import Real
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gumbelkit import _native
from gumbelkit._arrays import check_temperature
from gumbelkit._native import Error, Key
from gumbelkit.torch._key import known_key
from gumbelkit.torch._kinds import Kind

FLOATS = (torch.float32, torch.float64, torch.bfloat16, torch.float16)

Source = Key | Tensor
"""Where noise comes from: a key, a key as an int64 tensor, or a tensor of noise."""


def array(tensor: Tensor) -> NDArray[Any]:
    """The elements of a contiguous tensor. bfloat16 is seen as its bits."""
    tensor = tensor.detach()
    return tensor.view(torch.uint16).numpy() if tensor.dtype == torch.bfloat16 else tensor.numpy()


def tensor_of(values: NDArray[Any], dtype: torch.dtype) -> Tensor:
    """The tensor of an array that `array` would give."""
    tensor = torch.from_numpy(values)
    return tensor.view(torch.bfloat16) if dtype == torch.bfloat16 else tensor


def check_floats(argument: str, tensor: Tensor) -> None:
    """Refuses what is no tensor of floating-point numbers."""
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{argument}: expected a tensor, found {type(tensor).__name__}")
    if tensor.dtype not in FLOATS:
        raise TypeError(f"{argument}: expected floating-point numbers, found {tensor.dtype}")


def axis_of(rank: int, dim: int) -> int:
    """The number of an axis from the front."""
    if type(dim) is not int:
        try:
            dim = operator.index(dim)
        except TypeError:
            raise TypeError(f"dim: expected an integer, found {type(dim).__name__}") from None
    if not -rank <= dim < rank:
        raise IndexError(f"dim: expected an axis of a tensor of rank {rank}, found {dim}")
    return dim % rank


def with_axis(tensor: Tensor, dim: int) -> tuple[Tensor, int]:
    """The tensor and the number of its axis from the front; a tensor without axes is one class."""
    tensor = tensor if tensor.ndim else tensor[None]
    return tensor, axis_of(tensor.ndim, dim)


def number(argument: str, value: Any) -> Any:
    """A number as a float; one that `torch.compile` traces as it is."""
    if isinstance(value, (torch.SymFloat, torch.SymInt)):
        return value
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{argument}: expected a number or a tensor, found {type(value).__name__}")
    try:
        return float(value)
    except OverflowError:
        raise Error(f"{argument}: expected a finite number, found a larger integer") from None


def noise_type(dtype: torch.dtype) -> torch.dtype:
    """The type of the noise of logits: half precision is computed in float32."""
    return torch.float64 if dtype == torch.float64 else torch.float32


def native_source(source: Source) -> Any:
    """The source as the native functions take it."""
    if isinstance(source, Tensor) and source.dtype.is_floating_point:
        return array(source.contiguous())
    return known_key(source)


def native_tau(tau: float | Tensor, rows: torch.Size) -> float | NDArray[np.float64]:
    """The temperature as the native functions take it: a number, or one for each row."""
    if not isinstance(tau, Tensor):
        return tau
    if tau.ndim == 0 or tau.numel() == 1:
        return float(tau)
    spread = tau.detach().to(torch.float64).expand(rows).contiguous()
    return spread.numpy().reshape(-1)


def _tau_of(
    kind: Kind, tau: float | Tensor, shape: torch.Size, dim: int
) -> float | NDArray[np.float64]:
    return native_tau(tau, kind.rows(shape, dim)) if isinstance(tau, Tensor) else tau


def tau_tensor(tau: float) -> Tensor:
    """The temperature as a tensor. Of a product Dynamo keeps the number as an input: it would compile `torch.full`
    anew for each temperature."""
    return torch.ones((), dtype=torch.float64, device="cpu") * tau


def soft(kind: Kind, logits: Tensor, tau: float | Tensor, source: Source, dim: int) -> Tensor:
    """The relaxed sample."""
    values = array(logits.contiguous())
    found = _tau_of(kind, tau, logits.shape, dim)
    out = np.empty_like(values)
    kind.soft(values, dim, found, native_source(source), 0, out)
    return tensor_of(out, logits.dtype)


def straight_through(
    kind: Kind, logits: Tensor, tau: float | Tensor, source: Source, dim: int
) -> tuple[Tensor, Tensor]:
    """The hard sample and the relaxed sample of the same noise."""
    assert kind.hard is not None
    values = array(logits.contiguous())
    found = _tau_of(kind, tau, logits.shape, dim)
    hard, relaxed = np.empty_like(values), np.empty_like(values)
    kind.hard(values, dim, found, native_source(source), 0, hard, relaxed)
    return tensor_of(hard, logits.dtype), tensor_of(relaxed, logits.dtype)


def hard(kind: Kind, logits: Tensor, tau: float | Tensor, source: Source, dim: int) -> Tensor:
    """The hard sample alone."""
    if kind.alone is None:
        return straight_through(kind, logits, tau, source, dim)[0]
    check_temperature("tau", _tau_of(kind, tau, logits.shape, dim))
    values = array(logits.contiguous())
    out = np.empty_like(values)
    kind.alone(values, dim, native_source(source), 0, out)
    return tensor_of(out, logits.dtype)


def vjp(kind: Kind, y: Tensor, dy: Tensor, tau: float | Tensor, dim: int) -> Tensor:
    """The gradient of the logits from the relaxed sample and its gradient."""
    values = array(y.contiguous())
    found = _tau_of(kind, tau, y.shape, dim)
    out = np.empty_like(values)
    kind.native_vjp(values, array(dy.to(y.dtype).contiguous()), dim, found, out)
    return tensor_of(out, y.dtype)


def filled(law: str, key: Key, shape: torch.Size, dtype: torch.dtype) -> Tensor:
    """Noise of a key."""
    out = torch.empty(shape, dtype=dtype, device="cpu")
    _native.fill_noise(law, key, 0, array(out))
    return out
