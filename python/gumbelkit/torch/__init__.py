"""Discrete choices in PyTorch: the signatures of PyTorch, with exact tails and keys."""

from gumbelkit.torch import distributions
from gumbelkit.torch._key import key_tensor
from gumbelkit.torch._relax import binary_concrete, gumbel_log_softmax, gumbel_softmax
from gumbelkit.torch._sample import categorical, gumbel_max, multinomial

__all__ = [
    "binary_concrete",
    "categorical",
    "distributions",
    "gumbel_log_softmax",
    "gumbel_max",
    "gumbel_softmax",
    "key_tensor",
    "multinomial",
]
