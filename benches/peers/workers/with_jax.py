"""The cases of JAX, compiled by jit. One argument: the number of threads."""

import functools
import itertools
import os
import sys

# XLA reads it when it creates its thread pool; there is no flag for it.
os.environ["NPROC"] = sys.argv[1]
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import numpy
from jax import random

from worker import PICKS, TAU, drawn, moments, pattern, rows, serve


def repeated(count, width):
    return jax.numpy.asarray(numpy.tile(pattern(numpy, width), (count, 1)))


def keyed(function, *arguments, impl="threefry2x32"):
    """A call of the compiled function with the next key and these arguments."""
    compiled, keys = jax.jit(function), map(functools.partial(random.key, impl=impl), itertools.count())
    return lambda: compiled(next(keys), *arguments).block_until_ready()


def gumbel(n, impl="threefry2x32"):
    return n, keyed(lambda key: random.gumbel(key, (n,)), impl=impl), \
        lambda result: {"moments": moments(numpy, result)}


def gumbel_softmax(width, n):
    logits = repeated(*rows(n, width))

    def relaxed(key, logits):
        return jax.nn.softmax((logits + random.gumbel(key, logits.shape)) / TAU, axis=-1)

    def look(y):
        far = float(numpy.abs(numpy.asarray(y).sum(-1, dtype=numpy.float64) - 1).max())
        return {"sums": far, "classes": drawn(numpy, y.argmax(-1), width)}

    return logits.size, keyed(relaxed, logits), look


def categorical(width, n):
    logits = repeated(*rows(n, width))
    return logits.size, keyed(random.categorical, logits), \
        lambda result: {"classes": drawn(numpy, result, width)}


def many(width, n):
    p = jax.nn.softmax(jax.numpy.asarray(pattern(numpy, width)))
    return n, keyed(lambda key, p: random.choice(key, width, (n,), p=p), p), \
        lambda result: {"classes": drawn(numpy, result, width)}


def choice(n):
    n = rows(n, PICKS)[0] * PICKS
    p = jax.nn.softmax(jax.numpy.asarray(pattern(numpy, n)))
    return n, keyed(lambda key, p: random.choice(key, n, (PICKS,), replace=False, p=p), p), \
        lambda result: {"distinct": len(numpy.unique(result)), "classes": drawn(numpy, result, n)}


CASES = {
    "gumbel": gumbel,
    "gumbel-rbg": functools.partial(gumbel, impl="rbg"),
    **{f"gumbel-softmax-{width}": functools.partial(gumbel_softmax, width)
       for width in (2, 10, 32, 1_024, 131_072)},
    "categorical-131072": functools.partial(categorical, 131_072),
    "many-1000": functools.partial(many, 1_000),
    "choice-without-replacement": choice,
}

if __name__ == "__main__":
    serve({"jax": jax.__version__}, CASES)
