"""Discrete choices that a network can be trained through: one key, one choice.

Exact sampling with Gumbel noise, its differentiable relaxation, and keys that give the same draw on
any number of threads, on any processor, in Rust and in Python.

    >>> import numpy as np
    >>> from gumbelkit import Key, categorical, gumbel_max, gumbel_softmax
    >>> logits = np.log([0.9, 0.05, 0.05])      # an agent: forward, back, left
    >>> key = Key(7)
    >>> int(gumbel_max(key, logits))            # an exact sample: left, once in twenty
    2
    >>> y = gumbel_softmax(key, logits, 0.5)    # its relaxation, with a derivative
    >>> int(y.argmax())
    2

| to | use |
|---|---|
| make repeatable random numbers | `Key`, `Keys`, `Generator` |
| make noise | `gumbel`, `logistic`, `normal`, `exponential`, `uniform` |
| sample classes exactly | `categorical`, `gumbel_max`, `top_k` |
| draw integers and orders | `integers`, `permutation` |
| relax a choice | `gumbel_softmax`, `gumbel_log_softmax`, `binary_concrete` |
| compute gradients | `gumbel_softmax_vjp`, `binary_concrete_vjp` |
| train in PyTorch or JAX | `gumbelkit.torch`, `gumbelkit.jax` |
| model block maxima | `Gumbel`, `Gumbel.fit` |
| read the frequencies of a JPEG | `dct_coefficients`, `dct_planes` |
| learn | `Lcg`, `rejection_sample`, `figure` |

Bad input is an `Error` (a `ValueError`) that names the argument; a wrong dtype is a `TypeError`, a
missing axis an `IndexError`. Long calls share the threads of the package's own pool, release the
interpreter's lock, and work in a forked process; `set_num_threads` sets their number, which changes
no bit of a result.
"""

from gumbelkit._distribution import Gumbel
from gumbelkit._generator import Generator
from gumbelkit._integers import integers, permutation
from gumbelkit._jpeg import DctPlane, dct_coefficients, dct_planes
from gumbelkit._keys import Keys
from gumbelkit._native import (
    VALUE_VERSION,
    Error,
    GumbelFit,
    Key,
    Lcg,
    ReturnLevel,
    TopK,
    __version__,
    num_threads,
    set_num_threads,
)
from gumbelkit._noise import exponential, gumbel, logistic, normal, uniform
from gumbelkit._relax import (
    binary_concrete,
    binary_concrete_vjp,
    gumbel_log_softmax,
    gumbel_softmax,
    gumbel_softmax_vjp,
)
from gumbelkit._sample import categorical, gumbel_given_argmax, gumbel_max, ln_sum, top_k
from gumbelkit._textbook import Accepted, Figure, figure, figures, rejection_sample

__all__ = [
    "Accepted",
    "DctPlane",
    "Error",
    "Figure",
    "Generator",
    "Gumbel",
    "GumbelFit",
    "Key",
    "Keys",
    "Lcg",
    "ReturnLevel",
    "TopK",
    "VALUE_VERSION",
    "__version__",
    "binary_concrete",
    "binary_concrete_vjp",
    "categorical",
    "dct_coefficients",
    "dct_planes",
    "exponential",
    "figure",
    "figures",
    "gumbel",
    "gumbel_given_argmax",
    "gumbel_log_softmax",
    "gumbel_max",
    "gumbel_softmax",
    "gumbel_softmax_vjp",
    "integers",
    "ln_sum",
    "logistic",
    "normal",
    "num_threads",
    "permutation",
    "rejection_sample",
    "set_num_threads",
    "top_k",
    "uniform",
]
