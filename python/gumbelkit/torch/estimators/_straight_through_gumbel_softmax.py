"""`straight-through-gumbel-softmax`: a one-hot sample, the derivative of the relaxed one."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from gumbelkit import _native
from gumbelkit.torch.estimators._algebra import inverse, jacobian
from gumbelkit.torch.estimators._cost import Cost
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._interface import Estimator
from gumbelkit.torch.estimators._variables import Variables, array_of

__all__ = ["StraightThroughGumbelSoftmax"]


class _Hard(Function):
    """The one-hot of argmax(theta + G), with the derivative of softmax((theta + G) / tau)."""

    @staticmethod
    def forward(ctx: Any, theta: Tensor, variables: Variables) -> Tensor:
        logits = array_of(theta)
        hard, soft = np.empty_like(logits), np.empty_like(logits)
        _, v, k = variables.shape
        key, offset = variables.draw_key(0), variables.offset(v * k)
        _native.straight_through_gumbel_softmax(
            logits, 2, variables.temperature, key, offset, hard, soft
        )
        ctx.save_for_backward(variables.tensor(soft))
        ctx.inverse = inverse(variables.temperature)
        return variables.tensor(hard)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        (y,) = ctx.saved_tensors
        return jacobian(y, dy) * ctx.inverse, None


class StraightThroughGumbelSoftmax(Estimator):
    """The cost at the one-hot sample, with the derivative of the relaxed sample of the same noise.

        J(y) g / tau     D = onehot(argmax(theta + G)),  y = softmax((theta + G)/tau)

    Biased. 1 evaluation, with the gradient at the corner, so that cost and network are those of the
    discrete model.

    Example:
        A linear cost has the same g everywhere, so the gradient is that of `GumbelSoftmax`, but
        the cost is that of a corner:

        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import estimate
        >>> c, gradients = torch.tensor([1.0, 2.0, 4.0]), []
        >>> for name in ["gumbel-softmax", "straight-through-gumbel-softmax"]:
        ...     logits = torch.zeros(1, 1, 3, requires_grad=True)
        ...     linear = lambda x: (x * c).sum((1, 2))
        ...     estimate(linear, logits, Key(7), name, temperature=0.5).surrogate.sum().backward()
        ...     gradients.append(logits.grad)
        >>> torch.allclose(*gradients)
        True

    Jang, Gu and Poole, arXiv 1611.01144, section 2.2.
    """

    name = "straight-through-gumbel-softmax"
    default_temperature = 0.5

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        return Estimate.of_cost(cost.at(_Hard.apply(variables.logits, variables)))
