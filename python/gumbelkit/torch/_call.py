"""The common part of the relaxations: arguments, the source of the noise, the way to a kernel."""

from __future__ import annotations

import torch
from torch import Tensor

from gumbelkit._native import Error, Key
from gumbelkit.torch import _arrays, _eager, _ops
from gumbelkit.torch._composed import composed
from gumbelkit.torch._key import (
    check_key,
    drawn_key_tensor,
    drawn_or_known,
    key_tensor,
    known_key,
)
from gumbelkit.torch._kinds import Kind
from gumbelkit.torch._modes import in_forward_mode, recorded, transformed

__all__ = ["given_noise", "only_one_source", "relaxed", "source_tensor"]


def relaxed(
    kind: Kind,
    logits: Tensor,
    tau: float | Tensor,
    hard: bool,
    dim: int,
    generator: torch.Generator | None,
    key: Key | Tensor | None,
    noise: Tensor | None,
) -> Tensor:
    """The relaxed sample of a kind, or the hard one with the gradient of the relaxed one."""
    _arrays.check_floats("logits", logits)
    if not kind.along:
        dim = 0
    elif logits.ndim == 0:
        _arrays.axis_of(1, dim)
        if noise is not None:
            noise = noise[None]
        return relaxed(kind, logits[None], tau, hard, 0, generator, key, noise)[0]
    else:
        dim = _arrays.axis_of(logits.ndim, dim)
    learned = False
    if isinstance(tau, Tensor):
        _check_tau(kind, tau, logits, dim)
        learned = tau.requires_grad
    elif type(tau) is not float:
        tau = _arrays.number("tau", tau)
    source: Key | Tensor
    if noise is not None:
        only_one_source(generator, key)
        source = given_noise(noise, logits)
    if torch.compiler.is_compiling() or transformed() or recorded() or logits.is_meta:
        if noise is None:
            source = source_tensor(generator, key)
        assert isinstance(source, Tensor)
        return _as_operator(kind, logits, tau, source, dim, hard)
    if noise is None:
        source = drawn_or_known(generator, key)
    if isinstance(tau, Tensor) and not learned and tau.numel() == 1:
        tau = float(tau)
    if not logits.is_cpu:
        return composed(kind, logits, tau, source, dim, hard)
    if (logits.requires_grad or learned) and torch.is_grad_enabled():
        function = _eager.StraightThrough if hard else _eager.Soft
        eager: Tensor = function.apply(kind, logits, tau, source, dim)
        return eager
    return (_arrays.hard if hard else _arrays.soft)(kind, logits, tau, source, dim)


def _as_operator(
    kind: Kind, logits: Tensor, tau: float | Tensor, source: Tensor, dim: int, hard: bool
) -> Tensor:
    if not isinstance(tau, Tensor):
        tau = _arrays.tau_tensor(tau)
    if torch.compiler.is_compiling():
        if in_forward_mode():
            raise TypeError(
                "gumbelkit: expected no forward-mode derivative inside torch.compile, where an "
                "operator has none; compile what is inside of jvp or jacfwd, or take jacrev"
            )
        # Dynamo refuses a Function with `jvp` or `vmap`.
        operator = _ops.straight_through if hard else _ops.relax
        found = operator(kind.name, logits, tau, source, dim)
        compiled: Tensor = found[0] if hard else found
        return compiled
    function = _ops.StraightThrough if hard else _ops.Soft
    result: Tensor = function.apply(kind.name, logits, tau, source, dim)
    return result


def _check_tau(kind: Kind, tau: Tensor, logits: Tensor, dim: int) -> None:
    if not (tau.is_floating_point() or tau.dtype in (torch.int64, torch.int32)):
        raise TypeError(f"tau: expected real numbers, found {tau.dtype}")
    rows = kind.rows(logits.shape, dim)
    fits = tau.ndim <= len(rows) and all(
        have in (1, want) for have, want in zip(reversed(tau.shape), reversed(rows), strict=False)
    )
    if not fits:
        what = "one class" if kind.along else "the logits"
        raise Error(
            f"tau: expected a tensor that broadcasts to {what}, {list(rows)}, "
            f"found {list(tau.shape)}"
        )


def only_one_source(generator: torch.Generator | None, key: Key | Tensor | None) -> None:
    """Refuses a key or a generator beside noise."""
    if key is not None or generator is not None:
        raise TypeError("noise: expected a key, a generator or noise, found several")


def given_noise(noise: Tensor, logits: Tensor) -> Tensor:
    """The caller's noise in the type of the kernels."""
    _arrays.check_floats("noise", noise)
    if noise.shape != logits.shape:
        raise Error(
            f"noise: expected the shape of the logits, {list(logits.shape)}, "
            f"found {list(noise.shape)}"
        )
    if noise.requires_grad:
        raise Error(
            "noise: expected a tensor without a gradient; the gradient of noise is that of the "
            "logits: add what is learned to them"
        )
    return noise.detach().to(_arrays.noise_type(logits.dtype))


def source_tensor(generator: torch.Generator | None, key: Key | Tensor | None) -> Tensor:
    """The key as a tensor: that of the caller, or one of the default generator."""
    if key is not None and generator is not None:
        raise TypeError("key: expected a key or a generator, found both")
    if isinstance(key, Tensor):
        check_key(key)
        return key
    if key is not None:
        if torch.compiler.is_compiling():
            raise TypeError(
                "key: under torch.compile expected a tensor, key_tensor(key), made outside of it"
            )
        return key_tensor(known_key(key))
    if generator is not None:
        raise TypeError(
            "generator: torch.compile and torch.func take the default generator or a key"
        )
    return drawn_key_tensor()
