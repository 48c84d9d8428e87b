"""`vimco`: the leave-one-out estimator for the bound of several samples."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gumbelkit.torch.estimators._algebra import mean, per_row, total
from gumbelkit.torch.estimators._cost import Cost, Needs
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._interface import Estimator
from gumbelkit.torch.estimators._settings import integer
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["Vimco"]


def ln_mean_exp(values: Sequence[Tensor]) -> Tensor:
    """ln mean_k exp(l_k)."""
    largest = torch.stack([l.detach() for l in values]).amax(0)
    return (total([(l - largest).exp() for l in values]) / len(values)).log() + largest


class Vimco(Estimator):
    """The estimator of the gradient of the bound of K samples, VIMCO.

        -L = -E ln mean_k e^(l_k)     l_k = -f(D_k) = ln p(x, D_k) - ln q(D_k)
        -sum_k (L_hat - L_hat_-k) (D_k - pi) - sum_j w_j grad l_j
        L_hat_-k: in L_hat, l_k is replaced by the mean of the others

    The cost is minus the log-weight, and contains ln q(D) with its gradient in theta: the sum over
    j, w = softmax(l), is the path-wise term, the gradient of the function's own tensors. The cost
    of the estimate is -L_hat. Unbiased for the bound. K evaluations, at corners. The costs have to
    be finite: a sample of likelihood 0 has no log-weight.

    Args:
        samples: K, at least 2.

    Example:
        With the weights 1 and 1/3, each of probability 1/2, more samples make the bound closer to
        ln(2/3):

        >>> import math, torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import Vimco
        >>> minus_ln_weight = lambda x: x[:, 0, 1] * math.log(3)
        >>> two, twenty = (
        ...     -float(Vimco(n)(minus_ln_weight, torch.zeros(20_000, 1, 2), Key(7)).cost.mean())
        ...     for n in (2, 20)
        ... )
        >>> two < twenty < math.log(2 / 3)
        True

    Mnih and Rezende, "Variational inference for Monte Carlo objectives", arXiv 1602.06725.
    """

    name = "vimco"
    unbiased = True
    needs = Needs.COSTS
    for_bound = True

    def __init__(self, samples: int = 2) -> None:
        super().__init__()
        self.samples = integer("samples", samples, 2)

    def settings(self) -> str:
        return f"samples {self.samples}"

    def evaluations(self, variables: int, classes: int) -> int:
        return self.samples

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        samples = variables.samples(self.samples)
        weights = [-cost.at(d) for d in samples]
        bound = ln_mean_exp(weights)
        values = [l.detach() for l in weights]
        terms = []
        for i, d in enumerate(samples):
            # The mean of the others from the others: a large l_k would take their digits from a
            # sum of all.
            others = values[:i] + values[i + 1 :]
            without = [*values[:i], mean(others), *values[i + 1 :]]
            signal = ln_mean_exp(without) - bound.detach()
            terms.append(per_row(signal) * variables.score(d))
        return Estimate.with_gradient(-bound, variables, total(terms))
