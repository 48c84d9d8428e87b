"""The exact laws of `torch.distributions`: classes, straight-through samples, the Gumbel law.

Log-probabilities are those of PyTorch, by inheritance; so are entropies and Kullback-Leibler divergences, but for the
gradients at classes of probability 0.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.distributions as laws
from torch import Tensor
from torch.distributions.utils import lazy_property

from gumbelkit._native import Error, Key
from gumbelkit.torch import _draw, _sample
from gumbelkit.torch._arrays import noise_type
from gumbelkit.torch._call import source_tensor
from gumbelkit.torch._modes import readable
from gumbelkit.torch._ops import noise_of
from gumbelkit.torch._relax import binary_concrete, gumbel_softmax

__all__ = [
    "Categorical",
    "Gumbel",
    "OneHotCategorical",
    "StraightThroughBernoulli",
    "StraightThroughOneHotCategorical",
    "log_odds_of",
    "log_of",
    "noise",
    "spread_temperature",
]


_LEAST = -1e4
"""Below the logarithm of any number above 0: its product with 0 is 0."""


def spread_temperature(
    temperature: float | Tensor, like: Tensor, batch_shape: torch.Size
) -> tuple[Tensor, torch.Size]:
    """The temperature as a tensor that has the shape of a batch, and the shape of the joint batch.

    A tensor of one element is one number for all, whatever its shape.
    """
    if not isinstance(temperature, Tensor):
        temperature = torch.as_tensor(temperature, dtype=like.dtype, device=like.device)
    if temperature.numel() == 1:
        temperature = temperature.reshape(())
    try:
        batch = torch.broadcast_shapes(temperature.shape, batch_shape)  # type: ignore
    except RuntimeError:
        raise Error(
            f"temperature: expected a number or a tensor that broadcasts to the batch "
            f"{list(batch_shape)}, found {list(temperature.shape)}"
        ) from None
    if readable(temperature):
        right = (temperature > 0) & (temperature < math.inf)
        if not bool(right.all()):
            found = float(temperature.detach()[~right].reshape(-1)[0])
            raise Error(f"temperature: expected a finite number above 0, found {found}")
    return temperature, batch


def noise(law: str, shape: torch.Size, like: Tensor, key: Key | Tensor | None) -> Tensor:
    """Noise of a key, in the dtype and on the device of a tensor."""
    words = source_tensor(None, key)
    made: Tensor = noise_of(law, words, list(shape), noise_type(like.dtype))
    return made.to(like)


def log_of(probs: Tensor) -> Tensor:
    """ln p, with the gradient 0 where p is 0.

    PyTorch's own logits give such a class a chance of 1e-7.
    """
    return torch.where(probs > 0, torch.where(probs > 0, probs, 1).log(), -math.inf)


def log_odds_of(probs: Tensor) -> Tensor:
    """ln p / (1 - p), infinite and with the gradient 0 where p is 0 or 1."""
    inside = torch.where((probs > 0) & (probs < 1), probs, 0.5)
    ends = torch.where(probs < 0.5, -math.inf, math.inf)
    return torch.where(probs == inside, inside.log() - torch.log1p(-inside), ends)


class Categorical(laws.Categorical):
    """The categorical law of `torch.distributions`, with samples by `categorical` and a key.

        P(i) = e^l_i / sum_j e^l_j

    A class of probability 0 is never drawn, and its log-probability is -inf.

    Args:
        probs, logits, validate_args: as in PyTorch.

    Example:
        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.distributions import Categorical
        >>> law = Categorical(logits=torch.tensor([0.0, 60.0, 0.0]))
        >>> law.sample((2,), key=Key(7)).tolist()
        [1, 1]
    """

    def __init__(
        self,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        super().__init__(probs, logits, validate_args)
        self._by_probs = probs is not None

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = self._get_checked_instance(Categorical, _instance)  # type: ignore
        new._by_probs = self._by_probs
        return super().expand(batch_shape, new)  # type: ignore

    @lazy_property
    def logits(self) -> Tensor:
        """The normalised logits."""
        return log_of(self.probs)

    def entropy(self) -> Tensor:
        """-sum_i p_i ln p_i. A class of probability 0 adds 0, and has the gradient 0."""
        terms = torch.where(self.probs > 0, self.probs * self.logits.clamp(min=_LEAST), 0)
        return -terms.sum(-1)

    def sample(self, sample_shape: Any = (), *, key: Key | Tensor | None = None) -> Tensor:
        """Classes, int64: the draws of `categorical`, `sample_shape` and then the batch."""
        sizes = torch.Size(sample_shape)
        # Both exist once both were asked for; the draws are always by what was given.
        meaning, values = ("weights", self.probs) if self._by_probs else ("logits", self.logits)
        n = sizes.numel() if sizes else _draw.ONE
        drawn = _sample.drawn(meaning, values, 1.0, None, None, key, n, True)
        return drawn.movedim(-1, 0).reshape(*sizes, *drawn.shape[:-1]) if sizes else drawn


class OneHotCategorical(laws.OneHotCategorical):
    """The one-hot law of `torch.distributions`, with samples by `categorical` and a key.

    Args:
        probs, logits, validate_args: as in PyTorch.

    Example:
        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.distributions import OneHotCategorical
        >>> OneHotCategorical(logits=torch.tensor([0.0, 60.0])).sample(key=Key(7)).tolist()
        [0.0, 1.0]
    """

    def __init__(
        self,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        super().__init__(probs, logits, validate_args)
        self._categorical = Categorical(probs, logits, validate_args=False)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = self._get_checked_instance(OneHotCategorical, _instance)  # type: ignore
        return super().expand(batch_shape, new)  # type: ignore

    def sample(self, sample_shape: Any = (), *, key: Key | Tensor | None = None) -> Tensor:
        """One-hot vectors of the classes that `Categorical` draws."""
        assert isinstance(self._categorical, Categorical)
        classes = self._categorical.sample(sample_shape, key=key)
        return torch.nn.functional.one_hot(classes, self.event_shape[0]).to(self._param.dtype)


class StraightThroughOneHotCategorical(OneHotCategorical):
    """One-hot samples of a categorical law with the gradient of the relaxed sample.

        forward   one-hot of argmax(l + g)
        backward  the derivative of softmax((l + g) / tau)

    The law of the samples is the categorical one at every temperature: `log_prob`, `entropy`,
    `mean` and `kl_divergence` are those of `OneHotCategorical`. The gradient is biased; its bias
    falls and its variance grows as tau goes to 0.

    Args:
        temperature: a number above 0 or a tensor that broadcasts to the batch. It may be learned.
        probs, logits, validate_args: as in PyTorch.

    Raises:
        Error: a temperature that is not a finite number above 0.

    Example:
        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.distributions import StraightThroughOneHotCategorical
        >>> logits = torch.zeros(3, 4, requires_grad=True)
        >>> law = StraightThroughOneHotCategorical(torch.tensor(0.5), logits=logits)
        >>> y = law.rsample(key=Key(7))
        >>> y.sum(-1).tolist(), y.requires_grad
        ([1.0, 1.0, 1.0], True)

    Jang, Gu and Poole, arXiv 1611.01144, section 2.2.
    """

    has_rsample = True
    temperature: Tensor

    def __init__(
        self,
        temperature: float | Tensor,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        super().__init__(probs, logits, validate_args)
        found, batch = spread_temperature(temperature, self._param, self._batch_shape)
        self.temperature = found
        self._categorical = self._categorical.expand(batch)  # type: ignore
        self._batch_shape = batch

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = self._get_checked_instance(StraightThroughOneHotCategorical, _instance)  # type: ignore
        new.temperature = self.temperature
        return super().expand(batch_shape, new)

    def rsample(self, sample_shape: Any = (), *, key: Key | Tensor | None = None) -> Tensor:
        """One-hot vectors: `gumbel_softmax(.., hard=True)` of the logits."""
        shape = self._extended_shape(torch.Size(sample_shape))
        tau = self.temperature[..., None]
        return gumbel_softmax(self.logits.expand(shape), tau, hard=True, key=key)

    def sample(self, sample_shape: Any = (), *, key: Key | Tensor | None = None) -> Tensor:
        """`rsample` without a gradient."""
        with torch.no_grad():
            return self.rsample(sample_shape, key=key)


class StraightThroughBernoulli(laws.Bernoulli):
    """Samples of 0 and 1 with the gradient of the relaxed sample.

        forward   1 where l + L > 0, else 0         L logistic noise
        backward  the derivative of sigmoid((l + L) / tau)

    The law of the samples is the Bernoulli one at every temperature: `log_prob`, `entropy`, `mean`
    and `kl_divergence` are those of `torch.distributions.Bernoulli`. The gradient is biased.

    Args:
        temperature: a number above 0 or a tensor that broadcasts to the batch. It may be learned.
        probs, logits, validate_args: as in PyTorch; `logits` are log-odds.

    Raises:
        Error: a temperature that is not a finite number above 0.

    Example:
        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.distributions import StraightThroughBernoulli
        >>> law = StraightThroughBernoulli(0.5, logits=torch.tensor([-60.0, 60.0]))
        >>> law.rsample(key=Key(7)).tolist()
        [0.0, 1.0]

    Maddison, Mnih and Teh, arXiv 1611.00712, appendix B; Bengio, Leonard and Courville,
    arXiv 1308.3432.
    """

    has_rsample = True
    temperature: Tensor

    def __init__(
        self,
        temperature: float | Tensor,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:
        super().__init__(probs, logits, validate_args)
        found, batch = spread_temperature(temperature, self._param, self._batch_shape)
        self.temperature = found
        self._by_probs = probs is not None
        if batch != self._batch_shape:
            super().expand(batch, self)  # type: ignore

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = self._get_checked_instance(StraightThroughBernoulli, _instance)  # type: ignore
        new.temperature, new._by_probs = self.temperature, self._by_probs
        return super().expand(batch_shape, new)  # type: ignore

    def rsample(self, sample_shape: Any = (), *, key: Key | Tensor | None = None) -> Tensor:
        """Samples of 0 and 1: `binary_concrete(.., hard=True)` of the log-odds."""
        shape = self._extended_shape(torch.Size(sample_shape))
        log_odds = log_odds_of(self.probs) if self._by_probs else self.logits
        return binary_concrete(log_odds.expand(shape), self.temperature, hard=True, key=key)

    def sample(self, sample_shape: Any = (), *, key: Key | Tensor | None = None) -> Tensor:
        """`rsample` without a gradient."""
        with torch.no_grad():
            return self.rsample(sample_shape, key=key)


class Gumbel(laws.Gumbel):
    """The Gumbel law of `torch.distributions` with exact tails and a key.

        F(x) = exp(-e^-z),   ln f(x) = -z - e^-z - ln scale,   z = (x - loc) / scale

    PyTorch makes its samples from a uniform number between 1e-38 and 1 - 1e-7 and so cuts the upper
    tail at 16 scales, where one draw in ten million lies; here a float32 draw reaches as far as its
    law.

    Args:
        loc: the location, the mode of the law.
        scale: the scale, above 0.
        validate_args: as in PyTorch.

    Example:
        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.distributions import Gumbel
        >>> law = Gumbel(torch.tensor(100.0), torch.tensor(20.0))
        >>> round(law.icdf(torch.tensor(0.99)).item(), 2)
        192.0
        >>> law.rsample((2, 3), key=Key(7)).shape
        torch.Size([2, 3])

    Gumbel, "Statistics of Extremes" (1958).
    """

    def rsample(self, sample_shape: Any = (), *, key: Key | Tensor | None = None) -> Tensor:
        """loc + scale g, with a derivative by both."""
        shape = self._extended_shape(torch.Size(sample_shape))
        return self.loc + self.scale * noise("gumbel", shape, self.loc, key)

    def sample(self, sample_shape: Any = (), *, key: Key | Tensor | None = None) -> Tensor:
        """`rsample` without a gradient."""
        with torch.no_grad():
            return self.rsample(sample_shape, key=key)

    def _z(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return (value - self.loc) / self.scale

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of a value up to x."""
        return torch.exp(-torch.exp(-self._z(value)))

    def sf(self, value: Tensor) -> Tensor:
        """The probability of a value above x, exact in the upper tail, where 1 - cdf(x) is 0."""
        return -torch.expm1(-torch.exp(-self._z(value)))

    def icdf(self, value: Tensor) -> Tensor:
        """The quantile: the x with cdf(x) = value."""
        return self.loc - self.scale * torch.log(-torch.log(value))


# PyTorch's own have NaN in the gradient where a probability is 0 and its logarithm -inf.
@laws.register_kl(Categorical, Categorical)  # type: ignore[no-untyped-call, untyped-decorator]
@laws.register_kl(Categorical, laws.Categorical)  # type: ignore[no-untyped-call, untyped-decorator]
@laws.register_kl(laws.Categorical, Categorical)  # type: ignore[no-untyped-call, untyped-decorator]
def _kl_of_classes(p: laws.Categorical, q: laws.Categorical) -> Tensor:
    """sum_i p_i ln(p_i / q_i); infinite where a class of q alone is impossible."""
    possible = p.probs > 0
    ratio = torch.where(possible, p.logits, 0) - torch.where(possible, q.logits, 0)
    return torch.where(possible, p.probs * ratio, 0).sum(-1)


@laws.register_kl(OneHotCategorical, OneHotCategorical)  # type: ignore[no-untyped-call, untyped-decorator]
@laws.register_kl(OneHotCategorical, laws.OneHotCategorical)  # type: ignore[no-untyped-call, untyped-decorator]
@laws.register_kl(laws.OneHotCategorical, OneHotCategorical)  # type: ignore[no-untyped-call, untyped-decorator]
def _kl_of_one_hot(p: laws.OneHotCategorical, q: laws.OneHotCategorical) -> Tensor:
    return _kl_of_classes(p._categorical, q._categorical)  # type: ignore[no-any-return]
