"""The Gumbel law beside SciPy's, its tails, and its fits."""

import numpy as np
import pytest
from scipy import stats

import gumbelkit as gk
from gumbelkit import Gumbel, Key

LAW = Gumbel(3.0, 2.0)
THEIRS = stats.gumbel_r(3.0, 2.0)


@pytest.mark.parametrize("name", ["pdf", "logpdf", "cdf", "logcdf", "sf", "logsf"])
def test_functions_are_those_of_scipy(name):
    x = np.linspace(-5, 40, 200)
    assert np.allclose(getattr(LAW, name)(x), getattr(THEIRS, name)(x), rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("name", ["ppf", "isf"])
def test_quantiles_are_those_of_scipy(name):
    q = np.array([1e-12, 0.001, 0.3, 0.5, 0.9])
    assert np.allclose(getattr(LAW, name)(q), getattr(THEIRS, name)(q), rtol=1e-11)


def test_moments_are_those_of_scipy():
    for name in ("mean", "var", "std", "median", "entropy"):
        assert np.isclose(getattr(LAW, name)(), getattr(THEIRS, name)(), rtol=1e-12)


def test_the_upper_tail_is_exact():
    # 1 - cdf is 0 there.
    assert np.isclose(float(LAW.sf(103.0)), np.exp(-50.0), rtol=1e-12)
    assert np.isclose(float(LAW.isf(1e-100)), 3 + 2 * 100 * np.log(10), rtol=1e-12)


def test_shapes_and_values():
    assert LAW.pdf(3.0).shape == () and LAW.pdf(np.zeros((2, 3))).shape == (2, 3)
    assert LAW.cdf([np.inf, -np.inf]).tolist() == [1.0, 0.0]
    assert LAW == Gumbel(3, 2) and hash(LAW) == hash(Gumbel(3, 2)) and eval(repr(LAW)) == LAW
    drawn = LAW.rvs(Key(7), 50_000)
    assert drawn.dtype == np.float64
    assert stats.kstest(drawn, THEIRS.cdf).pvalue > 1e-6  # the chance of a false alarm


def test_fits_are_those_of_scipy():
    data = LAW.rvs(Key(8), 2000)
    fit = Gumbel.fit(data)
    assert np.allclose((fit.loc, fit.scale), stats.gumbel_r.fit(data), rtol=1e-6)
    assert fit.count == 2000 and 0 < fit.loc_error < 0.1 and 0 < fit.scale_error < 0.1
    assert np.isclose(fit.log_likelihood, Gumbel(fit.loc, fit.scale).logpdf(data).sum())
    level = fit.return_level(100)
    assert np.isclose(level.value, Gumbel(fit.loc, fit.scale).isf(0.01))
    low, high = level.interval(0.9)
    assert low < level.value < high and level.error > 0


def test_fits_with_one_parameter_known_are_those_of_scipy():
    data = LAW.rvs(Key(8), 2000)
    known = Gumbel.fit(data, floc=3.0)
    assert known.loc == 3.0 and known.loc_error == 0
    assert np.isclose(known.scale, stats.gumbel_r.fit(data, floc=3.0)[1], rtol=1e-6)
    known = Gumbel.fit(data, fscale=2.0)
    assert known.scale == 2.0 and known.scale_error == 0
    assert np.isclose(known.loc, stats.gumbel_r.fit(data, fscale=2.0)[0], rtol=1e-6)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Gumbel(0, 0), gk.Error, "scale"),
        (lambda: Gumbel(np.nan, 1), gk.Error, "location"),
        (lambda: Gumbel("x", 1), TypeError, "str"),
        (lambda: LAW.ppf(1.5), gk.Error, "^q: .*1.5"),
        (lambda: LAW.pdf("x"), TypeError, "x: expected real numbers"),
        (lambda: LAW.pdf(1j), TypeError, "x: expected real numbers"),
        (lambda: Gumbel.fit([1.0]), gk.Error, "^data: "),
        (lambda: Gumbel.fit([1.0, 1.0]), gk.Error, "different values"),
        (lambda: Gumbel.fit([1.0, np.nan]), gk.Error, "NaN at index 1"),
        (lambda: Gumbel.fit([1.0, 2.0], floc=0, fscale=1), TypeError, "at most one"),
        (lambda: Gumbel.fit(["x"]), TypeError, "data"),
        (lambda: Gumbel.fit([1.0, 2.0]).return_level(1.0), gk.Error, "period"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
