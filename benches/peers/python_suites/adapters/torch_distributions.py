"""PyTorch's tests of `torch.distributions`, and Pyro's, which builds on them, on `gumbelkit.torch`.

The classes stay theirs, with their parameters, densities and supports; what they draw is ours: classes through
`multinomial`, relaxed samples through `gumbel_log_softmax` and `binary_concrete`, noise through `gumbelkit`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.distributions import Exponential, Gumbel, RelaxedBernoulli
from torch.distributions.relaxed_categorical import ExpRelaxedCategorical

import gumbelkit
from adapters import torch_multinomial
from adapters.torch_gumbel_softmax import source
from gumbelkit.torch import binary_concrete, gumbel_log_softmax
from observe import ours, salted

NUMPY = {torch.float32: "float32", torch.float64: "float64", torch.float16: "float16"}


def _noise(law: Any, shape: Any, like: torch.Tensor) -> torch.Tensor:
    key = salted(gumbelkit.Key.of(torch.default_generator))
    drawn = torch.from_numpy(law(key, tuple(shape), dtype=NUMPY.get(like.dtype, "float32")))
    return drawn.to(like.dtype)


def _relaxed_log(self: Any, sample_shape: Any = torch.Size()) -> torch.Tensor:
    logits = self.logits.expand(self._extended_shape(sample_shape))
    return gumbel_log_softmax(logits, self.temperature, **source())


def _relaxed_bernoulli(self: Any, sample_shape: Any = torch.Size()) -> torch.Tensor:
    logits = self.logits.expand(self._extended_shape(sample_shape))
    return binary_concrete(logits, self.temperature, **source())


def _gumbel(self: Any, sample_shape: Any = torch.Size()) -> torch.Tensor:
    shape = self._extended_shape(sample_shape)
    return self.loc + self.scale * _noise(gumbelkit.gumbel, shape, self.loc)


def _exponential(self: Any, sample_shape: Any = torch.Size()) -> torch.Tensor:
    shape = self._extended_shape(sample_shape)
    return _noise(gumbelkit.exponential, shape, self.rate) / self.rate


def install() -> None:
    torch_multinomial.install()
    ExpRelaxedCategorical.rsample = ours(_relaxed_log)
    RelaxedBernoulli.rsample = ours(_relaxed_bernoulli)
    Gumbel.rsample = ours(_gumbel)
    Exponential.rsample = ours(_exponential)
    # A transformed law draws without gradient by a method of its own.
    for law in (RelaxedBernoulli, Gumbel):
        law.sample = _without_gradient


def _without_gradient(self: Any, sample_shape: Any = torch.Size()) -> torch.Tensor:
    with torch.no_grad():
        return self.rsample(sample_shape)
