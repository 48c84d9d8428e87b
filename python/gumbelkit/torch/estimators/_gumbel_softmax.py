"""`gumbel-softmax`: differentiate the cost of the relaxed sample."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from gumbelkit import _native
from gumbelkit.torch.estimators._algebra import inverse, jacobian
from gumbelkit.torch.estimators._cost import Cost, Needs
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._interface import Estimator
from gumbelkit.torch.estimators._variables import Variables, array_of

__all__ = ["GumbelSoftmax"]


class _Relaxed(Function):
    """softmax((theta + G) / tau), with the noise of draw 0."""

    @staticmethod
    def forward(ctx: Any, theta: Tensor, variables: Variables) -> Tensor:
        logits = array_of(theta)
        out = np.empty_like(logits)
        _, v, k = variables.shape
        key, offset = variables.draw_key(0), variables.offset(v * k)
        _native.gumbel_softmax(logits, 2, variables.temperature, key, offset, out)
        y = variables.tensor(out)
        ctx.save_for_backward(y)
        ctx.inverse = inverse(variables.temperature)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        (y,) = ctx.saved_tensors
        return jacobian(y, dy) * ctx.inverse, None


class GumbelSoftmax(Estimator):
    """The gradient of the cost at the relaxed sample.

        J(y) f'(y) / tau     y = softmax((theta + G)/tau)

    Unbiased for the expectation of the relaxed cost; biased for that of the discrete cost, the more
    so the higher tau; its variance grows as tau falls. 1 evaluation, at y, so the network in the
    cost too is trained at soft samples.

    Example:
        The cost is that of a soft sample. The sum of squares is 1 at every corner, but not here:

        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import GumbelSoftmax
        >>> logits = torch.zeros(100, 1, 2, requires_grad=True)
        >>> squares = lambda x: x.square().sum((1, 2))
        >>> estimate = GumbelSoftmax()(squares, logits, Key(7), temperature=0.5)
        >>> bool(estimate.cost.mean() < 0.95)
        True

    Jang, Gu and Poole, arXiv 1611.01144, section 2.1; Maddison, Mnih and Teh, arXiv 1611.00712.
    """

    name = "gumbel-softmax"
    needs = Needs.SOFT_POINTS
    default_temperature = 0.5

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        return Estimate.of_cost(cost.at(_Relaxed.apply(variables.logits, variables)))
