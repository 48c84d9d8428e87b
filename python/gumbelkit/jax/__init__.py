"""Exact sampling, Gumbel noise and Gumbel-Softmax in JAX, with the signatures of `jax.random`.

    >>> import jax, jax.numpy as jnp
    >>> from gumbelkit.jax import gumbel_softmax
    >>> key, logits = jax.random.key(7), jnp.log(jnp.array([0.9, 0.05, 0.05]))
    >>> cost = jax.jit(lambda logits, tau: gumbel_softmax(key, logits, tau) @ jnp.arange(3.0))
    >>> dlogits, dtau = jax.grad(cost, (0, 1))(logits, 0.5)
    >>> dlogits.shape, dtau.shape
    ((3,), ())

| to | use |
|---|---|
| make noise | `gumbel`, `exponential`, `logistic`, `normal`, `uniform` |
| sample classes exactly | `categorical`, `choice`, `gumbel_max` |
| draw orders | `permutation` |
| relax a choice | `gumbel_softmax`, `gumbel_log_softmax`, `binary_concrete` |

Keys are those of JAX, and `gumbelkit.Key`. The key data of a key of JAX become a `Key`: two words
w0, w1 (threefry) `Key(w0 + 2**32 w1)`, four words (rbg) `Key(w0 + 2**32 w1, w2 + 2**32 w3)`, as
`Key.of` does. So the draws are those of NumPy and of Rust under that `Key`, to the bit, and other
draws than those of `jax.random`. As there, a key is for one draw: `jax.random.split` makes more.

All functions work under `jit`, `vmap`, `scan` and `grad`; relaxed samples have derivatives of all
orders. `vmap` gives what a loop would give: each key its own draws, one key the same noise for all.

The functions run on the CPU, in the memory of XLA, on the threads of this package:
`gumbelkit.set_num_threads`. A computation for a graphics card or a TPU is refused while it is
compiled, with a `NotImplementedError`.

`jax.shard_map` with its default checks knows which results differ between devices. For
`jax.export` see `docs/python/from-jax.md`.

Bad input that is known while a function is traced is a `ValueError`, `TypeError`, `IndexError` or
`MemoryError`. What only the running computation sees, as NaN among the logits, is a `ValueError` if
JAX waits for the call, and a `jax.errors.JaxRuntimeError`, where the result is used, if it runs
ahead; both have the message of the core.
"""

try:
    import jax as _jax  # noqa: F401
except ImportError as error:
    raise ImportError("gumbelkit.jax needs JAX: pip install gumbelkit[jax]") from error

from gumbelkit.jax._noise import exponential, gumbel, logistic, normal, uniform
from gumbelkit.jax._relax import binary_concrete, gumbel_log_softmax, gumbel_softmax
from gumbelkit.jax._sample import categorical, choice, gumbel_max, permutation

__all__ = [
    "binary_concrete",
    "categorical",
    "choice",
    "exponential",
    "gumbel",
    "gumbel_log_softmax",
    "gumbel_max",
    "gumbel_softmax",
    "logistic",
    "normal",
    "permutation",
    "uniform",
]
