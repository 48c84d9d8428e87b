"""Calls of the native handlers from a computation of XLA."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax.extend.core import Primitive
from jax.interpreters import batching, mlir

from gumbelkit import _native
from gumbelkit.jax._arguments import in_memory

__all__ = ["call", "refuse", "result", "together"]

for _name, _capsule in _native.xla_targets().items():
    jax.ffi.register_ffi_target(_name, _capsule, platform="cpu")

# Makes the threads now: those of XLA call without the interpreter, and could wait for it for ever
# in a process that ends.
_native.num_threads()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_native.num_threads)


# The words of a key pass through an operation that only the CPU has, so that a computation for
# another platform is refused with a message, before XLA looks for a handler. Under `vmap` it sees
# the size of the batch, the operands of the call included: results too large for any memory are
# refused too, where XLA would end the process.
_on_cpu: Any = Primitive("gumbelkit_on_cpu")
_on_cpu.def_impl(lambda words, *operands, results: words)
_on_cpu.def_abstract_eval(lambda words, *operands, results: words)


def _batched(arguments: Any, dims: Any, *, results: Any) -> Any:
    size = next(a.shape[d] for a, d in zip(arguments, dims, strict=True) if d is not None)
    larger = tuple(((size, *shape), width) for shape, width in results)
    for shape, width in larger:
        in_memory("shape", shape, width)
    return _on_cpu.bind(*arguments, results=larger), dims[0]


batching.primitive_batchers[_on_cpu] = _batched


def refuse(context: Any, *operands: Any, **parameters: Any) -> Any:
    """The lowering of an operation for a platform that has none."""
    platforms = ", ".join(context.module_context.platforms)
    raise NotImplementedError(
        f"gumbelkit.jax: expected a computation for the CPU, found one for {platforms}; draw under "
        'jax.default_device(jax.devices("cpu")[0]) and move the result with jax.device_put, or set '
        "JAX_PLATFORMS=cpu"
    )


mlir.register_lowering(_on_cpu, refuse)
mlir.register_lowering(_on_cpu, lambda context, words, *_, **__: [words], platform="cpu")


def result(shape: Sequence[int], dtype: Any, *operands: Any) -> Any:
    """The shape and the dtype of the result of one call.

    In `jax.shard_map` it differs between devices where one of the operands does.
    """
    described: Any = jax.ShapeDtypeStruct
    axes = _varying(operands)
    if not axes:
        return described(tuple(shape), dtype)
    sharding: Any = jax.sharding
    if hasattr(sharding, "ManualAxisType"):
        mesh = next(jax.typeof(array).sharding.mesh for array in operands if _axes(array))
        place = sharding.NamedSharding(mesh, sharding.PartitionSpec())
        differs = sharding.ManualAxisType(varying=axes)
        return described(tuple(shape), dtype, sharding=place, manual_axis_type=differs)
    return described(tuple(shape), dtype, vma=axes)  # an older JAX


def _varying(arrays: Sequence[Any]) -> frozenset[Any]:
    """The axes of the mesh of `jax.shard_map` along which one of the arrays differs."""
    if not hasattr(jax, "typeof"):  # an older JAX
        return frozenset()
    return frozenset().union(*map(_axes, arrays))


def _axes(array: Any) -> frozenset[Any]:
    kind: Any = jax.typeof(array)
    if hasattr(kind, "mat"):
        return frozenset(kind.mat.varying)
    return frozenset(getattr(kind, "vma", ()))  # an older JAX


def together(*arrays: Any) -> list[Any]:
    """The arrays as ones that differ along the same axes of the mesh of `jax.shard_map`.

    An operation of several arrays asks for that. The derivative by an array that is equal on all
    devices becomes a sum over them.
    """
    axes = _varying(arrays)
    if not axes:
        return list(arrays)
    return [_differing(array, tuple(sorted(axes - _axes(array), key=str))) for array in arrays]


def _differing(array: Any, axes: tuple[Any, ...]) -> Any:
    if not axes:
        return array
    lax: Any = jax.lax
    if hasattr(lax, "pcast"):
        return lax.pcast(array, axes, to="varying")
    return lax.pvary(array, axes)  # an older JAX


def call(target: str, returned: Any, words: Any, *operands: Any, **numbers: int) -> Any:
    """The result of a handler, or the tuple of its results. `numbers` are its attributes.

    Under `vmap` the handler computes each call of the batch by itself.
    """
    words, *given = together(words, *operands)
    returned = jax.tree.map(lambda one: result(one.shape, one.dtype, words), returned)
    function: Any = jax.ffi.ffi_call(f"gumbelkit_{target}", returned, vmap_method="expand_dims")
    attributes = {name: np.int64(number) for name, number in numbers.items()}
    sizes = tuple((one.shape, one.dtype.itemsize) for one in jax.tree.leaves(returned))
    return function(_on_cpu.bind(words, *given, results=sizes), *given, **attributes)
