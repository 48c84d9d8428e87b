"""`Unimix`: an option for every estimator, the law mixed with the uniform one."""

from __future__ import annotations

from torch import Tensor

from gumbelkit._native import Error
from gumbelkit.torch.estimators._cost import Cost
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._interface import Estimator
from gumbelkit.torch.estimators._settings import finite
from gumbelkit.torch.estimators._variables import Variables

__all__ = ["Unimix", "unimix"]


def _share(u: float) -> float:
    # A smaller share is 0 in float32, and the logarithm of a class without probability has no
    # derivative.
    if finite("unimix", u) != 0.0 and not 1e-30 <= u <= 1.0:
        raise Error(f"unimix: expected 0, or a number from 1e-30 to 1, found {u}")
    return float(u)


def unimix(logits: Tensor, u: float) -> Tensor:
    """The logits ln p of the mixed law p = (1 - u) softmax(theta) + u/k, with gradients.

    The classes are on the last axis. With u = 0 the logits are returned as they are. The logits are
    not checked: a NaN stays one.

    Raises:
        Error: u not 0, and not from 1e-30 to 1.

    Example:
        >>> import torch
        >>> from gumbelkit.torch.estimators import unimix
        >>> p = unimix(torch.tensor([0.0, 100.0]), 0.01).exp()
        >>> bool((p.min() - 0.005).abs() < 1e-7)
        True
    """
    u = _share(u)
    if u == 0.0:
        return logits
    return (logits.softmax(-1) * (1.0 - u) + u / max(logits.shape[-1], 1)).log()


class Unimix(Estimator):
    """An estimator under the mixed law p = (1 - u) softmax(theta) + u/k.

    The estimator sees `unimix`, the logits ln p, and the chain rule leads back to theta. An
    unbiased estimator stays unbiased for the gradient of the expected cost under the mixed law. A
    class of logit -inf has the probability u/k, so it is drawn: a mask needs u = 0. A model that
    uses its logits elsewhere too, in a divergence or an evaluation, calls `unimix` itself.

    Args:
        estimator: any other one.
        u: the share of the uniform law, 0 or from 1e-30 to 1; Hafner et al. have 0.01.

    Example:
        >>> from gumbelkit.torch.estimators import Unimix, Zgr
        >>> Unimix(Zgr(), 0.01).settings()
        'unimix 0.01'

    Hafner, Pasukonis, Ba and Lillicrap, "Mastering diverse domains through world models", arXiv
    2301.04104.
    """

    def __init__(self, estimator: Estimator, u: float) -> None:
        super().__init__()
        if not isinstance(estimator, Estimator):
            found = type(estimator).__name__
            raise TypeError(f"estimator: expected an Estimator, found {found}")
        self.estimator = estimator
        self.u = _share(u)
        # The claims of the estimator are those of the mixture.
        self.name = estimator.name  # type: ignore[misc]
        self.unbiased = estimator.unbiased  # type: ignore[misc]
        self.needs = estimator.needs  # type: ignore[misc]
        self.default_temperature = estimator.default_temperature  # type: ignore[misc]
        self.for_bound = estimator.for_bound  # type: ignore[misc]

    def settings(self) -> str:
        own = self.estimator.settings()
        return f"{own}, unimix {self.u}" if own else f"unimix {self.u}"

    def evaluations(self, variables: int, classes: int) -> int:
        return self.estimator.evaluations(variables, classes)

    def check(self, variables: int, classes: int) -> None:
        self.estimator.check(variables, classes)

    def draw(self, variables: Variables, cost: Cost) -> Estimate:
        mixed = variables.with_logits(unimix(variables.logits, self.u))
        return self.estimator.draw(mixed, cost)
