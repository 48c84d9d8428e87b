#!/usr/bin/env python3
"""Times kernels of gumbel and of other libraries, in one run, in turn: a table of ratios.

Each round measures our kernel and then each of its peers; medians over the
rounds are compared. Both sides have the same number of threads; the label of a
peer says if it has only one. Every answer is checked: ours by `gumbel-bench`, a
peer's by `answers.py` in the same way. A peer that fails or gives a wrong answer
has the error instead of its figures. `run` installs the peers and calls this.
"""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

import answers

HERE = pathlib.Path(__file__).parent
MILLIONS = 1 << 23  # Elements: 32 MiB of f32.
GIBIBYTE = 1 << 28  # Elements: 1 GiB of f32.
MEMORY = "one read of the logits"

# Our kernel, elements of a call, and the peers: worker, its case, label, and for the main ones the ratio below which a
# line is worth a look. It is in the JSON file as `target`, and a call ends with an error if such a peer has no figures.
PAIRS = [
    ("gumbel", MILLIONS, [
        ("torch", "gumbel", "PyTorch -empty.exponential_().log()", 40),
        ("torch", "gumbel-in-place", "PyTorch, in place", None),
        ("jax", "gumbel", "JAX jit", 20),
        ("jax", "gumbel-rbg", "JAX jit, its rbg generator", None),
        ("numpy", "gumbel", "NumPy Generator (f64, one thread)", None),
        ("numpy", "mkl-gumbel", "MKL through mkl_random (f64, minima, one thread)", 12),
        ("numpy", "mkl-gumbel-sfmt", "MKL, SFMT19937 (f64, minima, one thread)", None),
        ("rust", "rand-gumbel", "rand_distr, SmallRng (one thread)", None),
        ("rust", "drawset-gumbel", "drawset, SmallRng (f64, one thread)", None),
    ]),
    ("gumbel-f64", MILLIONS, [
        ("numpy", "gumbel", "NumPy Generator (one thread)", None),
        ("numpy", "mkl-gumbel", "MKL through mkl_random (minima, one thread)", None),
    ]),
    ("exponential", MILLIONS, [("torch", "exponential", "PyTorch exponential_, in place", None)]),
    *((f"gumbel-softmax-{width}", MILLIONS, [
        ("torch", f"gumbel-softmax-{width}", "PyTorch F.gumbel_softmax", 28 if width <= 32 else 40),
        *([("torch", f"gumbel-softmax-{width}-compiled", "PyTorch, torch.compile", None)]
          if width in (32, 1_024) else []),
        ("jax", f"gumbel-softmax-{width}", "JAX jit", 17 if width > 32 else None),
        *([("rust", "drawset-softmax-1024", "drawset (f64, one thread)", None)] if width == 1_024 else []),
    ]) for width in (2, 10, 32, 1_024, 131_072)),
    ("gumbel-softmax-32-backward", MILLIONS, [
        ("torch", "gumbel-softmax-32-backward", "PyTorch F.gumbel_softmax, backward", 25)]),
    ("straight-through-32-backward", MILLIONS, [
        ("torch", "straight-through-32-backward", "PyTorch hard=True, backward", 25)]),
    ("categorical-131072", GIBIBYTE, [
        ("memory", "", MEMORY, 1 / 1.3),
        ("torch", "multinomial-131072", "PyTorch softmax + multinomial", 130),
        ("torch", "race-131072", "PyTorch exponential race", None),
        ("jax", "categorical-131072", "JAX jit categorical", 100),
        ("rust", "candle-131072", "candle LogitsProcessor", None),
        ("rust", "candle-gumbel-131072", "candle LogitsProcessor, Gumbel", None),
        ("rust", "drawset-131072", "drawset gumbel_max_sample (one thread)", None),
    ]),
    ("categorical-many-1000", MILLIONS, [
        ("torch", "many-1000", "PyTorch multinomial, with replacement", None),
        ("jax", "many-1000", "JAX jit choice", None),
        ("numpy", "many-1000", "NumPy Generator.choice (one thread)", None),
        ("rust", "alias-1000", "rand_distr alias table, SmallRng (one thread)", None),
    ]),
    ("top-k-1000", 10_000_000, [
        ("torch", "multinomial-without-replacement", "PyTorch multinomial", 10),
        ("torch", "top-k", "PyTorch topk of perturbed logits", 10),
        ("jax", "choice-without-replacement", "JAX jit choice", 10),
        ("numpy", "choice-without-replacement", "NumPy Generator.choice (f64, one thread)", 10),
        ("rust", "drawset-top-k", "drawset gumbel_topk_sample (one thread)", None),
        ("rust", "drawset-reservoir", "drawset weighted reservoir (one thread)", None),
    ]),
]


class Worker:
    """The process of a peer, which stays alive."""

    def __init__(self, command, threads):
        environment = {**os.environ, "RAYON_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen([*command, str(threads)], env=environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.versions = self.read()["versions"]

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the worker ended with {self.process.wait()}")
        return json.loads(line)

    def ask(self, case, n, seconds):
        """One measurement, or an exception with the worker's error."""
        request = {"case": case, "n": n, "seconds": seconds}
        print(json.dumps(request), file=self.process.stdin, flush=True)
        reply = self.read()
        if "error" in reply:
            raise RuntimeError(reply["error"])
        return reply

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Workers(contextlib.ExitStack):
    """The workers by name, started at their first use. A worker that does not start is not tried again."""

    def __init__(self, args):
        super().__init__()
        self.threads, self.alive, self.failed, self.versions = args.threads, {}, {}, {}
        self.commands = {name: [sys.executable, str(HERE / "workers" / f"with_{name}.py")]
                         for name in ("torch", "jax", "numpy")}
        if args.rust:
            self.commands["rust"] = [args.rust]

    def ask(self, name, case, n, seconds):
        if name in self.failed:
            raise RuntimeError(self.failed[name])
        try:
            if name not in self.alive:
                self.alive[name] = Worker(self.commands[name], self.threads)
                self.callback(self.alive[name].close)
                self.versions.update(self.alive[name].versions)
            if self.alive[name].process.poll() is not None:
                raise OSError("the worker has ended")
        except (KeyError, OSError, RuntimeError) as error:
            self.failed[name] = f"{name}: not available ({error})"
            raise RuntimeError(self.failed[name]) from error
        return self.alive[name].ask(case, n, seconds)


def ours(args, kernel, n):
    command = [args.ours, kernel, str(n), str(args.seconds), str(args.threads)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{kernel}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def compare(args, kernel, n, peers, workers):
    """Entries of one kernel: all rounds, ours and each peer in turn."""
    mine, theirs, failed = [], {peer: [] for peer in peers}, {}
    for turn in range(args.rounds):
        print(f"{kernel}: round {turn + 1} of {args.rounds}", file=sys.stderr)
        mine.append(ours(args, kernel, n))
        for peer in peers:
            if peer in failed:
                continue
            worker, case, label, _ = peer
            if worker == "memory":
                theirs[peer].append({"n": mine[-1]["n"], "ns": mine[-1]["memory_ns"]})
                continue
            try:
                reply = workers.ask(worker, case, n, args.seconds)
                wrong = answers.check(kernel, reply)
                if wrong:
                    raise RuntimeError(f"wrong: {wrong}")
                if reply["n"] != mine[-1]["n"]:
                    raise RuntimeError(f"n is {reply['n']}, and ours {mine[-1]['n']}")
                theirs[peer].append(reply)
            except (RuntimeError, OSError) as error:
                failed[peer] = str(error)
            time.sleep(0.1)  # Lets spinning threads sleep before the next measurement.
    ours_ns = statistics.median(reply["ns"] for reply in mine)
    for peer, replies in theirs.items():
        _, _, label, target = peer
        entry = {"kernel": kernel, "peer": label, "n": mine[0]["n"], "ours_ns": ours_ns,
                 "peer_ns": None, "ratio": None, "target": target}
        if peer in failed:
            entry["error"] = failed[peer]
        else:
            entry["peer_ns"] = statistics.median(reply["ns"] for reply in replies)
            entry["ratio"] = entry["peer_ns"] / ours_ns
        yield entry


def machine():
    """The machine of the measurements."""
    with contextlib.suppress(OSError):
        for line in open("/proc/cpuinfo"):
            if line.startswith("model name"):
                return f"{line.split(':')[1].strip()}, {os.cpu_count()} cores"
    return f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"


def versions():
    """The versions of Python, of the compiler and of this repository."""
    found = {"python": platform.python_version()}
    for name, command in (("compiler", ["rustc", "--version"]),
                          ("gumbel", ["git", "-C", str(HERE), "describe", "--always", "--dirty"])):
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            found[name] = subprocess.check_output(command, text=True, stderr=subprocess.DEVNULL).strip()
    return found


def row(entry):
    """A line of the table."""
    if "error" in entry:
        figures = ["", entry["error"].replace("|", "/")]
    else:
        places = 2 if entry["ratio"] < 10 else 1
        figures = [f"{entry['peer_ns']:.3g}", f"{entry['ratio']:.{places}f}"]
    cells = [entry["kernel"], entry["peer"], f"{entry['n']:,}", f"{entry['ours_ns']:.3g}", *figures]
    return "| " + " | ".join(cells) + " |"


def main():
    parser = argparse.ArgumentParser(prog="run", description=__doc__.split("\n\n")[0],
                                     formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the results to this file")
    parser.add_argument("--only", action="append", metavar="KERNEL",
                        help="only this kernel, or all whose names start with this; may be repeated")
    parser.add_argument("--rounds", type=int, default=5, help="the number of rounds for the medians")
    parser.add_argument("--seconds", type=float, default=1.0, help="the time of one measurement")
    parser.add_argument("--most", type=int, default=GIBIBYTE, metavar="N",
                        help="the most elements of a call")
    parser.add_argument("--threads", type=int, default=2, help="the threads of each side")
    parser.add_argument("--ours", help=argparse.SUPPRESS)
    parser.add_argument("--rust", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if min(args.rounds, args.most, args.threads) < 1:
        parser.error("--rounds, --most and --threads: expected at least 1")
    names = [pair[0] for pair in PAIRS]
    only = {name for start in args.only or [""]
            for name in ([start] if start in names else filter(lambda name: name.startswith(start), names))}
    chosen = [pair for pair in PAIRS if pair[0] in only]
    if not chosen:
        parser.error("--only: expected the start of " + ", ".join(names))

    entries, date = [], datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    print("| kernel | peer | n | ours, ns | peer, ns | ratio |\n|---|---|---|---|---|---|", flush=True)
    with Workers(args) as workers:
        for kernel, n, peers in chosen:
            for entry in compare(args, kernel, min(n, args.most), peers, workers):
                entries.append(entry)
                print(row(entry), flush=True)
        used = {**versions(), **workers.versions}
    print(f"\n{machine()}; {args.threads} threads; medians of {args.rounds} rounds; {date}; "
          + ", ".join(f"{name} {version}" for name, version in used.items()))
    if args.json:
        report = {"machine": machine(), "date": date, "threads": args.threads, "rounds": args.rounds,
                  "versions": used, "entries": entries}
        args.json.write_text(json.dumps(report, indent=1) + "\n")
    if any("error" in entry and entry["target"] for entry in entries):
        sys.exit("a main peer could not be measured: see above")


if __name__ == "__main__":
    main()
