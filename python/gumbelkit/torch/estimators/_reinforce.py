"""`reinforce`: the score-function estimator with a baseline."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import Parameter

from gumbelkit._native import Error, Key
from gumbelkit.torch.estimators import _init
from gumbelkit.torch.estimators._cost import Cost, Needs
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._interface import Estimator
from gumbelkit.torch.estimators._settings import check_shape, choice, integer, key_of
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["Reinforce"]

UNITS = 64
"""The units of the learned baseline."""


def mean_of_others(costs: Tensor) -> Tensor:
    """The mean cost of the other rows, of each row; 0 for one row."""
    rows = len(costs)
    if rows < 2:
        return torch.zeros_like(costs)
    # From the deviations: the sum of large costs would lose the digits of their differences.
    mean = costs.mean()
    return mean - (costs - mean) / (rows - 1.0)


class Reinforce(Estimator):
    """The score-function estimator, REINFORCE.

        (f(D) - b) (D - pi)     b independent of D

    Unbiased; 1 evaluation, at a corner, without a gradient.

    Args:
        baseline: b. `"none"`: 0. `"mean"`: the mean cost of the other rows of the call, 0 for one
            row; a mean that includes the row's own cost would give (n - 1)/n of the gradient.
            `"learned"`: b(pi) = w . tanh(W pi + c) + b_0 over the probabilities of all variables,
            with 64 units; its objective is (f(D) - b)^2, and its parameters are those of the
            module: `weight` W, `bias` c, `out` w and `out_bias` b_0.
        variables, classes, key: v, k, and the key of the initial weights, for a learned baseline.

    Example:
        The cost is always 3, so a learned baseline becomes 3, and the gradient of the logits 0:

        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import Reinforce
        >>> logits = torch.zeros(16, 2, 3, requires_grad=True)
        >>> estimator = Reinforce("learned", variables=2, classes=3, key=Key(0))
        >>> optimiser = torch.optim.SGD(estimator.parameters(), 0.1)
        >>> for step in range(100):
        ...     optimiser.zero_grad()
        ...     logits.grad = None
        ...     estimate = estimator(lambda x: torch.full((16,), 3.0), logits, Key(7).fold_in(step))
        ...     estimate.surrogate.mean().backward()
        ...     optimiser.step()
        >>> bool(logits.grad.abs().max() < 1e-3)
        True

    Williams, "Simple statistical gradient-following algorithms for connectionist reinforcement
    learning", Machine Learning 8 (1992), theorem 1; learned baseline: Mnih and Gregor, "Neural
    variational inference and learning in belief networks", arXiv 1402.0030, section 2.3.
    """

    name = "reinforce"
    unbiased = True
    needs = Needs.COSTS

    def __init__(
        self,
        baseline: str = "mean",
        *,
        variables: int | None = None,
        classes: int | None = None,
        key: Key | None = None,
    ) -> None:
        super().__init__()
        self.baseline = choice("baseline", baseline, ("none", "mean", "learned"))
        if self.baseline != "learned":
            if not (variables is None and classes is None and key is None):
                raise Error(f"variables, classes, key: the baseline {baseline} has no parameters")
            return
        if variables is None or classes is None or key is None:
            raise Error(
                "baseline: learned has parameters to train, so make the estimator once, with "
                "Reinforce('learned', variables=v, classes=k, key=Key(0))"
            )
        self.shape = (integer("variables", variables, 0), integer("classes", classes, 1))
        inputs = self.shape[0] * self.shape[1]
        self.weight = Parameter(_init.uniform(key_of("key", key), (inputs, UNITS), inputs))
        self.bias = Parameter(torch.zeros(UNITS))
        self.out = Parameter(torch.zeros(UNITS))
        self.out_bias = Parameter(torch.zeros(()))

    def settings(self) -> str:
        return f"baseline {self.baseline}"

    def check(self, variables: int, classes: int) -> None:
        if self.baseline == "learned":
            check_shape("baseline", self.shape, (variables, classes))

    def _learned(self, variables: Variables) -> Tensor:
        """b(pi) of each row, with gradients in the parameters."""
        pi = variables.probabilities.flatten(1)
        weight, bias, out = (p.to(pi.dtype) for p in (self.weight, self.bias, self.out))
        return (pi @ weight + bias).tanh() @ out + self.out_bias.to(pi.dtype)

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        d = variables.sample(0)
        drawn = cost.at(d)
        value = drawn.detach()
        if self.baseline == "learned":
            baseline = self._learned(variables)
        elif self.baseline == "mean":
            baseline = mean_of_others(value)
        else:
            baseline = torch.zeros_like(value)
        coefficient = value - baseline.detach()
        estimate = Estimate.with_score(drawn, variables, coefficient, d)
        if not self.trains():
            return estimate
        # The derivative of (f - b)^2 without the square itself, which may overflow.
        return estimate.with_objective((baseline - baseline.detach()) * (coefficient * -2.0))
