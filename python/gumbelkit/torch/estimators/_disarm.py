"""`disarm`: two antithetic samples by stick breaking, weighted by the probability of the pair."""

from __future__ import annotations

import numpy as np

from gumbelkit import _native
from gumbelkit.torch.estimators._algebra import mean, one_hot, per_row
from gumbelkit.torch.estimators._cost import Cost, Needs
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._interface import Estimator
from gumbelkit.torch.estimators._variables import Variables, array_of

__all__ = ["Disarm"]


class Disarm(Estimator):
    """The antithetic estimator DisARM, for two classes and for more.

        q(z) q(zt) / p(z, zt) (f(z) - f(zt)) / 2 (e_z - e_zt)

    z and zt by antithetic stick breaking, for each variable, with the costs of all variables
    together; q is the law of one sample and p the joint law of the two. The sticks are sorted
    ascending by logit: then every pair of different classes is possible, which the proof needs. In
    float32 an event rarer than 2^-24 is drawn in one of the two directions only. For two classes
    this is the mean of `Arm` given its two samples, with at most its variance. Unbiased; 2
    evaluations, at corners, without a gradient.

    Example:
        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import Disarm
        >>> logits = torch.tensor([0.0, 1.0, 2.0]).repeat(20_000, 1, 1).requires_grad_()
        >>> table = torch.tensor([5.0, 1.0, 3.0])
        >>> Disarm()(lambda x: x[:, 0] @ table, logits, Key(7)).surrogate.mean().backward()
        >>> pi = logits[0].detach().softmax(-1)
        >>> exact = pi * (table - (pi * table).sum())
        >>> torch.allclose(logits.grad.sum(0), exact, atol=0.03)
        True

    Dong, Mnih and Tucker, "DisARM: an antithetic gradient estimator for binary latent variables",
    arXiv 2006.10680, and "Coupled gradient estimators for discrete latent variables", arXiv
    2106.08056.
    """

    name = "disarm"
    unbiased = True
    needs = Needs.COSTS

    def evaluations(self, variables: int, classes: int) -> int:
        return 2

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        rows, v, k = variables.shape
        theta = variables.constant_logits
        classes, weights = _native.antithetic_pairs(
            array_of(theta), variables.draw_key(0), variables.offset(v * (k - 1))
        )
        pairs = variables.tensor(classes.astype(np.int64).reshape(rows, v, 2))
        weight = variables.tensor(weights.reshape(rows, v, 1)).to(theta.dtype)
        z, zt = one_hot(pairs[..., 0], theta), one_hot(pairs[..., 1], theta)
        one, two = cost.at(z), cost.at(zt)
        difference = per_row((one - two).detach()) * 0.5
        gradient = weight * difference * (z - zt)
        return Estimate.with_gradient(mean([one, two]), variables, gradient)
