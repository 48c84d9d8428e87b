"""Initial weights of layers, drawn from a key: the same on every machine."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from gumbelkit import _native
from gumbelkit._native import Key

__all__ = ["uniform"]


def uniform(key: Key, shape: tuple[int, ...], inputs: int) -> Tensor:
    """Weights uniform on (-1/sqrt(n), 1/sqrt(n)), n the number of inputs of the layer, float32."""
    values = np.empty(shape, np.float32)
    _native.fill_noise("uniform", key, 0, values)
    bound = np.float32(1.0) / np.float32(math.sqrt(max(inputs, 1)))
    return torch.from_numpy((np.float32(2.0) * values - np.float32(1.0)) * bound)
