"""Products over the classes of a variable, and over all variables, for tensors `[rows, v, k]`."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

LARGEST_SQUARE = 1e30
"""The largest squared norm that is computed with: sums of it stay finite in float32."""


def jacobian(p: Tensor, g: Tensor) -> Tensor:
    """J(p) g = p (g - p . g) of each variable."""
    return p * (g - (p * g).sum(-1, keepdim=True))


def inverse(temperature: float) -> float:
    """1 / tau, kept finite in float32: below 1e-30 a sample is one-hot already."""
    return 1.0 / max(temperature, 1e-30)


def centred(logits: Tensor) -> Tensor:
    """The logits less their largest in each variable."""
    return logits - logits.amax(-1, keepdim=True)


def tempered(z: Tensor, temperature: float) -> Tensor:
    """softmax(z / tau). The largest z is subtracted before the division: no finite z overflows."""
    return (centred(z) * inverse(temperature)).softmax(-1)


def through_softmax(z: Tensor, g: Tensor, temperature: float) -> Tensor:
    """J(softmax(z / tau)) g / tau of each variable: the gradient in z of softmax(z / tau), at g."""
    return jacobian(tempered(z, temperature), g) * inverse(temperature)


def dot(a: Tensor, b: Tensor) -> Tensor:
    """a . b over all variables, `[rows]`."""
    return (a * b).sum((-2, -1))


def squared_norm(x: Tensor) -> Tensor:
    """The squared norm of each row, `[rows]`."""
    return dot(x, x)


def unless_large(x: Tensor, squares: Tensor) -> Tensor:
    """0 in the rows where `squares` is above `LARGEST_SQUARE`, else x."""
    return x.masked_fill(squares > LARGEST_SQUARE, 0.0)


def per_row(x: Tensor) -> Tensor:
    """A number for each row as `[rows, 1, 1]`."""
    return x[:, None, None]


def total(tensors: Sequence[Tensor]) -> Tensor:
    """The sum of tensors, first to last."""
    result = tensors[0]
    for tensor in tensors[1:]:
        result = result + tensor
    return result


def mean(tensors: Sequence[Tensor]) -> Tensor:
    """The mean of tensors."""
    return total(tensors) * (1.0 / len(tensors))


def one_hot(classes: Tensor, like: Tensor) -> Tensor:
    """One-hot vectors of classes `[rows, v]`, in the shape, type and device of `like`."""
    return torch.zeros_like(like).scatter_(-1, classes[..., None], 1.0)
