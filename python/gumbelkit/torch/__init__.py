"""Discrete choices in PyTorch: the signatures of PyTorch, with exact tails and keys."""

from gumbelkit.torch._key import key_tensor
from gumbelkit.torch._relax import gumbel_softmax

__all__ = ["gumbel_softmax", "key_tensor"]
