#!/usr/bin/env python3
"""The functions of `gumbel bench --device` in eager PyTorch on a CUDA card, beside the times in its JSON.

pytorch.py SPEED.json
"""

import json
import statistics
import sys
import time

import torch
import torch.nn.functional as F

TAU = 0.5


def soft(x):
    return F.gumbel_softmax(x, tau=TAU, dim=-1)


def hard(x):
    return F.gumbel_softmax(x, tau=TAU, hard=True, dim=-1)


def backward(x):
    x = x.detach().requires_grad_()
    (soft(x) * x.detach()).sum().backward()
    return x.grad


def noise(x):
    return -torch.empty_like(x).exponential_().log()


def binary(x):
    u = torch.rand_like(x).clamp(1e-7, 1 - 1e-7)
    return torch.sigmoid((x + torch.log(u) - torch.log1p(-u)) / TAU)


def gumbel_max(x):
    return (x + noise(x)).argmax(-1)


CALLS = {
    "gumbel": (1, noise),
    "gumbel-softmax-10": (10, soft),
    "gumbel-softmax-32": (32, soft),
    "gumbel-softmax-1024": (1024, soft),
    "gumbel-softmax-131072": (131072, soft),
    "straight-through-10": (10, hard),
    "backward-32": (32, backward),
    "binary-concrete": (1, binary),
    "gumbel-max-10": (10, gumbel_max),
    "gumbel-max-1024": (1024, gumbel_max),
    "gumbel-max-131072": (131072, gumbel_max),
}


def nanoseconds(call, x):
    """The median time of eight calls with one wait, as `gumbel bench` takes it."""
    times = []
    for _ in range(33):
        torch.cuda.synchronize()
        begin = time.perf_counter()
        results = [call(x) for _ in range(8)]
        torch.cuda.synchronize()
        times.append((time.perf_counter() - begin) * 1e9 / 8 / x.numel())
        del results
    return statistics.median(times[3:])


def main():
    ours = {row["kernel"]: row for row in json.load(open(sys.argv[1]))}
    print(f"PyTorch {torch.__version__}, {torch.cuda.get_device_name()}")
    for name, (k, call) in CALLS.items():
        if name not in ours:
            continue
        n = ours[name]["n"]
        x = torch.randn(n // k, k, device="cuda")
        theirs = nanoseconds(call, x)
        print(f"{name:24} ours {ours[name]['ns']:.4f} ns, PyTorch {theirs:.4f}, {theirs / ours[name]['ns']:.1f} times")


main()
