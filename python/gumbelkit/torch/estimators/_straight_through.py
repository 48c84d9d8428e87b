"""`straight-through` and `annealed-straight-through`: the derivative of the mean."""

from __future__ import annotations

from gumbelkit.torch.estimators._cost import Cost
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._interface import Estimator
from gumbelkit.torch.estimators._passage import Softmax, pass_through
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["AnnealedStraightThrough", "StraightThrough"]


class StraightThrough(Estimator):
    """The straight-through estimator.

        J(softmax(theta/tau)) g / tau

    Biased; at tau = 1 exact for linear costs. 1 evaluation, with the gradient at a corner.

    Example:
        The bias depends on how the cost is written. x and x^2 are one cost at the corners, but have
        other slopes there:

        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import StraightThrough
        >>> logits = torch.zeros(1000, 1, 2, requires_grad=True)
        >>> def slope(cost):
        ...     surrogate = StraightThrough()(cost, logits, Key(7)).surrogate
        ...     return torch.autograd.grad(surrogate.mean(), logits)[0].sum(0)[0, 1]
        >>> exact = 0.25
        >>> bool(abs(slope(lambda x: x[:, 0, 1]) - exact) < 1e-4)
        True
        >>> bool(slope(lambda x: (x[:, 0, 1] + x[:, 0, 1].square())) > 1.5 * exact)
        True

    Bengio, Leonard and Courville, "Estimating or propagating gradients through stochastic neurons
    for conditional computation", arXiv 1308.3432.
    """

    name = "straight-through"
    default_temperature = 1.0

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        d, passage = variables.sample(0), Softmax(variables.temperature)
        return Estimate.of_cost(cost.at(pass_through(variables, variables.logits, d, passage)))


class AnnealedStraightThrough(StraightThrough):
    """The straight-through estimator with a slope that rises in training.

    The slope a = 1/tau is in the backward pass only: the estimate is that of `StraightThrough` at
    tau, and a schedule that lowers tau makes it rise. The samples stay as they are.

    Chung, Ahn and Bengio, "Hierarchical multiscale recurrent neural networks", arXiv 1609.01704,
    section 2.4.
    """

    name = "annealed-straight-through"
    default_temperature = 0.5
