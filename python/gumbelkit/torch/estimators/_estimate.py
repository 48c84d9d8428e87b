"""`Estimate`: the cost of each row, and a surrogate whose gradient is the estimate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from gumbelkit.torch.estimators._algebra import per_row, squared_norm, unless_large
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["Estimate"]


class _WithGradient(Function):
    """The costs; the gradient in cost i also passes to row i of theta, times that of `gradient`."""

    @staticmethod
    def forward(ctx: Any, cost: Tensor, theta: Tensor, gradient: Tensor) -> Tensor:
        ctx.save_for_backward(gradient)
        return cost.clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dcost: Tensor) -> tuple[Tensor, Tensor, None]:
        (gradient,) = ctx.saved_tensors
        return dcost, per_row(dcost) * gradient, None


@dataclass(frozen=True, slots=True)
class Estimate:
    """The result of `estimate`: costs, and a surrogate to differentiate.

    The constructors below are for estimators of your own.
    """

    cost: Tensor
    """The cost of each row as a constant, `[rows]`: at the sample, or the mean over the samples
    that the estimator takes; for `exact` the expected cost, for `vimco` minus the bound."""
    surrogate: Tensor
    """A tensor `[rows]` with the values of `cost`. Its gradient in the logits is the estimate; in
    the parameters of the cost it is that of the cost, and in the estimator's own parameters that
    of their objective."""

    @classmethod
    def of_cost(cls, cost: Tensor) -> Estimate:
        """The estimate that is the derivative of the cost: the sample passes the gradient on."""
        return cls(cost.detach(), cost)

    @classmethod
    def with_gradient(cls, cost: Tensor, variables: Variables, gradient: Tensor) -> Estimate:
        """The estimate with this gradient in the logits, `[rows, v, k]`, taken as a constant."""
        surrogate = _WithGradient.apply(cost, variables.logits, gradient.detach())
        return cls(cost.detach(), surrogate)

    @classmethod
    def with_score(
        cls, cost: Tensor, variables: Variables, coefficient: Tensor, sample: Tensor
    ) -> Estimate:
        """The estimate with the gradient coefficient x (D - pi), `coefficient: [rows]`."""
        gradient = per_row(coefficient.detach()) * variables.score(sample)
        return cls.with_gradient(cost, variables, gradient)

    @classmethod
    def trained(
        cls, cost: Tensor, variables: Variables, gradient: Tensor, trains: bool
    ) -> Estimate:
        """The estimate with a gradient that depends on own parameters, but not in its mean.

        If they are trained, their objective is the squared norm of the gradient: less of it is
        less variance. A row of squared norm above 1e30 has none: it would overflow in float32.
        """
        estimate = cls.with_gradient(cost, variables, gradient)
        if not trains:
            return estimate
        norm = squared_norm(gradient)
        return estimate.with_objective(unless_large(norm, norm.detach()))

    def with_objective(self, objective: Tensor) -> Estimate:
        """The estimate with an objective of the estimator's own parameters, `[rows]`. It changes
        their gradient, and not the value of the surrogate."""
        moved = objective - objective.detach()
        return Estimate(self.cost, self.surrogate + moved)
