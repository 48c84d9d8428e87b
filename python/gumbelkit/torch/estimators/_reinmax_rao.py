"""`reinmax-rao`: ReinMax with Gumbel-Rao at its middle point."""

from __future__ import annotations

from torch import Tensor

from gumbelkit.torch.estimators._cost import Cost
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._gumbel_rao import averaged
from gumbelkit.torch.estimators._interface import Estimator
from gumbelkit.torch.estimators._passage import Softmax, pass_through
from gumbelkit.torch.estimators._settings import integer
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["ReinMaxRao", "middle_logits"]


def middle_logits(variables: Variables, sample: Tensor) -> Tensor:
    """theta_D = ln((pi + D) / 2) as constants."""
    return ((variables.probabilities + sample) * 0.5).log()


class ReinMaxRao(Estimator):
    """ReinMax with Gumbel-Rao in place of its first term.

        2 GR(theta_D, tau; K) - J(pi) g / 2     theta_D = ln((pi + D) / 2),  D ~ pi
        GR(theta_D, tau; K) = mean_k J(softmax(Z_k/tau)) g / tau

    The reading here: Z_k = theta_D + G given that its argmax is the same D, which was drawn from
    pi, not from softmax(theta_D). Biased; its variance may be above or below that of `ReinMax`. The
    second term has no temperature: a high tau removes the first term alone. 1 evaluation, with the
    gradient at a corner.

    Args:
        samples: K, at least 1.

    Example:
        >>> from gumbelkit.torch.estimators import ReinMaxRao
        >>> ReinMaxRao(4)
        ReinMaxRao(samples 4)

    Wang and Bui, arXiv 2603.08257.
    """

    name = "reinmax-rao"
    default_temperature = 1.0

    def __init__(self, samples: int = 10) -> None:
        super().__init__()
        self.samples = integer("samples", samples, 1)

    def settings(self) -> str:
        return f"samples {self.samples}"

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        d = variables.sample(0)
        rao = averaged(variables, middle_logits(variables, d), d, self.samples, 1)
        mean = pass_through(variables, variables.constant_logits, d, Softmax(1.0))
        return Estimate.of_cost(cost.at_corner_with_gradient_of(d, rao * 2.0 - mean * 0.5))
