"""Several samples with their costs, the common part of the estimators that compare samples."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from gumbelkit.torch.estimators._algebra import mean, per_row, total
from gumbelkit.torch.estimators._cost import Cost
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["Samples", "SamplesWithGradients"]


class Samples:
    """n samples with their costs: the mean cost with its gradient in the function, and each cost
    less the mean."""

    def __init__(self, variables: Variables, cost: Cost, n: int) -> None:
        self.samples = variables.samples(n)
        costs = [cost.at(d) for d in self.samples]
        # Less the first cost: equal costs, however large, have deviations of exactly 0.
        values = [f.detach() - costs[0].detach() for f in costs]
        middle = mean(values)
        self.deviations = [f - middle for f in values]
        self.cost = mean(costs)

    def estimate(self, variables: Variables, scale: Tensor) -> Estimate:
        """The mean of `scale` times each deviation times its score."""
        scale = scale / len(self.samples)
        terms = [per_row(f * scale) * d for f, d in zip(self.deviations, self.samples, strict=True)]
        # The deviations have the sum 0, so pi drops out of the scores.
        return Estimate.with_gradient(self.cost, variables, total(terms))


class SamplesWithGradients:
    """n samples with their scores, and costs and gradients as constants."""

    def __init__(self, variables: Variables, cost: Cost, n: int) -> None:
        self.samples = variables.samples(n)
        self.costs: list[Tensor] = []
        self.gradients: list[Tensor] = []
        tracked = []
        for d in self.samples:
            value, gradient = cost.value_and_gradient(d)
            self.costs.append(value)
            self.gradients.append(gradient)
            tracked.append(cost.at(d))
        self.scores = [variables.score(d) for d in self.samples]
        self.cost = mean(tracked)

    def leave_one_out(self, x: Sequence[Tensor]) -> Tensor:
        """mean_k (x_k - mean_{j != k} x_j) (D_k - pi)."""
        n, middle = len(x), mean(x)
        terms = [per_row(x - middle) * score for x, score in zip(x, self.scores, strict=True)]
        return mean(terms) * (n / (n - 1))
