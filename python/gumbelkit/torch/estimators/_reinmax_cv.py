"""`reinmax-cv`: ReinMax with the difference of Gumbel-Rao and Gumbel-Softmax."""

from __future__ import annotations

from gumbelkit.torch.estimators._cost import Cost
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._gumbel_rao import averaged
from gumbelkit.torch.estimators._interface import Estimator
from gumbelkit.torch.estimators._passage import Softmax, pass_through
from gumbelkit.torch.estimators._reinmax import second_order
from gumbelkit.torch.estimators._reinmax_rao import middle_logits
from gumbelkit.torch.estimators._settings import choice, finite, integer
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["ReinMaxCv"]


class ReinMaxCv(Estimator):
    """ReinMax at tau = 1 with a control variate.

        ReinMax(1) + eta (GR - GS)     GR = GR(theta_D, tau; K),  GS = J(softmax(Z/tau)) g / tau

    theta_D and GR as in `ReinMaxRao`. Biased; no gain in variance is claimed. 1 evaluation, with
    the gradient at a corner.

    Args:
        eta: the coefficient, finite.
        samples: K, at least 1.
        noise: that of GS, on which sources disagree. `"posterior"`: Z = theta_D + G given that its
            argmax is D, independent of GR, so that the mean is that of ReinMax. `"own"`: the G that
            drew D as argmax(theta + G), and then the mean is another one.

    Example:
        With eta = 0 the estimate is that of `ReinMax`:

        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import ReinMax, ReinMaxCv
        >>> logits = torch.zeros(20, 1, 3, requires_grad=True)
        >>> def gradient(estimator):
        ...     surrogate = estimator(lambda x: x[:, 0, 0] ** 3, logits, Key(7)).surrogate
        ...     return torch.autograd.grad(surrogate.sum(), logits)[0]
        >>> torch.allclose(gradient(ReinMaxCv(eta=0.0)), gradient(ReinMax()))
        True

    Wang and Bui, arXiv 2603.08257.
    """

    name = "reinmax-cv"
    default_temperature = 1.0

    def __init__(self, eta: float = 0.5, samples: int = 10, noise: str = "posterior") -> None:
        super().__init__()
        self.eta = finite("eta", eta)
        self.samples = integer("samples", samples, 1)
        self.noise = choice("noise", noise, ("posterior", "own"))

    def settings(self) -> str:
        return f"eta {self.eta}, samples {self.samples}, noise {self.noise}"

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        d = variables.sample(0)
        middle = middle_logits(variables, d)
        if self.noise == "posterior":
            z = variables.posterior(middle, d, 1)
        else:
            z = middle + variables.noise("gumbel", 0)
        gs = pass_through(variables, z, d, Softmax(variables.temperature))
        gr = averaged(variables, middle, d, self.samples, 2)
        soft = second_order(variables, d, 1.0) + (gr - gs) * self.eta
        return Estimate.of_cost(cost.at_corner_with_gradient_of(d, soft))
