"""Gumbel-Softmax with the signature of `torch.nn.functional`."""

from __future__ import annotations


import torch
from torch import Tensor

from gumbelkit._native import Error, Key
from gumbelkit.torch import _arrays, _eager, _ops

from gumbelkit.torch._composed import composed
from gumbelkit.torch._key import drawn_key, drawn_key_tensor, key_tensor

__all__ = ["gumbel_softmax"]


def gumbel_softmax(
    logits: Tensor,
    tau: float | Tensor = 1,
    hard: bool = False,
    eps: float = 1e-10,
    dim: int = -1,
    *,
    generator: torch.Generator | None = None,
    key: Key | Tensor | None = None,
    noise: Tensor | None = None,
) -> Tensor:
    """Relaxed one-hot samples: `torch.nn.functional.gumbel_softmax` with exact tails and a key.

        y = softmax((l + g) / tau)          g Gumbel noise
        hard: forward the one-hot of argmax(l + g), backward the gradient of y (straight-through)

    Args:
        logits: unnormalised log-probabilities, any shape; -inf is an impossible class.
        tau: the temperature, a number above 0 or a tensor that broadcasts to the logits with one
            class (0-dim, or `[.., 1]` for rows along the last axis). A tensor may be learned.
        hard: one-hot samples.
        eps: not used, as in PyTorch.
        dim: the axis of the classes.
        generator: the generator that gives the key; None: that of `torch.manual_seed`.
        key: a `Key`; under `torch.compile` and `vmap` a key as a tensor, `key_tensor(key)`.
        noise: Gumbel noise of the shape of the logits, in place of a key.

    Returns:
        A tensor of the shape and dtype of the logits.

    Raises:
        Error (a ValueError): NaN or +inf among the logits, a row of -inf only, a temperature that
            is not a finite number above 0.
        TypeError: logits that are not floating-point numbers; IndexError: no such axis.

    Works in eager mode, under `torch.func` (`grad`, `vmap`, `jvp`, `hessian`) and
    `torch.compile(fullgraph=True)`, with derivatives of all orders in the first two. On devices
    other than the CPU the noise is made on the CPU and copied.

    Example:
        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch import gumbel_softmax
        >>> logits = torch.zeros(3, 4, requires_grad=True)
        >>> y = gumbel_softmax(logits, tau=0.5, hard=True, key=Key(7))
        >>> y.sum(-1).tolist()
        [1.0, 1.0, 1.0]
        >>> (y * torch.arange(4)).sum().backward()
        >>> bool(logits.grad.abs().sum() > 0)
        True

    Jang, Gu and Poole, arXiv 1611.01144; Maddison, Mnih and Teh, arXiv 1611.00712.
    """
    _arrays.check_logits(logits)
    if logits.ndim == 0:
        if dim not in (0, -1):
            raise IndexError(f"dim: expected 0 or -1 for a tensor without axes, found {dim}")
        logits = logits[None]
        found = gumbel_softmax(
            logits, tau, hard, eps, 0, generator=generator, key=key, noise=noise
        )
        return found[0]
    rank = logits.ndim
    if not -rank <= dim < rank:
        raise IndexError(f"dim: expected an axis of a tensor of rank {rank}, found {dim}")
    dim %= rank
    if isinstance(tau, Tensor):
        _check_tau(tau, logits, dim)
    elif isinstance(tau, bool) or not isinstance(tau, (int, float, torch.SymFloat, torch.SymInt)):
        raise TypeError(f"tau: expected a number or a tensor, found {type(tau).__name__}")
    if noise is not None:
        if key is not None or generator is not None:
            raise TypeError("noise: expected a key, a generator or noise, found several")
        source = _given(noise, logits)
    if torch.compiler.is_compiling() or _eager.transformed():
        if noise is None:
            source = _source_tensor(generator, key)
        return _as_operator(logits, tau, source, dim, hard)
    if noise is None:
        source = drawn_key(generator) if key is None else key
    if logits.device.type != "cpu":
        return composed(logits, tau, source, dim, hard)
    if torch.is_grad_enabled() and (
        logits.requires_grad or (isinstance(tau, Tensor) and tau.requires_grad)
    ):
        function = _eager.StraightThrough if hard else _eager.Soft
        return function.apply(logits, tau, source, dim)  # type: ignore[no-any-return, no-untyped-call]
    return (_arrays.hard if hard else _arrays.soft)(logits, tau, source, dim)


def _as_operator(
    logits: Tensor, tau: float | Tensor, source: Tensor, dim: int, hard: bool
) -> Tensor:
    if not isinstance(tau, Tensor):
        tau = torch.full((), tau, dtype=torch.float64)
    if torch.compiler.is_compiling():
        # Dynamo refuses a Function with `jvp` or `vmap`.
        if hard:
            return _ops.compiled_straight_through(logits, tau, source, dim)[0]
        return _ops.compiled_soft(logits, tau, source, dim)
    function = _ops.StraightThrough if hard else _ops.Soft
    return function.apply(logits, tau, source, dim)  # type: ignore[no-any-return, no-untyped-call]


def _check_tau(tau: Tensor, logits: Tensor, dim: int) -> None:
    if not (tau.is_floating_point() or tau.dtype in (torch.int64, torch.int32)):
        raise TypeError(f"tau: expected real numbers, found {tau.dtype}")
    rows = _arrays.rows_of(logits.shape, dim)
    fits = tau.ndim <= len(rows) and all(
        have in (1, want) for have, want in zip(reversed(tau.shape), reversed(rows), strict=False)
    )
    if not fits:
        raise Error(
            f"tau: expected a tensor that broadcasts to one class, {list(rows)}, "
            f"found {list(tau.shape)}"
        )


def _given(noise: Tensor, logits: Tensor) -> Tensor:
    if noise.shape != logits.shape:
        raise Error(
            f"noise: expected the shape of the logits, {list(logits.shape)}, "
            f"found {list(noise.shape)}"
        )
    return noise.detach().to(torch.float64 if logits.dtype == torch.float64 else torch.float32)


def _source_tensor(generator: torch.Generator | None, key: Key | Tensor | None) -> Tensor:
    if isinstance(key, Tensor):
        return key
    if key is not None:
        if torch.compiler.is_compiling():
            raise TypeError(
                "key: under torch.compile expected a tensor, key_tensor(key), made outside of it"
            )
        return key_tensor(key)
    if generator is not None:
        raise TypeError(
            "generator: torch.compile and torch.func take the default generator or a key"
        )
    return drawn_key_tensor()


