"""Uniform integers and random orders: their laws, NumPy's bounds and types, and what is refused."""

import numpy as np
import pytest
from scipy import stats

import gumbelkit as gk
from gumbelkit import Generator, Key

CHANCE = 1e-6
"""The chance of a false alarm of one test; the keys are fixed."""


def test_integers_are_equally_likely():
    for low, high in ((0, 7), (-3, 4), (2**62, 2**62 + 7)):
        drawn = gk.integers(Key(7), low, high, 70_000)
        counts = np.bincount(drawn - low, minlength=7)
        assert len(counts) == 7 and stats.chisquare(counts).pvalue > CHANCE


def test_a_range_of_three_quarters_of_64_bits_has_no_favourites():
    # Without a second draw a multiple of 3 would come with a chance of 1/2 in place of 1/3.
    drawn = gk.integers(Key(7), 0, 3 << 62, 30_000, dtype=np.uint64)
    assert stats.binomtest(int((drawn % 3 == 0).sum()), 30_000, 1 / 3).pvalue > CHANCE


def test_an_integer_depends_on_its_element_and_its_bounds_alone():
    whole = gk.integers(Key(7), 0, 1000, 300)
    assert np.array_equal(gk.integers(Key(7), 0, 1000, 100, offset=200), whole[200:])
    assert np.array_equal(gk.integers(Key(7), 0, np.full((3, 100), 1000)).ravel(), whole)
    assert np.array_equal(gk.integers(Key(7), 5, 1005, (3, 100)).ravel(), whole + 5)
    last = gk.integers(Key(7), 0, 10, 2, offset=2**64 - 1)
    assert last[1] == gk.integers(Key(7), 0, 10, 1)[0]
    assert np.array_equal(gk.integers(Key(7), 0, [10, 10], 2, offset=2**64 - 1), last)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "uint32", "int64", "uint64", "bool"])
def test_a_type_is_filled_to_both_ends(dtype):
    info = np.iinfo(dtype) if dtype != "bool" else None
    low, high = (int(info.min), int(info.max)) if info else (0, 1)
    drawn = gk.integers(Key(7), low, high, 20_000, endpoint=True, dtype=dtype)
    assert drawn.dtype == dtype
    middle = (low + high) / 2
    share = (drawn.astype(np.float64) > middle).mean()
    assert abs(share - 0.5) < 5 * 0.5 / 20_000**0.5
    if high - low < 256:
        assert set(drawn.tolist()) == set(range(low, high + 1))
    for at in (low, high):
        assert gk.integers(Key(7), at, at, endpoint=True, dtype=dtype) == at


def test_bounds_are_those_of_numpy():
    ours, theirs = Generator(7), np.random.default_rng(7)
    for call in (
        lambda g: g.integers(10),
        lambda g: g.integers(10.0),
        lambda g: g.integers(2, dtype=bool),
        lambda g: g.integers(3, dtype=int),
        lambda g: g.integers(3, dtype=np.dtype("int64")),
        lambda g: g.integers(3, size=()),
        lambda g: g.integers(3, size=(2, 0)),
        lambda g: g.integers([1, 5], [3, 9]),
        lambda g: g.integers([0, 1, 2], 5, (2, 3), np.uint8),
        lambda g: g.integers(0, 0, 0, endpoint=True),
        lambda g: g.integers([0, 2**63], 2**64, dtype=np.uint64),
        lambda g: g.integers(-(2**63), 2**63 - 1, 3, endpoint=True),
    ):
        found, wanted = call(ours), call(theirs)
        assert type(found) is type(wanted)
        assert np.shape(found) == np.shape(wanted)
        assert np.asarray(found).dtype == np.asarray(wanted).dtype


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda g: g.integers(5, 5), ValueError),
        (lambda g: g.integers(6, 5, endpoint=True), ValueError),
        (lambda g: g.integers(0), ValueError),
        (lambda g: g.integers(0, 300, dtype=np.int8), ValueError),
        (lambda g: g.integers(-1, 3, dtype=np.uint64), ValueError),
        (lambda g: g.integers(0, 2**64 + 1, dtype=np.uint64), ValueError),
        (lambda g: g.integers([0, 7], [5, 5]), ValueError),
        (lambda g: g.integers([1, 2], size=3), ValueError),
        (lambda g: g.integers(0, 10, dtype=float), TypeError),
        (lambda g: g.integers(1j), TypeError),
        (lambda g: g.permuted([1, 2], axis=3), IndexError),
        (lambda g: g.permuted([1, 2], out=np.empty(3)), ValueError),
        (lambda g: g.shuffle(3), TypeError),
        (lambda g: g.shuffle([1, 2], axis=1), NotImplementedError),
        (lambda g: g.multinomial(-1, [0.5, 0.5]), ValueError),
        (lambda g: g.multinomial(3, [0.9, 0.9, 0.1]), ValueError),
        (lambda g: g.multinomial(3, [0.5, np.nan]), ValueError),
        (lambda g: g.multinomial([1, 2], [0.5, 0.5], 3), ValueError),
        (lambda g: g.multinomial(3, []), ValueError),
    ],
)
def test_what_is_refused(call, error):
    for generator in (Generator(7), np.random.default_rng(7)):
        with pytest.raises(error):
            call(generator)


def test_a_shuffle_is_in_place_and_moves_whole_rows():
    x = np.arange(12).reshape(4, 3)
    Generator(7).shuffle(x)
    assert x.tolist() != np.arange(12).reshape(4, 3).tolist()
    assert sorted(x.tolist()) == np.arange(12).reshape(4, 3).tolist()
    Generator(7).shuffle(x, axis=1)
    assert sorted(sorted(row) for row in x.tolist()) == np.arange(12).reshape(4, 3).tolist()
    words = ["a", "b", "c", "d"]
    Generator(7).shuffle(words)
    assert sorted(words) == ["a", "b", "c", "d"] and words != ["a", "b", "c", "d"]


def test_every_row_that_is_permuted_has_an_order_of_its_own():
    rows = np.tile(np.arange(3), (6000, 1))
    permuted = Generator(7).permuted(rows, axis=1)
    assert np.array_equal(np.sort(permuted, 1), rows)
    orders = permuted[:, 0] * 2 + (permuted[:, 1] > permuted[:, 2])
    assert stats.chisquare(np.bincount(orders, minlength=6)).pvalue > CHANCE
    other = Generator(7).permuted(rows.T, axis=0)
    assert np.array_equal(other, permuted.T)
    out = np.empty((2, 3), int)
    assert Generator(7).permuted([[1, 2, 3], [4, 5, 6]], out=out) is out
    assert sorted(out.ravel()) == [1, 2, 3, 4, 5, 6]


def test_multinomial_counts_have_their_mean_and_covariance():
    p, n, rows = np.array([0.5, 0.3, 0.2, 0.0]), 20, 20_000
    counts = Generator(7).multinomial(n, p, rows)
    assert (counts.sum(1) == n).all() and (counts[:, 3] == 0).all()
    # Five standard deviations of each mean, and of each covariance (below n p^2 sqrt(3) for these).
    mean, covariance = n * p, n * (np.diag(p) - np.outer(p, p))
    assert (np.abs(counts.mean(0) - mean) <= 5 * np.sqrt(np.diag(covariance) / rows)).all()
    assert np.abs(np.cov(counts.T) - covariance).max() < 5 * 3**0.5 * n * 0.25 / rows**0.5


def test_multinomial_draws_depend_on_the_row_alone():
    p = [[0.2, 0.8], [0.5, 0.5], [1.0, 0.0]]
    counts = Generator(7).multinomial([5, 100, 7], p)
    assert counts.sum(1).tolist() == [5, 100, 7] and counts[2].tolist() == [7, 0]
    assert np.array_equal(Generator(7).multinomial([5, 3, 7], p)[[0, 2]], counts[[0, 2]])


def test_many_multinomial_draws_are_counted_in_parts(monkeypatch):
    monkeypatch.setattr("gumbelkit._generator._DRAWS_AT_ONCE", 1000)
    counts = Generator(7).multinomial(70_500, [0.2, 0.3, 0.5])
    assert counts.sum() == 70_500
    assert stats.chisquare(counts, 70_500 * np.array([0.2, 0.3, 0.5])).pvalue > CHANCE
