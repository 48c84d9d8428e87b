"""`rloo`: several samples, each with the others as its baseline."""

from __future__ import annotations

import torch

from gumbelkit.torch.estimators._cost import Cost, Needs
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._interface import Estimator
from gumbelkit.torch.estimators._samples import Samples
from gumbelkit.torch.estimators._settings import integer
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["Rloo"]


class Rloo(Estimator):
    """REINFORCE with the mean of the other samples as the baseline, RLOO.

        mean_k (f(D_k) - mean_{j != k} f(D_j)) (D_k - pi)

    Unbiased; K evaluations, at corners, without a gradient.

    Args:
        samples: K, at least 2.

    Example:
        The mean of 20,000 estimates is J(pi) c, here (c - mean of c) / 3 for equal logits:

        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import Rloo
        >>> table = torch.tensor([5.0, 1.0, 3.0])
        >>> logits = torch.zeros(20_000, 1, 3, requires_grad=True)
        >>> estimate = Rloo(4)(lambda x: table[x.argmax(2)[:, 0]], logits, Key(7))
        >>> estimate.surrogate.mean().backward()
        >>> torch.allclose(logits.grad.sum(0), torch.tensor([[2.0, -2.0, 0.0]]) / 3, atol=0.03)
        True

    Kool, van Hoof and Welling, "Buy 4 REINFORCE samples, get a baseline for free!", ICLR workshop
    (2019).
    """

    name = "rloo"
    unbiased = True
    needs = Needs.COSTS

    def __init__(self, samples: int = 2) -> None:
        super().__init__()
        self.samples = integer("samples", samples, 2)

    def settings(self) -> str:
        return f"samples {self.samples}"

    def evaluations(self, variables: int, classes: int) -> int:
        return self.samples

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        drawn = Samples(variables, cost, self.samples)
        # f_k - mean of the others = (f_k - mean of all) K / (K - 1).
        scale = self.samples / (self.samples - 1.0)
        return drawn.estimate(variables, torch.full_like(drawn.deviations[0], scale))
