"""The relaxations: Gumbel-Softmax as in PyTorch, its logarithm, and binary Concrete."""

from __future__ import annotations

import torch
from torch import Tensor

from gumbelkit._native import Key
from gumbelkit.torch import _small
from gumbelkit.torch._call import relaxed
from gumbelkit.torch._key import drawn_key, known_key
from gumbelkit.torch._kinds import BINARY, LOG_SOFTMAX, SOFTMAX

__all__ = ["binary_concrete", "gumbel_log_softmax", "gumbel_softmax"]


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
    `torch.compile(fullgraph=True)`, with derivatives of all orders in the first two. The bits on
    the CPU are those of `gumbelkit.gumbel_softmax`. On other devices the noise is made on the CPU
    and copied: the same choice, and a relaxed sample that is the same within rounding. That path
    was tested on the CPU only.

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
    if noise is None and (key is None or generator is None) and _small.fits(logits, tau, dim):
        source = drawn_key(generator) if key is None else known_key(key)
        return _small.small(logits, tau, source, dim, hard)
    return relaxed(SOFTMAX, logits, tau, hard, dim, generator, key, noise)


def gumbel_log_softmax(
    logits: Tensor,
    tau: float | Tensor = 1,
    dim: int = -1,
    *,
    generator: torch.Generator | None = None,
    key: Key | Tensor | None = None,
    noise: Tensor | None = None,
) -> Tensor:
    """Relaxed one-hot samples as logarithms: finite where the sample itself rounds to 0.

        x = ln softmax((l + g) / tau)          g Gumbel noise

    A class of logit -inf has the value -inf, a constant with the gradient 0.

    Args:
        logits, tau, dim, generator, key, noise: as for `gumbel_softmax`.

    Returns:
        A tensor of the shape and dtype of the logits.

    Raises:
        Error, TypeError, IndexError: as `gumbel_softmax`.

    Example:
        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch import gumbel_log_softmax, gumbel_softmax
        >>> logits = torch.zeros(4)
        >>> bool((gumbel_softmax(logits, tau=0.005, key=Key(7)) == 0).any())
        True
        >>> bool(gumbel_log_softmax(logits, tau=0.005, key=Key(7)).isfinite().all())
        True

    Maddison, Mnih and Teh, arXiv 1611.00712, appendix C.3 (the ExpConcrete distribution).
    """
    return relaxed(LOG_SOFTMAX, logits, tau, False, dim, generator, key, noise)


def binary_concrete(
    logits: Tensor,
    tau: float | Tensor = 1,
    hard: bool = False,
    *,
    generator: torch.Generator | None = None,
    key: Key | Tensor | None = None,
    noise: Tensor | None = None,
) -> Tensor:
    """Relaxed yes-or-no choices: a number in [0, 1] for each log-odds.

        y = sigmoid((l + L) / tau)             L logistic noise
        hard: forward 1 where l + L > 0, else 0; backward the gradient of y (straight-through)

    Args:
        logits: log-odds, any shape; infinite ones are certain choices, with the gradient 0.
        tau: the temperature, a number above 0 or a tensor that broadcasts to the logits. A tensor
            may be learned.
        hard: samples of 0 and 1.
        generator, key: as for `gumbel_softmax`.
        noise: logistic noise of the shape of the logits, in place of a key.

    Returns:
        A tensor of the shape and dtype of the logits.

    Raises:
        Error: NaN among the logits, a temperature that is not a finite number above 0.
        TypeError: logits that are not floating-point numbers.

    Example:
        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch import binary_concrete
        >>> tau = torch.tensor(0.5, requires_grad=True)
        >>> y = binary_concrete(torch.tensor([-60.0, 0.0, 60.0]), tau, key=Key(7))
        >>> y.round().tolist()[::2]
        [0.0, 1.0]
        >>> y.sum().backward()
        >>> bool(tau.grad.isfinite())
        True

    Maddison, Mnih and Teh, arXiv 1611.00712, appendix B.
    """
    return relaxed(BINARY, logits, tau, hard, 0, generator, key, noise)
