#!/usr/bin/env python3
"""Training steps per second of `gumbel train vae` and its PyTorch twin, in one run, in turn.

Both train the same model on the same binarised MNIST pixels with the same
number of threads. They alternate in each round, so a machine whose speed drifts
slows both; PyTorch runs twice, with and without torch.compile, and the ratio is
computed for each round with the faster of the two. Medians are printed. The
answer is checked too: after its epochs ours must have reached a plausible
validation bound, so a fast wrong program fails.

Command lines
  pip install -r requirements.txt
  cargo build --release
  cargo run --release -p gumbel-lab --example export_arrays -- mnist DATA 0 ARRAYS
  python vae_speed.py --gumbel ../../target/release/gumbel --data DATA --arrays ARRAYS
  python vae_speed.py --gumbel ../../target/release/gumbel --data DATA --arrays ARRAYS --latents gaussian:16

The speed of `gumbel` comes from its `timing.csv`: only training steps, without
the first epoch (start-up), evaluation and pictures. The speed of PyTorch comes
from `vae_pytorch.py --bench`: only training steps, after 50 to warm up.
"""

import argparse
import csv
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent


def ours(args, out):
    """Steps per second of `gumbel train vae`, and its validation bound at the end."""
    command = [args.gumbel, "train", "vae", "--data", "mnist", "--data-dir", args.data, "--quiet",
               "--epochs", str(args.epochs), "--threads", str(args.threads), "--out", str(out)]
    if args.latents:
        command += ["--latents", args.latents]
    else:
        command += ["--estimator", args.estimator]
    if args.shards:
        command += ["--shards", str(args.shards)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    rows = list(csv.DictReader(open(out / "timing.csv")))
    steps = int(rows[-1]["step"]) - int(rows[0]["step"])
    seconds = sum(float(row["train_seconds"]) for row in rows[1:])
    bound = float(list(csv.DictReader(open(out / "metrics.csv")))[-1]["validation_bound"])
    return steps / seconds, bound


def theirs(args, compiled):
    """Steps per second of PyTorch."""
    command = [sys.executable, str(HERE / "vae_pytorch.py"), "--arrays", args.arrays,
               "--bench", str(args.steps), "--threads", str(args.threads),
               "--estimator", args.estimator]
    if args.latents:
        command += ["--latents", args.latents]
    if compiled:
        command += ["--compile"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["steps_per_second"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0],
                                     formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--gumbel", required=True, help="the release binary")
    parser.add_argument("--data", required=True, help="the folder that holds mnist/")
    parser.add_argument("--arrays", required=True, help="the exported arrays, for PyTorch")
    parser.add_argument("--estimator", default="gumbel-softmax",
                        choices=["gumbel-softmax", "reinmax", "gumbel-rao", "rloo"])
    parser.add_argument("--latents", help="a Gaussian code, as in gaussian:16, instead of the categorical one")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=4, help="epochs of ours, the first not counted")
    parser.add_argument("--steps", type=int, default=1500, help="steps of PyTorch")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--shards", type=int, help="shards of ours, if not the default")
    parser.add_argument("--json", help="write the figures here")
    args = parser.parse_args()

    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(args.rounds):
            us, bound = ours(args, pathlib.Path(folder) / str(number))
            # Few steps separate the estimators; an untrained model is above 200.
            if not 100 < bound < 160:
                sys.exit(f"the validation bound after {args.epochs} epochs is {bound} nats")
            eager, compiled = theirs(args, False), theirs(args, True)
            rounds.append({"gumbel": us, "pytorch": eager, "compiled": compiled,
                           "ratio": us / max(eager, compiled)})
            print(f"round {number + 1}: {line(rounds[-1])}", flush=True)
    medians = {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
    print(f"median: {line(medians)}")
    if args.json:
        figures = {"threads": args.threads, "rounds": rounds, "median": medians}
        pathlib.Path(args.json).write_text(json.dumps(figures, indent=1) + "\n")


def line(row):
    """The results of a round as text."""
    return (f"gumbel {row['gumbel']:.0f}, PyTorch {row['pytorch']:.0f}, compiled {row['compiled']:.0f} steps/s, "
            f"ratio {row['ratio']:.2f}")


if __name__ == "__main__":
    main()
