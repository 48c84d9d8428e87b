"""`zgr`: the mean of straight-through and `darn`, the limit of Gumbel-Rao at temperature 0."""

from __future__ import annotations

from gumbelkit.torch.estimators._cost import Cost
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._interface import Estimator
from gumbelkit.torch.estimators._reinmax import second_order
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["Zgr"]


class Zgr(Estimator):
    """The limit of the mean of Gumbel-Rao given D as tau goes to 0, ZGR.

        (J(pi) g + (g . (D - pi)) (D - pi)) / 2 = 2 J((pi + D) / 2) g - J(pi) g / 2

    The right side is `ReinMax` at tau = 1. Exact on quadratic costs, biased otherwise; without a
    temperature. 1 evaluation, with the gradient at a corner.

    Example:
        It is the mean of `StraightThrough` and `Darn` at pi, draw by draw:

        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import estimate
        >>> logits = torch.tensor([[0.5, 0.0, -1.0], [0.0, 2.0, 1.0]]).repeat(20, 1, 1)
        >>> cube = lambda x: x.cumsum(2).sum((1, 2)) ** 3
        >>> def gradient(name):
        ...     surrogate = estimate(cube, logits.requires_grad_(), Key(7), name).surrogate
        ...     return torch.autograd.grad(surrogate.sum(), logits)[0]
        >>> half = (gradient("darn") + gradient("straight-through")) / 2
        >>> torch.allclose(half, gradient("zgr"), rtol=1e-4, atol=1e-3)
        True

    Shekhovtsov, "Cold analysis of Rao-Blackwellized straight-through Gumbel-Softmax gradient
    estimator", ICML 2023.
    """

    name = "zgr"

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        return Estimate.of_cost(cost.at(second_order(variables, variables.sample(0), 1.0)))
