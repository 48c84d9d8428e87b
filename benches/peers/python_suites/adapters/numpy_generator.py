"""NumPy's tests of `numpy.random.Generator`, on `gumbelkit.Generator`.

A generator of theirs with our methods: each call draws with a `gumbelkit.Generator` whose key is two words of the bit
generator. So the state of the bit generator decides the draws, as these tests want it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import _pickle

import gumbelkit
from observe import ours, salted

METHODS = (
    "choice",
    "exponential",
    "gumbel",
    "integers",
    "logistic",
    "multinomial",
    "normal",
    "permutation",
    "permuted",
    "random",
    "shuffle",
    "standard_exponential",
    "standard_normal",
    "uniform",
)

_INTEGERS = np.random.Generator.integers


def _method(name: str) -> Any:
    def method(self: np.random.Generator, *args: Any, **kwargs: Any) -> Any:
        # As `Key.of`, with their integers: ours would ask for a key again.
        words = _INTEGERS(self, 0, 2**64, 2, np.uint64)
        key = salted(gumbelkit.Key(*words.tolist()))
        return getattr(gumbelkit.Generator(key), name)(*args, **kwargs)

    return ours(method, getattr(np.random.Generator, name))


def _reduce(self: np.random.Generator) -> Any:
    return _pickle.__generator_ctor, (self.bit_generator,), None


Generator = type(
    "Generator",
    (np.random.Generator,),
    {name: _method(name) for name in METHODS} | {"__module__": __name__, "__reduce__": _reduce},
)

_THEIRS = np.random.default_rng


def _default_rng(seed: Any = None) -> Any:
    return seed if isinstance(seed, Generator) else Generator(_THEIRS(seed).bit_generator)


def install() -> None:
    np.random.Generator = Generator
    np.random.default_rng = _default_rng
    _pickle.Generator = Generator
