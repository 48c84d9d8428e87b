"""`relax`: REBAR's control variate plus a free network."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import Parameter

from gumbelkit._native import Key
from gumbelkit.torch.estimators import _init
from gumbelkit.torch.estimators._control_variate import AtBoth, Draw, relaxed_estimate
from gumbelkit.torch.estimators._cost import Cost
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._rebar import Rebar
from gumbelkit.torch.estimators._settings import check_shape, integer, key_of
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["Relax"]

UNITS = 64
"""The units of the network."""
LEAST = -100.0
"""The least perturbed logit that the network sees."""


class Relax(Rebar):
    """REINFORCE with the relaxed cost and a network of the perturbed logits, RELAX.

        (f(D) - c(Zt)) (D - pi) + d/dtheta c(Z) - d/dtheta c(Zt)
        c(Z) = eta f(softmax(Z/lambda)) + r(Z),   r(Z) = w . tanh(W Z + b)

    Z and Zt as in `Rebar`, less the largest theta of each variable and at least -100; r is a
    network of all variables with 64 units. Unbiased for fixed parameters, whatever r is. 3
    evaluations, two of them with the gradient at soft points; 5 while lambda is trained.

    A new network is 0, so a new `Relax` gives what `Rebar` gives, and so does `relax` by its name in
    `estimate`, where it is new in each call and frozen. Make it once, and train its parameters with
    those of the model.

    The parameters of the module are `eta`, `ln_lambda`, `weight` W, `bias` b and `out` w; their
    objective is the squared norm of the estimate, for ln lambda by a difference as in `Rebar`.

    Args:
        variables, classes: v and k. The estimator takes these alone.
        key: the key of the initial weights.
        eta, lambd: the initial coefficient and temperature of the relaxed cost.

    Example:
        The network begins with w = 0, so r = 0, and the first estimate is that of `Rebar`:

        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import Rebar, Relax
        >>> logits = torch.zeros(8, 1, 3, requires_grad=True)
        >>> square = lambda x: x.cumsum(2).sum((1, 2)).square()
        >>> def gradient(estimator):
        ...     surrogate = estimator(square, logits, Key(7)).surrogate
        ...     return torch.autograd.grad(surrogate.sum(), logits)[0]
        >>> torch.allclose(gradient(Relax(1, 3, Key(0))), gradient(Rebar()))
        True

    Grathwohl, Choi, Wu, Roeder and Duvenaud, "Backpropagation through the void", arXiv 1711.00123,
    section 3.
    """

    name = "relax"

    def __init__(
        self, variables: int, classes: int, key: Key, eta: float = 1.0, lambd: float = 0.5
    ) -> None:
        super().__init__(eta, lambd)
        self.shape = (integer("variables", variables, 0), integer("classes", classes, 1))
        inputs = self.shape[0] * self.shape[1]
        self.weight = Parameter(_init.uniform(key_of("key", key), (inputs, UNITS), inputs))
        self.bias = Parameter(torch.zeros(UNITS))
        self.out = Parameter(torch.zeros(UNITS))

    def check(self, variables: int, classes: int) -> None:
        check_shape("network", self.shape, (variables, classes))

    def _network(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """r(Z) and dr/dZ, both with gradients in the parameters."""
        weight, bias, out = (p.to(z.dtype) for p in (self.weight, self.bias, self.out))
        t = (z.clamp(min=LEAST).flatten(1) @ weight + bias).tanh()
        gradient = (((1.0 - t.square()) * out) @ weight.T).reshape(z.shape)
        return t @ out, gradient.masked_fill(z < LEAST, 0.0)

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        draw = Draw(variables, cost)
        _, free = self._network(draw.z)
        value, conditional = self._network(draw.given)
        network = draw.control(AtBoth(value, free, conditional))
        return relaxed_estimate(
            variables, cost, draw, self.eta, self.ln_lambda, network, self.trains()
        )
