"""The common part of REBAR and RELAX: a function c of the perturbed logits, with and without D."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from gumbelkit.torch.estimators._algebra import (
    per_row,
    squared_norm,
    tempered,
    through_softmax,
    unless_large,
)
from gumbelkit.torch.estimators._cost import Cost
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["AtBoth", "Draw", "relaxed_estimate"]

STEP = 0.05
"""The step in ln lambda of the difference that estimates the slope of the variance."""


@dataclass(frozen=True, slots=True)
class AtBoth:
    """c at Z and at Zt: its value at Zt, and its gradients."""

    value: Tensor
    free: Tensor
    conditional: Tensor


class Draw:
    """A draw D with its cost, the perturbed logits Z of which it is the argmax, and Zt given D."""

    def __init__(self, variables: Variables, cost: Cost) -> None:
        self.z, self.sample = variables.perturbed(0)
        self.given = variables.posterior(variables.constant_logits, self.sample, 1)
        self.cost = cost.at(self.sample)
        self.score, self.pi = variables.score(self.sample), variables.probabilities

    def reinforce(self) -> Tensor:
        """f(D) (D - pi), a constant."""
        return per_row(self.cost.detach()) * self.score

    def control(self, c: AtBoth) -> Tensor:
        """The control variate -c(Zt) (D - pi) + d/dtheta c(Z) - d/dtheta c(Zt)."""
        return c.free - self._through_given(c.conditional) - per_row(c.value) * self.score

    def _through_given(self, gradient: Tensor) -> Tensor:
        """A gradient in Zt pulled back to theta, at fixed noise.

        dZt_j/dtheta_m = w_j [j = m] + (1 - w_j) pi_m     w_j = 1 - exp(Zt_j - Zt_D),  w_D = 0
        """
        largest = self.given.masked_fill(self.sample == 0.0, 0.0).sum(-1, keepdim=True)
        rest = (self.given - largest).exp()
        shared = (rest * gradient).sum(-1, keepdim=True)
        return (1.0 - rest) * gradient + shared * self.pi

    def relaxed_cost(self, cost: Cost, lambd: float) -> AtBoth:
        """f(softmax(./lambda)) at Z and at Zt, as constants. 2 evaluations, with gradients."""
        _, g = cost.value_and_gradient(tempered(self.z, lambd))
        free = through_softmax(self.z, g, lambd)
        value, g = cost.value_and_gradient(tempered(self.given, lambd))
        return AtBoth(value, free, through_softmax(self.given, g, lambd))


def relaxed_estimate(
    variables: Variables,
    cost: Cost,
    draw: Draw,
    eta: Tensor,
    ln_lambda: Tensor,
    network: Tensor | None,
    trains: bool,
) -> Estimate:
    """The estimate with eta times the relaxed cost as the control variate, and `network`, another
    one, beside it; with the objective of the parameters that are trained."""
    eta, ln_lambda = (p.to(variables.logits.dtype) for p in (eta, ln_lambda))
    lambd = math.exp(float(ln_lambda.detach()))

    def control(lambd: float) -> Tensor:
        return draw.control(draw.relaxed_cost(cost, lambd))

    def estimate(control: Tensor) -> Tensor:
        both = draw.reinforce() + eta * control
        return both if network is None else both + network

    here = control(lambd)
    out = Estimate.trained(draw.cost, variables, estimate(here), trains)
    if not (trains and ln_lambda.requires_grad):
        return out
    norm = squared_norm(estimate(here).detach())
    next_norm = squared_norm(estimate(control(lambd * math.exp(STEP))).detach())
    slope = unless_large(next_norm - norm, norm.maximum(next_norm)) / STEP
    return out.with_objective(slope * ln_lambda)
