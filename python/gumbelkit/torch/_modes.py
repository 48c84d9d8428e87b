"""What PyTorch does with the operations of this moment: the names that it has no public form of, in one place.

They are those of PyTorch 2.15.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.autograd import forward_ad

__all__ = [
    "has_function_mode",
    "in_forward_mode",
    "is_batched_gradient",
    "plain",
    "readable",
    "recorded",
    "transformed",
]


_transforms = torch._C._are_functorch_transforms_active
_function_modes = torch._C._len_torch_function_stack
_dispatch_modes = torch._C._len_torch_dispatch_stack
_tracing = torch._C._get_tracing_state
# Where PyTorch cannot say whether results are packed, the short way of small samples is not taken.
_hooks = getattr(torch._C._autograd, "_top_saved_tensors_default_hooks", lambda _: "unknown")


def has_function_mode() -> bool:
    """Whether a mode changes the arguments of functions, as another default device does."""
    return _function_modes() > 0


def plain() -> bool:
    """Whether this is plain eager mode: neither transformed nor recorded, and no hook packs saved results
    (`save_on_cpu`, checkpoints)."""
    return not (
        _transforms()
        or forward_ad._current_level >= 0
        or _dispatch_modes()
        or _tracing() is not None
        or _hooks(False) is not None
    )


def transformed() -> bool:
    """Whether `torch.func` transforms, or forward mode differentiates, what happens now."""
    return _transforms() or forward_ad._current_level >= 0


def in_forward_mode() -> bool:
    """Whether forward mode differentiates what happens now."""
    return forward_ad._current_level >= 0


def recorded() -> bool:
    """Whether operations are traced (`torch.jit.trace`) or seen by a mode (`make_fx`, fake tensors)."""
    return _dispatch_modes() > 0 or _tracing() is not None


def readable(tensor: Tensor) -> bool:
    """Whether the values of a tensor can be looked at now: not while a function is compiled or transformed, and not
    those of a fake tensor or of the device `meta`."""
    return not (torch.compiler.is_compiling() or transformed() or recorded() or tensor.is_meta)


def is_batched_gradient(dy: Tensor) -> bool:
    """Whether a gradient is one of `is_grads_batched=True`."""
    return torch._C._functorch.is_legacy_batchedtensor(dy)
