#!/usr/bin/env python3
"""Writes concrete.txt: log-densities of relaxed samples and entropies at chosen points, for tests/concrete.rs.

No closed form of a density is used. The values come from the definition: x = (l + g) / tau up to a constant, so the
density of the differences of x is tau^(k-1) times the integral over c of the product of the Gumbel densities at
tau x_i - l_i + c. mpmath computes it with forty digits, and the result is rounded once to f64. The binary law is the
one of two classes with the logits (l, 0).

    pip install mpmath==1.3.0
    python crates/gumbel/tests/golden/concrete.py

A line has: name; tau; values; logits; result. Numbers are shortest decimals of f64.
"""

import pathlib
import random

import mpmath as mp

mp.mp.dps = 40
random.seed(1)


def of_log(x, logits, tau):
    """The log-density of the differences of x, by quadrature."""
    v = [mp.mpf(tau) * mp.mpf(x) - mp.mpf(l) for x, l in zip(x, logits)]
    # ln of the product of Gumbel densities exp(-(v + c) - e^-(v + c)), and its maximum.
    ln_product = lambda c: -sum(v + c + mp.exp(-(v + c)) for v in v)
    peak = mp.log(sum(mp.exp(-v) for v in v) / len(v))
    top = ln_product(peak)
    width = 1 / mp.sqrt(len(v))
    points = [peak + width * i for i in (-40, -8, -4, -2, 0, 2, 4, 8, 16, 32, 64, 150)]
    integral = mp.quad(lambda c: mp.exp(ln_product(c) - top), points)
    return (len(v) - 1) * mp.log(tau) + top + mp.log(integral)


def of_simplex(y, logits, tau):
    x = [mp.log(mp.mpf(y)) for y in y]
    return of_log(x, logits, tau) - sum(x)


def entropy(logits):
    """With as many digits as the smallest probability takes."""
    with mp.workdps(700):
        e = [mp.exp(mp.mpf(l)) for l in logits]
        return -sum(w / sum(e) * mp.log(w / sum(e)) for w in e)


def main():
    lines = []

    def line(name, tau, values, logits, result):
        numbers = lambda v: " ".join(repr(float(x)) for x in v)
        lines.append(f"{name}; {tau!r}; {numbers(values)}; {numbers(logits)}; {float(result)!r}")

    for k in (2, 3, 7, 25):
        for tau in (0.01, 0.05, 0.5, 1.0, 4.0):
            logits = [random.uniform(-4, 4) for _ in range(k)]
            # Not samples: any point of the support will do.
            x = [random.uniform(-6, 6) / tau for _ in range(k)]
            line("of_log", tau, x, logits, of_log(x, logits, tau))
            weights = [random.random() ** 3 + 1e-9 for _ in range(k)]
            y = [w / sum(weights) for w in weights]
            line("of_simplex", tau, y, logits, of_simplex(y, logits, tau))
    for tau in (0.01, 0.05, 0.5, 1.0, 4.0):
        l, x, y = random.uniform(-4, 4), random.uniform(-9, 9) / tau, random.random()
        line("of_logit", tau, [x], [l], of_log([x, 0], [l, 0], tau))
        one = mp.mpf(1)
        for y in (y, 1e-12, 1 - 2.0**-40):
            x = mp.log(mp.mpf(y)) - mp.log(one - mp.mpf(y))
            jacobian = mp.log(mp.mpf(y)) + mp.log(one - mp.mpf(y))
            line("of_unit", tau, [y], [l], of_log([x, 0], [l, 0], tau) - jacobian)
    for k in (2, 3, 10):
        for size in (0.1, 3, 60):
            logits = [random.uniform(-size, size) for _ in range(k)]
            line("entropy", 1.0, [], logits, entropy(logits))
    for l in (0.0, -0.3, 5.0, -80.0, 700.0):
        line("binary_entropy", 1.0, [], [l], entropy([l, 0]))
    pathlib.Path(__file__).with_suffix(".txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
