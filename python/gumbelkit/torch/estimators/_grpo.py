"""`grpo`: several samples with standardised costs."""

from __future__ import annotations

import math

import torch

from gumbelkit.torch.estimators._algebra import LARGEST_SQUARE, total
from gumbelkit.torch.estimators._cost import Cost
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._rloo import Rloo
from gumbelkit.torch.estimators._samples import Samples
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["Grpo"]

EPSILON = 1e-4
"""Added to the standard deviation, as usual implementations do."""


class Grpo(Rloo):
    """The group-relative estimator, as in GRPO: standardised costs times the score.

        mean_k (f(D_k) - m) / (s + 1e-4) (D_k - pi)     m the mean and s the standard deviation

    The reading here: m includes the own cost, s divides by K - 1, and the ratio of probabilities of
    the old and the new policy is 1 (the first step after sampling). Biased: the gradient is scaled
    by about 1/s, differently in each group, and by (K-1)/K. K evaluations, at corners, without a
    gradient.

    Args:
        samples: K, at least 2.

    Example:
        The unit of the cost does not matter, up to the 1e-4:

        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import Grpo
        >>> logits = torch.zeros(50, 1, 3, requires_grad=True)
        >>> def gradient(unit):
        ...     cost = lambda x: x.cumsum(2).sum((1, 2)) * unit
        ...     surrogate = Grpo(4)(cost, logits, Key(7)).surrogate
        ...     return torch.autograd.grad(surrogate.sum(), logits)[0]
        >>> torch.allclose(gradient(100.0), gradient(1.0), atol=1e-3)
        True

    Shao et al., "DeepSeekMath", arXiv 2402.03300, section 4.1.2.
    """

    name = "grpo"
    unbiased = False

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        drawn = Samples(variables, cost, self.samples)
        # Squares of large deviations overflow: those are taken in units of the largest one.
        largest = torch.stack([f.abs() for f in drawn.deviations]).amax(0)
        unit = largest.masked_fill(largest < math.sqrt(LARGEST_SQUARE), 1.0)
        squares = total([(f / unit).square() for f in drawn.deviations])
        deviation = (squares / (self.samples - 1.0)).sqrt() * unit
        return drawn.estimate(variables, (deviation + EPSILON).reciprocal())
