"""`reinmax`: straight-through to second order."""

from __future__ import annotations

from torch import Tensor

from gumbelkit.torch.estimators._cost import Cost
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._interface import Estimator
from gumbelkit.torch.estimators._passage import SecondOrder, pass_through
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["ReinMax", "second_order"]


def second_order(variables: Variables, sample: Tensor, temperature: float) -> Tensor:
    """The sample, with 2 J(pi_D) - J(pi) / 2 as its derivative in theta."""
    return pass_through(variables, variables.logits, sample, SecondOrder(temperature))


class ReinMax(Estimator):
    """The second-order straight-through estimator, ReinMax.

        2 J(pi_D) g - J(pi) g / 2     pi_D = (softmax(theta/tau) + D) / 2,  pi = softmax(theta)

    There is no factor 1/tau, and the second pi is at temperature 1. At tau = 1 it equals `Zgr` draw
    by draw, and is exact on quadratic costs; biased otherwise. The paper has tau of at least 1;
    here any temperature is taken. 1 evaluation, with the gradient at a corner.

    Example:
        The mean is exact on a quadratic cost; straight-through is far from it:

        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import estimate
        >>> logits = torch.tensor([1.0, 0.0, -1.0]).repeat(40_000, 1, 1).requires_grad_()
        >>> square = lambda x: x.cumsum(2).sum((1, 2)).square()  # 9, 4 and 1
        >>> def gradient(name):
        ...     surrogate = estimate(square, logits, Key(7), name).surrogate
        ...     return torch.autograd.grad(surrogate.mean(), logits)[0].sum(0)
        >>> exact, reinmax = gradient("exact"), gradient("reinmax")
        >>> bool((reinmax - exact).norm() < 0.02 * exact.norm())
        True
        >>> bool((gradient("straight-through") - exact).norm() > 0.1 * exact.norm())
        True

    Liu, Dong, Liu, Yu and Gao, "Bridging discrete and backpropagation: straight-through and
    beyond", arXiv 2304.08612, algorithm 2.
    """

    name = "reinmax"
    default_temperature = 1.0

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        d = variables.sample(0)
        return Estimate.of_cost(cost.at(second_order(variables, d, variables.temperature)))
