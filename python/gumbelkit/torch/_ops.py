"""The relaxations as operators of PyTorch: for `torch.compile`, `torch.func` and `vmap`.

An operator takes tensors only: a temperature as a number would be a new graph for each temperature,
and a key as an object a new graph for each key. The source is a key, int64 `[2]`, or noise of the
shape of the logits. Tensors of other devices are copied to the CPU and back, so the choice is the
same there.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gumbelkit._native import Key
from gumbelkit.torch import _arrays
from gumbelkit.torch._kinds import KINDS

__all__ = ["Soft", "StraightThrough", "batched", "noise_of", "relax", "straight_through"]


@torch.library.custom_op("gumbelkit::relax", mutates_args=())
def relax(kind: str, logits: Tensor, tau: Tensor, source: Tensor, dim: int) -> Tensor:
    """The relaxed sample."""
    soft = _arrays.soft(KINDS[kind], logits.cpu(), tau.cpu(), source.cpu(), dim)
    return soft.to(logits.device)


@torch.library.custom_op("gumbelkit::straight_through", mutates_args=())
def straight_through(
    kind: str, logits: Tensor, tau: Tensor, source: Tensor, dim: int
) -> tuple[Tensor, Tensor]:
    """The hard sample and the relaxed sample."""
    hard, soft = _arrays.straight_through(KINDS[kind], logits.cpu(), tau.cpu(), source.cpu(), dim)
    return hard.to(logits.device), soft.to(logits.device)


@torch.library.custom_op("gumbelkit::vjp", mutates_args=())
def vjp(kind: str, y: Tensor, dy: Tensor, tau: Tensor, dim: int) -> Tensor:
    """The gradient of the logits."""
    return _arrays.vjp(KINDS[kind], y.cpu(), dy.cpu(), tau.cpu(), dim).to(y.device)


@torch.library.custom_op("gumbelkit::noise", mutates_args=())
def noise_of(law: str, key: Tensor, shape: list[int], dtype: torch.dtype) -> Tensor:
    """Noise of a key `[2]`, or of each key of `[n, 2]` in a tensor `[n, *shape]`."""
    assert key.dtype == torch.int64 and key.shape[-1:] == (2,), "a key was checked before"
    size = torch.Size(shape)
    if key.ndim == 1:
        return _arrays.filled(law, Key(*key.tolist()), size, dtype).to(key.device)
    rows = [_arrays.filled(law, Key(*k), size, dtype) for k in key.tolist()]
    return (torch.stack(rows) if rows else torch.empty(0, *shape, dtype=dtype)).to(key.device)


@relax.register_fake
def _(kind: str, logits: Tensor, tau: Tensor, source: Tensor, dim: int) -> Tensor:
    return torch.empty_like(logits, memory_format=torch.contiguous_format)


@straight_through.register_fake
def _(kind: str, logits: Tensor, tau: Tensor, source: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    hard = torch.empty_like(logits, memory_format=torch.contiguous_format)
    return hard, torch.empty_like(hard)


@vjp.register_fake
def _(kind: str, y: Tensor, dy: Tensor, tau: Tensor, dim: int) -> Tensor:
    return torch.empty_like(y, memory_format=torch.contiguous_format)


@noise_of.register_fake
def _(law: str, key: Tensor, shape: list[int], dtype: torch.dtype) -> Tensor:
    return key.new_empty([*key.shape[:-1], *shape], dtype=dtype)


def _setup(ctx: Any, inputs: Any, output: Any) -> None:
    kind, _, tau, _, dim = inputs
    y = output[1] if isinstance(output, tuple) else output
    ctx.save_for_backward(y, tau)
    ctx.kind, ctx.dim = kind, dim
    ctx.set_materialize_grads(False)


def _backward(ctx: Any, *dys: Tensor | None) -> tuple[Tensor | None, ...]:
    y, tau = ctx.saved_tensors
    # The second result of the straight-through operator is the relaxed sample itself.
    given = [dy for dy in dys if dy is not None]
    if not given:
        return (None,) * 5
    dlogits = vjp(ctx.kind, y, sum(given[1:], given[0]), tau, ctx.dim)
    dtau = None
    if ctx.needs_input_grad[2]:
        dtau = KINDS[ctx.kind].vjp_tau(y, dlogits, tau, ctx.dim)
    return None, dlogits, dtau, None, None


relax.register_autograd(_backward, setup_context=_setup)
straight_through.register_autograd(_backward, setup_context=_setup)


def _vjp_setup(ctx: Any, inputs: Any, output: Tensor) -> None:
    kind, y, dy, tau, dim = inputs
    ctx.save_for_backward(y, dy, tau)
    ctx.kind, ctx.dim = kind, dim


def _vjp_backward(ctx: Any, d: Tensor) -> tuple[Tensor | None, ...]:
    # The operator as differentiable operations, differentiated once more.
    y, dy, tau = ctx.saved_tensors
    more = torch.is_grad_enabled()
    with torch.enable_grad():
        # Copies of the inputs: what the result depends on through them is not asked for here.
        inputs = [
            x.view_as(x) if x.requires_grad else x.detach().requires_grad_() for x in (y, dy, tau)
        ]
        result = KINDS[ctx.kind].vjp(inputs[0], inputs[1], inputs[2], ctx.dim)
        found = torch.autograd.grad(result, inputs, d, create_graph=more)
    return None, *found, None


vjp.register_autograd(_vjp_backward, setup_context=_vjp_setup)


def _first(tensor: Tensor, at: int | None, batch: int) -> Tensor:
    """The tensor with the axis of the batch first."""
    return tensor.expand(batch, *tensor.shape) if at is None else tensor.movedim(at, 0)


def _tau_first(tau: Tensor, at: int | None, batch: int, inner: int) -> Tensor:
    """Temperatures that broadcast to the rows of a batch of tensors of rank `inner`."""
    if at is None:
        return tau
    tau = tau.movedim(at, 0)
    return tau.reshape(batch, *[1] * (inner - tau.ndim + 1), *tau.shape[1:])


def batched_source(law: str, source: Tensor, at: int | None, logits: Tensor, inner: int) -> Tensor:
    """The noise of each call of a batch, from a key or noise, one for all or one for each."""
    if at is not None:
        source = source.movedim(at, 0)
    if not source.dtype.is_floating_point:
        dtype = _arrays.noise_type(logits.dtype)
        source = noise_of(law, source, list(logits.shape[1:]), dtype)
    return source.expand(logits.shape) if source.ndim == inner else source


def batched(
    batch: int, dims: Any, kind: str, logits: Tensor, tau: Tensor, source: Tensor, dim: int
) -> tuple[str, Tensor, Tensor, Tensor, int]:
    """The arguments of a batch of calls as those of one call, with the noise of each call."""
    _, in_logits, in_tau, in_source, _ = dims
    inner = logits.ndim if in_logits is None else logits.ndim - 1
    logits = _first(logits, in_logits, batch)
    source = batched_source(KINDS[kind].law, source, in_source, logits, inner)
    tau = _tau_first(tau, in_tau, batch, inner)
    return kind, logits, tau, source, dim % inner + 1 if KINDS[kind].along else 0


@noise_of.register_vmap
def _(
    info: Any, dims: Any, law: str, key: Tensor, shape: list[int], dtype: torch.dtype
) -> tuple[Tensor, int]:
    key = _first(key, dims[1], info.batch_size)
    made: Tensor = noise_of(law, key.reshape(-1, 2), shape, dtype)
    return made.reshape(*key.shape[:-1], *shape), 0


@relax.register_vmap
def _(info: Any, dims: Any, *arguments: Any) -> tuple[Tensor, int]:
    return relax(*batched(info.batch_size, dims, *arguments)), 0


@straight_through.register_vmap
def _(info: Any, dims: Any, *arguments: Any) -> tuple[tuple[Tensor, Tensor], tuple[int, int]]:
    return straight_through(*batched(info.batch_size, dims, *arguments)), (0, 0)


@vjp.register_vmap
def _(
    info: Any, dims: Any, kind: str, y: Tensor, dy: Tensor, tau: Tensor, dim: int
) -> tuple[Tensor, int]:
    _, in_y, in_dy, in_tau, _ = dims
    inner = y.ndim if in_y is None else y.ndim - 1
    y, dy = _first(y, in_y, info.batch_size), _first(dy, in_dy, info.batch_size)
    tau = _tau_first(tau, in_tau, info.batch_size, inner)
    return vjp(kind, y, dy, tau, dim % inner + 1 if KINDS[kind].along else 0), 0


def not_compiled(function: Any) -> Any:
    """A function that Dynamo leaves alone: it would compile what PyTorch calls while it transforms."""
    return torch.compiler.disable(function)  # type: ignore[no-untyped-call]


class Soft(torch.autograd.Function):
    """The relaxed sample under `torch.func`: derivatives of all orders, and `vmap`."""

    @staticmethod
    def forward(kind: str, logits: Tensor, tau: Tensor, source: Tensor, dim: int) -> Tensor:
        relaxed: Tensor = relax(kind, logits, tau, source, dim)
        return relaxed

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Tensor) -> None:
        kind, _, tau, _, dim = inputs
        ctx.save_for_backward(output, tau)
        ctx.save_for_forward(output, tau)
        ctx.kind, ctx.dim = KINDS[kind], dim

    @staticmethod
    @not_compiled
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        y, tau = ctx.saved_tensors
        dlogits = ctx.kind.vjp(y, dy, tau, ctx.dim)
        dtau = ctx.kind.vjp_tau(y, dlogits, tau, ctx.dim) if ctx.needs_input_grad[2] else None
        return None, dlogits, dtau, None, None

    @staticmethod
    @not_compiled
    def jvp(ctx: Any, _: Any, dlogits: Tensor | None, dtau: Tensor | None, *__: Any) -> Tensor:
        y, tau = ctx.saved_tensors
        tangent: Tensor = ctx.kind.jvp(y, dlogits, dtau, tau, ctx.dim)
        return tangent

    @staticmethod
    def vmap(info: Any, dims: tuple[Any, ...], *arguments: Any) -> tuple[Tensor, int]:
        return Soft.apply(*batched(info.batch_size, dims, *arguments)), 0


class StraightThrough(torch.autograd.Function):
    """The hard sample under `torch.func`: the relaxed one moved to the corner, by a constant."""

    @staticmethod
    def forward(kind: str, logits: Tensor, tau: Tensor, source: Tensor, dim: int) -> Tensor:
        hard: Tensor = straight_through(kind, logits, tau, source, dim)[0]
        return hard

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Tensor) -> None:
        kind, logits, tau, source, dim = inputs
        ctx.save_for_backward(logits, tau, source)
        ctx.save_for_forward(logits, tau, source)
        ctx.name, ctx.kind, ctx.dim = kind, KINDS[kind], dim

    @staticmethod
    @not_compiled
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        logits, tau, source = ctx.saved_tensors
        y = Soft.apply(ctx.name, logits, tau, source, ctx.dim)
        dlogits = ctx.kind.vjp(y, dy, tau, ctx.dim)
        dtau = ctx.kind.vjp_tau(y, dlogits, tau, ctx.dim) if ctx.needs_input_grad[2] else None
        return None, dlogits, dtau, None, None

    @staticmethod
    @not_compiled
    def jvp(ctx: Any, _: Any, dlogits: Tensor | None, dtau: Tensor | None, *__: Any) -> Tensor:
        logits, tau, source = ctx.saved_tensors
        y = Soft.apply(ctx.name, logits, tau, source, ctx.dim)
        tangent: Tensor = ctx.kind.jvp(y, dlogits, dtau, tau, ctx.dim)
        return tangent

    @staticmethod
    def vmap(info: Any, dims: tuple[Any, ...], *arguments: Any) -> tuple[Tensor, int]:
        return StraightThrough.apply(*batched(info.batch_size, dims, *arguments)), 0
