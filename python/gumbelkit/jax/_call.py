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

__all__ = ["call", "refuse", "result"]

for _name, _capsule in _native.xla_targets().items():
    jax.ffi.register_ffi_target(_name, _capsule, platform="cpu")

# Makes the threads now: those of XLA call without the interpreter, and could wait for it for ever
# in a process that ends.
_native.num_threads()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_native.num_threads)


# The words of a key pass through an operation that only the CPU has, so that a computation for
# another platform is refused with a message, before XLA looks for a handler.
_on_cpu: Any = Primitive("gumbelkit_on_cpu")
_on_cpu.def_impl(lambda words: words)
_on_cpu.def_abstract_eval(lambda words: words)
batching.primitive_batchers[_on_cpu] = lambda args, dims: (_on_cpu.bind(*args), dims[0])


def refuse(context: Any, *operands: Any, **parameters: Any) -> Any:
    """The lowering of an operation for a platform that has none."""
    platforms = ", ".join(context.module_context.platforms)
    raise NotImplementedError(
        f"gumbelkit.jax: expected a computation for the CPU, found one for {platforms}; draw under "
        'jax.default_device(jax.devices("cpu")[0]) and move the result with jax.device_put, or set '
        "JAX_PLATFORMS=cpu"
    )


mlir.register_lowering(_on_cpu, refuse)
mlir.register_lowering(_on_cpu, lambda context, words: [words], platform="cpu")


def result(shape: Sequence[int], dtype: Any) -> Any:
    """The shape and the dtype of the result of one call."""
    described: Any = jax.ShapeDtypeStruct
    return described(tuple(shape), dtype)


def call(target: str, returned: Any, words: Any, *operands: Any, **numbers: int) -> Any:
    """The result of a handler, or the list of its results. `numbers` are its attributes.

    Under `vmap` the handler computes each call of the batch by itself.
    """
    function: Any = jax.ffi.ffi_call(f"gumbelkit_{target}", returned, vmap_method="expand_dims")
    attributes = {name: np.int64(number) for name, number in numbers.items()}
    return function(_on_cpu.bind(words), *operands, **attributes)
