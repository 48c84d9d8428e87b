"""`exact`: the sum over all states."""

from __future__ import annotations

import torch
from torch import Tensor

from gumbelkit._native import Error
from gumbelkit.torch.estimators._algebra import dot, one_hot, total
from gumbelkit.torch.estimators._cost import Cost, Needs, finite_costs
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._interface import Estimator
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["Exact"]

MOST_STATES = 1 << 14
"""The most states that are summed."""


class Exact(Estimator):
    """The exact gradient.

        d/dtheta sum_D P(D) f(D)     over the k^v states D

    No noise: the expected cost itself, with its gradient also in the parameters of the cost. k^v
    evaluations, at corners, at most 2^14, without a gradient. The function also gets states of
    probability 0; their cost is not used, and may be infinite or NaN.

    Example:
        For two Bernoulli variables and the cost "they differ", E f = p (1 - q) + q (1 - p):

        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import Exact, two_classes
        >>> log_odds = torch.tensor([[0.5, -1.0]], requires_grad=True)
        >>> differ = lambda x: x[..., 1].sum(1) == 1.0
        >>> estimate = Exact()(differ, two_classes(log_odds), Key(7))
        >>> p, q = log_odds.detach().sigmoid()[0]
        >>> torch.allclose(estimate.cost, p * (1 - q) + q * (1 - p))
        True
    """

    name = "exact"
    unbiased = True
    needs = Needs.COSTS

    def evaluations(self, variables: int, classes: int) -> int:
        return int(classes**variables)

    def check(self, variables: int, classes: int) -> None:
        if self.evaluations(variables, classes) > MOST_STATES:
            raise Error(
                f"exact: expected at most {MOST_STATES} states, found {classes}^{variables}"
            )

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        rows, v, k = variables.shape
        theta = variables.constant_logits
        # Of a class of -inf only the probability 0 is used: its logarithm would be NaN times 0.
        ln_pi = variables.finite_logits.log_softmax(-1)
        first: Tensor | None = None
        terms = []
        for state in range(self.evaluations(v, k)):
            classes = [state // k ** (v - 1 - i) % k for i in range(v)]
            index = torch.tensor(classes, dtype=torch.int64, device=theta.device)
            d = one_hot(index.expand(rows, v), theta)
            p = dot(d, ln_pi).exp()
            f = finite_costs(cost.unchecked(d).masked_fill(p.detach() == 0.0, 0.0))
            # Less the first cost: the probabilities have the sum 1, and a large cost would take
            # their digits.
            first = f.detach() if first is None else first
            terms.append(p * (f - first))
        assert first is not None  # k is at least 1
        return Estimate.of_cost(total(terms) + first)
