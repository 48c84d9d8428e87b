#!/usr/bin/env python3
"""Tests whether samplers draw with the given probabilities: ours and other libraries', in a table.

Each draws from the same rows, often enough to detect a sampler that cuts off the
tail of its noise, loses small weights in a running sum or cannot count so many
classes. A sampler is wrong if the draws of a correct one would have a
probability below one in a million. `exactness` installs the peers and calls this.
"""

import argparse
import datetime
import json
import math
import pathlib
import subprocess
import sys
import time

from kernels import machine, versions

HERE = pathlib.Path(__file__).parent
FALSE_ALARM = 1e-6

# Title; trials of samplers that read the row for each draw; trials of other samplers.
TESTS = {
    "tail-16384": ("one head, 16,384 classes 17.75 nats below it", 100_000, 900_000),
    "tail-262144": ("one head, 262,144 classes 20.5 nats below it", 100_000, 900_000),
    "wide": ("2^25 equal classes, in 64 bins", 320, 64_000),
    "zero": ("512 of 1,024 classes have weight 0", 100_000, 1_000_000),
}

# Program, its sampler, label, whether it makes many draws from one read of the row.
SAMPLERS = [
    ("ours", "sample", "gumbel, Categorical::sample", False),
    ("ours", "gumbel_max", "gumbel, gumbel_max", False),
    ("ours", "top_k", "gumbel, top_k of 1", False),
    ("ours", "categorical_many", "gumbel, categorical_many", True),
    ("rust", "candle", "candle, LogitsProcessor", False),
    ("rust", "candle-gumbel", "candle, LogitsProcessor, Gumbel", False),
    ("rust", "drawset", "drawset, gumbel_max_sample", False),
    ("jax", "low", "JAX categorical, mode low (its default)", False),
    ("jax", "high", "JAX categorical, mode high", False),
    ("torch", "multinomial", "PyTorch multinomial, with replacement", True),
    ("torch", "multinomial-1", "PyTorch multinomial, one draw a row", False),
    ("torch", "gumbel-max", "PyTorch, logits - empty.exponential_().log()", False),
    ("numpy", "choice", "NumPy Generator.choice (f64)", True),
    ("numpy", "gumbel-max", "NumPy, logits + Generator.gumbel (f64)", False),
]


def probabilities(test):
    """The probabilities of the bins."""
    if test == "wide":
        return [1 / 64] * 64
    if test == "zero":
        return [1.0, 0.0]
    classes = int(test.removeprefix("tail-"))
    tail = classes * math.exp(-{262_144: 20.5, 16_384: 17.75}[classes])
    return [1 / (1 + tail), tail / (1 + tail)]


def poisson_p(count, mean):
    """Twice the smaller of P(X <= count) and P(X >= count)."""
    def term(k):
        return math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))
    below = math.fsum(term(k) for k in range(count))
    return min(1.0, 2 * min(below + term(count), max(1 - below, term(count))))


def chi_square_p(statistic, freedom):
    """P(chi-square > statistic), for an odd number of degrees of freedom."""
    x = statistic / 2
    terms = (math.exp((k + 0.5) * math.log(x) - x - math.lgamma(k + 1.5)) for k in range(freedom // 2))
    return math.erfc(math.sqrt(x)) + math.fsum(terms) if x > 0 else 1.0


def judge(test, counts):
    """The found and the expected result as text, and the p-value."""
    n, p = sum(counts), probabilities(test)
    if test == "wide":
        expected = n / 64
        statistic = sum((count - expected) ** 2 / expected for count in counts)
        empty = sum(count == 0 for count in counts)
        return f"chi-square {statistic:.1f}, {empty} bins empty", "63 +- 11", chi_square_p(statistic, 63)
    if test == "zero":
        return f"{counts[1]} of weight 0", "0", 0.0 if counts[1] else 1.0
    mean = n * p[1]
    return f"{counts[1]} in the tail", f"{mean:.1f} +- {math.sqrt(mean):.1f}", poisson_p(counts[1], mean)


def draw(args, program, sampler, test, trials):
    commands = {"ours": [args.ours], "rust": [args.rust, "exact"]}
    command = commands.get(program) or [sys.executable, str(HERE / "workers" / "exact.py"), program]
    try:
        done = subprocess.run([*command, sampler, test, str(trials)], capture_output=True, text=True,
                              timeout=args.limit)
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"not finished in {args.limit} s") from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        raise RuntimeError(lines[-1])
    return json.loads(done.stdout)


def measure(args, test, program, sampler, label, many):
    trials = max(int(TESTS[test][1 + many] * args.share), 1)
    entry = {"test": test, "sampler": label, "trials": trials}
    start = time.perf_counter()
    try:
        reply = draw(args, program, sampler, test, trials)
    except RuntimeError as error:
        return {**entry, "error": str(error)}
    found, expected, p = judge(test, reply["counts"])
    return {**entry, "found": found, "expected": expected, "p": p, "right": p >= FALSE_ALARM,
            "seconds": round(time.perf_counter() - start, 1), **reply}


def row(entry):
    if "error" in entry:
        figures = [entry["error"].replace("|", "/"), "", "", ""]
    else:
        figures = [entry["found"], entry["expected"], f"{entry['p']:.2g}", "yes" if entry["right"] else "**no**"]
    return "| " + " | ".join([entry["sampler"], f"{entry['trials']:,}", *figures]) + " |"


def table(entries):
    """All entries, in a part for each test."""
    lines = []
    for test, (title, *_) in TESTS.items():
        here = {entry["sampler"]: entry for entry in entries if entry["test"] == test}
        if here:
            lines += ["", f"**{title}** (`{test}`)", "", "| sampler | draws | found | expected | p | right |",
                      "|---|---|---|---|---|---|"]
            lines += [row(here[label]) for _, _, label, _ in SAMPLERS if label in here]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="exactness", description=__doc__.split("\n\n")[0],
                                     formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE",
                        help="write the counts here; entries of an earlier run in FILE stay in the table")
    parser.add_argument("--test", action="append", choices=TESTS, help="only this test; may be repeated")
    parser.add_argument("--only", action="append", metavar="WORD",
                        help="only the sampler with this label, or all with this word in the label; may be repeated")
    parser.add_argument("--share", type=float, default=1.0, help="the share of a test's trials to draw")
    parser.add_argument("--limit", type=float, default=3_600, help="the most seconds for one sampler in one test")
    parser.add_argument("--ours", help=argparse.SUPPRESS)
    parser.add_argument("--rust", help=argparse.SUPPRESS)
    args = parser.parse_args()
    entries = {}
    if args.json and args.json.exists():
        entries = {(entry["test"], entry["sampler"]): entry
                   for entry in json.loads(args.json.read_text())["entries"]}
    labels = [label for _, _, label, _ in SAMPLERS]
    chosen = [sampler for sampler in SAMPLERS
              if any(sampler[2] == word if word in labels else word.lower() in sampler[2].lower()
                     for word in args.only or [""])]
    if not chosen:
        parser.error("--only: expected a label, or a word of one: " + "; ".join(labels))
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    for test in args.test or TESTS:
        for program, sampler, label, many in chosen:
            print(f"{test}: {label}", file=sys.stderr, flush=True)
            entry = measure(args, test, program, sampler, label, many)
            entries[test, label] = {**entry, "date": date}
            if args.json:
                report = {"machine": machine(), "date": date, "versions": versions(),
                          "entries": list(entries.values())}
                args.json.write_text(json.dumps(report, indent=1) + "\n")
    print(table(entries.values()))
    used = sorted({(entry["sampler"].split(",")[0].split()[0], entry["version"])
                   for entry in entries.values() if "version" in entry})
    print(f"\n{date}; {machine()}; " + ", ".join(" ".join(pair) for pair in used))


if __name__ == "__main__":
    main()
