"""What PyTorch does with the operations of this moment: the names that it has no public form of, in one place.

They are those of PyTorch 2.6 to 2.15.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.autograd import forward_ad

__all__ = ["in_forward_mode", "is_batched_gradient", "keeps_results", "recorded", "transformed"]


def transformed() -> bool:
    """Whether `torch.func` transforms, or forward mode differentiates, what happens now."""
    return torch._C._are_functorch_transforms_active() or forward_ad._current_level >= 0


def in_forward_mode() -> bool:
    """Whether forward mode differentiates what happens now."""
    return forward_ad._current_level >= 0


def recorded() -> bool:
    """Whether operations are traced (`torch.jit.trace`) or seen by a mode (`make_fx`, fake tensors)."""
    return torch._C._len_torch_dispatch_stack() > 0 or torch._C._get_tracing_state() is not None


def keeps_results() -> bool:
    """Whether saved results stay as they are: no hook packs them (`save_on_cpu`, checkpoints)."""
    return torch._C._autograd._top_saved_tensors_default_hooks(False) is None


def is_batched_gradient(dy: Tensor) -> bool:
    """Whether a gradient is one of `is_grads_batched=True`."""
    return torch._C._functorch.is_legacy_batchedtensor(dy)
