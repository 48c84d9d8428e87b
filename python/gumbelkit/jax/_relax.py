"""Relaxed and hard samples of discrete choices, with derivatives of all orders."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from gumbelkit.jax._arguments import axis_of, logits_of, rows_of, temperature_of
from gumbelkit.jax._derivatives import HARD, LOG, SOFT, binary, classes
from gumbelkit.jax._key import KeyLike, source_of, words_of

__all__ = ["binary_concrete", "gumbel_log_softmax", "gumbel_softmax"]


@partial(jax.jit, static_argnames=("form", "axis"))
def _classes(source: Any, logits: Array, tau: Array, form: int, axis: int) -> Array:
    half = logits.dtype.itemsize == 2 and form != SOFT
    wide = logits.astype(np.float32) if half else logits
    return classes(form, axis, words_of(source), wide, tau).astype(logits.dtype)


def gumbel_softmax(
    key: KeyLike,
    logits: ArrayLike,
    temperature: ArrayLike = 1.0,
    axis: int = -1,
    hard: bool = False,
) -> Array:
    """Relaxed one-hot samples: a point of the simplex for each row of logits.

        y = softmax((l + g) / tau)          g Gumbel noise, tau the temperature
        hard: the one-hot of argmax(l + g), an exact sample of softmax(l) at every temperature

    At a low temperature y is nearly the one-hot sample of the same noise; at a high one nearly
    uniform. A class of logit -inf has the value 0 exactly. The derivatives of all orders, by the
    logits and by the temperature, are those of y with the noise held fixed; those of a hard sample
    are those of y too (straight-through).

    The sample is that of `gumbelkit.gumbel_softmax` under `Key.of(key)`, to the bit, for the
    temperature in JAX's widest type (float32 without `jax_enable_x64`). `vmap` over keys draws with
    each key; over logits with one key, it gives each of them the same noise, as a loop would.

    Args:
        key: a key of JAX, typed or as uint32 `[2]` or `[4]`, or a `Key`.
        logits: unnormalised log-probabilities, any shape; -inf is an impossible class. float32,
            float64, float16, bfloat16; half precision is computed in float32 and rounded once.
        temperature: one number above 0, or an array that broadcasts to the rows, the shape of the
            logits without `axis`. A new temperature compiles nothing anew if it is an argument of
            the compiled function.
        axis: the axis of the classes.
        hard: one-hot samples.

    Returns:
        An array of the shape and dtype of the logits. Each row sums to 1 within rounding.

    Raises:
        ValueError: a known temperature that is not a finite number above 0 or does not fit, no
            classes, an array of keys.
        TypeError: logits that are not floating-point numbers, a temperature that is not a real
            number; IndexError: no such axis.
        ValueError or jax.errors.JaxRuntimeError: while the computation runs, NaN or +inf among the
            logits, a row of -inf only, a traced temperature that is not a finite number above 0.
            The message names the row or the index; under `vmap` also the number of the call.
        NotImplementedError: a computation for a graphics card or a TPU, while it is compiled.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from gumbelkit.jax import gumbel_softmax
        >>> key, logits = jax.random.key(7), jnp.log(jnp.array([0.9, 0.05, 0.05]))
        >>> y = gumbel_softmax(key, logits, 0.5)
        >>> bool(abs(y.sum() - 1) < 1e-6)
        True
        >>> jax.grad(lambda l: gumbel_softmax(key, l, 0.5)[0])(logits).shape
        (3,)

    Jang, Gu and Poole, "Categorical reparameterization with Gumbel-Softmax", arXiv 1611.01144;
    Maddison, Mnih and Teh, "The Concrete distribution", arXiv 1611.00712.
    """
    return _relaxed(key, logits, temperature, axis, HARD if hard else SOFT)


def gumbel_log_softmax(
    key: KeyLike, logits: ArrayLike, temperature: ArrayLike = 1.0, axis: int = -1
) -> Array:
    """Relaxed one-hot samples as logarithms: finite where the sample itself rounds to 0.

        x = ln softmax((l + g) / tau)

    A class of logit -inf has x = -inf and the derivative 0. Half precision is computed in float32
    and rounded once. Arguments, derivatives and errors as `gumbel_softmax`.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from gumbelkit.jax import gumbel_log_softmax
        >>> x = gumbel_log_softmax(jax.random.key(7), jnp.zeros(4), 0.01)
        >>> bool(jnp.isfinite(x).all())
        True

    Maddison, Mnih and Teh, arXiv 1611.00712, appendix C.3 (the ExpConcrete distribution).
    """
    return _relaxed(key, logits, temperature, axis, LOG)


def _relaxed(
    key: KeyLike, logits: ArrayLike, temperature: ArrayLike, axis: int, form: int
) -> Array:
    array = logits_of(logits)
    axis = axis_of(axis, array)
    tau = temperature_of(temperature, rows_of(array.shape, axis))
    sample: Array = _classes(source_of(key), array, tau, form, axis)
    return sample


@partial(jax.jit, static_argnames=("form",))
def _binary(source: Any, logits: Array, tau: Array, form: int) -> Array:
    wide = logits.astype(np.float32) if logits.dtype.itemsize == 2 else logits
    return binary(form, words_of(source), wide, tau).astype(logits.dtype)


def binary_concrete(
    key: KeyLike, logits: ArrayLike, temperature: ArrayLike = 1.0, hard: bool = False
) -> Array:
    """Relaxed yes-or-no choices: a number in [0, 1] for each log-odds.

        y = sigmoid((l + L) / tau)          L logistic noise
        hard: 1 where l + L > 0, else 0; P(1) = sigmoid(l) at every temperature

    The derivatives are computed from y, as those of `jax.nn.sigmoid` and those in PyTorch and NumPy
    are: y (1 - y) loses digits where y is near 1. In float32 it is 6% off at (l + L) / tau = 16 and
    0 from 17.5, where y is 1; near 0 it is exact.

    Args:
        logits: log-odds, any shape; infinite ones are certain choices with the derivative 0.
        temperature: one number above 0, or an array that broadcasts to the shape of the logits.
        key, hard: as for `gumbel_softmax`, whose contract and errors hold here too.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from gumbelkit.jax import binary_concrete
        >>> binary_concrete(jax.random.key(7), jnp.array([-60.0, 60.0]), hard=True).tolist()
        [0.0, 1.0]

    Maddison, Mnih and Teh, arXiv 1611.00712, appendix B.
    """
    array = logits_of(logits)
    tau = temperature_of(temperature, array.shape)
    sample: Array = _binary(source_of(key), array, tau, HARD if hard else SOFT)
    return sample
