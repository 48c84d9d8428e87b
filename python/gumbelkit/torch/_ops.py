"""Gumbel-Softmax as operators of PyTorch: for `torch.compile`, `torch.func` and `vmap`.

An operator takes tensors only: a temperature as a number would be a new graph for each temperature, and a key as an
object a new graph for each key. The source is a key, int64 `[2]`, or noise of the shape of the logits.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gumbelkit._native import Key
from gumbelkit.torch import _arrays, _maths

__all__ = ["Soft", "StraightThrough", "compiled_soft", "compiled_straight_through", "noise_of"]


@torch.library.custom_op("gumbelkit::soft", mutates_args=())
def compiled_soft(logits: Tensor, tau: Tensor, source: Tensor, dim: int) -> Tensor:
    """The relaxed sample."""
    return _arrays.soft(logits, tau, source, dim)


@torch.library.custom_op("gumbelkit::straight_through", mutates_args=())
def compiled_straight_through(
    logits: Tensor, tau: Tensor, source: Tensor, dim: int
) -> tuple[Tensor, Tensor]:
    """The one-hot sample and the relaxed sample."""
    return _arrays.straight_through(logits, tau, source, dim)


@torch.library.custom_op("gumbelkit::vjp", mutates_args=())
def compiled_vjp(y: Tensor, dy: Tensor, tau: Tensor, dim: int) -> Tensor:
    """The gradient of the logits."""
    return _arrays.vjp(y, dy, tau, dim)


@torch.library.custom_op("gumbelkit::noise", mutates_args=())
def noise_of(key: Tensor, shape: list[int], dtype: torch.dtype) -> Tensor:
    """Gumbel noise of a key `[2]`, or of each key of `[n, 2]` in a tensor `[n, *shape]`."""
    if key.ndim == 1:
        return _arrays.filled("gumbel", Key(*key.tolist()), torch.Size(shape), dtype)
    rows = [_arrays.filled("gumbel", Key(*k), torch.Size(shape), dtype) for k in key.tolist()]
    return torch.stack(rows) if rows else torch.empty(0, *shape, dtype=dtype)


@compiled_soft.register_fake
def _(logits: Tensor, tau: Tensor, source: Tensor, dim: int) -> Tensor:
    return torch.empty_like(logits, memory_format=torch.contiguous_format)


@compiled_straight_through.register_fake
def _(logits: Tensor, tau: Tensor, source: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    hard = torch.empty_like(logits, memory_format=torch.contiguous_format)
    return hard, torch.empty_like(hard)


@compiled_vjp.register_fake
def _(y: Tensor, dy: Tensor, tau: Tensor, dim: int) -> Tensor:
    return torch.empty_like(y)


@noise_of.register_fake
def _(key: Tensor, shape: list[int], dtype: torch.dtype) -> Tensor:
    return key.new_empty([*key.shape[:-1], *shape], dtype=dtype)


def _setup(ctx: Any, inputs: Any, output: Any) -> None:
    _, tau, _, dim = inputs
    y = output[1] if isinstance(output, tuple) else output
    ctx.save_for_backward(y, tau)
    ctx.dim = dim
    ctx.set_materialize_grads(False)


def _backward(ctx: Any, *dys: Tensor | None) -> tuple[Tensor | None, ...]:
    y, tau = ctx.saved_tensors
    dlogits = None
    dtau = None
    # The second result of the straight-through operator is the soft sample itself.
    given = [dy for dy in dys if dy is not None]
    if given:
        dy = given[0] if len(given) == 1 else given[0] + given[1]
        dlogits = torch.ops.gumbelkit.vjp(y, dy, tau, ctx.dim)
        if ctx.needs_input_grad[1]:
            dtau = _maths.vjp_tau(y, dlogits, tau, ctx.dim)
    return dlogits, dtau, None, None


compiled_soft.register_autograd(_backward, setup_context=_setup)
compiled_straight_through.register_autograd(_backward, setup_context=_setup)


def _vjp_setup(ctx: Any, inputs: Any, output: Tensor) -> None:
    y, dy, tau, dim = inputs
    ctx.save_for_backward(y, dy, tau)
    ctx.dim = dim


def _vjp_backward(ctx: Any, d: Tensor) -> tuple[Tensor | None, ...]:
    # The operator as differentiable operations, differentiated once more.
    y, dy, tau = ctx.saved_tensors
    with torch.enable_grad():
        inputs = [x.detach().requires_grad_() for x in (y, dy, tau)]
        result = _maths.vjp(inputs[0], inputs[1], inputs[2], ctx.dim)
    found = torch.autograd.grad(result, inputs, d)
    return (*found, None)


compiled_vjp.register_autograd(_vjp_backward, setup_context=_vjp_setup)


def _batched(
    batch: int, dims: tuple[Any, ...], logits: Tensor, tau: Tensor, source: Tensor, dim: int
) -> tuple[Tensor, Tensor, Tensor, int]:
    """The arguments of a batch of calls as those of one call: batch first, with the noise of each call."""
    in_logits, in_tau, in_source, _ = dims
    inner = logits.ndim if in_logits is None else logits.ndim - 1
    logits = logits.expand(batch, *logits.shape) if in_logits is None else logits.movedim(in_logits, 0)
    if in_source is not None:
        source = source.movedim(in_source, 0)
    if source.dtype == torch.int64:
        wide = torch.float64 if logits.dtype == torch.float64 else torch.float32
        source = torch.ops.gumbelkit.noise(source, list(logits.shape[1:]), wide)
    if source.ndim == inner:
        source = source.expand(batch, *source.shape)
    if in_tau is not None:
        tau = tau.movedim(in_tau, 0)
        tau = tau.reshape(batch, *[1] * (inner - tau.ndim + 1), *tau.shape[1:])
    return logits, tau, source, dim % inner + 1


class Soft(torch.autograd.Function):
    """The relaxed sample under `torch.func`: derivatives of all orders, forward and backward, and `vmap`."""

    @staticmethod
    def forward(logits: Tensor, tau: Tensor, source: Tensor, dim: int) -> Tensor:
        return torch.ops.gumbelkit.soft(logits, tau, source, dim)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Tensor) -> None:
        _, tau, _, dim = inputs
        ctx.save_for_backward(output, tau)
        ctx.save_for_forward(output, tau)
        ctx.dim = dim

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        y, tau = ctx.saved_tensors
        dlogits = _maths.vjp(y, dy, tau, ctx.dim)
        dtau = _maths.vjp_tau(y, dlogits, tau, ctx.dim) if ctx.needs_input_grad[1] else None
        return dlogits, dtau, None, None

    @staticmethod
    def jvp(ctx: Any, dlogits: Tensor | None, dtau: Tensor | None, *_: Any) -> Tensor:
        y, tau = ctx.saved_tensors
        return _maths.jvp(y, dlogits, dtau, tau, ctx.dim)

    @staticmethod
    def vmap(info: Any, dims: tuple[Any, ...], *arguments: Any) -> tuple[Tensor, int]:
        return Soft.apply(*_batched(info.batch_size, dims, *arguments)), 0


class StraightThrough(torch.autograd.Function):
    """The one-hot sample under `torch.func`: it is the soft one moved to the corner, by a constant."""

    @staticmethod
    def forward(logits: Tensor, tau: Tensor, source: Tensor, dim: int) -> Tensor:
        return torch.ops.gumbelkit.straight_through(logits, tau, source, dim)[0]

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Tensor) -> None:
        logits, tau, source, dim = inputs
        ctx.save_for_backward(logits, tau, source)
        ctx.save_for_forward(logits, tau, source)
        ctx.dim = dim

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        logits, tau, source = ctx.saved_tensors
        y = Soft.apply(logits, tau, source, ctx.dim)
        dlogits = _maths.vjp(y, dy, tau, ctx.dim)
        dtau = _maths.vjp_tau(y, dlogits, tau, ctx.dim) if ctx.needs_input_grad[1] else None
        return dlogits, dtau, None, None

    @staticmethod
    def jvp(ctx: Any, dlogits: Tensor | None, dtau: Tensor | None, *_: Any) -> Tensor:
        logits, tau, source = ctx.saved_tensors
        y = Soft.apply(logits, tau, source, ctx.dim)
        return _maths.jvp(y, dlogits, dtau, tau, ctx.dim)

    @staticmethod
    def vmap(info: Any, dims: tuple[Any, ...], *arguments: Any) -> tuple[Tensor, int]:
        return StraightThrough.apply(*_batched(info.batch_size, dims, *arguments)), 0
