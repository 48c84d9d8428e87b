"""`Cost`: the function of a sample, where it may be evaluated, and how estimators evaluate it."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.graph import get_gradient_edge

from gumbelkit._native import Error

__all__ = ["Cost", "CostFunction", "Needs"]

CostFunction = Callable[[Tensor], Any]
"""A function from a sample `[rows, v, k]` to the costs `[rows]`."""


_NO_DERIVATIVE = (
    "cost: expected a derivative in the sample, found none; Cost.without_gradient and an estimator "
    "such as rloo do without"
)


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

    The function leaves its argument as it is, and its costs are finite. Costs in half precision are
    widened to the type of the sample. Where an estimator differentiates the cost and PyTorch
    records gradients, the cost has to depend on the sample by differentiable operations: a lookup
    by `argmax` has no derivative, and would give a gradient of 0 without a word.
    `muprop`, `rebar`, `relax`, `rodeo` and `double-cv` differentiate it in the call, also where the
    logits have no gradient, so a checkpoint in the cost needs `use_reentrant=False`.

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
            Error: a cost that is not `[rows]`, or is not finite in a row; a function that changes x
                in place; a cost without a derivative in x, where x passes a gradient on.
            TypeError: a cost that is not a tensor or an array of numbers.
        """
        cost = finite_costs(self.unchecked(x))
        if torch.is_grad_enabled() and x.requires_grad and not _depends_on(cost, x):
            raise Error(_NO_DERIVATIVE)
        return cost

    def unchecked(self, x: Tensor) -> Tensor:
        """The cost at x, of which some values may be infinite or NaN because they are not used."""
        # An inference tensor does not count its changes; no gradient follows from it.
        version = None if x.is_inference() else x._version
        cost = self.function(x)
        if version is not None and x._version != version:
            raise Error(
                "cost: expected a function that leaves its argument as it is, found a change in "
                "place"
            )
        if isinstance(cost, np.ndarray):
            cost = torch.as_tensor(cost, device=x.device)
        if not isinstance(cost, Tensor):
            raise TypeError(f"cost: expected a tensor [rows], found {type(cost).__name__}")
        if cost.shape != x.shape[:1]:
            raise Error(f"cost: expected shape {list(x.shape[:1])}, found {list(cost.shape)}")
        if cost.is_complex():
            raise TypeError(f"cost: expected real numbers, found {cost.dtype}")
        # The differences of costs in 16 bits would overflow.
        wide = cost.is_floating_point() and cost.element_size() >= 4
        return cost if wide else cost.to(x.dtype)

    def at_corner_with_gradient_of(self, corner: Tensor, soft: Tensor) -> Tensor:
        """The cost at a corner, where the gradient passes to `soft` as if it were the corner."""
        return self.at(corner.detach() + (soft - soft.detach()))

    def value(self, x: Tensor) -> Tensor:
        """The cost at x as a constant, unchecked."""
        with torch.no_grad():
            return self.unchecked(x.detach()).detach()

    def value_and_gradient(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The cost at x and its gradient in x as constants, by a backward pass of its own.

        Where PyTorch records no gradients, one that does not exist is 0: nothing uses it.

        Raises:
            Error, TypeError: as `at`.
        """
        wanted, gradient = torch.is_grad_enabled(), None
        with torch.enable_grad():
            # A copy: a change in place of the leaf itself is another error, of PyTorch.
            x = x.detach().requires_grad_().clone()
            cost = finite_costs(self.unchecked(x))
            if cost.requires_grad:
                (gradient,) = torch.autograd.grad(cost.sum(), x, allow_unused=True)
        if gradient is None:
            if wanted:
                raise Error(_NO_DERIVATIVE)
            gradient = torch.zeros_like(x)
        return cost.detach(), gradient.detach()


def finite_costs(cost: Tensor) -> Tensor:
    """The costs, all of which are finite."""
    finite = cost.detach().isfinite()
    if not finite.all():
        row = int((~finite).nonzero()[0])
        value = float(cost[row].detach())
        found = "NaN" if math.isnan(value) else str(value)
        raise Error(f"cost: expected a finite number for each row, found {found} in row {row}")
    return cost


def _depends_on(cost: Tensor, x: Tensor) -> bool:
    """Whether the graph of the cost reaches x: a walk from the cost back, which ends at x."""
    goal = get_gradient_edge(x).node
    # The set holds the nodes, so that one node stays one Python object.
    waiting = [] if cost.grad_fn is None else [cost.grad_fn]
    seen = set(waiting)
    while waiting:
        for node, _ in waiting.pop().next_functions:
            if node is goal:
                return True
            if node is not None and node not in seen:
                seen.add(node)
                waiting.append(node)
    return False
