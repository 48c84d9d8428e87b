"""`gumbel-sparsemax`: sparsemax in place of softmax."""

from __future__ import annotations

import torch
from torch import Tensor

from gumbelkit.torch.estimators._algebra import centred, inverse
from gumbelkit.torch.estimators._cost import Cost, Needs
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._interface import Estimator
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["GumbelSparsemax", "sparsemax"]


def sparsemax(z: Tensor) -> Tensor:
    """The nearest point of the simplex to each variable."""
    # Less the largest: -inf and large shifts stay out of the sums.
    z = centred(z)
    ordered = z.sort(-1, descending=True).values.clamp(min=-2.0)
    sizes = torch.arange(1, z.shape[-1] + 1, dtype=z.dtype, device=z.device)
    sums = ordered.cumsum(-1)
    # The condition holds for the first classes and for no other, so their number is its sum.
    size = (ordered * sizes + 1.0 > sums).sum(-1, keepdim=True)
    threshold = (sums.gather(-1, size - 1) - 1.0) / size.to(z.dtype)
    return (z - threshold).clamp(min=0.0)


class GumbelSparsemax(Estimator):
    """The gradient of the cost at the sample that sparsemax relaxes.

        J_s(y) f'(y) / tau     y = sparsemax((theta + G)/tau), the nearest point of the simplex
        J_s(y) v = s (v - mean of v where s = 1)     s = 1[y > 0]

    The reading here: the cost is taken at the relaxed sample, not straight-through, and the network
    in the cost is trained there. Unbiased for the relaxed cost, biased for the discrete one. 1
    evaluation, with the gradient at a soft point; sorts the classes.

    Example:
        Classes far below the largest get a share of 0, which softmax never gives:

        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import GumbelSparsemax
        >>> support = lambda x: (x > 0).sum((1, 2))
        >>> cost = GumbelSparsemax()(support, torch.zeros(200, 1, 4), Key(7)).cost
        >>> bool(cost.min() == 1 and cost.max() > 1)
        True

    Martins and Astudillo, "From softmax to sparsemax", arXiv 1602.02068, algorithm 1.
    """

    name = "gumbel-sparsemax"
    needs = Needs.SOFT_POINTS
    default_temperature = 1.0

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        scale = inverse(variables.temperature)
        z, _ = variables.perturbed(0)
        # Less the largest before the division, so no finite z makes it overflow.
        y = sparsemax(centred(z) * scale)
        support = (y > 0.0).to(y.dtype)
        theta = variables.finite_logits
        middle = (theta * support).sum(-1, keepdim=True) / support.sum(-1, keepdim=True)
        moved = support * (theta - middle) * scale
        return Estimate.of_cost(cost.at(y + (moved - moved.detach())))
