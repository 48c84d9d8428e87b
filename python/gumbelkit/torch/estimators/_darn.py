"""`darn`: the score-function estimator with a linear expansion of the cost."""

from __future__ import annotations

import torch

from gumbelkit.torch.estimators._cost import Cost
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._interface import Estimator
from gumbelkit.torch.estimators._settings import choice
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["Darn"]


class Darn(Estimator):
    """The score-function estimator with a linear expansion of the cost in place of the cost.

        (g . (D - p)) (D - pi)     p = pi, or 1/k in each class

    The dot product is over the classes of one variable: the terms of the others are noise that is
    independent of the score to first order. Biased. At p = pi exact for linear costs; at p = 1/2
    and two classes exact for quadratic ones. 1 evaluation, with the gradient at a corner.

    Args:
        point: p, `"mean"` for pi, or `"centre"` for 1/k, which is Gregor's for two classes.

    Example:
        For two classes and x^2 the estimate at the centre is that of REINFORCE, but made of the
        gradient of the cost alone:

        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import Darn, Reinforce
        >>> logits = torch.zeros(50, 1, 2, requires_grad=True)
        >>> def gradient(estimator):
        ...     surrogate = estimator(lambda x: x[..., 1].square().sum(1), logits, Key(7)).surrogate
        ...     return torch.autograd.grad(surrogate.sum(), logits)[0]
        >>> torch.allclose(gradient(Darn("centre")), gradient(Reinforce("none")))
        True

    Gregor et al., "Deep autoregressive networks", arXiv 1310.8499; for k classes, with the points
    1/k and pi: Gu, Levine, Sutskever and Mnih, "MuProp", arXiv 1511.05176, equations 5 and 7.
    """

    name = "darn"

    def __init__(self, point: str = "mean") -> None:
        super().__init__()
        self.point = choice("point", point, ("mean", "centre"))

    def settings(self) -> str:
        return f"point {self.point}"

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        d = variables.sample(0)
        if self.point == "mean":
            start = variables.probabilities
        else:
            start = torch.full_like(d, 1.0 / variables.shape[2])
        # (D - p) ln P(D): its derivative in theta, at g, is (g . (D - p)) (D - pi).
        ln_pi = variables.logits.log_softmax(-1)
        ln_p = ln_pi.masked_fill(d == 0.0, 0.0).sum(-1, keepdim=True)
        return Estimate.of_cost(cost.at_corner_with_gradient_of(d, (d - start) * ln_p))
