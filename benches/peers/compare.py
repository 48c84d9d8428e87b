#!/usr/bin/env python3
r"""Compares the bounds of `gumbel train vae` and its PyTorch twin: a table, and the curves as a picture.

Command lines, for seeds 0, 1 and 2 (S), on MNIST in DATA/mnist
  cargo run --release -p gumbel-lab --example export_arrays -- mnist DATA S ARRAYS/S
  gumbel train vae --data mnist --data-dir DATA --estimator gumbel-softmax --seed S --epochs 20 \
      --out RUNS/gumbel-20-S
  gumbel train vae --data mnist --data-dir DATA --estimator gumbel-softmax --seed S --epochs 60 \
      --out RUNS/gumbel-60-S
  python vae_pytorch.py --arrays ARRAYS/S --seed S --epochs 60 --json RUNS/pytorch-S.json
  python compare.py RUNS --picture ../../docs/images/mnist.png

With a Gaussian code
  gumbel train vae --data mnist --data-dir DATA --latents gaussian:16 --seed S --epochs 20 \
      --out RUNS/gaussian-20-S
  python vae_pytorch.py --arrays ARRAYS/S --latents gaussian:16 --seed S --epochs 20 \
      --json RUNS/pytorch-gaussian-S.json
  python compare.py RUNS --gaussian

The bounds are those that the programs report: on the test images, in nats per
image, with one-hot discrete codes, 10 samples per image. The PyTorch run of 60
epochs is evaluated at epoch 20 as well: the temperature depends only on the
step, so that is the result of a run of 20 epochs.
"""

import argparse
import csv
import json
import pathlib
import statistics

SEEDS = (0, 1, 2)


def spread(values):
    """Mean, and the standard error of the mean over the seeds."""
    return statistics.mean(values), statistics.stdev(values) / len(values) ** 0.5


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("runs", type=pathlib.Path, help="the folder with the runs and files")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--gaussian", action="store_true", help="compare the Gaussian code: only the table")
    what.add_argument("--picture", help="draw the training objectives to this file")
    args = parser.parse_args()

    our_name, their_name, lengths = ("gaussian", "pytorch-gaussian", (20,)) if args.gaussian else \
        ("gumbel", "pytorch", (20, 60))
    ours = {epochs: [json.loads((args.runs / f"{our_name}-{epochs}-{seed}/summary.json").read_text())
                     for seed in SEEDS] for epochs in lengths}
    theirs = [json.loads((args.runs / f"{their_name}-{seed}.json").read_text()) for seed in SEEDS]

    print("| epochs | gumbel, by seed | gumbel, mean | PyTorch, by seed | PyTorch, mean | difference |")
    print("|---|---|---|---|---|---|")
    for epochs in lengths:
        us = [run["test_bound_nats"] for run in ours[epochs]]
        them = [next(e["test_bound"] for e in run["epochs"] if e["epoch"] == epochs) for run in theirs]
        (mean_us, se_us), (mean_them, se_them) = spread(us), spread(them)
        words = ["  ".join(f"{v:.2f}" for v in values) for values in (us, them)]
        print(f"| {epochs} | {words[0]} | {mean_us:.2f} +- {se_us:.2f} | {words[1]} "
              f"| {mean_them:.2f} +- {se_them:.2f} | {mean_us - mean_them:+.2f} |")

    if args.picture:
        import matplotlib
        matplotlib.use("Agg")
        from matplotlib import pyplot
        figure, axes = pyplot.subplots(figsize=(9, 4.2), dpi=150)
        for seed in SEEDS:
            rows = list(csv.DictReader(open(args.runs / f"gumbel-60-{seed}/metrics.csv")))
            axes.plot([int(r["epoch"]) for r in rows], [float(r["objective"]) for r in rows],
                      color="#0072B2", linewidth=1, label="gumbel, objective" if seed == 0 else None)
            axes.plot([int(r["epoch"]) for r in rows], [float(r["validation_bound"]) for r in rows],
                      color="#D55E00", linewidth=1,
                      label="gumbel, validation bound (one-hot)" if seed == 0 else None)
            epochs = theirs[seed]["epochs"]
            axes.plot([e["epoch"] for e in epochs], [e["train_bound"] for e in epochs],
                      color="#000000", linewidth=1, linestyle=":",
                      label="PyTorch, objective" if seed == 0 else None)
            tested = [e for e in epochs if e["test_bound"] is not None]
            axes.plot([e["epoch"] for e in tested], [e["test_bound"] for e in tested], "k^",
                      markersize=6, fillstyle="none",
                      label="PyTorch, test bound (one-hot)" if seed == 0 else None)
        axes.set(xlabel="epoch", ylabel="nats an image", ylim=(92, 145))
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
        figure.tight_layout()
        figure.savefig(args.picture)


if __name__ == "__main__":
    main()
