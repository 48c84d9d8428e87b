"""Prints the polynomials of crates/gumbel/src/simd/math.rs: minimax fits with f32 coefficients.

    python3 -m venv venv && venv/bin/pip install numpy==2.4.6
    venv/bin/python crates/gumbel-check/golden/polynomials.py

Lawson's algorithm: least squares, weighted repeatedly by the remaining error. Then one coefficient after the
other is rounded to f32, and the following ones are fitted again.
"""

import math

import numpy as np


def lawson(basis, values, weight, rounds):
    importance = np.ones(len(values)) / len(values)
    best = (np.inf, None)
    for _ in range(rounds):
        root = np.sqrt(importance) * weight
        fit, *_ = np.linalg.lstsq(basis * root[:, None], values * root, rcond=None)
        error = np.abs((basis @ fit - values) * weight)
        best = min(best, (error.max(), fit), key=lambda pair: pair[0])
        importance = importance * (error + 1e-30)
        importance /= importance.sum()
    return best[1]


def polynomial(name, f, weight, low, high, degree):
    nodes = np.cos(np.pi * (np.arange(3000) + 0.5) / 3000)
    x = (low + high) / 2 + (high - low) / 2 * nodes
    values, weights = f(x), weight(x)
    basis = np.vander(x, degree + 1, increasing=True)
    coefficients = []
    for k in range(degree + 1):
        known = basis[:, :k] @ np.array(coefficients) if k else 0.0
        fit = lawson(basis[:, k:], values - known, weights, 200)
        coefficients.append(float(np.float32(fit[0])))
    error = np.abs((basis @ np.array(coefficients) - values) * weights).max()
    print(f"{name}: error 2^{math.log2(error):.1f}")
    print("   ", ", ".join(str(np.float32(c)) for c in coefficients))


def rest_of_ln(f):
    """(f - ln(1 + f)) / f^2, by its series near 0."""
    series = sum((-1) ** k * f**k / (k + 2) for k in range(40))
    with np.errstate(all="ignore"):
        return np.where(np.abs(f) < 0.3, series, (f - np.log1p(f)) / f**2)


def exp_2(r):
    """(2^r - 1) / r."""
    return sum(math.log(2) ** (k + 1) * r**k / math.factorial(k + 1) for k in range(25))


def normal_ratio(w):
    """z / (2 v - 1) with w = -ln(4 v (1 - v)), by bisection for z, because v (1 - v) has no cancellation."""
    erf, erfc = np.vectorize(math.erf), np.vectorize(math.erfc)
    low, high = np.zeros_like(w), np.full_like(w, 6.0)
    for _ in range(60):
        z = (low + high) / 2
        twice_tail = erfc(z / 2**0.5)
        below = -np.log(twice_tail * (2 - twice_tail)) < w
        low, high = np.where(below, z, low), np.where(below, high, z)
    return (low + high) / 2 / erf((low + high) / 2 / 2**0.5)


# The variable is w - 2.5; the polynomial does not apply to words of a tail below 2^-16.
END = -math.log(4 * 2**-16 * (1 - 2**-16))

polynomial("NEG_LN", rest_of_ln, lambda f: f**2, 0.5**0.5 - 1, 2**0.5 - 1, 7)
polynomial("NEG_LN_1M", lambda t: rest_of_ln(-t), lambda t: t**2 / -np.log1p(-t), 1e-6, 0.5, 8)
polynomial("EXP_2", exp_2, lambda r: r / 2**r, -0.5, 0.5, 5)
polynomial(
    "NORMAL", lambda x: normal_ratio(x + 2.5), lambda x: 1 / normal_ratio(x + 2.5), -2.5, END - 2.5, 12
)
