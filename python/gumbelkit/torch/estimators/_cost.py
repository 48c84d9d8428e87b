"""`Cost`: the function of a sample, where it may be evaluated, and how estimators evaluate it."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gumbelkit._native import Error

__all__ = ["Cost", "CostFunction", "Needs"]

CostFunction = Callable[[Tensor], Any]
"""A function from a sample `[rows, v, k]` to the costs `[rows]`."""


class Needs(enum.IntEnum):
    """What an estimator asks of the cost, and what a cost allows: each kind allows those before."""

    COSTS = 0
    """The cost at corners, where each variable is one-hot."""
    GRADIENTS = 1
    """The cost at corners, and its gradient in the sample there."""
    SOFT_POINTS = 2
    """The cost and its gradient also between the corners."""


class Cost:
    """The cost of a sample: a function from `[rows, v, k]` to `[rows]`, and where it is defined.

    `Cost(f)` is defined and differentiable everywhere, as a plain function is taken to be;
    `Cost.at_corners(f)` at corners alone, with a gradient there; `Cost.without_gradient(f)` at
    corners alone and without a gradient: a simulator, a table, a reward. An estimator that needs
    more than the cost allows refuses it.

    The cost is to be minimised. Of a reward return the negative inside the function; a minus sign
    outside would also turn the objective of a learned baseline around. The function returns a
    tensor, or an array of NumPy for a cost without gradient.

    Estimators call the function once or several times. Parameters of a network in it get their
    gradient from the cost at corners alone, whatever points an estimator evaluates besides; only
    `gumbel-softmax` and `gumbel-sparsemax` replace the corner by a soft sample, for the network
    too. Random numbers in the function have to come from a key that it holds, so that all its
    evaluations in one estimate use the same ones. A layer that follows returns its surrogate.

    Example:
        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import Cost, estimate
        >>> table = torch.tensor([5.0, 1.0, 3.0])
        >>> look_up = Cost.without_gradient(lambda x: table.numpy()[x.argmax(-1)[:, 0].numpy()])
        >>> estimate(look_up, torch.zeros(100, 1, 3), Key(7), "rloo").cost.shape
        torch.Size([100])
    """

    __slots__ = ("allows", "function")

    def __init__(self, function: CostFunction, allows: Needs = Needs.SOFT_POINTS) -> None:
        if not callable(function):
            raise TypeError(f"cost: expected a function, found {type(function).__name__}")
        self.function = function
        self.allows = allows

    @classmethod
    def at_corners(cls, function: CostFunction) -> Cost:
        """A cost that is defined at corners alone, with a gradient there."""
        return cls(function, Needs.GRADIENTS)

    @classmethod
    def without_gradient(cls, function: CostFunction) -> Cost:
        """A cost that is defined at corners alone, without a gradient in the sample."""
        return cls(function, Needs.COSTS)

    def check(self, estimator: str, needs: Needs) -> None:
        """Refuses an estimator that needs more than the cost allows."""
        if needs > self.allows:
            gradient = needs == Needs.GRADIENTS
            what = "the gradient of the cost" if gradient else "the cost between the corners"
            raise Error(f"{estimator}: needs {what}, which this cost does not allow")

    def at(self, x: Tensor) -> Tensor:
        """The cost of each row at x, `[rows]`, with gradients in x and in parameters.

        Raises:
            Error: a cost that is not `[rows]`, or is NaN in a row.
            TypeError: a cost that is not a tensor or an array of numbers.
        """
        return without_nan(self.unchecked(x))

    def unchecked(self, x: Tensor) -> Tensor:
        """The cost at x, of which some values may be NaN because they are not used."""
        cost = self.function(x)
        if isinstance(cost, np.ndarray):
            cost = torch.as_tensor(cost, device=x.device)
        if not isinstance(cost, Tensor):
            raise TypeError(f"cost: expected a tensor [rows], found {type(cost).__name__}")
        if cost.shape != x.shape[:1]:
            raise Error(f"cost: expected shape {list(x.shape[:1])}, found {list(cost.shape)}")
        if cost.is_complex():
            raise TypeError(f"cost: expected real numbers, found {cost.dtype}")
        return cost if cost.is_floating_point() else cost.to(x.dtype)

    def at_corner_with_gradient_of(self, corner: Tensor, soft: Tensor) -> Tensor:
        """The cost at a corner, where the gradient passes to `soft` as if it were the corner."""
        return self.at(corner.detach() + (soft - soft.detach()))

    def value(self, x: Tensor) -> Tensor:
        """The cost at x as a constant, unchecked."""
        with torch.no_grad():
            return self.unchecked(x.detach()).detach()

    def value_and_gradient(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The cost at x and its gradient in x as constants, by a backward pass of its own."""
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            cost = self.at(x)
            if not cost.requires_grad:
                return cost.detach(), torch.zeros_like(x)
            (gradient,) = torch.autograd.grad(cost.sum(), x, allow_unused=True)
        return cost.detach(), torch.zeros_like(x) if gradient is None else gradient


def without_nan(cost: Tensor) -> Tensor:
    """The costs, of which none is NaN."""
    nan = cost.detach().isnan()
    if nan.any():
        row = int(nan.nonzero()[0])
        raise Error(f"cost: expected a number for each row, found NaN in row {row}")
    return cost
