"""PyTorch's tests of `torch.nn.functional.gumbel_softmax`, on `gumbelkit.torch.gumbel_softmax`."""

from __future__ import annotations

import torch.nn.functional as functional

from gumbelkit.torch import gumbel_softmax
from observe import ours


def install() -> None:
    functional.gumbel_softmax = ours(gumbel_softmax)
