"""`arm`: two antithetic samples of two classes, weighted by their uniform number."""

from __future__ import annotations

import torch
from torch import Tensor

from gumbelkit._native import Error
from gumbelkit.torch.estimators._algebra import mean, per_row
from gumbelkit.torch.estimators._cost import Cost, Needs
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._interface import Estimator
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["Arm"]


class Arm(Estimator):
    """The antithetic estimator ARM, for two classes.

        (f(1[u > sigma(-phi)]) - f(1[u < sigma(phi)])) (u - 1/2)    phi = theta_1 - theta_0

    This is the derivative in phi; that in theta is (-1, 1) times it. In float32 an event rarer than
    2^-24 is drawn in one of the two directions only. Unbiased; 2 evaluations, at corners, without a
    gradient. Its variance is not always below that of REINFORCE: for f = -1, 1 at p = 1/2 that of
    REINFORCE is 0.

    Example:
        For f(b) = b and phi = 0 the estimate is abs(u - 1/2). `Disarm` has its mean given the
        samples, here 1/4 in each row:

        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import Arm, Disarm
        >>> logits = torch.zeros(1000, 1, 2, requires_grad=True)
        >>> def gradient(estimator):
        ...     surrogate = estimator(lambda x: x[:, 0, 1], logits, Key(7)).surrogate
        ...     return torch.autograd.grad(surrogate.sum(), logits)[0][:, 0, 1]
        >>> arm, disarm = gradient(Arm()), gradient(Disarm())
        >>> bool(abs(arm.mean() - 0.25) < 0.03 and arm.max() > 0.49)
        True
        >>> torch.allclose(disarm, torch.tensor(0.25))
        True

    Yin and Zhou, "ARM: augment-REINFORCE-merge gradient for stochastic binary networks", arXiv
    1807.11143, theorem 1.
    """

    name = "arm"
    unbiased = True
    needs = Needs.COSTS

    def evaluations(self, variables: int, classes: int) -> int:
        return 2

    def check(self, variables: int, classes: int) -> None:
        if classes != 2:
            raise Error(f"arm: expected variables of 2 classes, found {classes}; disarm takes any")

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        u, pi = variables.noise("uniform", 0, 1), variables.probabilities

        def corner(yes: Tensor) -> Tensor:
            second = yes.to(pi.dtype)
            return torch.cat([1.0 - second, second], -1)

        above = cost.at(corner(u > pi[..., :1]))
        below = cost.at(corner(u < pi[..., 1:]))
        along = per_row((above - below).detach()) * (u - 0.5)
        gradient = torch.cat([-along, along], -1)
        return Estimate.with_gradient(mean([above, below]), variables, gradient)
