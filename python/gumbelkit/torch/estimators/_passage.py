"""A one-hot sample whose gradient passes to the logits by a rule. Nothing soft is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from gumbelkit import _native
from gumbelkit._native import Key
from gumbelkit.torch.estimators._algebra import jacobian, tempered, through_softmax
from gumbelkit.torch.estimators._variables import Variables, array_of

__all__ = ["Averaged", "Passage", "SecondOrder", "Softmax", "pass_through"]


class Passage(Protocol):
    """The matrix by which the gradient in a one-hot sample is multiplied, of logits l."""

    def vjp(self, logits: Tensor, sample: Tensor, dy: Tensor) -> Tensor: ...


@dataclass(frozen=True, slots=True)
class Softmax:
    """J(softmax(l / tau)) / tau."""

    temperature: float

    def vjp(self, logits: Tensor, sample: Tensor, dy: Tensor) -> Tensor:
        return through_softmax(logits, dy, self.temperature)


@dataclass(frozen=True, slots=True)
class SecondOrder:
    """2 J((softmax(l / tau) + D) / 2) - J(softmax(l)) / 2, of ReinMax."""

    temperature: float

    def vjp(self, logits: Tensor, sample: Tensor, dy: Tensor) -> Tensor:
        pi = tempered(logits, 1.0)
        first = pi if self.temperature == 1.0 else tempered(logits, self.temperature)
        middle = (first + sample) * 0.5
        return jacobian(middle, dy) * 2.0 - jacobian(pi, dy) * 0.5


@dataclass(frozen=True, slots=True)
class Averaged:
    """mean_k J(softmax(Z_k / tau)) / tau of Gumbel-Rao, Z_k = l + Gumbel noise given its argmax D.

    The noise of draw k is that of elements `offset ..` of key k.
    """

    temperature: float
    keys: tuple[Key, ...]
    offset: int

    def vjp(self, logits: Tensor, sample: Tensor, dy: Tensor) -> Tensor:
        parts = np.array([key.parts for key in self.keys], np.uint64)
        winners = array_of(sample.argmax(-1)).view(np.uintp)
        of_logits = array_of(logits)
        out = np.empty_like(of_logits)
        _native.gumbel_rao_vjp(
            of_logits, winners, array_of(dy), self.temperature, parts, self.offset, out
        )
        return torch.from_numpy(out).to(logits.device)


class _Pass(Function):
    @staticmethod
    def forward(
        ctx: Any, theta: Tensor, logits: Tensor, sample: Tensor, passage: Passage
    ) -> Tensor:
        ctx.save_for_backward(logits, sample)
        ctx.passage = passage
        return sample.clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None, None, None]:
        logits, sample = ctx.saved_tensors
        return ctx.passage.vjp(logits, sample, dy), None, None, None


def pass_through(variables: Variables, logits: Tensor, sample: Tensor, passage: Passage) -> Tensor:
    """The sample, with the gradient that the passage passes to theta. `logits` are those of the
    passage, taken as constants."""
    result: Tensor = _Pass.apply(variables.logits, logits.detach(), sample.detach(), passage)
    return result
