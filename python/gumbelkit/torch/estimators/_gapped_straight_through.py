"""`gapped-straight-through`: logits at which the sample is the argmax by a gap."""

from __future__ import annotations

import torch
from torch import Tensor

from gumbelkit._native import Error
from gumbelkit.torch.estimators._algebra import centred
from gumbelkit.torch.estimators._cost import Cost
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._interface import Estimator
from gumbelkit.torch.estimators._passage import Softmax, pass_through
from gumbelkit.torch.estimators._settings import choice, finite
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["GappedStraightThrough"]


class GappedStraightThrough(Estimator):
    """The straight-through estimator with logits at which D is the argmax by a gap.

        t = theta + (max theta - theta_D) D - (theta - max theta + gap)_+ (1 - D)
        J(softmax(t/tau)) g / tau

    The moves of the logits are constants. Biased; 1 evaluation, with the gradient at a corner.

    Args:
        gap: a finite number of at least 0, or `"probability"`: -ln(1 - pi_D) / pi_D, which is 1 for
            a rare class and without bound for a likely one.

    Example:
        Of two classes with equal logits the gap alone decides: abs(t_1 - t_0) = gap.

        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import GappedStraightThrough
        >>> logits = torch.zeros(1, 1, 2, requires_grad=True)
        >>> estimate = GappedStraightThrough(gap=0.0)(lambda x: x[:, 0, 1], logits, Key(7))
        >>> estimate.surrogate.sum().backward()
        >>> logits.grad
        tensor([[[-0.2500,  0.2500]]])

    Fan, Chi, Rudnicky and Ramadge, "Training discrete deep generative models via gapped
    straight-through estimator", arXiv 2206.07235.
    """

    name = "gapped-straight-through"
    default_temperature = 1.0

    def __init__(self, gap: float | str = 1.0) -> None:
        super().__init__()
        if isinstance(gap, str):
            self.gap: float | str = choice("gap", gap, ("probability",))
        else:
            self.gap = finite("gap", gap)
            if self.gap < 0:
                raise Error(f"gap: expected 0 or more, found {gap}")

    def settings(self) -> str:
        return f"gap {self.gap}"

    def _lowered(self, variables: Variables, d: Tensor) -> Tensor:
        """t less its largest, of the classes other than D."""
        below = centred(variables.constant_logits)
        if not isinstance(self.gap, str):
            return below.clamp(max=-self.gap)
        pi = variables.probabilities
        p = (pi * d).sum(-1, keepdim=True)
        rest = (pi * (1.0 - d)).sum(-1, keepdim=True)
        # ln(1 - pi_D): near 0 from pi_D, near 1 from the others, which have the digits of 1 - pi_D.
        ln = torch.where(p < 0.5, (-p.clamp(max=0.5)).log1p(), rest.log())
        return torch.minimum(below, ln / p)

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        d = variables.sample(0)
        t = self._lowered(variables, d).masked_fill(d == 1.0, 0.0)
        passed = pass_through(variables, t, d, Softmax(variables.temperature))
        return Estimate.of_cost(cost.at(passed))
