"""The product of the Jacobian of soft samples and a vector, as an operation of JAX.

    slopes(y, t, tau) = y (t - sum_j y_j t_j) / tau

It is linear in t, and the Jacobian is symmetric, so it is its own transpose: forward and backward
derivatives use it. It is one pass over memory, for which XLA takes several.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from gumbelkit.jax._call import refuse, result, together

__all__ = ["slopes"]

_slopes: Any = Primitive("gumbelkit_slopes")


def slopes(axis: int, y: Array, t: Array, tau: Array) -> Array:
    """The product for the samples y along an axis. `tau`: one temperature, or one for each row."""
    product: Array = _slopes.bind(*together(y, t, tau), axis=axis)
    return product


def _native(y: Array, t: Array, tau: Array, *, axis: int) -> Any:
    function: Any = jax.ffi.ffi_call("gumbelkit_slopes", result(y.shape, y.dtype, y))
    return function(y, t, tau, axis=np.int64(axis), tau_rank=np.int64(tau.ndim))


_slopes.def_impl(jax.jit(_native, static_argnames=("axis",)))
_slopes.def_abstract_eval(lambda y, t, tau, axis: y)
mlir.register_lowering(_slopes, refuse)
mlir.register_lowering(_slopes, mlir.lower_fun(_native, multiple_results=False), platform="cpu")


def _jvp(primals: Any, tangents: Any, *, axis: int) -> Any:
    y, t, tau = primals
    dy, dt, dtau = tangents
    product = slopes(axis, y, t, tau)
    parts = []

    def rate(of_rows: Array) -> Array:
        wide = of_rows.astype(y.dtype)
        return jnp.expand_dims(wide, axis) if wide.ndim else wide

    def mean(a: Array, b: Array) -> Array:
        # A product of vectors: sums of products that XLA fuses are wrong in the third order in
        # float32, with jaxlib 0.10.2 on the CPU.
        rows = jnp.einsum("...i,...i->...", jnp.moveaxis(a, axis, -1), jnp.moveaxis(b, axis, -1))
        return jnp.expand_dims(rows, axis)

    if not isinstance(dt, ad.Zero):
        parts.append(slopes(axis, y, dt, tau))
    if not isinstance(dy, ad.Zero):
        scaled = dy / rate(tau)
        parts.append(scaled * (t - mean(y, t)) - y * mean(scaled, t))
    if not isinstance(dtau, ad.Zero):
        parts.append(-product * rate(dtau / tau))
    return product, sum(parts[1:], parts[0]) if parts else jnp.zeros_like(product)


def _transpose(cotangent: Any, y: Any, t: Any, tau: Any, *, axis: int) -> Any:
    if isinstance(cotangent, ad.Zero):
        return [None, ad.Zero(t.aval), None]
    return [None, slopes(axis, y, cotangent, tau), None]


def _batched(arguments: Any, dims: Any, *, axis: int) -> Any:
    size = next(a.shape[d] for a, d in zip(arguments, dims, strict=True) if d is not None)

    def front(array: Array, dim: int | None) -> Array:
        if dim is None:
            return jnp.broadcast_to(array, (size, *array.shape))
        return jnp.moveaxis(array, dim, 0)

    y, t = (front(a, d) for a, d in zip(arguments[:2], dims[:2], strict=True))
    tau = arguments[2]
    if tau.ndim or dims[2] is not None:
        # A temperature for each call becomes one for each of its rows.
        tau = front(tau, dims[2])
        rows = y.shape[: axis + 1] + y.shape[axis + 2 :]
        tau = jnp.broadcast_to(tau.reshape(tau.shape + (1,) * (len(rows) - tau.ndim)), rows)
    return slopes(axis + 1, y, t, tau), 0


ad.primitive_jvps[_slopes] = _jvp
ad.primitive_transposes[_slopes] = _transpose
batching.primitive_batchers[_slopes] = _batched
