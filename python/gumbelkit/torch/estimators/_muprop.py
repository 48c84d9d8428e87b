"""`muprop`: the score-function estimator with a Taylor expansion of the cost at the mean."""

from __future__ import annotations

from gumbelkit.torch.estimators._algebra import dot, jacobian, per_row
from gumbelkit.torch.estimators._cost import Cost, Needs
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._interface import Estimator
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["MuProp"]


class MuProp(Estimator):
    """The score-function estimator with the expansion of the cost at pi as a control variate.

        (f(D) - f(pi) - f'(pi) . (D - pi)) (D - pi) + J(pi) f'(pi)

    The dot product is over all variables. Unbiased; 2 evaluations, one of them with the gradient at
    pi, a soft point.

    Example:
        A linear cost is its own expansion, so every key gives one gradient, J(pi) c:

        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import MuProp
        >>> logits = torch.zeros(1, 1, 2, requires_grad=True)
        >>> linear = lambda x: (x * torch.tensor([1.0, 3.0])).sum((1, 2))
        >>> MuProp()(linear, logits, Key(7)).surrogate.sum().backward()
        >>> logits.grad
        tensor([[[-0.5000,  0.5000]]])

    Gu, Levine, Sutskever and Mnih, "MuProp: unbiased backpropagation for stochastic neural
    networks", arXiv 1511.05176, equation 3.
    """

    name = "muprop"
    unbiased = True
    needs = Needs.SOFT_POINTS

    def evaluations(self, variables: int, classes: int) -> int:
        return 2

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        d, pi = variables.sample(0), variables.probabilities
        at_mean, slope = cost.value_and_gradient(pi)
        drawn = cost.at(d)
        score = variables.score(d)
        rest = drawn.detach() - at_mean - dot(slope, score)
        gradient = per_row(rest) * score + jacobian(pi, slope)
        return Estimate.with_gradient(drawn, variables, gradient)
