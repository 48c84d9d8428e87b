"""`double-cv`: leave-one-out with a Taylor control variate inside and outside the baseline."""

from __future__ import annotations

import torch
from torch.nn import Parameter

from gumbelkit.torch.estimators._algebra import dot, jacobian, total
from gumbelkit.torch.estimators._cost import Cost
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._interface import Estimator
from gumbelkit.torch.estimators._samples import SamplesWithGradients
from gumbelkit.torch.estimators._settings import finite, integer
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["DoubleCv"]


class DoubleCv(Estimator):
    """Leave-one-out REINFORCE with double control variates.

        mean_k [(f_k + a b_k - mean_{j != k} (f_j + a b_j)) (D_k - pi)] - a J(pi) mean_k g_k
        f_k = f(D_k),  b_k = gbar_k . (D_k - pi) over all variables,  gbar_k = mean_{j != k} g_j

    b_k uses the gradients of the other samples, so that E[b_k (D_k - pi)] = J(pi) E g is known up
    to gradients that are there already. Unbiased for every a; a = -1 removes the linear part of the
    cost from the first term. The paper is for two classes, and the same proof holds for k. 2 K
    evaluations: K with gradients at corners, and K for the network in the cost.

    The parameter of the module is `alpha`, a; its objective is the squared norm of the estimate.

    Args:
        samples: K, at least 2.
        alpha: the initial coefficient, finite.

    Example:
        At a = -1 no noise is left of a linear cost:

        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import DoubleCv
        >>> logits = torch.zeros(100, 3, 2, requires_grad=True)
        >>> estimate = DoubleCv(alpha=-1.0)(lambda x: x[..., 1].sum(1), logits, Key(7))
        >>> estimate.surrogate.sum().backward()
        >>> torch.allclose(logits.grad[..., 1], torch.tensor(0.25))
        True

    Titsias and Shi, "Double control variates for gradient estimation in discrete latent variable
    models", arXiv 2111.05300.
    """

    name = "double-cv"
    unbiased = True

    def __init__(self, samples: int = 2, alpha: float = -0.7) -> None:
        super().__init__()
        self.samples = integer("samples", samples, 2)
        self.alpha = Parameter(torch.tensor(finite("alpha", alpha), dtype=torch.float32))

    def settings(self) -> str:
        return f"samples {self.samples}, alpha {float(self.alpha.detach()):.3g}"

    def evaluations(self, variables: int, classes: int) -> int:
        return 2 * self.samples

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        drawn = SamplesWithGradients(variables, cost, self.samples)
        others = 1.0 / (self.samples - 1.0)
        gradients = total(drawn.gradients)
        pairs = zip(drawn.gradients, drawn.scores, strict=True)
        b = [dot(gradients - g, score) * others for g, score in pairs]
        mean_g = gradients / self.samples
        slope = drawn.leave_one_out(b) - jacobian(variables.probabilities, mean_g)
        estimate = drawn.leave_one_out(drawn.costs) + self.alpha.to(slope.dtype) * slope
        return Estimate.trained(drawn.cost, variables, estimate, self.trains())
