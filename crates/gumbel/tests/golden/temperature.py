#!/usr/bin/env python3
"""Writes temperature.txt: relaxed samples with a temperature for each row, and their gradients, for
tests/temperature.rs.

The values come from the definitions, y = softmax((l + g) / tau) and y = sigmoid((l + L) / tau), and the gradients from
differentiating a scalar sum(dy y) numerically, with fifty digits; no formula of a gradient is used. Results are rounded
once to f64.

    pip install mpmath==1.3.0
    python crates/gumbel/tests/golden/temperature.py

A line has: name; tau of the row; logits; noise; dy; y; dlogits; dtau. For "log", y is ln softmax. Numbers are shortest
decimals of f64; -inf is an impossible class.
"""

import pathlib
import random

import mpmath as mp

mp.mp.dps = 50
random.seed(2)

H = mp.mpf(10) ** -15


def softmax(logits, noise, tau):
    e = [mp.exp((l + g) / tau) for l, g in zip(logits, noise)]
    total = sum(e)
    return [x / total for x in e]


def log_softmax(logits, noise, tau):
    return [mp.log(y) if y else -mp.inf for y in softmax(logits, noise, tau)]


def sigmoid(logits, noise, tau):
    return [1 / (1 + mp.exp(-(l + g) / tau)) for l, g in zip(logits, noise)]


def cost(f, dy, logits, noise, tau):
    return sum(d * y for d, y in zip(dy, f(logits, noise, tau)) if y != -mp.inf)


def derivative(f, x):
    """Central differences of the fourth order: the error is about H^4."""
    return (8 * (f(x + H) - f(x - H)) - (f(x + 2 * H) - f(x - 2 * H))) / (12 * H)


def main():
    lines = []
    exact = lambda v: [mp.mpf(x) for x in v]
    shown = lambda v: " ".join(repr(float(x)) for x in v)
    for name, f in (("softmax", softmax), ("log", log_softmax), ("binary", sigmoid)):
        for k in (1, 2, 5, 33) if f is not sigmoid else (1, 4):
            for tau in (0.05, 0.3, 1.0, 7.0):
                logits = [random.uniform(-3, 3) for _ in range(k)]
                noise = [random.uniform(-2, 4) for _ in range(k)]
                dy = [random.uniform(-2, 2) for _ in range(k)]
                if k == 5:
                    logits[3] = float("-inf")
                l, g, d, t = exact(logits), exact(noise), exact(dy), mp.mpf(tau)
                at = lambda i, x: l[:i] + [x] + l[i + 1 :]
                dlogits = [
                    derivative(lambda x: cost(f, d, at(i, x), g, t), l[i]) if l[i] != -mp.inf else 0
                    for i in range(k)
                ]
                dtau = derivative(lambda x: cost(f, d, l, g, x), t)
                parts = [shown(v) for v in (logits, noise, dy, f(l, g, t), dlogits, [dtau])]
                lines.append(f"{name}; {tau!r}; " + "; ".join(parts))
    pathlib.Path(__file__).with_suffix(".txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
