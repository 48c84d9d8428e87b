#!/usr/bin/env python3
"""Calls of `gumbelkit.jax` and of `jax.random`, compiled by jit, timed in turn: a table.

Command lines, with `jax` and `gumbelkit` installed
  python jax_speed.py
  python jax_speed.py --threads 2 --only softmax --json speed.json

Both sides have the same keys (threefry, JAX's default), logits and threads: XLA's
pool through `NPROC`, ours through `set_num_threads`, in a process for each number
of threads. A round measures theirs and then ours in every case; a measurement is
the median of the calls that fit into `--seconds`, after a first call that is not
counted. The table has the medians over the rounds of both, and of the ratio.

  gumbel        noise
  categorical   one class for each row; also by `gumbel_max`, the class of the hard
                Gumbel-Softmax sample with the same key
  softmax       Gumbel-Softmax; theirs is jax.nn.softmax((logits + gumbel) / tau)
  value+grad    the value and the gradient by the logits of sum(c y) for fixed c
  .. and tau    also by the temperature
  hard          theirs is y + stop_gradient(onehot(argmax y) - y)

The answers are checked, so a fast wrong function fails: mean and variance of noise,
sums of rows, counts of classes against their probabilities, and gradients against
the formula in float64. `answers.py` has the bounds.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE / "workers"))

TAU = 0.5


def median_seconds(call, seconds):
    """The median time of the calls that fit into some seconds."""
    call()
    times, end = [], time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


# --- Cases -----------------------------------------------------------------------


def cases():
    """(name, theirs, ours, check): functions of a key that are compiled already."""
    import jax
    import jax.numpy as jnp
    import numpy
    from jax import random

    import answers
    import gumbelkit.jax as ours
    from worker import drawn, moments, pattern

    def refused(kernel, reply):
        wrong = answers.check(kernel, reply)
        if wrong:
            sys.exit(f"{kernel}: {wrong}")

    def noise(n):
        return (f"gumbel {n:,}", jax.jit(lambda key: random.gumbel(key, (n,))),
                jax.jit(lambda key: ours.gumbel(key, (n,))),
                lambda g: refused("gumbel", {"moments": moments(numpy, g)}))

    def rows(count, width):
        shape = f"[{count}, {width}]"
        logits = jnp.asarray(numpy.tile(pattern(numpy, width), (count, 1)))
        weights = random.normal(random.key(1), logits.shape)
        tau = jnp.float32(TAU)

        def relaxed(key, logits, tau):
            return jax.nn.softmax((logits + random.gumbel(key, logits.shape)) / tau, axis=-1)

        def hard(key, logits, tau):
            y = relaxed(key, logits, tau)
            onehot = jax.nn.one_hot(jnp.argmax(y, -1), width, dtype=y.dtype)
            return y + jax.lax.stop_gradient(onehot - y)

        def our_hard(key, logits, tau):
            return ours.gumbel_softmax(key, logits, tau, hard=True)

        def of_key(function):
            compiled = jax.jit(function)
            return lambda key: compiled(key, logits, tau)

        def gradient(sample, argnums):
            def cost(logits, tau, key):
                return (weights * sample(key, logits, tau)).sum()
            compiled = jax.jit(jax.value_and_grad(cost, argnums))
            return lambda key: compiled(logits, tau, key)

        def classes(found):
            refused("categorical", {"classes": drawn(numpy, found, width)})

        def simplex(y):
            far = float(numpy.abs(numpy.asarray(y).sum(-1, dtype=numpy.float64) - 1).max())
            refused("softmax", {"sums": far, "classes": drawn(numpy, y.argmax(-1), width)})

        def gradients(sample):
            soft = of_key(sample)

            def look(key, found):
                y, w = (numpy.asarray(a, numpy.float64) for a in (soft(key), weights))
                by_logits = y * (w - (y * w).sum(-1, keepdims=True)) / TAU
                log = numpy.log(y, where=y > 0, out=numpy.zeros_like(y))
                by_tau = -(by_logits * log).sum()
                far = numpy.abs(numpy.asarray(found[1][0]) - by_logits).max()
                if not far <= 1e-4:
                    sys.exit(f"gradient: wrong by {far}")
                if len(found[1]) > 1:
                    far = abs(float(found[1][1]) - by_tau)
                    if not far <= 1e-3 * numpy.abs(by_logits * log).sum():
                        sys.exit(f"gradient by the temperature: wrong by {far}")
            return look

        def graded(name, argnums, theirs=relaxed, mine=ours.gumbel_softmax, soft=None):
            look_theirs, look_ours = gradients(soft or theirs), gradients(ours.gumbel_softmax)
            looks = look_theirs, look_ours
            return name, gradient(theirs, argnums), gradient(mine, argnums), looks

        return [
            (f"categorical {shape}", of_key(lambda key, l, tau: random.categorical(key, l)),
             of_key(lambda key, l, tau: ours.categorical(key, l)), classes),
            (f"categorical {shape}, gumbel_max",
             of_key(lambda key, l, tau: random.categorical(key, l)),
             of_key(lambda key, l, tau: ours.gumbel_max(key, l)), classes),
            (f"softmax {shape}", of_key(relaxed), of_key(ours.gumbel_softmax), simplex),
            graded(f"softmax {shape}, value+grad", (0,)),
            graded(f"softmax {shape}, value+grad and tau", (0, 1)),
            (f"hard {shape}", of_key(hard), of_key(our_hard), simplex),
            graded(f"hard {shape}, value+grad", (0,), hard, our_hard, relaxed),
        ]

    return [noise(1_000_000), noise(1_000), *rows(128, 1_000), *rows(64, 32_000)]


def measure(args):
    """The rounds of one process, as JSON on standard output."""
    import jax

    import gumbelkit

    gumbelkit.set_num_threads(args.threads[0])
    key = jax.random.key(7)
    chosen = [case for case in cases() if args.only in case[0]]
    for name, theirs, ours, check in chosen:
        for function, which in ((theirs, 0), (ours, 1)):
            found = jax.block_until_ready(function(key))
            check[which](key, found) if isinstance(check, tuple) else check(found)
    rounds = []
    for _ in range(args.rounds):
        times = {}
        for name, *functions, _ in chosen:
            times[name] = [
                median_seconds(lambda: jax.block_until_ready(function(key)), args.seconds)
                for function in functions
            ]
        rounds.append(times)
    json.dump({"rounds": rounds, "jax": jax.__version__, "gumbelkit": gumbelkit.__version__},
              sys.stdout)


# --- Table -----------------------------------------------------------------------


def processor():
    for line in open("/proc/cpuinfo") if os.path.exists("/proc/cpuinfo") else ():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown processor"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], metavar="N")
    parser.add_argument("--rounds", type=int, default=7, help="at least 5 (default: 7)")
    parser.add_argument("--seconds", type=float, default=0.2, help="of one (default: 0.2)")
    parser.add_argument("--only", default="", metavar="WORD", help="only the cases with this word")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        return measure(args)

    found = {}
    for threads in args.threads:
        # XLA reads NPROC when it makes its pool.
        environment = os.environ | {"NPROC": str(threads), "JAX_PLATFORMS": "cpu"}
        command = [sys.executable, __file__, "--worker", "--threads", str(threads), "--rounds",
                   str(args.rounds), "--seconds", str(args.seconds), "--only", args.only]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=False)
        if done.returncode:
            sys.exit(done.returncode)
        found[threads] = json.loads(done.stdout)
    print(f"{processor()}, {args.rounds} rounds, jax {next(iter(found.values()))['jax']}\n")
    print("| case | threads | jax, us | gumbelkit, us | ratio |")
    print("|---|---|---|---|---|")
    for name in found[args.threads[0]]["rounds"][0]:
        for threads in args.threads:
            pairs = [times[name] for times in found[threads]["rounds"]]
            theirs, ours = (statistics.median(pair[i] for pair in pairs) * 1e6 for i in (0, 1))
            ratio = statistics.median(theirs / ours for theirs, ours in pairs)
            print(f"| {name} | {threads} | {theirs:,.0f} | {ours:,.0f} | {ratio:.2f} |")
    if args.json:
        figures = {"machine": processor(), "threads": found}
        args.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
