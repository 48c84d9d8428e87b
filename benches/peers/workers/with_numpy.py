"""The cases of NumPy's Generator and of Intel's MKL, through mkl_random: double precision, one thread."""

import functools
import importlib.metadata
import os

# The threads of MKL; the timed generators always use one thread.
os.environ["MKL_NUM_THREADS"] = "1"

import mkl_random
import numpy

from worker import PICKS, drawn, moments, pattern, rows, serve

GENERATOR = numpy.random.default_rng(0)
MKL = mkl_random.RandomState(0)
# The fastest of its generators, except the linear congruential ones.
MKL_FASTEST = mkl_random.RandomState(0, brng="SFMT19937")


def gumbel(n):
    return n, lambda: GENERATOR.gumbel(size=n), lambda result: {"moments": moments(numpy, result)}


def mkl_gumbel(n, generator=MKL):
    """MKL has the law of minima, and mkl_random does not mirror it: the check mirrors it, not the timed call."""
    return n, lambda: generator.gumbel(size=n), lambda result: {"moments": moments(numpy, -result)}


def softmax(logits):
    weights = numpy.exp(logits.astype(numpy.float64))
    return weights / weights.sum()


def many(n):
    p = softmax(pattern(numpy, 1_000))
    return n, lambda: GENERATOR.choice(1_000, n, p=p), \
        lambda result: {"classes": drawn(numpy, result, 1_000)}


def choice(n):
    n = rows(n, PICKS)[0] * PICKS
    p = softmax(pattern(numpy, n))
    return n, lambda: GENERATOR.choice(n, PICKS, replace=False, p=p, shuffle=False), \
        lambda result: {"distinct": len(numpy.unique(result)), "classes": drawn(numpy, result, n)}


CASES = {
    "gumbel": gumbel,
    "mkl-gumbel": mkl_gumbel,
    "mkl-gumbel-sfmt": functools.partial(mkl_gumbel, generator=MKL_FASTEST),
    "many-1000": many,
    "choice-without-replacement": choice,
}

if __name__ == "__main__":
    serve({name: importlib.metadata.version(name) for name in ("numpy", "mkl", "mkl_random")}, CASES)
