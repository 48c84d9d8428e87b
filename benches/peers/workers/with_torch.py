"""The cases of PyTorch. One argument: the number of threads."""

import functools
import sys

import numpy
import torch
from torch.nn import functional

from worker import PICKS, TAU, drawn, moments, pattern, rows, serve


def repeated(count, width):
    return torch.from_numpy(pattern(numpy, width)).repeat(count, 1)


def noise(call, n):
    return n, call, lambda result: {"moments": moments(numpy, result)}


def gumbel(n):
    return noise(lambda: -torch.empty(n).exponential_().log(), n)


def gumbel_in_place(n):
    out = torch.empty(n)
    return noise(lambda: out.exponential_().log_().neg_(), n)


def exponential(n):
    out = torch.empty(n)
    return noise(lambda: out.exponential_(), n)


def simplex(y):
    far = (y.sum(-1, dtype=torch.float64) - 1).abs().max().item()
    return {"sums": far, "classes": drawn(numpy, y.argmax(-1), y.shape[-1])}


def gumbel_softmax(width, n, compiled=False):
    logits = repeated(*rows(n, width))
    call = functools.partial(functional.gumbel_softmax, tau=TAU)
    if compiled:
        call = torch.compile(call)
    return logits.numel(), lambda: call(logits), simplex


def backward(width, n, hard):
    logits = repeated(*rows(n, width)).requires_grad_()
    dy = (torch.arange(logits.numel()) % 7 - 3.0).view_as(logits)

    def call():
        logits.grad = None
        y = functional.gumbel_softmax(logits, tau=TAU, hard=hard)
        y.backward(dy)
        return y.detach()

    def look(y):
        if hard:
            far = logits.grad.sum(-1).abs().max().item()
        else:
            expected = y * (dy - (y * dy).sum(-1, keepdim=True)) / TAU
            far = (logits.grad - expected).abs().max().item()
        return {"gradient": far, **simplex(y)}

    return logits.numel(), call, look


def multinomial(width, n):
    logits = repeated(*rows(n, width))
    return logits.numel(), lambda: torch.multinomial(torch.softmax(logits, -1), 1), \
        lambda result: {"classes": drawn(numpy, result, width)}


def race(width, n):
    """The method of serving code: the smallest exponential divided by its probability."""
    logits = repeated(*rows(n, width))

    def call():
        p = torch.softmax(logits, -1)
        return p.div_(torch.empty_like(p).exponential_()).argmax(-1)

    return logits.numel(), call, lambda result: {"classes": drawn(numpy, result, width)}


def many(width, n):
    p = torch.softmax(torch.from_numpy(pattern(numpy, width)), -1)
    return n, lambda: torch.multinomial(p, n, replacement=True), \
        lambda result: {"classes": drawn(numpy, result, width)}


def picked(result, n):
    return {"distinct": len(result.unique()), "classes": drawn(numpy, result, n)}


def without_replacement(n):
    n = rows(n, PICKS)[0] * PICKS
    weights = torch.from_numpy(pattern(numpy, n)).exp()
    return n, lambda: torch.multinomial(weights, PICKS), lambda result: picked(result, n)


def top_k(n):
    n = rows(n, PICKS)[0] * PICKS
    logits = torch.from_numpy(pattern(numpy, n))
    return n, lambda: (logits - torch.empty(n).exponential_().log()).topk(PICKS).indices, \
        lambda result: picked(result, n)


CASES = {
    "gumbel": gumbel,
    "gumbel-in-place": gumbel_in_place,
    "exponential": exponential,
    **{f"gumbel-softmax-{width}": functools.partial(gumbel_softmax, width)
       for width in (2, 10, 32, 1_024, 131_072)},
    **{f"gumbel-softmax-{width}-compiled": functools.partial(gumbel_softmax, width, compiled=True)
       for width in (32, 1_024)},
    "gumbel-softmax-32-backward": functools.partial(backward, 32, hard=False),
    "straight-through-32-backward": functools.partial(backward, 32, hard=True),
    "multinomial-131072": functools.partial(multinomial, 131_072),
    "race-131072": functools.partial(race, 131_072),
    "many-1000": functools.partial(many, 1_000),
    "multinomial-without-replacement": without_replacement,
    "top-k": top_k,
}

if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[1]))
    torch.manual_seed(0)
    serve({"torch": torch.__version__}, CASES)
