"""Relaxed samples with derivatives of all orders.

With a = z / tau, the soft sample is y = softmax(a), its logarithm x = a - ln sum e^a, and the binary one
y = sigmoid(a). For the noise held fixed

    da = (dl - a dtau) / tau
    dy = y (da - sum_j y_j da_j),   dx = da - sum_j e^x_j da_j          for classes
    dy = y (1 - y) da                                                 for yes-or-no choices

For classes a may be replaced by x, which differs from it by a constant of the row. Each rule is written with samples
that have rules themselves, so derivatives of every order follow. A hard sample has the derivatives of the soft one.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from gumbelkit.jax._call import call, result

__all__ = ["binary", "classes"]

SOFT, HARD, LOG = range(3)

_NONE = jax.custom_derivatives.SymbolicZero


def _samples(target: str, form: int, axis: int, words: Array, logits: Array, tau: Array) -> Array:
    numbers = {"form": form, "rank": logits.ndim, "tau_rank": tau.ndim, "axis": axis}
    return call(target, result(logits.shape, logits.dtype), words, logits, tau, **numbers)


def _wide(array: Array) -> Array:
    """Half precision as float32: derivatives are computed there."""
    return array.astype(np.float32) if array.dtype.itemsize == 2 else array


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def classes(form: int, axis: int, words: Array, logits: Array, tau: Array) -> Array:
    """Samples of Gumbel-Softmax along an axis."""
    return _samples("softmax", form, axis, words, logits, tau)


@partial(classes.defjvp, symbolic_zeros=True)
def _classes_jvp(form: int, axis: int, primals: Any, tangents: Any) -> Any:
    words, logits, tau = primals
    _, dlogits, dtau = tangents
    sample = classes(form, axis, words, logits, tau)
    if isinstance(dlogits, _NONE) and isinstance(dtau, _NONE):
        return sample, jnp.zeros_like(sample)

    kind = _wide(logits).dtype

    def spread(of_rows: Array) -> Array:
        return jnp.expand_dims(of_rows, axis) if of_rows.ndim else of_rows

    rate = spread((1 / tau).astype(kind))
    log = None
    if form == LOG:
        log = sample
    elif not isinstance(dtau, _NONE):
        log = classes(LOG, axis, words, _wide(logits), tau)
    slope = 0.0 if isinstance(dlogits, _NONE) else _wide(dlogits)
    if log is not None:
        possible = log > -jnp.inf
        slope = jnp.where(possible, slope, 0)
        if not isinstance(dtau, _NONE):
            slope = slope - jnp.where(possible, log, 0) * spread(dtau.astype(kind))
    slope = slope * rate
    if form == LOG:
        centred = slope - jnp.sum(jnp.exp(log) * slope, axis, keepdims=True)
        return sample, jnp.where(possible, centred, 0)
    soft = sample if form == SOFT else classes(SOFT, axis, words, logits, tau)
    wide = _wide(soft)
    tangent = wide * (slope - jnp.sum(wide * slope, axis, keepdims=True))
    return sample, tangent.astype(sample.dtype)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def binary(form: int, words: Array, logits: Array, tau: Array) -> Array:
    """Samples of Binary Concrete."""
    return _samples("binary", form, 0, words, logits, tau)


@partial(binary.defjvp, symbolic_zeros=True)
def _binary_jvp(form: int, primals: Any, tangents: Any) -> Any:
    words, logits, tau = primals
    _, dlogits, dtau = tangents
    sample = binary(form, words, logits, tau)
    soft = sample if form == SOFT else binary(SOFT, words, logits, tau)
    inside = (soft > 0) & (soft < 1)
    slope = jnp.zeros_like(soft) if isinstance(dlogits, _NONE) else dlogits
    if not isinstance(dtau, _NONE):
        middle = jnp.where(inside, soft, 0.5)
        argument = jnp.log(middle) - jnp.log1p(-middle)
        slope = slope - argument * dtau.astype(soft.dtype)
    slope = jnp.where(inside, slope / tau.astype(soft.dtype), 0)
    return sample, soft * (1 - soft) * slope
