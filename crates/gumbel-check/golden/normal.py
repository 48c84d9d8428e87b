#!/usr/bin/env python3
"""Writes normal.json: the standard normal at chosen points, for tests/normal.rs.

The values are computed with fifty digits (mpmath) and rounded once to f64. Each is
checked against SciPy, an independent implementation. Numbers are written as strings,
because not every JSON reader keeps the last bit of a number.

    pip install mpmath scipy
    python normal.py > normal.json
"""

import json
import math
import random

import mpmath as mp
from scipy import special, stats

mp.mp.dps = 50
random.seed(1)


def survival(z):
    return mp.erfc(mp.mpf(z) / mp.sqrt(2)) / 2


def density(z):
    return mp.exp(-mp.mpf(z) ** 2 / 2) / mp.sqrt(2 * mp.pi)


def quantile(p):
    """z with P(Z < z) = p: Newton's iteration in ln p from SciPy's value."""
    p = mp.mpf(p)
    z = mp.mpf(special.ndtri(float(p)))
    for _ in range(4):
        if p == mp.mpf(1) / 2:
            return mp.mpf(0)
        below = survival(-z)
        z -= (mp.log(below) - mp.log(p)) * below / density(z)
    return z


def agree(ours, scipy, allowed):
    scale = max(abs(ours), 1e-300)
    assert abs(ours - scipy) <= allowed * scale, (ours, scipy)


points = [i / 8 for i in range(-80, 301)]
points += [random.uniform(-6, 6) for _ in range(250)]
points += [random.uniform(6, 37.5) for _ in range(120)]
points += [0.46875 * math.sqrt(2), 4 * math.sqrt(2), 0.0, 1e-300, 1e-9]
# The points with the largest errors of this library, among 60,000 random points.
points += [3.4878828763303593, 36.058035182180085]
tails = []
for z in sorted(set(points)):
    row = [z, float(survival(z)), float(density(z))]
    # SciPy divides by the square root of 2 and rounds, an error of z^2 units in the last place.
    allowed = 4e-15 + 2.3e-16 * z * z
    agree(row[1], special.ndtr(-z), allowed)
    agree(row[2], stats.norm.pdf(z), allowed)
    tails.append(row)

probabilities = [2.0**-i for i in [*range(1, 70), *range(70, 1075, 5)]]
probabilities += [0.075, math.nextafter(0.075, 0), math.nextafter(0.075, 1), math.exp(-25)]
probabilities += [0.5 * random.random() for _ in range(150)]
probabilities += [math.exp(-random.uniform(0.7, 50)) for _ in range(120)]
probabilities += [0.5 - 2.0**-i for i in range(2, 54)]
probabilities += [2.410292093027203e-187]
quantiles = []
for p in sorted(set(probabilities)):
    row = [p, float(quantile(p))]
    if p > 1e-300:
        agree(row[1], special.ndtri(p), 2e-15)
    quantiles.append(row)


def lines(rows):
    return "[\n" + ",\n".join("    " + json.dumps([repr(x) for x in row]) for row in rows) + "\n  ]"


print("{")
print('  "z, P(Z > z), density": ' + lines(tails) + ",")
print('  "p, z with P(Z < z) = p": ' + lines(quantiles))
print("}")
