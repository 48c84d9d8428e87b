"""Relaxed samples with derivatives of all orders.

With a = z / tau, the soft sample is y = softmax(a), its logarithm x = a - ln sum e^a, and the
binary one y = sigmoid(a). For the noise held fixed

    da = (dl - a dtau) / tau
    dy = y (da - sum_j y_j da_j),   dx = da - sum_j e^x_j da_j          for classes
    dy = y (1 - y) da                                                 for yes-or-no choices

For classes a may be replaced by x = ln y, which differs from it by a constant of the row. Each rule
is written with samples that have rules themselves, so derivatives of every order follow. A hard
sample has the derivatives of the soft one.

x and a are taken from y, without another draw, and have the rules above. The derivatives of ln y as
a function of y would be powers of 1 / y, which overflow.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from gumbelkit.jax._call import call, result
from gumbelkit.jax._slopes import slopes

__all__ = ["HARD", "LOG", "SOFT", "binary", "classes"]

SOFT, HARD, LOG = range(3)

_NONE = jax.custom_derivatives.SymbolicZero


def _samples(target: str, form: int, axis: int, words: Array, logits: Array, tau: Array) -> Array:
    numbers = {"form": form, "rank": logits.ndim, "tau_rank": tau.ndim, "axis": axis}
    shape = result(logits.shape, logits.dtype)
    samples: Array = call(target, shape, words, logits, tau, **numbers)
    return samples


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
    if form == HARD:
        sample, soft = hard_and_soft(axis, words, logits, tau)
        return sample, _soft_tangent(axis, soft, logits, tau, dlogits, dtau)
    sample = classes(form, axis, words, logits, tau)
    if form == SOFT:
        return sample, _soft_tangent(axis, sample, logits, tau, dlogits, dtau)
    return sample, _log_tangent(axis, sample, jnp.exp(sample), tau, dlogits, dtau)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def hard_and_soft(axis: int, words: Array, logits: Array, tau: Array) -> tuple[Array, Array]:
    """Hard samples, and the soft ones that give their derivatives, in one pass."""
    shape = result(logits.shape, logits.dtype)
    numbers = {"form": SOFT, "rank": logits.ndim, "tau_rank": tau.ndim, "axis": axis}
    hard, soft = call("softmax", (shape, shape), words, logits, tau, **numbers)
    return hard, soft


@partial(hard_and_soft.defjvp, symbolic_zeros=True)
def _hard_and_soft_jvp(axis: int, primals: Any, tangents: Any) -> Any:
    words, logits, tau = primals
    hard, soft = hard_and_soft(axis, words, logits, tau)
    tangent = _soft_tangent(axis, soft, logits, tau, *tangents[1:])
    return (hard, soft), (tangent, tangent)


def _soft_tangent(
    axis: int, soft: Array, logits: Array, tau: Array, dlogits: Any, dtau: Any
) -> Array:
    wide = _wide(soft)
    slope = jnp.zeros_like(wide) if isinstance(dlogits, _NONE) else _wide(dlogits)
    if not isinstance(dtau, _NONE):
        log = _log_of(axis, wide, _wide(logits), tau)
        slope = slope - log * _spread(dtau.astype(wide.dtype), axis)
    return slopes(axis, wide, slope, tau).astype(soft.dtype)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _log_of(axis: int, soft: Array, logits: Array, tau: Array) -> Array:
    """The logarithm of the soft sample of these logits; 0 where the sample rounds to 0."""
    seen = _seen(soft)
    return jnp.where(seen, jnp.log(jnp.where(seen, soft, 1)), 0)


@partial(_log_of.defjvp, symbolic_zeros=True)
def _log_of_jvp(axis: int, primals: Any, tangents: Any) -> Any:
    soft, logits, tau = primals
    log = _log_of(axis, soft, logits, tau)
    tangent = _log_tangent(axis, jnp.where(_seen(soft), log, -jnp.inf), soft, tau, *tangents[1:])
    return log, tangent


def _seen(soft: Array) -> Array:
    # XLA takes smaller numbers for 0.
    seen: Any = soft >= float(np.finfo(soft.dtype).tiny)
    return jnp.asarray(seen)


def _log_tangent(axis: int, log: Array, soft: Array, tau: Array, dlogits: Any, dtau: Any) -> Array:
    possible = log > -jnp.inf
    slope = jnp.zeros_like(log) if isinstance(dlogits, _NONE) else jnp.where(possible, dlogits, 0)
    if not isinstance(dtau, _NONE):
        slope = slope - jnp.where(possible, log, 0) * _spread(dtau.astype(log.dtype), axis)
    slope = slope / _spread(tau.astype(log.dtype), axis)
    centred = slope - jnp.sum(soft * slope, axis, keepdims=True)
    return jnp.where(possible, centred, 0)


def _spread(of_rows: Array, axis: int) -> Array:
    """Numbers of rows for their classes; one number stays one."""
    return jnp.expand_dims(of_rows, axis) if of_rows.ndim else of_rows


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
    inside = _seen(soft) & (soft < 1)
    slope = jnp.zeros_like(soft) if isinstance(dlogits, _NONE) else dlogits
    if not isinstance(dtau, _NONE):
        slope = slope - _log_odds_of(soft, logits, tau) * dtau.astype(soft.dtype)
    slope = jnp.where(inside, slope / tau.astype(soft.dtype), 0)
    return sample, soft * (1 - soft) * slope


@jax.custom_jvp
def _log_odds_of(soft: Array, logits: Array, tau: Array) -> Array:
    """The log-odds of the binary sample of these logits; 0 where it rounds to 0 or 1."""
    inside = _seen(soft) & (soft < 1)
    middle = jnp.where(inside, soft, 0.5)
    return jnp.log(middle) - jnp.log1p(-middle)


@partial(_log_odds_of.defjvp, symbolic_zeros=True)
def _log_odds_of_jvp(primals: Any, tangents: Any) -> Any:
    soft, logits, tau = primals
    _, dlogits, dtau = tangents
    odds = _log_odds_of(soft, logits, tau)
    slope = jnp.zeros_like(odds) if isinstance(dlogits, _NONE) else dlogits
    if not isinstance(dtau, _NONE):
        slope = slope - odds * dtau.astype(odds.dtype)
    inside = _seen(soft) & (soft < 1)
    return odds, jnp.where(inside, slope / tau.astype(odds.dtype), 0)
