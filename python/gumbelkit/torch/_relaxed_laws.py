"""The relaxed laws: points of the simplex and of the unit interval, their logarithms and log-odds.

    ExpConcrete   x = ln softmax((l + g) / tau)
                  ln k(x) = ln (n-1)! + (n-1) ln tau + sum_i u_i - n ln sum_i e^u_i
                  u_i = l_i - tau x_i
    Concrete      y = e^x
                  ln p(y) = ln k(x) - sum_i x_i
    binary        x = (l + L) / tau
                  ln k(x) = ln tau - |u| - 2 ln(1 + e^-|u|)
                  u = tau x - l
                  y = sigmoid(x)
                  ln p(y) = ln k(x) - ln y - ln(1 - y)

n counts the classes with a logit above -inf. Densities on the CPU are computed in float64 and
rounded once.

Maddison, Mnih and Teh, arXiv 1611.00712, definition 1, appendices B and C.3.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.distributions as laws
from torch import Tensor
from torch.distributions import constraints
from torch.nn.functional import logsigmoid

from gumbelkit._native import Error, Key
from gumbelkit.torch._laws import Categorical, log_odds_of, noise, spread_temperature
from gumbelkit.torch._modes import readable
from gumbelkit.torch._relax import binary_concrete, gumbel_log_softmax, gumbel_softmax
from gumbelkit.torch._remembered import Remembered

__all__ = [
    "ExpRelaxedCategorical",
    "LogitRelaxedBernoulli",
    "RelaxedBernoulli",
    "RelaxedOneHotCategorical",
]


def _wide(*tensors: Tensor) -> list[Tensor]:
    return [x.double() if x.device.type == "cpu" else x for x in tensors]


class Relaxed(laws.Distribution):
    """What the relaxed laws share: a temperature, samples without a gradient, and Monte Carlo."""

    has_rsample = True
    temperature: Tensor

    def rsample(self, sample_shape: Any = (), *, key: Key | Tensor | None = None) -> Tensor:
        """Samples with a derivative by the parameters and the temperature."""
        raise NotImplementedError

    def sample(self, sample_shape: Any = (), *, key: Key | Tensor | None = None) -> Tensor:
        """`rsample` without a gradient."""
        with torch.no_grad():
            return self.rsample(sample_shape, key=key)

    def entropy(self) -> Tensor:
        """Refuses: the entropy of a relaxed law has no closed form."""
        raise NotImplementedError(
            f"entropy: {type(self).__name__} has no closed form; use monte_carlo_entropy(n), or "
            "the entropy of the categorical or Bernoulli law that it relaxes"
        )

    def monte_carlo_entropy(self, n: int, *, key: Key | Tensor | None = None) -> Tensor:
        """An unbiased estimate of the entropy from n samples, with a derivative.

        -1/n sum_s ln p(y_s)
        """
        value = self.rsample((n,), key=key)
        return -self.log_prob(value).mean(0)

    def _parameters(self) -> tuple[Tensor, Tensor]:
        """The temperature and the logits."""
        raise NotImplementedError

    def _draw(self, sizes: torch.Size, key: Key | Tensor | None) -> Tensor:
        """What `rsample` gives for a key."""
        return self.rsample(sizes, key=key)

    def _log_law(self) -> Relaxed:
        """The law of the logarithm or log-odds of the samples: no sample rounds to 0 there."""
        return self

    def monte_carlo_kl(self, q: Relaxed, n: int, *, key: Key | Tensor | None = None) -> Tensor:
        """An unbiased estimate of KL(self || q) from n samples, with a derivative.

        1/n sum_s (ln p(x_s) - ln q(x_s))      x_s the logarithms or log-odds of the samples
        """
        own, other = self._log_law(), q._log_law()
        value = own.rsample((n,), key=key)
        return (own.log_prob(value) - other.log_prob(value)).mean(0)


class _OverClasses(Relaxed):
    """A relaxed law over classes along the last axis."""

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}

    def __init__(
        self,
        temperature: float | Tensor,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        classes = Categorical(probs, logits, validate_args)
        self.temperature, batch = spread_temperature(
            temperature, classes._param, classes.batch_shape
        )
        self._categorical = classes.expand(batch)
        self._remembered = Remembered()
        super().__init__(batch, classes.param_shape[-1:], validate_args=False)
        if validate_args is not None:
            self._validate_args = validate_args
        else:
            self._validate_args = laws.Distribution._validate_args

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = self._get_checked_instance(type(self), _instance)  # type: ignore[no-untyped-call]
        batch = torch.Size(batch_shape)
        new.temperature, new._remembered = self.temperature, Remembered()
        new._categorical = self._categorical.expand(batch)
        laws.Distribution.__init__(new, batch, self.event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def _parameters(self) -> tuple[Tensor, Tensor]:
        return self.temperature, self.logits

    @property
    def logits(self) -> Tensor:
        """The normalised logits."""
        return self._categorical.logits  # type: ignore[no-any-return]

    @property
    def probs(self) -> Tensor:
        """The probabilities of the classes."""
        return self._categorical.probs  # type: ignore[no-any-return]

    @property
    def param_shape(self) -> torch.Size:
        """The shape of the logits."""
        return self._categorical.param_shape  # type: ignore[no-any-return]

    def _logs(self, sample_shape: torch.Size, key: Key | Tensor | None) -> Tensor:
        logits = self.logits.expand(self._extended_shape(sample_shape))
        return gumbel_log_softmax(logits, self.temperature[..., None], key=key)

    def _ln_density_of_log(self, x: Tensor) -> Tensor:
        """ln k(x), in the precision of the computation."""
        x, logits, tau = _wide(x, self.logits, self.temperature)
        x, logits = torch.broadcast_tensors(x, logits)  # type: ignore[no-untyped-call]
        possible = logits > -math.inf
        n = possible.sum(-1).to(x.dtype)
        u = torch.where(possible, logits, 0) - tau[..., None] * torch.where(possible, x, 0)
        u = torch.where(possible, u, -math.inf)
        score = torch.where(possible, u - u.logsumexp(-1, keepdim=True), 0).sum(-1)
        outside = (~possible & (x > -math.inf)).any(-1)
        return torch.where(outside, -math.inf, score + n.lgamma() + (n - 1) * tau.log())


class ExpRelaxedCategorical(_OverClasses):
    """Logarithms of relaxed one-hot samples: nothing rounds to 0 at a low temperature.

        x = ln softmax((l + g) / tau)
        ln k(x) = ln (n-1)! + (n-1) ln tau + sum_i u_i - n ln sum_i e^u_i,    u_i = l_i - tau x_i

    The density is with respect to the n - 1 differences of x to one class, as in PyTorch; n counts
    the classes with a logit above -inf. It is finite at every temperature.

    Args:
        temperature: a number above 0 or a tensor that broadcasts to the batch; a tensor of one
            element is one number. It may be learned.
        probs, logits, validate_args: as in PyTorch.

    Raises:
        Error: a temperature that is not a finite number above 0, or does not fit the batch.
        NotImplementedError: `entropy` and `kl_divergence`; use `monte_carlo_entropy` and
            `monte_carlo_kl`.

    Example:
        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.distributions import ExpRelaxedCategorical
        >>> law = ExpRelaxedCategorical(0.01, logits=torch.tensor([2.0, 0.0, -1.0]))
        >>> x = law.rsample(key=Key(7))
        >>> bool((x.exp() == 0).any()), bool(law.log_prob(x).isfinite())
        (True, True)

    Maddison, Mnih and Teh, arXiv 1611.00712, appendix C.3.
    """

    support = constraints.real_vector

    def rsample(self, sample_shape: Any = (), *, key: Key | Tensor | None = None) -> Tensor:
        """`gumbel_log_softmax` of the logits."""
        return self._logs(torch.Size(sample_shape), key)

    def log_prob(self, value: Tensor) -> Tensor:
        """ln k(value); -inf where an impossible class has a value above -inf."""
        if self._validate_args:
            self._validate_sample(value)
        return self._ln_density_of_log(value).to(value.dtype)


class RelaxedOneHotCategorical(_OverClasses):
    """Relaxed one-hot samples, points of the simplex: the Concrete law.

        y = softmax((l + g) / tau)
        ln p(y) = ln (n-1)! + (n-1) ln tau + sum_i (u_i - ln y_i) - n ln sum_i e^u_i
        u_i = l_i - tau ln y_i

    At a low temperature values of y round to 0, where the density has no limit and PyTorch returns
    NaN. Here `log_prob` of the last sample takes the logarithms that belong to it, and is exact; in
    any other tensor a 0 counts as the smallest normal number. Use `ExpRelaxedCategorical` to keep
    the logarithms.

    Args, errors: as for `ExpRelaxedCategorical`.

    Example:
        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.distributions import RelaxedOneHotCategorical
        >>> tau = torch.tensor(0.01, requires_grad=True)
        >>> law = RelaxedOneHotCategorical(tau, logits=torch.zeros(3))
        >>> y = law.rsample((100,), key=Key(7))
        >>> law.log_prob(y).sum().backward()
        >>> bool((y == 0).any()), bool(tau.grad.isfinite())
        (True, True)

    Maddison, Mnih and Teh, arXiv 1611.00712, definition 1; Jang, Gu and Poole, arXiv 1611.01144.
    """

    support = constraints.simplex

    def rsample(self, sample_shape: Any = (), *, key: Key | Tensor | None = None) -> Tensor:
        """`gumbel_softmax` of the logits."""
        sizes = torch.Size(sample_shape)
        key = self._remembered.key_for(key)
        return self._remembered.remember(self, self._draw(sizes, key), sizes, key)

    def _draw(self, sizes: torch.Size, key: Key | Tensor | None) -> Tensor:
        logits = self.logits.expand(self._extended_shape(sizes))
        return gumbel_softmax(logits, self.temperature[..., None], key=key)

    def log_prob(self, value: Tensor) -> Tensor:
        """ln p(value); -inf where an impossible class has a value above 0."""
        own = self._remembered.of(self, value)
        if self._validate_args and own is None:
            self._validate_sample(value)
        least = torch.finfo(value.dtype).tiny
        x = value.clamp(min=least).log()
        if own is not None and bool((value < least).any()):
            logs = self._logs(own.sizes, own.key)
            # The derivative by the parameters that rounding has cut, of a sample that has one.
            x = torch.where(value < least, logs if own.derived else logs.detach(), x)
        possible = self.logits > -math.inf
        x = torch.where(possible | (value > 0), x, -math.inf)
        jacobian = torch.where(possible, x, 0).to(_wide(x)[0].dtype).sum(-1)
        return (self._ln_density_of_log(x) - jacobian).to(value.dtype)

    def _log_law(self) -> Relaxed:
        return ExpRelaxedCategorical(self.temperature, logits=self.logits, validate_args=False)


class _OverBits(Relaxed):
    """A relaxed law of yes-or-no choices."""

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}

    def __init__(
        self,
        temperature: float | Tensor,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:
        bits = laws.Bernoulli(probs, logits, validate_args)
        self.temperature, batch = spread_temperature(temperature, bits._param, bits.batch_shape)
        found = log_odds_of(bits.probs) if logits is None else bits.logits
        self.logits = found.expand(batch)
        self._remembered = Remembered()
        super().__init__(batch, validate_args=False)
        if validate_args is not None:
            self._validate_args = validate_args
        else:
            self._validate_args = laws.Distribution._validate_args

    logits: Tensor

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = self._get_checked_instance(type(self), _instance)  # type: ignore[no-untyped-call]
        batch = torch.Size(batch_shape)
        new.temperature, new._remembered = self.temperature, Remembered()
        new.logits = self.logits.expand(batch)
        laws.Distribution.__init__(new, batch, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def _parameters(self) -> tuple[Tensor, Tensor]:
        return self.temperature, self.logits

    @property
    def probs(self) -> Tensor:
        """The probability of 1."""
        return self.logits.sigmoid()

    @property
    def param_shape(self) -> torch.Size:
        """The shape of the log-odds."""
        return self.logits.shape

    def _log_odds(self, sample_shape: torch.Size, key: Key | Tensor | None) -> Tensor:
        if readable(self.logits) and bool(self.logits.isnan().any()):
            raise Error("logits: expected log-odds, found NaN")
        z = self.logits + noise("logistic", self._extended_shape(sample_shape), self.logits, key)
        certain = torch.isinf(z.detach())
        return torch.where(certain, z.detach(), torch.where(certain, 0, z) / self.temperature)

    def _ln_density_of_logit(self, x: Tensor) -> Tensor:
        """ln k(x), in the precision of the computation. A certain choice gives 0."""
        x, logits, tau = _wide(x, self.logits, self.temperature)
        x, logits = torch.broadcast_tensors(x, logits)  # type: ignore[no-untyped-call]
        certain = torch.isinf(logits)
        u = tau * torch.where(certain, 0, x) - torch.where(certain, 0, logits)
        there = torch.where(x == logits, 0.0, -math.inf)
        return torch.where(certain, there, tau.log() + logsigmoid(u) + logsigmoid(-u))


class LogitRelaxedBernoulli(_OverBits):
    """Log-odds of relaxed yes-or-no choices: a logistic law, at every temperature without rounding.

        x = (l + L) / tau,   u = tau x - l
        ln k(x) = ln tau - |u| - 2 ln(1 + e^-|u|)

    Args:
        temperature: a number above 0 or a tensor that broadcasts to the batch. It may be learned.
        probs, logits, validate_args: as in PyTorch; `logits` are log-odds.

    Raises:
        Error: a temperature that is not a finite number above 0, or does not fit the batch.
        NotImplementedError: `entropy` and `kl_divergence`; use `monte_carlo_entropy` and
            `monte_carlo_kl`.

    Example:
        >>> import torch
        >>> from gumbelkit.torch.distributions import LogitRelaxedBernoulli
        >>> law = LogitRelaxedBernoulli(0.05, logits=torch.tensor(0.0))
        >>> round(law.log_prob(torch.tensor(200.0)).item(), 4)
        -12.9958

    Maddison, Mnih and Teh, arXiv 1611.00712, appendix B.
    """

    support = constraints.real

    def rsample(self, sample_shape: Any = (), *, key: Key | Tensor | None = None) -> Tensor:
        """(l + L) / tau."""
        return self._log_odds(torch.Size(sample_shape), key)

    def log_prob(self, value: Tensor) -> Tensor:
        """ln k(value)."""
        if self._validate_args:
            self._validate_sample(value)
        return self._ln_density_of_logit(value).to(value.dtype)


class RelaxedBernoulli(_OverBits):
    """Relaxed yes-or-no choices, numbers between 0 and 1: the binary Concrete law.

        y = sigmoid((l + L) / tau)
        ln p(y) = ln tau + l - (tau+1) (ln y + ln(1-y)) - 2 ln(e^l y^-tau + (1-y)^-tau)

    At a low temperature y rounds to 0 and, sooner, to 1. There `log_prob` of the last sample takes
    the log-odds that belong to it; in any other tensor 0 and 1 count as the number next to them.
    Values of y close to 1 have few digits of 1 - y left, and their density too: in float32 it is
    off by up to 0.7 at the last numbers below 1. Use `LogitRelaxedBernoulli` to keep the log-odds.

    Args, errors: as for `LogitRelaxedBernoulli`.

    Example:
        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.distributions import RelaxedBernoulli
        >>> law = RelaxedBernoulli(torch.tensor(0.01), logits=torch.zeros(100))
        >>> y = law.rsample(key=Key(7))
        >>> bool((y == 1).any()), bool(law.log_prob(y).isfinite().all())
        (True, True)

    Maddison, Mnih and Teh, arXiv 1611.00712, appendix B.
    """

    support = constraints.unit_interval

    def rsample(self, sample_shape: Any = (), *, key: Key | Tensor | None = None) -> Tensor:
        """`binary_concrete` of the log-odds."""
        sizes = torch.Size(sample_shape)
        key = self._remembered.key_for(key)
        return self._remembered.remember(self, self._draw(sizes, key), sizes, key)

    def _draw(self, sizes: torch.Size, key: Key | Tensor | None) -> Tensor:
        logits = self.logits.expand(self._extended_shape(sizes))
        return binary_concrete(logits, self.temperature, key=key)

    def log_prob(self, value: Tensor) -> Tensor:
        """ln p(value)."""
        if self._validate_args:
            self._validate_sample(value)
        own, info = self._remembered.of(self, value), torch.finfo(value.dtype)
        inside = value.clamp(info.tiny, 1 - info.eps / 2)
        x = inside.log() - torch.log1p(-inside)
        if own is not None and not torch.equal(inside, value):
            odds = self._log_odds(own.sizes, own.key)
            # The derivative by the parameters that rounding has cut, of a sample that has one.
            x = torch.where(inside == value, x, odds if own.derived else odds.detach())
        certain = torch.isinf(self.logits)
        # A certain choice is one point.
        x = torch.where(certain & (value == self.logits.sigmoid()), self.logits, x)
        (wide,) = _wide(torch.where(certain, 0, x))
        jacobian = torch.where(certain, 0, logsigmoid(wide) + logsigmoid(-wide))
        return (self._ln_density_of_logit(x) - jacobian).to(value.dtype)

    def _log_law(self) -> Relaxed:
        return LogitRelaxedBernoulli(self.temperature, logits=self.logits, validate_args=False)


@laws.register_kl(Relaxed, Relaxed)  # type: ignore[no-untyped-call, untyped-decorator]
@laws.register_kl(Relaxed, laws.Distribution)  # type: ignore[no-untyped-call, untyped-decorator]
@laws.register_kl(laws.Distribution, Relaxed)  # type: ignore[no-untyped-call, untyped-decorator]
def _no_kl(p: laws.Distribution, q: laws.Distribution) -> Tensor:
    raise NotImplementedError(
        f"kl_divergence: {type(p).__name__} and {type(q).__name__} have no closed form; use "
        "p.monte_carlo_kl(q, n) of two relaxed laws of this package, or the divergence of the laws "
        "that they relax"
    )
