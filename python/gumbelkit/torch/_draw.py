"""Draws of classes as native calls and as operators of PyTorch, for `torch.compile` and `vmap`.

Values have the classes last. A key is a `Key`, int64 `[2]`, or int64 `[rows, 2]` with a key for
each row. Tensors of other devices are copied to the CPU, so the choice is the same there.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gumbelkit import _native
from gumbelkit._native import Key
from gumbelkit.torch import _arrays
from gumbelkit.torch._ops import batched_source

__all__ = ["ONE", "draw", "draw_operator", "largest", "largest_operator"]

ONE = -1
"""The number of draws that gives one draw of each row, without an axis of its own."""


def _shape(values: Tensor, n: int) -> torch.Size:
    return values.shape[:-1] if n == ONE else torch.Size((*values.shape[:-1], n))


def draw(
    meaning: str,
    values: Tensor,
    tau: float | Tensor,
    mask: Tensor | None,
    key: Key | Tensor,
    n: int,
    replace: bool,
) -> Tensor:
    """Classes of each row: one (`ONE`), `n` with replacement, or `n` without."""
    device, shape = values.device, _shape(values, n)
    values = values.detach().cpu().contiguous()
    values = values.float() if values.dtype.itemsize == 2 else values
    if 0 in shape and values.shape[-1]:
        return torch.empty(shape, dtype=torch.int64, device=device)
    rows = values.shape[:-1]
    found = _arrays.native_tau(tau.cpu() if isinstance(tau, Tensor) else tau, rows)
    allowed = None
    if mask is not None:
        allowed = (
            mask.cpu().expand(values.shape if mask.ndim > 1 else mask.shape).contiguous().numpy()
        )
    keys = _native_keys(key, rows, n == ONE)
    array = _arrays.array(values)
    if n == ONE:
        classes = _native.categorical(meaning, array, found, allowed, keys)
    elif replace:
        classes = _native.sample_many(meaning, array, found, allowed, keys, n)
    else:
        picks = _native.top_k(meaning, array, found, allowed, keys, n)
        classes = np.concatenate([pick.indices for pick in picks])
    return torch.from_numpy(classes.astype(np.int64, copy=False)).reshape(shape).to(device)


def _native_keys(key: Key | Tensor, rows: torch.Size, one: bool) -> Any:
    """Keys for the native functions: several draws of a row of a batch take its child key."""
    if isinstance(key, Tensor) and key.ndim == 2:
        return key.detach().cpu().contiguous().numpy().view(np.uint64)
    single = _arrays.native_source(key)
    if one or not rows:
        return single
    return single.fold_in(np.arange(math.prod(rows))).parts


@torch.library.custom_op("gumbelkit::draw", mutates_args=())
def draw_operator(
    meaning: str,
    values: Tensor,
    tau: Tensor,
    mask: Tensor | None,
    key: Tensor,
    n: int,
    replace: bool,
) -> Tensor:
    """As `draw`."""
    return draw(meaning, values, tau, mask, key, n, replace)


@draw_operator.register_fake
def _(
    meaning: str,
    values: Tensor,
    tau: Tensor,
    mask: Tensor | None,
    key: Tensor,
    n: int,
    replace: bool,
) -> Tensor:
    return values.new_empty(_shape(values, n), dtype=torch.int64)


@draw_operator.register_vmap
def _(
    info: Any,
    dims: Any,
    meaning: str,
    values: Tensor,
    tau: Tensor,
    mask: Tensor | None,
    key: Tensor,
    n: int,
    replace: bool,
) -> tuple[Tensor, int]:
    batch = info.batch_size
    _, in_values, in_tau, in_mask, in_key, _, _ = dims
    inner = values.ndim if in_values is None else values.ndim - 1

    def first(tensor: Tensor, at: int | None, rank: int) -> Tensor:
        """A tensor of a batch of calls, of rank `rank` in each, with the batch first."""
        if at is None:
            return tensor.expand(batch, *[-1] * rank) if tensor.ndim == rank else tensor
        tensor = tensor.movedim(at, 0)
        return tensor.reshape(batch, *[1] * (rank - tensor.ndim + 1), *tensor.shape[1:])

    values = first(values, in_values, inner)
    key_rank = key.ndim if in_key is None else key.ndim - 1
    tau = tau if in_tau is None else first(tau, in_tau, inner - 1)
    if mask is not None and in_mask is not None:
        mask = first(mask, in_mask, inner)
    key = first(key, in_key, key_rank)
    if inner == 1 or key_rank == 2:
        # A key for each row: a row does not depend on the other rows.
        return draw_operator(meaning, values, tau, mask, key.reshape(-1, 2), n, replace), 0

    def of(tensor: Tensor, at: int | None, call: int) -> Tensor:
        return tensor if at is None else tensor[call]

    calls = [
        draw_operator(
            meaning,
            values[call],
            of(tau, in_tau, call),
            mask if mask is None else of(mask, in_mask, call),
            key[call],
            n,
            replace,
        )
        for call in range(batch)
    ]
    if not calls:
        return values.new_empty(_shape(values, n), dtype=torch.int64), 0
    return torch.stack(calls), 0


def largest(logits: Tensor, source: Key | Tensor, dim: int) -> Tensor:
    """The argmax of logits + Gumbel noise."""
    device = logits.device
    logits = logits.detach().cpu()
    logits = (logits.float() if logits.dtype.itemsize == 2 else logits).contiguous()
    source = source.cpu() if isinstance(source, Tensor) else source
    rows = logits.shape[:dim] + logits.shape[dim + 1 :]
    out = torch.empty(rows, dtype=torch.int64, device="cpu")
    indices = out.numpy().view(np.uintp)
    _native.gumbel_max(_arrays.array(logits), dim, _arrays.native_source(source), 0, indices)
    return out.to(device)


@torch.library.custom_op("gumbelkit::gumbel_max", mutates_args=())
def largest_operator(logits: Tensor, source: Tensor, dim: int) -> Tensor:
    """As `largest`."""
    return largest(logits, source, dim)


@largest_operator.register_fake
def _(logits: Tensor, source: Tensor, dim: int) -> Tensor:
    return logits.new_empty(logits.shape[:dim] + logits.shape[dim + 1 :], dtype=torch.int64)


@largest_operator.register_vmap
def _(info: Any, dims: Any, logits: Tensor, source: Tensor, dim: int) -> tuple[Tensor, int]:
    in_logits, in_source, _ = dims
    inner = logits.ndim if in_logits is None else logits.ndim - 1
    if in_logits is None:
        logits = logits.expand(info.batch_size, *logits.shape)
    else:
        logits = logits.movedim(in_logits, 0)
    source = batched_source("gumbel", source, in_source, logits, inner)
    return largest_operator(logits, source, dim + 1), 0
