"""`Estimator`: what every estimator has: a name, a claim, needs of the cost, and one draw."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor

from gumbelkit._native import Key
from gumbelkit.torch.estimators._cost import Cost, CostFunction, Needs
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["Estimator"]


class Estimator(torch.nn.Module):
    """An estimator of the gradient of an expected cost in the logits of discrete variables.

        d/dtheta E f(D)      D ~ softmax(theta), one-hot for each variable

    Call it as a function. It is a module, so what a learned baseline or a control variate trains
    is among the parameters of the model that holds it, under one optimiser; the surrogate contains
    their objective, and `requires_grad_(False)` freezes them.

    For an estimator of your own, give the class attributes and write `draw`, the formula. The
    example is the straight-through estimator at temperature 1, and the gradient of a linear cost
    c . D, for which it is J(pi) c, without noise:

    Args of a call:
        cost: a function from a sample `[rows, v, k]` to costs `[rows]`, or a `Cost`.
        logits: `[rows, v, k]`, theta, in nats; -inf is an impossible class.
        key: the `Key` of this step. Each step needs another: `run_key.fold_in(step)`.
        temperature: a number above 0, for the estimators that have one; None for its
            `default_temperature`.
        first_row: the number of the first row, for a batch that is cut into parts.

    Raises:
        Error: as `Variables`; a cost that does not allow what the estimator needs, has another
            shape than `[rows]`, or is not finite in a row; a function that changes its argument in
            place; a cost without a derivative in the sample, where the estimator differentiates it
            and PyTorch records gradients; a number of classes or of variables that the estimator
            does not take.
        TypeError: an argument of another type, a temperature for an estimator that has none.

    Example:
        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import Estimate, Estimator
        >>> class MyStraightThrough(Estimator):
        ...     name = "my-straight-through"
        ...     def draw(self, variables, cost):
        ...         d, soft = variables.sample(0), variables.logits.softmax(-1)
        ...         return Estimate.of_cost(cost.at_corner_with_gradient_of(d, soft))
        >>> logits = torch.zeros(1, 1, 2, requires_grad=True)
        >>> c = torch.tensor([1.0, 3.0])
        >>> estimate = MyStraightThrough()(lambda x: (x * c).sum((1, 2)), logits, Key(7))
        >>> estimate.surrogate.mean().backward()
        >>> logits.grad
        tensor([[[-0.5000,  0.5000]]])
    """

    name: ClassVar[str]
    """The name, as `estimate` takes it."""
    unbiased: ClassVar[bool] = False
    """Whether the estimator claims that its mean is the gradient of the expected cost, or of the
    bound for an estimator with `for_bound`."""
    needs: ClassVar[Needs] = Needs.GRADIENTS
    """What the estimator asks of the cost."""
    default_temperature: ClassVar[float | None] = None
    """The temperature of a call that gives none; None for an estimator without temperature, which
    refuses one."""
    for_bound: ClassVar[bool] = False
    """Whether the estimate is of the gradient of -E ln mean_k exp(-f(D_k)), a bound of several
    samples. The cost is then minus the log-weight, ln q(D) - ln p(x, D), with its gradient."""

    # The call of a module has no types of its own.
    __call__: Callable[..., Estimate]

    def evaluations(self, variables: int, classes: int) -> int:
        """The number of times that a draw evaluates the cost of each row, with frozen parameters
        of its own. A cost with its gradient counts once."""
        return 1

    def check(self, variables: int, classes: int) -> None:
        """Refuses numbers of variables and classes that the estimator does not take."""

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        """An estimate for each row. The arguments are checked before."""
        raise NotImplementedError(f"{type(self).__name__} has no draw")

    def forward(
        self,
        cost: Cost | CostFunction,
        logits: Tensor,
        key: Key,
        *,
        temperature: float | None = None,
        first_row: int = 0,
    ) -> Estimate:
        variables = Variables(logits, key, self._temperature(temperature), first_row)
        cost = cost if isinstance(cost, Cost) else Cost(cost)
        _, v, k = variables.shape
        self.check(v, k)
        cost.check(self.name, self.needs)
        return self.draw(variables, cost)

    def _temperature(self, given: float | None) -> float:
        if self.default_temperature is None:
            if given is not None:
                raise TypeError(f"temperature: no option of {self.name}, which has no temperature")
            return 1.0
        return self.default_temperature if given is None else given

    def settings(self) -> str:
        """The settings in words, as in "samples 10"; empty without settings."""
        return ""

    def trains(self) -> bool:
        """Whether any of the own parameters is trained now."""
        return torch.is_grad_enabled() and any(p.requires_grad for p in self.parameters())

    def extra_repr(self) -> str:
        return self.settings()
