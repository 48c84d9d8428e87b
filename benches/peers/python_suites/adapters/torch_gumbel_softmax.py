"""PyTorch's tests of `torch.nn.functional.gumbel_softmax`, on `gumbelkit.torch.gumbel_softmax`."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as functional

import gumbelkit
from gumbelkit.torch import gumbel_softmax
from observe import SALT, ours, salted


def source() -> dict[str, Any]:
    """The arguments that give our functions their key: none, or a key of another run."""
    return {"key": salted(gumbelkit.Key.of(torch.default_generator))} if SALT else {}


def install() -> None:
    theirs = functional.gumbel_softmax
    call = lambda *args, **kwargs: gumbel_softmax(*args, **kwargs, **source())  # noqa: E731
    functional.gumbel_softmax = ours(call, theirs)
