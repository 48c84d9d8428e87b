"""`indecater`: every class of each variable, the other variables sampled."""

from __future__ import annotations

import torch

from gumbelkit.torch.estimators._algebra import jacobian
from gumbelkit.torch.estimators._cost import Cost, Needs, finite_costs
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._interface import Estimator
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["Indecater"]


class Indecater(Estimator):
    """The sum over the classes of each variable, with the other variables sampled, IndeCateR.

        sum_i f(D with D_l = i) J(pi)_i     for each variable l

    Unbiased; v (k - 1) + 1 evaluations, at corners, without a gradient. The network in the cost is
    trained at D alone. The function also gets classes of logit -inf, because rows have different
    ones; their cost is not used, and may be infinite or NaN.

    Example:
        With one variable every class is evaluated, and the gradient is exact in each row:

        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import Indecater
        >>> logits = torch.zeros(1, 1, 2, requires_grad=True)
        >>> linear = lambda x: (x * torch.tensor([1.0, 3.0])).sum((1, 2))
        >>> Indecater()(linear, logits, Key(7)).surrogate.sum().backward()
        >>> logits.grad
        tensor([[[-0.5000,  0.5000]]])

    De Smet, Sansone and Zuidberg Dos Martires, "Differentiable sampling of categorical
    distributions using the CatLog-derivative trick", arXiv 2311.12569; Titsias and Lazaro-Gredilla,
    "Local expectation gradients for black box variational inference" (2015).
    """

    name = "indecater"
    unbiased = True
    needs = Needs.COSTS

    def evaluations(self, variables: int, classes: int) -> int:
        return variables * (classes - 1) + 1

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        _, v, k = variables.shape
        d, pi = variables.sample(0), variables.probabilities
        drawn = cost.at(d)
        base = drawn.detach()
        costs = torch.zeros_like(d, dtype=torch.promote_types(d.dtype, base.dtype))
        for variable in range(v):
            own = d[:, variable]
            for i in range(1, k):
                # The class that is i places after the drawn one, in every row; its cost less that
                # of D.
                other = own.roll(i, -1)
                moved = d.clone()
                moved[:, variable] = other
                impossible = (other * pi[:, variable]).sum(-1) == 0.0
                value = finite_costs(cost.value(moved).masked_fill(impossible, 0.0))
                difference = (value - base).masked_fill(impossible, 0.0)
                costs[:, variable] += other * difference[:, None]
        return Estimate.with_gradient(drawn, variables, jacobian(pi, costs))
