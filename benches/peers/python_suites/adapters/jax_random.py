"""JAX's tests of `jax.random`, and those of numpyro, which draws with it, on `gumbelkit.jax`.

The functions are replaced in the module `jax.random`; what JAX's own samplers call inside stays.
"""

from __future__ import annotations

import functools
from typing import Any

import jax

import gumbelkit.jax as gumbels
from observe import SALT, ours

FUNCTIONS = ("categorical", "choice", "exponential", "gumbel", "logistic", "normal", "uniform")


def _function(name: str) -> Any:
    function = getattr(gumbels, name)

    @functools.wraps(getattr(jax.random, name))
    def call(key: Any, *args: Any, **kwargs: Any) -> Any:
        # The cost of JAX's numbers: ours have one, above the highest of theirs.
        kwargs.pop("mode", None)
        # None is where the computation is; another placement we do not offer.
        if kwargs.get("out_sharding", 0) is None:
            kwargs.pop("out_sharding")
        return function(jax.random.fold_in(key, SALT) if SALT else key, *args, **kwargs)

    return ours(call)


def install() -> None:
    for name in FUNCTIONS:
        setattr(jax.random, name, _function(name))
