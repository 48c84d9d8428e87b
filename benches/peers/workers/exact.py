"""Draws of PyTorch, JAX and NumPy: `exact.py LIBRARY SAMPLER TEST TRIALS` prints counts as a line of JSON.

Samplers are called as in their documentation, on logits in single precision
(NumPy requires probabilities in double precision). Samplers that read the row
for every draw make several draws at once.
"""

import json
import os
import sys

os.environ["JAX_PLATFORMS"] = "cpu"

import numpy

# The number of noise elements at once.
AT_ONCE = 1 << 23


def test_of(name):
    """Logits, the number of bins, and the bins of classes."""
    if name.startswith("tail-"):
        classes = int(name.removeprefix("tail-"))
        logits = numpy.full(classes + 1, -{262_144: 20.5, 16_384: 17.75}[classes], numpy.float32)
        head = (classes + 1) // 3
        logits[head] = 0
        return logits, 2, lambda drawn: drawn != head
    if name == "wide":
        return numpy.zeros(1 << 25, numpy.float32), 64, lambda drawn: drawn >> 19
    if name == "zero":
        logits = numpy.where(numpy.arange(1_024) % 2 == 0, -numpy.inf, 0).astype(numpy.float32)
        return logits, 2, lambda drawn: drawn % 2 == 0
    sys.exit(f"there is no test {name}")


def parts(trials, width):
    """The numbers of draws at once."""
    most = max(AT_ONCE // width, 1)
    while trials > 0:
        yield min(most, trials)
        trials -= most


def with_torch(sampler, logits, trials):
    import torch

    torch.manual_seed(2026)
    logits = torch.from_numpy(logits)
    p = torch.softmax(logits, -1)
    if sampler == "multinomial":
        return torch.__version__, [torch.multinomial(p, trials, replacement=True)]
    one = {
        "multinomial-1": lambda n: torch.multinomial(p.expand(n, -1), 1).squeeze(-1),
        "gumbel-max": lambda n: (logits - torch.empty(n, len(logits)).exponential_().log()).argmax(-1),
    }[sampler]
    return torch.__version__, (one(n) for n in parts(trials, len(logits)))


def with_jax(sampler, logits, trials):
    import jax

    logits, width = jax.numpy.asarray(logits), len(logits)
    draw = jax.jit(lambda key, logits, n: jax.random.categorical(key, logits, shape=(n,), mode=sampler),
                   static_argnums=2)
    key = jax.random.key(2026)
    return jax.__version__, (draw(jax.random.fold_in(key, i), logits, n)
                             for i, n in enumerate(parts(trials, width)))


def with_numpy(sampler, logits, trials):
    generator, width = numpy.random.default_rng(2026), len(logits)
    if sampler == "choice":
        p = numpy.exp(logits.astype(numpy.float64))
        return numpy.__version__, [generator.choice(width, trials, p=p / p.sum())]
    return numpy.__version__, ((logits + generator.gumbel(size=(n, width))).argmax(-1)
                               for n in parts(trials, width))


def main():
    library, sampler, test, trials = sys.argv[1:]
    logits, bins, bin_of = test_of(test)
    version, drawn = globals()[f"with_{library}"](sampler, logits, int(trials))
    counts = numpy.zeros(bins, numpy.int64)
    for classes in drawn:
        counts += numpy.bincount(bin_of(numpy.asarray(classes)).astype(numpy.int64), minlength=bins)
    print(json.dumps({"counts": counts.tolist(), "version": version}))


if __name__ == "__main__":
    main()
