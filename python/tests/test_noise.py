"""Noise: laws, parts, buffers, and what is refused."""

import numpy as np
import pytest
from scipy import stats

import gumbelkit as gk
from gumbelkit import Key

LAWS = {
    "gumbel": stats.gumbel_r,
    "logistic": stats.logistic,
    "normal": stats.norm,
    "exponential": stats.expon,
    "uniform": stats.uniform,
}


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_noise_has_its_law(name, dtype):
    drawn = getattr(gk, name)(Key(7).fold_in(3), 100_000, dtype=dtype)
    # Kolmogorov's test: ten laws and types, a false alarm in 10^6 each.
    assert stats.kstest(drawn.astype(np.float64), LAWS[name].cdf).pvalue > 1e-6


@pytest.mark.parametrize("name", LAWS)
def test_parts_make_the_whole(name):
    make = getattr(gk, name)
    whole = make(Key(7), 1000)
    parts = [make(Key(7), n, offset=at) for at, n in ((0, 1), (1, 300), (301, 699))]
    assert np.array_equal(whole, np.concatenate(parts))
    assert np.array_equal(make(Key(7), (10, 100)).reshape(-1), whole)
    out = np.empty((2, 500), np.float32)
    assert make(Key(7), out=out) is out and np.array_equal(out.reshape(-1), whole)
    assert make(Key(7)).shape == () and make(Key(7), 0).shape == (0,)


def test_half_precision_is_float32_rounded_once():
    for name in ("gumbel", "logistic", "normal", "exponential"):
        make = getattr(gk, name)
        wide = make(Key(7), 10_000)
        assert np.array_equal(make(Key(7), 10_000, dtype=np.float16), wide.astype(np.float16))
    with pytest.raises(TypeError):
        gk.uniform(Key(7), 3, dtype=np.float16)


def test_location_and_scale_move_the_noise():
    g = gk.gumbel(Key(7), 100, dtype=np.float64)
    assert np.array_equal(gk.gumbel(Key(7), 100, loc=3, scale=2, dtype=np.float64), g * 2 + 3)
    u = gk.uniform(Key(7), 100, dtype=np.float64)
    assert np.array_equal(gk.uniform(Key(7), 100, low=-1, high=3, dtype=np.float64), u * 4 - 1)
    e = gk.exponential(Key(7), 100)
    assert np.array_equal(gk.exponential(Key(7), 100, scale=0.5), e * np.float32(0.5))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: gk.gumbel(7, 3), TypeError, "Key"),
        (lambda: gk.gumbel(Key(7), 3, scale=-1), gk.Error, "scale of at least 0"),
        (lambda: gk.gumbel(Key(7), 3, loc=np.nan), gk.Error, "loc"),
        (lambda: gk.gumbel(Key(7), 3, loc="x"), TypeError, "loc: expected a real number"),
        (lambda: gk.gumbel(Key(7), 3, dtype=np.int32), TypeError, "dtype: expected one of"),
        (lambda: gk.gumbel(Key(7), 3, dtype=">f4"), TypeError, "dtype"),
        (lambda: gk.gumbel(Key(7), -1), gk.Error, "size: expected"),
        (lambda: gk.gumbel(Key(7), 3, offset=-1), gk.Error, "offset: expected"),
        (lambda: gk.gumbel(Key(7), "3"), TypeError, "size: expected"),
        (lambda: gk.gumbel(Key(7), (2.7,)), TypeError, "size: expected"),
        (lambda: gk.gumbel(Key(7), 3, scale=1e39), gk.Error, "loc, scale"),
        (lambda: gk.gumbel(Key(7), 3, out=np.zeros(4, np.float32)), ValueError, "out: expected"),
        (lambda: gk.gumbel(Key(7), 3, out=np.zeros(3)), TypeError, "out: expected an array of"),
        (lambda: gk.gumbel(Key(7), 2, out=np.zeros(4, np.float32)[::2]), ValueError, "C order"),
        (lambda: gk.uniform(Key(7), 3, low=1, high=0), gk.Error, "low, high"),
        (lambda: gk.uniform(Key(7), 3, low=-1e308, high=1e308), gk.Error, "low, high"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_read_only_array_is_refused():
    out = np.zeros(3, np.float32)
    out.flags.writeable = False
    with pytest.raises(ValueError, match="out"):
        gk.gumbel(Key(7), out=out)
    assert not out.any()


def test_uniform_numbers_stay_within_their_bounds():
    for i in range(300):
        low, high = np.sort(gk.normal(Key(i), 2).astype(float))
        drawn = gk.uniform(Key(i), 100, low=low, high=high)
        assert np.float32(low) <= drawn.min() and drawn.max() <= np.float32(high)
