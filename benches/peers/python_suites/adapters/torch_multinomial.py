"""PyTorch's tests of `torch.multinomial`, on `gumbelkit.torch.multinomial`."""

from __future__ import annotations

from typing import Any

import torch

import gumbelkit
from gumbelkit.torch import multinomial
from observe import SALT, ours, salted


def _multinomial(*args: Any, **kwargs: Any) -> Any:
    if SALT:
        generator = kwargs.pop("generator", None) or torch.default_generator
        kwargs["key"] = salted(gumbelkit.Key.of(generator))
    return multinomial(*args, **kwargs)


def install() -> None:
    torch.multinomial = ours(_multinomial)
    torch.Tensor.multinomial = ours(_multinomial)
