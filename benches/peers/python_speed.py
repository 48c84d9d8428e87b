#!/usr/bin/env python3
"""Times gumbelkit beside PyTorch and NumPy: Gumbel-Softmax forward and backward, samplers, noise.

Rounds alternate between the two libraries in one process; a figure is the median of the ratios of its rounds,
PyTorch's or NumPy's time over ours: above 1 ours is faster. Answers are checked before anything is timed. Needs
`torch`, `numpy` and `gumbelkit` (`pip install ./python`).

    python benches/peers/python_speed.py                  one thread, all tables
    python benches/peers/python_speed.py --threads 2 --only torch
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

import gumbelkit
import gumbelkit.torch
from gumbelkit import Key

SHAPES = [(4, 8), (100, 20, 10), (128, 1000), (64, 32_000), (8, 131_072)]
KEY = Key(7)

Call = Callable[[], object]


def seconds(call: Call, repeats: int) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats


def compare(peer: Call, ours: Call, rounds: int) -> tuple[float, float, float]:
    """The median ratio, and the median seconds of the peer and of ours."""
    for call in (peer, ours):
        call()
    repeats = max(1, int(0.02 / max(seconds(peer, 1), 1e-6)))
    times = [(seconds(peer, repeats), seconds(ours, repeats)) for _ in range(rounds)]
    ratio = statistics.median(a / b for a, b in times)
    return ratio, *(statistics.median(column) for column in zip(*times, strict=True))


def check_softmax() -> None:
    """Both give points of the simplex, and choose each class as often as its probability says."""
    logits = torch.log(torch.tensor([0.5, 0.3, 0.2])).repeat(20_000, 1)
    for sample in (functional.gumbel_softmax, gumbelkit.torch.gumbel_softmax):
        torch.manual_seed(1)
        y = sample(logits, 0.5)
        assert torch.allclose(y.sum(-1), torch.ones(len(y)), atol=1e-5)
        shares = sample(logits, 0.5, hard=True).mean(0)
        # Five standard deviations of a share.
        assert torch.allclose(shares, logits[0].exp(), atol=5 * 0.5 / 20_000**0.5)


def both_ways(sample: Callable[..., torch.Tensor], logits: torch.Tensor, hard: bool) -> Call:
    weights = torch.randn_like(logits)

    def step() -> None:
        logits.grad = None
        (sample(logits, 0.5, hard) * weights).sum().backward()

    return step


def torch_table(rounds: int) -> None:
    check_softmax()
    peer, ours = functional.gumbel_softmax, gumbelkit.torch.gumbel_softmax
    print("| PyTorch / ours | forward soft | forward hard | both ways soft | both ways hard | us forward soft: theirs, ours | us both ways soft |")
    print("|---|---|---|---|---|---|---|")
    for shape in SHAPES:
        plain = torch.randn(shape)
        leaf = torch.randn(shape, requires_grad=True)
        cells = []
        micro = []
        for hard in (False, True):
            found = compare(lambda h=hard: peer(plain, 0.5, h), lambda h=hard: ours(plain, 0.5, h), rounds)
            cells.append(f"{found[0]:.2f}")
            micro.append(found)
        for hard in (False, True):
            found = compare(both_ways(peer, leaf, hard), both_ways(ours, leaf, hard), rounds)
            cells.append(f"{found[0]:.2f}")
            micro.append(found)
        times = [f"{1e6 * micro[i][1]:.0f}, {1e6 * micro[i][2]:.0f}" for i in (0, 2)]
        print(f"| {list(shape)} | {' | '.join(cells + times)} |", flush=True)


def transforms_table(rounds: int) -> None:
    from torch.func import grad, vmap

    peer, ours = functional.gumbel_softmax, gumbelkit.torch.gumbel_softmax
    print("\n| way, PyTorch / ours | [4, 8] | [128, 1000] | us of ours |")
    print("|---|---|---|---|")

    def cost(sample):
        return lambda x: (sample(x, 0.5) ** 2).sum()

    def graph(sample):
        return lambda x: torch.autograd.grad(
            torch.autograd.grad(cost(sample)(x), x, create_graph=True)[0].square().sum(), x
        )

    ways = {
        "torch.func.grad": lambda sample: grad(cost(sample)),
        "vmap, a key for each row": lambda sample: vmap(
            lambda row: sample(row, 0.5), randomness="different"
        ),
        "double backward": graph,
    }
    for name, way in ways.items():
        cells, micro = [], []
        for shape in [(4, 8), (128, 1000)]:
            x = torch.randn(shape, requires_grad=name == "double backward")
            a, b = way(peer), way(ours)
            found = compare(lambda: a(x), lambda: b(x), rounds)
            cells.append(f"{found[0]:.2f}")
            micro.append(f"{1e6 * found[2]:.0f}")
        print(f"| {name} | {' | '.join(cells)} | {', '.join(micro)} |", flush=True)
    cells, micro = [], []
    for shape in [(4, 8), (128, 1000)]:
        leaf = torch.randn(shape, requires_grad=True)
        a = torch.compile(both_ways(peer, leaf, False))
        b = torch.compile(both_ways(ours, leaf, False))
        found = compare(a, b, rounds)
        cells.append(f"{found[0]:.2f}")
        micro.append(f"{1e6 * found[2]:.0f}")
    print(f"| torch.compile, both ways | {' | '.join(cells)} | {', '.join(micro)} |", flush=True)


def sampler_table(rounds: int) -> None:
    print("\n| sampler, peer / ours | ratio | ms: theirs, ours |")
    print("|---|---|---|")

    def row(name: str, peer: Call, ours: Call) -> None:
        ratio, a, b = compare(peer, ours, rounds)
        print(f"| {name} | {ratio:.2f} | {1e3 * a:.3f}, {1e3 * b:.3f} |", flush=True)

    for shape in [(64, 32_000), (8, 131_072)]:
        logits = torch.randn(shape)
        weights = logits.exp()
        ours = gumbelkit.torch.multinomial
        row(
            f"torch.multinomial(weights, 1) {list(shape)}",
            lambda w=weights: torch.multinomial(w, 1),
            lambda w=weights: ours(w, 1),
        )
        row(
            f"torch Categorical(logits).sample() {list(shape)}",
            lambda x=logits: torch.distributions.Categorical(logits=x).sample(),
            lambda x=logits: gumbelkit.torch.categorical(x),
        )
    rng = np.random.default_rng(1)
    p = rng.random(1_000_000)
    p /= p.sum()
    make = gumbelkit.Generator(7)
    row("numpy gumbel 10^6 f64", lambda: rng.gumbel(size=10**6), lambda: make.gumbel(size=10**6))
    row(
        "numpy standard_exponential 10^6 f32",
        lambda: rng.standard_exponential(10**6, np.float32),
        lambda: gumbelkit.exponential(KEY, 10**6),
    )
    row(
        "numpy standard_normal 10^6 f32",
        lambda: rng.standard_normal(10**6, np.float32),
        lambda: gumbelkit.normal(KEY, 10**6),
    )
    row("numpy choice(10^6, 1000, p)", lambda: rng.choice(10**6, 1000, p=p), lambda: make.choice(10**6, 1000, p=p))
    row("numpy choice(10^6, 10^6, p)", lambda: rng.choice(10**6, 10**6, p=p), lambda: make.choice(10**6, 10**6, p=p))
    row(
        "numpy choice(10^6, 1000, p, replace=False)",
        lambda: rng.choice(10**6, 1000, replace=False, p=p),
        lambda: make.choice(10**6, 1000, replace=False, p=p),
    )


def processor() -> str:
    found = Path("/proc/cpuinfo")
    if found.exists():
        names = [line.split(":")[1].strip() for line in found.read_text().splitlines() if line.startswith("model name")]
        return names[0] if names else platform.processor()
    return platform.processor()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1, help="threads of both libraries (default 1)")
    parser.add_argument("--rounds", type=int, default=9, help="alternating rounds (default 9)")
    parser.add_argument("--only", choices=["torch", "transforms", "samplers"], help="one of the tables")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    gumbelkit.set_num_threads(arguments.threads)
    print(
        f"{processor()}, {arguments.threads} threads; torch {torch.__version__}, numpy {np.__version__}, "
        f"gumbelkit {gumbelkit.__version__}; medians of {arguments.rounds} rounds\n"
    )
    tables = {"torch": torch_table, "transforms": transforms_table, "samplers": sampler_table}
    for name, table in tables.items():
        if arguments.only in (None, name):
            table(arguments.rounds)


if __name__ == "__main__":
    main()
