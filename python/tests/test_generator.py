"""The generator with NumPy's names: its sequence, shapes and laws. NumPy's own tests run by hand."""

import numpy as np
import pytest
from scipy import stats

import gumbelkit as gk
from gumbelkit import Generator, Key


def test_the_sequence_of_calls_gives_the_sequence_of_draws():
    rng = Generator(7)
    first, second = rng.gumbel(size=5), rng.gumbel(size=5)
    assert not np.array_equal(first, second)
    assert np.array_equal(first, gk.gumbel(Key(7).fold_in(0), 5, dtype=np.float64))
    later = Generator(7, calls=1)
    assert np.array_equal(later.gumbel(size=5), second) and later.calls == 2
    assert Generator(Key(7, 9)).key == Key(7, 9)
    assert Generator(np.random.default_rng(3)).key == Generator(np.random.default_rng(3)).key


@pytest.mark.parametrize(
    ("name", "law"),
    [
        ("gumbel", stats.gumbel_r(1, 2)),
        ("logistic", stats.logistic(1, 2)),
        ("normal", stats.norm(1, 2)),
        ("uniform", stats.uniform(1, 1)),
    ],
)
def test_draws_have_their_law(name, law):
    drawn = getattr(Generator(7), name)(1.0, 2.0, 50_000)
    assert drawn.dtype == np.float64
    assert stats.kstest(drawn, law.cdf).pvalue > 1e-6  # the chance of a false alarm


def test_shapes_are_those_of_numpy():
    ours, theirs = Generator(7), np.random.default_rng(7)
    for call in (
        lambda g: g.gumbel(),
        lambda g: g.normal([0.0, 1.0], 2.0),
        lambda g: g.normal(0.0, [1.0, 2.0], (3, 2)),
        lambda g: g.exponential(2.0, 4),
        lambda g: g.random((2, 0)),
        lambda g: g.choice(5),
        lambda g: g.choice(5, 3),
        lambda g: g.choice(5, (2, 2), replace=False),
        lambda g: g.choice(np.zeros((3, 4)), 2),
        lambda g: g.choice(np.zeros((3, 4)), 2, axis=1),
        lambda g: g.choice(["a", "b"], 3, p=[0.5, 0.5]),
        lambda g: g.permutation(4),
        lambda g: g.permutation(np.zeros((4, 2))),
    ):
        assert np.shape(call(ours)) == np.shape(call(theirs))
        assert type(call(ours)).__name__ == type(call(theirs)).__name__ or np.ndim(call(ours))


def test_choices_have_their_probabilities():
    p = np.array([0.6, 0.3, 0.1, 0.0])
    counts = np.bincount(Generator(7).choice(4, 60_000, p=p), minlength=4)
    assert counts[3] == 0
    # A chi-square test with a false alarm in 10^6.
    assert stats.chisquare(counts[:3], 60_000 * p[:3]).pvalue > 1e-6
    without = Generator(7).choice(4, 3, replace=False, p=p)
    assert sorted(without) == [0, 1, 2]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda g: g.normal(0, -1), ValueError),
        (lambda g: g.gumbel(np.nan), ValueError),
        (lambda g: g.uniform(2, 1), ValueError),
        (lambda g: g.uniform(-1e308, 1e308), OverflowError),
        (lambda g: g.normal([0, 1], 1, 3), ValueError),
        (lambda g: g.choice(3, 4, replace=False), ValueError),
        (lambda g: g.choice(3, p=[0.5, 0.5]), ValueError),
        (lambda g: g.choice(2, p=[0.5, 0.6]), ValueError),
        (lambda g: g.choice(2, p=[-0.5, 1.5]), ValueError),
        (lambda g: g.choice(0), ValueError),
        (lambda g: g.choice(2, -1), ValueError),
    ],
)
def test_what_is_refused(call, error):
    with pytest.raises(error):
        call(Generator(7))
