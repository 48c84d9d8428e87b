"""Exact samples of classes with the names of PyTorch, and Gumbel-max."""

from __future__ import annotations

import operator
from collections.abc import Sequence

import torch
from torch import Tensor

from gumbelkit._native import Error, Key
from gumbelkit.torch import _arrays, _draw
from gumbelkit.torch._call import given_noise, only_one_source, source_tensor
from gumbelkit.torch._key import drawn_or_known
from gumbelkit.torch._modes import recorded, transformed

__all__ = ["categorical", "gumbel_max", "multinomial"]


def multinomial(
    input: Tensor,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: torch.Generator | None = None,
    key: Key | Tensor | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Classes by their weights: `torch.multinomial` with exact tails, a key and rows of any width.

        P(i) = w_i / sum_j w_j;   without replacement the later picks by the weights that are left

    The draws are those of `gumbelkit.categorical(key, weights=input, n=num_samples)`: a row of a
    matrix draws by `key.fold_in(row)`, one row by the key itself.

    Args:
        input: weights of at least 0 of any sum, `[k]` or `[rows, k]`.
        num_samples: the number of draws from each row, at least 1.
        replacement: draws with replacement. Without, in the order of inclusion.
        generator: the generator that gives the key; None: that of `torch.manual_seed`.
        key: a `Key`; under `torch.compile` and `vmap` a key as a tensor, `key_tensor(key)`.
        out: an int64 tensor for the result.

    Returns:
        int64, `[num_samples]` or `[rows, num_samples]`.

    Raises:
        Error (a ValueError, where PyTorch has a RuntimeError): negative, infinite or NaN weights, a
            row of weight 0, another rank than 1 or 2, no samples, and without replacement fewer
            classes of a weight above 0 than samples, for which PyTorch picks classes of weight 0.
        TypeError: weights that are not floating-point numbers.

    Example:
        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch import multinomial
        >>> picks = multinomial(torch.tensor([0.0, 10.0, 3.0, 0.0]), 2, key=Key(7))
        >>> sorted(picks.tolist())
        [1, 2]

    Efraimidis and Spirakis (2006); Kool, van Hoof and Welling, arXiv 1903.06059.
    """
    _arrays.check_floats("input", input)
    if input.ndim not in (1, 2):
        raise Error(f"input: expected weights [k] or [rows, k], found {list(input.shape)}")
    n = operator.index(num_samples)
    if n < 1:
        raise Error(f"num_samples: expected at least 1, found {n}")
    if not replacement and n > input.shape[-1]:
        raise Error(
            f"num_samples: expected at most the number of classes, {input.shape[-1]}, without "
            f"replacement, found {n}"
        )
    classes = drawn("weights", input, 1.0, None, generator, key, n, replacement)
    return classes if out is None else _into(out, classes)


def categorical(
    logits: Tensor,
    sample_shape: Sequence[int] = (),
    dim: int = -1,
    *,
    generator: torch.Generator | None = None,
    key: Key | Tensor | None = None,
    temperature: float | Tensor = 1.0,
    mask: Tensor | None = None,
) -> Tensor:
    """Exact samples of classes from logits, by the fastest method: rows are read once.

        P(i) = e^(l_i / tau) / sum_j e^(l_j / tau)

    The draws are those of `gumbelkit.categorical(key, logits)`. For the class of the hard sample of
    `gumbel_softmax` under the same key use `gumbel_max`: the two have the same law and different
    draws.

    Args:
        logits: unnormalised log-probabilities, any shape; -inf is an impossible class.
        sample_shape: the shape of independent draws. (): one draw of each row, by the key. Else row
            r of a batch draws by `key.fold_in(r)`, one row by the key itself.
        dim: the axis of the classes.
        generator, key: as for `multinomial`.
        temperature: a number above 0, or a tensor that broadcasts to the logits with one class.
        mask: bool, False rules a class out; it broadcasts to the logits.

    Returns:
        int64, `sample_shape` and then the shape of the logits without `dim`.

    Raises:
        Error: NaN or +inf among the logits, a row without a possible class, a temperature that is
            not a finite number above 0.
        TypeError: a wrong dtype; IndexError: no such axis.

    Example:
        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch import categorical
        >>> logits = torch.tensor([[0.0, 60.0, 0.0], [60.0, 0.0, 0.0]])
        >>> categorical(logits, (2,), key=Key(7)).tolist()
        [[1, 0], [1, 0]]

    Devroye, "Non-uniform random variate generation" (1986), chapter 3.
    """
    _arrays.check_floats("logits", logits)
    logits, dim = _arrays.with_axis(logits, dim)
    sizes = torch.Size(sample_shape)
    rows = logits.shape[:dim] + (1,) + logits.shape[dim + 1 :]
    if isinstance(temperature, Tensor):
        try:
            spread = temperature.expand(rows)
        except RuntimeError:
            raise Error(
                f"temperature: expected a tensor that broadcasts to one class, {list(rows)}, "
                f"found {list(temperature.shape)}"
            ) from None
        temperature = spread.movedim(dim, -1).squeeze(-1)
    else:
        temperature = _arrays.number("temperature", temperature)
    if mask is not None:
        mask = _spread_mask(mask, logits).movedim(dim, -1)
    n = sizes.numel() if sizes else _draw.ONE
    values = logits.movedim(dim, -1)
    classes = drawn("logits", values, temperature, mask, generator, key, n, True)
    if not sizes:
        return classes
    return classes.movedim(-1, 0).reshape(*sizes, *classes.shape[:-1])


def gumbel_max(
    logits: Tensor,
    dim: int = -1,
    *,
    generator: torch.Generator | None = None,
    key: Key | Tensor | None = None,
    noise: Tensor | None = None,
) -> Tensor:
    """The Gumbel-max sample of each row: the class of the hard sample under the same key.

        P(i) = softmax(l)_i         i = argmax(l + g)

    Args:
        logits, dim, generator, key, noise: as for `gumbel_softmax`.

    Returns:
        int64, the shape of the logits without `dim`.

    Raises:
        Error, TypeError, IndexError: as `gumbel_softmax`.

    Example:
        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch import gumbel_max, gumbel_softmax
        >>> logits = torch.zeros(5, 9)
        >>> hard = gumbel_softmax(logits, hard=True, key=Key(7))
        >>> bool((hard.argmax(-1) == gumbel_max(logits, key=Key(7))).all())
        True

    Gumbel (1954); Maddison, Tarlow and Minka, "A* sampling", arXiv 1411.0030.
    """
    _arrays.check_floats("logits", logits)
    if noise is not None:
        only_one_source(generator, key)
        noise = given_noise(noise, logits)
    logits, dim = _arrays.with_axis(logits, dim)
    if noise is not None:
        noise = noise.reshape(logits.shape)
    if torch.compiler.is_compiling() or transformed() or recorded() or logits.is_meta:
        source = source_tensor(generator, key) if noise is None else noise
        classes: Tensor = _draw.largest_operator(logits.detach(), source, dim)
        return classes
    if noise is not None:
        return _draw.largest(logits, noise, dim)
    return _draw.largest(logits, drawn_or_known(generator, key), dim)


def drawn(
    meaning: str,
    values: Tensor,
    tau: float | Tensor,
    mask: Tensor | None,
    generator: torch.Generator | None,
    key: Key | Tensor | None,
    n: int,
    replace: bool,
) -> Tensor:
    """Draws of values that have the classes last; an operator where PyTorch transforms the call."""
    if torch.compiler.is_compiling() or transformed() or recorded() or values.is_meta:
        if not isinstance(tau, Tensor):
            tau = _arrays.tau_tensor(tau)
        source = source_tensor(generator, key)
        values, tau = values.detach(), tau.detach()
        classes: Tensor = _draw.draw_operator(meaning, values, tau, mask, source, n, replace)
        return classes
    source_key = drawn_or_known(generator, key)
    return _draw.draw(meaning, values, tau, mask, source_key, n, replace)


def _spread_mask(mask: Tensor, logits: Tensor) -> Tensor:
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        found = mask.dtype if isinstance(mask, Tensor) else type(mask).__name__
        raise TypeError(f"mask: expected a tensor of bool, found {found}")
    try:
        return mask.expand(logits.shape)
    except RuntimeError:
        raise Error(
            f"mask: expected a tensor that broadcasts to the logits, {list(logits.shape)}, "
            f"found {list(mask.shape)}"
        ) from None


def _into(out: Tensor, classes: Tensor) -> Tensor:
    if not isinstance(out, Tensor) or out.dtype != torch.int64:
        found = out.dtype if isinstance(out, Tensor) else type(out).__name__
        raise TypeError(f"out: expected an int64 tensor, found {found}")
    if out.shape != classes.shape:
        out.resize_(classes.shape)
    return out.copy_(classes)
