"""The laws of `gumbelkit.jax`: a correct sampler fails a test with one key in a million."""

from __future__ import annotations

import math

import numpy as np
import pytest

jax = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402

import gumbelkit.jax as gj  # noqa: E402

KEY = jax.random.key(7)
FALSE_ALARM = 1e-6
LAWS = ["uniform", "exponential", "gumbel", "logistic", "normal"]


def chi_square(counts, p):
    """Pearson's statistic against a bound above which it is with probability e^-t.

    Laurent and Massart, Annals of Statistics 28 (2000), lemma 1.
    """
    n, t = counts.sum(), -math.log(FALSE_ALARM)
    assert (p * n >= 50).all()
    statistic = ((counts - p * n) ** 2 / (p * n)).sum()
    freedom = len(p) - 1
    assert statistic <= freedom + 2 * math.sqrt(freedom * t) + 2 * t


DRAWS = ["categorical", "gumbel_max", "many", "hard", "keys", "choice", "first of two"]


@pytest.mark.parametrize("draw", DRAWS)
def test_classes_have_their_probabilities(draw):
    n, p = 100_000, np.array([0.4, 0.3, 0.15, 0.1, 0.05])
    row = jnp.log(jnp.asarray(p, jnp.float32)) + 3
    rows = jnp.broadcast_to(row, (n, 5))
    keys = jax.random.split(KEY, n)
    drawn = {
        "categorical": lambda: gj.categorical(KEY, rows),
        "gumbel_max": lambda: gj.gumbel_max(KEY, rows),
        "many": lambda: gj.categorical(KEY, row, shape=(n,)),
        "hard": lambda: gj.gumbel_softmax(KEY, rows, 2.0, hard=True).argmax(-1),
        "keys": lambda: jax.vmap(gj.categorical, (0, None))(keys, row),
        "choice": lambda: gj.choice(KEY, 5, (n,), p=jnp.asarray(p)),
        "first of two": lambda: gj.categorical(KEY, rows, shape=(2, n), replace=False)[0],
    }[draw]()
    chi_square(np.bincount(drawn, minlength=5), p)


@pytest.mark.parametrize("law", LAWS)
def test_noise_of_many_keys_has_its_law(law):
    stats = pytest.importorskip("scipy.stats")
    n = 20_000
    drawn = jax.vmap(lambda key: getattr(gj, law)(key))(jax.random.split(KEY, n))
    cdf = {"gumbel": stats.gumbel_r, "exponential": stats.expon, "normal": stats.norm}.get(law)
    cdf = (cdf or getattr(stats, law)).cdf
    u = np.sort(cdf(np.asarray(drawn, np.float64)))
    steps = np.arange(n + 1) / n
    distance = max((steps[1:] - u).max(), (u - steps[:-1]).max())
    # Dvoretzky, Kiefer, Wolfowitz and Massart: P(distance > e) <= 2 exp(-2 n e^2).
    assert distance <= math.sqrt(math.log(2 / FALSE_ALARM) / (2 * n))


@pytest.mark.parametrize("n", [5, 7])
def test_integers_are_equally_likely(n):
    chi_square(np.bincount(gj.choice(KEY, n, (100_000,)), minlength=n), np.full(n, 1 / n))


@pytest.mark.parametrize("independent", [False, True])
def test_orders_are_equally_likely(independent):
    if independent:
        rows = np.asarray(gj.permutation(KEY, np.tile(np.arange(4), (50_000, 1)), 1, True))
    else:
        draw = jax.vmap(lambda key: gj.permutation(key, 4))
        rows = np.asarray(draw(jax.random.split(KEY, 50_000)))
    _, counts = np.unique(rows @ 10 ** np.arange(4), return_counts=True)
    chi_square(counts, np.full(24, 1 / 24))
