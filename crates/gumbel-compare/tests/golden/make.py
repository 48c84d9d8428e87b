"""Bias and total variance of the estimators that can be enumerated, computed another way.

Every estimate is the derivative of its surrogate, as automatic differentiation would compute it: by complex steps,
d/dx h(x) = Im h(x + ih) / h, exact to rounding. Only the standard library. Writes moments.txt beside it:

    python3 make.py
"""

import cmath
import itertools
import math
from pathlib import Path

H = 1e-30


def softmax(row):
    top = max(z.real for z in row)
    e = [cmath.exp(z - top) for z in row]
    s = sum(e)
    return [x / s for x in e]


def quadratic():
    b = [math.sin(2.1 * i + 0.3) for i in range(8)]
    q = [[math.cos(0.9 * (i + m) + 0.4 * i * m + 0.2) for m in range(8)] for i in range(8)]
    f = lambda x: sum(b[i] * x[i] + 0.5 * sum(q[i][m] * x[i] * x[m] for m in range(8)) for i in range(8))
    return "quadratic-4x2", 4, 2, [math.sin(1.3 * i + 0.7) for i in range(8)], f


def net():
    def f(x):
        total = 0
        for h in range(8):
            w = [1.2 * math.sin(1.1 * h + 2.3 * i + 0.37 * h * i + 0.5) for i in range(12)]
            total += math.cos(0.8 * h + 0.6) * cmath.tanh(
                sum(w[i] * x[i] for i in range(12)) + 0.5 * math.cos(1.9 * h + 0.2)
            )
        return total

    return "net-3x4", 3, 4, [1.5 * math.sin(1.7 * i + 0.4) for i in range(12)], f


def skewed():
    def f(x):
        c = sum(math.sin(2.7 * j + 0.2) * x[j] for j in range(10))
        d = sum(math.cos(1.4 * j + 0.9) * x[j] for j in range(10))
        return (c + 0.5) ** 3 + 0.5 * cmath.sin(3 * d)

    return "skewed-1x10", 1, 10, [2 * math.cos(1.3 * j) - 0.5 * j for j in range(10)], f


def derivative(h, x):
    """The gradient of h at x, by complex steps."""
    out = []
    for i in range(len(x)):
        moved = [complex(v) for v in x]
        moved[i] += 1j * H
        out.append(complex(h(moved)).imag / H)
    return out


class Problem:
    def __init__(self, name, variables, classes, theta, f):
        self.name, self.l, self.k, self.theta = name, variables, classes, theta
        self.f = lambda x: complex(f(x)).real
        self.g = lambda x: derivative(f, x)
        self.states = list(itertools.product(range(classes), repeat=variables))
        self.cost = {s: self.f(self.corner(s)) for s in self.states}
        self.slope = {s: self.g(self.corner(s)) for s in self.states}
        self.pi = [p.real for p in self.law(theta)]
        self.p = {s: math.prod(self.pi[l * classes + c] for l, c in enumerate(s)) for s in self.states}
        self.scores = {s: derivative(lambda t: self.ln_p(s, t), theta) for s in self.states}
        self.truth = derivative(lambda t: sum(self.cost[s] * cmath.exp(self.ln_p(s, t)) for s in self.states), theta)

    def law(self, theta, tau=1.0):
        rows = [theta[l * self.k : (l + 1) * self.k] for l in range(self.l)]
        return [p for row in rows for p in softmax([z / tau for z in row])]

    def corner(self, s):
        return [1.0 if c == i else 0.0 for c in s for i in range(self.k)]

    def ln_p(self, s, theta):
        p = self.law(theta)
        return sum(cmath.log(p[l * self.k + c]) for l, c in enumerate(s))

    def through(self, s, soft):
        """The derivative of g . soft(theta), g at the corner of s."""
        g = self.slope[s]
        return derivative(lambda t: sum(a * b for a, b in zip(g, soft(t))), self.theta)


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def scale(a, v):
    return [a * x for x in v]


def plus(*vectors):
    return [sum(x) for x in zip(*vectors)]


def one(p, estimate):
    """Outcomes of a function of one draw."""
    return [(p.p[s], estimate(s)) for s in p.states]


def two(p, estimate):
    """Outcomes of a function of two draws."""
    return [(p.p[s] * p.p[t], estimate(s, t)) for s in p.states for t in p.states]


def darn(p, s, point):
    out = []
    for l in range(p.l):
        here = slice(l * p.k, (l + 1) * p.k)
        d = [x - y for x, y in zip(p.corner(s)[here], point[here])]
        out += scale(dot(p.slope[s][here], d), p.scores[s][here])
    return out


def muprop(p, s):
    f0, g0 = p.f(p.pi), p.g(p.pi)
    d = [x - y for x, y in zip(p.corner(s), p.pi)]
    mean = derivative(lambda t: dot(g0, p.law(t)), p.theta)
    return plus(scale(p.cost[s] - f0 - dot(g0, d), p.scores[s]), mean)


def reinmax(p, s, tau):
    """pi_2 = 2 pi_1 - pi / 2, where pi_1 = softmax(constant + theta) is (softmax(theta/tau) + D) / 2."""
    middle = [(a.real + b) / 2 for a, b in zip(p.law(p.theta, tau), p.corner(s))]
    constant = [math.log(m) - t for m, t in zip(middle, p.theta)]
    soft = lambda t: [2 * a - b / 2 for a, b in zip(p.law(plus(constant, t)), p.law(t))]
    return p.through(s, soft)


def gapped(p, s, gap, tau):
    moves = []
    for l, c in enumerate(s):
        row = p.theta[l * p.k : (l + 1) * p.k]
        pi = p.pi[l * p.k + c]
        width = -math.log(1 - pi) / pi if gap == "p" else gap
        moves += [max(row) - t if i == c else -max(t + width - max(row), 0) for i, t in enumerate(row)]
    return p.through(s, lambda t: p.law(plus(moves, t), tau))


def indecater(p, s):
    def surrogate(t):
        pi = p.law(t)
        swap = lambda l, i: p.cost[s[:l] + (i,) + s[l + 1 :]]
        return sum(swap(l, i) * pi[l * p.k + i] for l in range(p.l) for i in range(p.k))

    return derivative(surrogate, p.theta)


def vimco(p, s, t):
    bound = lambda a, b: math.log((math.exp(a) + math.exp(b)) / 2)
    a, b = -p.cost[s], -p.cost[t]
    # The mean of the others is the other, for two draws.
    return plus(scale(bound(a, b) - b, p.scores[s]), scale(bound(a, b) - a, p.scores[t]))


def bound_gradient(p):
    def bound(t):
        w = {s: cmath.exp(p.ln_p(s, t)) for s in p.states}
        e = {s: math.exp(-p.cost[s]) for s in p.states}
        return sum(w[s] * w[r] * math.log((e[s] + e[r]) / 2) for s in p.states for r in p.states)

    return derivative(bound, p.theta)


def grpo(p, s, t):
    a, b = p.cost[s], p.cost[t]
    deviation = abs(a - b) / math.sqrt(2)
    advantage = (a - b) / 2 / (deviation + 1e-4)
    return plus(scale(advantage / 2, p.scores[s]), scale(-advantage / 2, p.scores[t]))


def double_cv(p, s, t, a):
    """For two draws; the control variates of each use the gradient of the other."""
    difference = lambda s: [x - y for x, y in zip(p.corner(s), p.pi)]
    vs, vt = dot(p.slope[t], difference(s)), dot(p.slope[s], difference(t))
    d = p.cost[s] + a * vs - p.cost[t] - a * vt
    g = scale(0.5, plus(p.slope[s], p.slope[t]))
    mean = derivative(lambda x: dot(g, p.law(x)), p.theta)
    return plus(scale(d / 2, p.scores[s]), scale(-d / 2, p.scores[t]), scale(-a, mean))


def pairs(q):
    """The joint law of two antithetic draws by stick breaking, classes ascending; by intervals of u."""
    order = sorted(range(len(q)), key=lambda i: q[i])
    law = {}

    def go(j, z, zt, weight):
        if weight == 0:
            return
        if z is not None and zt is not None:
            law[z, zt] = law.get((z, zt), 0) + weight
            return
        b = q[order[j]] / sum(q[i] for i in order[j:]) if j + 1 < len(q) else 1.0
        edges = sorted({0.0, min(b, 1.0), max(1 - b, 0.0), 1.0})
        for low, high in zip(edges, edges[1:]):
            u = (low + high) / 2
            nz = order[j] if z is None and u < b else z
            nt = order[j] if zt is None and 1 - u < b else zt
            go(j + 1, nz, nt, weight * (high - low))

    go(0, None, None, 1.0)
    return law


def disarm(p):
    q = [p.pi[l * p.k : (l + 1) * p.k] for l in range(p.l)]
    laws = [pairs(row) for row in q]
    outcomes = []
    for choice in itertools.product(*laws):
        z, zt = tuple(c[0] for c in choice), tuple(c[1] for c in choice)
        d = (p.cost[z] - p.cost[zt]) / 2
        out = [0.0] * (p.l * p.k)
        for l, (i, j) in enumerate(choice):
            if i != j:
                out[l * p.k + i] += q[l][i] * q[l][j] / laws[l][i, j] * d
                out[l * p.k + j] -= q[l][i] * q[l][j] / laws[l][i, j] * d
        outcomes.append((math.prod(law[c] for law, c in zip(laws, choice)), out))
    return outcomes


def rows(p):
    pi, centre = p.pi, [1 / p.k] * (p.l * p.k)
    through = lambda s, tau: p.through(s, lambda t: p.law(t, tau))
    zgr = lambda s: scale(0.5, plus(through(s, 1.0), darn(p, s, pi)))
    rloo = lambda s, t: scale((p.cost[s] - p.cost[t]) / 2, [a - b for a, b in zip(p.scores[s], p.scores[t])])
    yield "reinforce", "baseline none", one(p, lambda s: scale(p.cost[s], p.scores[s]))
    yield "rloo", "K 2", two(p, rloo)
    yield "grpo", "K 2", two(p, lambda s, t: grpo(p, s, t))
    yield "vimco", "K 2", two(p, lambda s, t: vimco(p, s, t))
    yield "indecater", "", one(p, lambda s: indecater(p, s))
    yield "darn", "point pi", one(p, lambda s: darn(p, s, pi))
    yield "darn", "point 1/k", one(p, lambda s: darn(p, s, centre))
    yield "muprop", "", one(p, lambda s: muprop(p, s))
    yield "straight-through", "tau 1", one(p, lambda s: through(s, 1.0))
    yield "annealed-straight-through", "slope 2", one(p, lambda s: through(s, 0.5))
    yield "zgr", "", one(p, zgr)
    yield "reinmax", "tau 1", one(p, lambda s: reinmax(p, s, 1.0))
    yield "reinmax", "tau 2", one(p, lambda s: reinmax(p, s, 2.0))
    yield "gapped-straight-through", "gap 1, tau 1", one(p, lambda s: gapped(p, s, 1.0, 1.0))
    yield "gapped-straight-through", "gap p, tau 1", one(p, lambda s: gapped(p, s, "p", 1.0))
    yield "decoupled-straight-through", "tau_f 1, tau_b 1.5", one(p, lambda s: through(s, 1.5))
    yield "disarm", "", disarm(p)
    yield "double-cv", "K 2, alpha -0.7", two(p, lambda s, t: double_cv(p, s, t, -0.7))


def main():
    lines = []
    for make in (quadratic, net, skewed):
        p = Problem(*make())
        for name, params, outcomes in rows(p):
            target = bound_gradient(p) if name == "vimco" else p.truth
            n = range(len(target))
            mean = [math.fsum(w * x[i] for w, x in outcomes) for i in n]
            variance = math.fsum(w * (x[i] - mean[i]) ** 2 for w, x in outcomes for i in n)
            bias = math.dist(mean, target)
            lines.append(f"{p.name};{name};{params};{bias:.12f};{variance:.12f}\n")
    Path(__file__).with_name("moments.txt").write_text("".join(lines))


main()
