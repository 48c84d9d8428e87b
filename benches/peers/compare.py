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
        draw(args.runs, theirs, args.picture)


# The look of crates/gumbel-report: its colours, its letters in pixels of a chart 660 pixels wide, lines only across.
BLUE, VERMILION, BLACK = "#0072B2", "#D55E00", "#000000"
INK, MUTED, FAINT, RULE = "#1F2328", "#57606A", "#E4E7EB", "#9AA1A9"
LABEL, TITLE = 15 * 0.72, 19 * 0.72


def draw(runs, theirs, path):
    """Draws the objectives and the bounds of all seeds to a file."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    pyplot.rcParams.update({
        "font.size": LABEL,
        "axes.edgecolor": RULE, "xtick.color": RULE, "ytick.color": RULE, "lines.linewidth": 1.1,
        "xtick.labelcolor": MUTED, "ytick.labelcolor": MUTED, "text.color": INK, "axes.labelcolor": MUTED,
    })
    figure, axes = pyplot.subplots(figsize=(6.6, 4.3), dpi=200)
    for seed in SEEDS:
        rows = list(csv.DictReader((runs / f"gumbel-60-{seed}/metrics.csv").open()))
        ours = [int(row["epoch"]) for row in rows]
        epochs = theirs[seed]["epochs"]
        tested = [e for e in epochs if e["test_bound"] is not None]
        for name, x, y, look in [
            ("gumbel, objective", ours, [float(row["objective"]) for row in rows], {"color": BLUE}),
            ("gumbel, validation bound (one-hot)", ours, [float(row["validation_bound"]) for row in rows],
             {"color": VERMILION, "dashes": (5, 2)}),
            ("PyTorch, objective", [e["epoch"] for e in epochs], [e["train_bound"] for e in epochs],
             {"color": BLACK, "linestyle": ":"}),
            ("PyTorch, test bound (one-hot)", [e["epoch"] for e in tested], [e["test_bound"] for e in tested],
             {"color": BLACK, "linestyle": "", "marker": "^", "markersize": 6, "fillstyle": "none"}),
        ]:
            axes.plot(x, y, label=name if seed == 0 else None, **look)
    axes.set(xlabel="epoch", ylim=(92, 145))
    axes.set_axisbelow(True)
    axes.grid(axis="y", color=FAINT, linewidth=0.8)
    axes.spines[["top", "left", "right"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.text(0.036, 0.945, "Bound of MNIST during training, three seeds each", fontsize=TITLE)
    figure.text(0.036, 0.745, "nats an image", color=MUTED)
    figure.legend(loc="upper left", bbox_to_anchor=(0.02, 0.93), ncols=2, frameon=False,
                  columnspacing=1.2, handlelength=2.2)
    figure.subplots_adjust(left=0.085, right=0.965, top=0.72, bottom=0.13)
    figure.savefig(path)


if __name__ == "__main__":
    main()
