#!/usr/bin/env python3
"""The functions of `gumbel bench --device` in eager PyTorch on a CUDA card, beside the times in its JSON.

pytorch.py SPEED.json
"""

import json
import statistics
import sys

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
    for _ in range(3):
        call(x)
    times = []
    for _ in range(30):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        for _ in range(8):
            call(x)
        end.record()
        torch.cuda.synchronize()
        times.append(begin.elapsed_time(end) * 1e6 / 8 / x.numel())
    return statistics.median(times)


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
