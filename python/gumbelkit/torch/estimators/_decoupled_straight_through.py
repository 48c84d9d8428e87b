"""`decoupled-straight-through`: one temperature for the sample, another for the derivative."""

from __future__ import annotations

from gumbelkit.torch.estimators._algebra import centred, inverse
from gumbelkit.torch.estimators._cost import Cost
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._interface import Estimator
from gumbelkit.torch.estimators._passage import Softmax, pass_through
from gumbelkit.torch.estimators._settings import temperature_of
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["DecoupledStraightThrough"]


class DecoupledStraightThrough(Estimator):
    """The straight-through estimator with two temperatures.

        J(softmax(theta/tau_b)) g / tau_b     D ~ softmax(theta/tau_f)

    tau_b is the temperature of the call, tau_f a constant of the estimator. The reading here is the
    version of 2026: in the first version D does not depend on tau_f, and the estimator is
    straight-through Gumbel-Softmax at tau_b. Biased, also because D has another law than
    softmax(theta) unless tau_f = 1. 1 evaluation, with the gradient at a corner.

    Args:
        sample_temperature: tau_f, a finite number above 0.

    Example:
        tau_f decides how often each class is drawn, tau_b alone what the gradient is:

        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import DecoupledStraightThrough
        >>> logits = torch.tensor([0.0, 4.0]).repeat(1000, 1, 1)
        >>> cold, hot = (
        ...     DecoupledStraightThrough(tau)(lambda x: x[:, 0, 1], logits, Key(7)).cost.mean()
        ...     for tau in (1.0, 4.0)
        ... )
        >>> bool(cold > 0.95 and hot < 0.8)
        True

    Shah et al., "Improving discrete optimisation via decoupled straight-through Gumbel-Softmax",
    arXiv 2410.13331.
    """

    name = "decoupled-straight-through"
    default_temperature = 1.5

    def __init__(self, sample_temperature: float = 1.0) -> None:
        super().__init__()
        self.sample_temperature = temperature_of("sample_temperature", sample_temperature)

    def settings(self) -> str:
        return f"sample_temperature {self.sample_temperature}"

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        flattened = centred(variables.constant_logits) * inverse(self.sample_temperature)
        d = variables.sample_of(flattened, 0)
        passage = Softmax(variables.temperature)
        return Estimate.of_cost(cost.at(pass_through(variables, variables.logits, d, passage)))
