"""Writes gumbel.json: the Gumbel law of maxima, fits of it, and the maximum of m normal values, computed by
SciPy.

    python3 -m venv venv && venv/bin/pip install scipy==1.17.1
    venv/bin/python crates/gumbel-check/golden/gumbel.py

Read by crates/gumbel-check/tests/gumbel_distribution.rs. The same versions write the same file.
"""

import json
import pathlib
import warnings

import numpy as np
import scipy
from scipy import optimize, stats
from scipy.stats import gumbel_r, norm

# `anderson` warns about a parameter that changes its p-values; only the statistic is used.
warnings.simplefilter("ignore", FutureWarning)

PARAMETERS = [(0.0, 1.0), (-3.5, 0.25), (100.0, 20.0), (1e-3, 1e-6), (-4e5, 3e4)]
# In units of the scale from the location: from F of 1e-174 to 1 - F of 4e-44.
REDUCED = [-6.0, -4.0, -2.5, -1.0, -0.25, 0.0, 0.5, 1.0, 3.0, 10.0, 36.0, 100.0]
PROBABILITIES = [1e-300, 1e-30, 1e-10, 1e-3, 0.05, 0.3, 0.5, 0.7, 0.95, 0.999]


def law(location, scale):
    d = gumbel_r(location, scale)
    x = [location + scale * z for z in REDUCED]
    return {
        "location": location,
        "scale": scale,
        "mean": d.mean(),
        "median": d.median(),
        "variance": d.var(),
        "standard_deviation": d.std(),
        "skewness": float(d.stats(moments="s")),
        "entropy": float(d.entropy()),
        "x": x,
        "density": list(d.pdf(x)),
        "ln_density": list(d.logpdf(x)),
        "cdf": list(d.cdf(x)),
        "ln_cdf": list(d.logcdf(x)),
        "survival": list(d.sf(x)),
        "p": PROBABILITIES,
        "quantile": list(d.ppf(PROBABILITIES)),
        "quantile_of_survival": list(d.isf(PROBABILITIES)),
    }


def fit(name, values):
    x = np.array(values)
    # Relative to the smallest value, which loses no digits.
    least = float(x.min())
    location, scale = gumbel_r.fit(x - least)

    # SciPy's search ends near the optimum; then the equation score = 0 is solved up to rounding.
    def score(p):
        z = (x - least - p[0]) / p[1]
        e = np.exp(-z)
        return [np.mean(e) - 1, np.mean(z * (1 - e)) - 1]

    polished = optimize.root(score, [location, scale], tol=1e-14, options={"xtol": 1e-15}).x
    assert np.allclose(polished, [location, scale], rtol=1e-7, atol=1e-7 * scale), name
    assert max(map(abs, score(polished))) < 1e-12, name
    location, scale = least + float(polished[0]), float(polished[1])
    l1, l2 = (float(stats.lmoment(x - least, order)) for order in (1, 2))
    return {
        "name": name,
        "values": list(map(float, values)),
        "location": location,
        "scale": scale,
        "ln_likelihood": float(gumbel_r.logpdf(x - least, *polished).sum()),
        "l1": least + l1,
        "l2": l2,
        "anderson_darling": float(stats.anderson(x - least, dist="gumbel_r").statistic),
        "level_100": float(gumbel_r.isf(0.01, location, scale)),
    }


def known(name, values, location, scale):
    """The fits with the location known and with the scale known, at the given parameters."""
    x = np.array(values)

    def excess(beta):
        d = (x - location) / beta
        return float(1 + np.mean(d * np.expm1(-d)))

    # SciPy's search, then the same equation up to rounding.
    near = float(gumbel_r.fit(x, floc=location)[1])
    fitted_scale = optimize.brentq(excess, 0.9 * near, 1.1 * near, xtol=1e-300, rtol=1e-15)
    assert np.isclose(fitted_scale, near, rtol=1e-6), name
    least = float(x.min())
    fitted_location = least + float(gumbel_r.fit(x - least, fscale=scale)[0])
    return {
        "name": name,
        "values": list(map(float, values)),
        "known_location": float(location),
        "scale": fitted_scale,
        "ln_likelihood_by_location": float(gumbel_r.logpdf(x, location, fitted_scale).sum()),
        "known_scale": float(scale),
        "location": fitted_location,
        "ln_likelihood_by_scale": float(gumbel_r.logpdf(x - least, fitted_location - least, scale).sum()),
    }


def maximum(m):
    """The largest of m standard normal values, by SciPy's ln Phi, and its distances from Gumbel laws."""
    p = np.array(PROBABILITIES)
    quantile = lambda p: norm.isf(-np.expm1(np.log(p) / m))
    x = quantile(p)
    many = (np.arange(100_000) + 0.5) / 100_000
    points = quantile(many)
    root = np.sqrt(2 * np.log(m))
    textbook = (root - (np.log(np.log(m)) + np.log(4 * np.pi)) / (2 * root), 1 / root)
    b = norm.isf(1 / m)
    laws = {
        "textbook": textbook,
        "at_quantile": (b, 1 / (m * norm.pdf(b))),
        "fit": gumbel_r.fit(points),
    }
    distance = lambda law: float(np.abs(many - gumbel_r.cdf(points, *law)).max())
    return {
        "m": m,
        "p": PROBABILITIES,
        "quantile": list(x),
        "quantile_of_survival": list(norm.isf(-np.expm1(np.log1p(-p) / m))),
        "x": list(x),
        "cdf": list(np.exp(m * norm.logcdf(x))),
        "survival": list(-np.expm1(m * norm.logcdf(x))),
        "laws": {name: list(map(float, law)) for name, law in laws.items()},
        "distances": {name: distance(law) for name, law in laws.items()},
    }


rng = np.random.default_rng(7)
FITS = [
    ("two values", [1.0, 2.0]),
    ("five values", [61.0, 48.0, 55.0, 70.0, 52.0]),
    ("gumbel", np.round(rng.gumbel(100, 20, 60), 2)),
    ("gumbel, many", np.round(rng.gumbel(-5, 0.01, 400), 5)),
    ("normal", np.round(rng.normal(1000, 5, 80), 2)),
    ("exponential", np.round(rng.exponential(3, 80), 3)),
    ("ties", np.round(rng.gumbel(10, 2, 50))),
    ("an outlier", [4.0, 5.0, 6.0, 5.5, 4.5, 5.25, 90.0]),
    ("far from 0", np.round(rng.gumbel(1e8, 3, 40), 2)),
]

rng = np.random.default_rng(8)
KNOWN = [
    ("one value", [3.0], 1.0, 2.0),
    ("five values", [61.0, 48.0, 55.0, 70.0, 52.0], 50.0, 6.0),
    ("gumbel", np.round(rng.gumbel(100, 20, 60), 2), 100, 20),
    ("far below the values", np.round(rng.gumbel(100, 20, 60), 2), -1e4, 0.5),
    ("far above the values", np.round(rng.gumbel(100, 20, 60), 2), 1e3, 1e4),
    ("one value below", [0.0] * 400 + [-1.0], 0.0, 0.01),
    ("one value above", [0.0] * 400 + [1.0], 0.0, 0.01),
    ("small", [1e-200, 3e-200, 2e-200], 1.5e-200, 1e-200),
]


def exact(value):
    """Floating-point numbers as text by `repr`, because readers of JSON may round numbers."""
    if isinstance(value, dict):
        return {name: exact(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [exact(part) for part in value]
    return repr(float(value)) if isinstance(value, float) else value


golden = {
    "scipy": scipy.__version__,
    "numpy": np.__version__,
    "laws": [law(*p) for p in PARAMETERS],
    "fits": [fit(*f) for f in FITS],
    "known": [known(*k) for k in KNOWN],
    "maxima": [maximum(m) for m in (100, 10_000, 1_000_000)],
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(exact(golden), indent=1).replace("\n    ", " ").replace("\n   ]", " ]") + "\n")
