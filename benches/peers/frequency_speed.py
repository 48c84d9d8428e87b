#!/usr/bin/env python3
"""Images per second in training of `gumbel train gate` and its PyTorch twin, in one run, in turn.

Both train the same network on the DCT coefficients of the same folder of JPEGs,
with the same settings and the same number of threads. They alternate in each
round, so a machine whose speed drifts slows both; the ratio is computed for each
round, with the fastest of PyTorch's settings in that round, and medians are
printed. A setting is a memory layout; `--layouts` also takes torch.compile.

Command lines
  pip install -r requirements.txt
  cargo build --release
  python frequency_speed.py --gumbel ../../target/release/gumbel JPEGS
  python frequency_speed.py --gumbel ../../target/release/gumbel --variant all JPEGS

JPEGS is a folder as for `gumbel train gate --data`: a folder of classes, or one
with train/ and test/ of such folders.

  --variant gate   a gate that decides for each image which channels to keep
  --variant all    the same network on all 192 channels, without a gate

The speed of `gumbel` comes from its `timing.csv`: only training steps, without
the first epoch (start-up), evaluation and pictures. Each step makes its batch
from sparse coefficients in memory. The speed of PyTorch comes from
`frequency_pytorch.py`: only training steps, without the first epoch; its images
are in memory as standardised float32, which favours PyTorch. Neither mirrors
images. PyTorch's chroma is brought to the grid of the luma by copying blocks,
ours by its cosines: the same number of values. The number of training images set
aside for validation is the same, but not the choice.

The answers are checked, so a fast wrong program fails: both networks must have
the same number of parameters; both test accuracies must be in `--band`, or
without it above chance by four standard errors; and they may differ by at most
`--apart` points and four standard errors.
"""

import argparse
import csv
import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import tomllib

import jpeglib
import numpy as np

HERE = pathlib.Path(__file__).parent
CHANNELS = 192
COMPILED = "-compiled"


# --- JPEGs -----------------------------------------------------------------------


def listed(folder, classes):
    """(file, class) of the JPEGs in the folders of the classes, in a fixed random order."""
    files = [(file, number) for number, name in enumerate(classes)
             for file in sorted((folder / name).rglob("*"))
             if file.suffix.lower() in (".jpg", ".jpeg", ".jpe") and file.is_file()]
    random.Random(0).shuffle(files)
    return files


def centred(values, rows, columns):
    """[r, c, 64] cropped or padded with zeros around its centre to [rows, columns, 64]."""
    for axis, side in enumerate((rows, columns)):
        more = side - values.shape[axis]
        if more < 0:
            start = -more // 2
            values = values.take(range(start, start + side), axis)
        elif more > 0:
            pad = [(0, 0)] * 3
            pad[axis] = (more // 2, more - more // 2)
            values = np.pad(values, pad)
    return values


def coefficients(file, rows, columns):
    """[rows, columns, 192] of an image: 64 each of Y, Cb and Cr; int16, in the units of JPEG."""
    jpeg = jpeglib.read_dct(str(file))
    luma = jpeg.Y.shape[:2]
    out = np.zeros((rows, columns, CHANNELS), np.int16)
    for number, plane in enumerate((jpeg.Y, jpeg.Cb, jpeg.Cr)):
        if plane is None:
            continue  # A grey image.
        blocks = plane.astype(np.int32) * jpeg.qt[jpeg.quant_tbl_no[number]]
        for axis in (0, 1):
            factor = -(-luma[axis] // blocks.shape[axis])
            blocks = blocks.repeat(factor, axis).take(range(luma[axis]), axis)
        values = centred(blocks.reshape(*luma, 64), rows, columns)
        out[..., 64 * number:64 * number + 64] = values.clip(-32768, 32767)
    return out


def export(root, config, arrays):
    """Writes the input of the twin: as many training and test images as in our run."""
    data, settings = config["data"], config["settings"]
    rows = settings.get("rows", data["height"] // 8)
    columns = settings.get("columns", data["width"] // 8)
    parts = {folder.name.lower(): folder for folder in root.iterdir() if folder.is_dir()}
    train = listed(parts.get("train", root), data["classes"])
    if "test" in parts:
        test = listed(parts["test"], data["classes"])
    else:
        test, train = train[:data["test"]], train[data["test"]:]
    for part, files in (("train", train), ("test", test)):
        n = data[part]
        if len(files) < n:
            sys.exit(f"{root}: found {len(files)} {part} images where gumbel read {n}")
        print(f"reading {n} {part} images", file=sys.stderr, flush=True)
        images = np.lib.format.open_memmap(arrays / f"{part}-images.npy", "w+", np.int16,
                                           (n, rows, columns, CHANNELS))
        for i, (file, _) in enumerate(files[:n]):
            images[i] = coefficients(file, rows, columns)
        images.flush()
        np.save(arrays / f"{part}-classes.npy", np.array([c for _, c in files[:n]]))


# --- Rounds ----------------------------------------------------------------------


def ours(args, seed, out):
    """Images per second of `gumbel train gate`, its summary and its settings."""
    command = [args.gumbel, "train", "gate", "--data", str(args.data), "--no-flip", "--quiet",
               "--epochs", str(args.epochs), "--threads", str(args.threads),
               "--seed", str(seed), "--out", str(out)]
    for name in ("width", "batch", "shards"):
        if getattr(args, name):
            command += [f"--{name}", str(getattr(args, name))]
    if args.variant == "all":
        command += ["--channels", "all"]
    if args.no_cache:
        command += ["--no-cache"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds = [float(row["train_seconds"]) for row in csv.DictReader(open(out / "timing.csv"))]
    config = tomllib.loads((out / "config.toml").read_text())
    images = config["data"]["train"] * (len(seconds) - 1)
    return images / sum(seconds[1:]), json.loads((out / "summary.json").read_text()), config


def theirs(args, run, arrays, setting):
    """The result of the twin, with the settings of our run."""
    layout = setting.removesuffix(COMPILED)
    command = [sys.executable, str(HERE / "frequency_pytorch.py"), "--settings", str(run / "config.toml"),
               "--arrays", str(arrays), "--layout", layout, "--threads", str(args.threads)]
    if setting != layout:
        command += ["--compile"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def check(us, them, classes, args):
    """Ends the program if the answers differ too much."""
    if us["parameters"] != them["parameters"]:
        sys.exit(f"gumbel has {us['parameters']} parameters, PyTorch {them['parameters']}")
    accuracies = us["test_accuracy"], them["test_accuracy"]
    words = "test accuracy {:.2%} of gumbel, {:.2%} of PyTorch".format(*accuracies)

    def variance(p):
        return p * (1 - p) / us["images"]

    if args.band:
        low, high = (bound / 100 for bound in args.band)
    else:
        low, high = 1 / classes + 4 * variance(1 / classes) ** 0.5, 1.0
    if min(accuracies) < low or max(accuracies) > high:
        sys.exit(f"{words}: expected {low:.2%} to {high:.2%}")
    error = sum(map(variance, accuracies)) ** 0.5
    if abs(accuracies[0] - accuracies[1]) > args.apart / 100 + 4 * error:
        sys.exit(f"{words}: more than {args.apart} points and four standard errors ({error:.2%}) apart")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0],
                                     formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("data", type=pathlib.Path, help="the folder of JPEGs")
    parser.add_argument("--gumbel", required=True, help="the release binary")
    parser.add_argument("--variant", choices=["gate", "all"], default="gate")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=4, help="epochs of both, the first not counted")
    parser.add_argument("--width", type=int, help="channels of the last blocks, if not the default")
    parser.add_argument("--batch", type=int, help="images in a step, if not the default")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--shards", type=int, help="shards of ours, if not the default")
    settings = [layout + how for layout in ("channels-last", "contiguous") for how in ("", COMPILED)]
    parser.add_argument("--layouts", nargs="+", choices=settings, default=settings[::2],
                        help="memory layouts of PyTorch, compiled or not (compiled was slower where measured)")
    parser.add_argument("--band", nargs=2, type=float, metavar=("LOW", "HIGH"),
                        help="the range of both test accuracies at the end, in percent")
    parser.add_argument("--apart", type=float, default=5.0,
                        help="the most points between the accuracies, beside their sampling error")
    parser.add_argument("--no-cache", action="store_true", help="run ours with --no-cache")
    parser.add_argument("--json", help="write the results to this file")
    args = parser.parse_args()
    if args.epochs < 2:
        parser.error("--epochs: expected 2 or more, because the first is not counted")

    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        arrays = pathlib.Path(folder)
        for number in range(args.rounds):
            run = arrays / str(number)
            speed, us, config = ours(args, number, run)
            if number == 0:
                export(args.data, config, arrays)
            row, accuracies = {"gumbel": speed}, [us["test_accuracy"]]
            for layout in args.layouts:
                them = theirs(args, run, arrays, layout)
                check(us, them, len(config["data"]["classes"]), args)
                row[layout] = them["images_per_second"]
                accuracies.append(them["test_accuracy"])
            row["ratio"] = speed / max(row[layout] for layout in args.layouts)
            rounds.append(row | {"accuracies": accuracies})
            print(f"round {number + 1}: {line(row)}; test accuracies "
                  + ", ".join(f"{p:.1%}" for p in accuracies), flush=True)
    medians = {key: statistics.median(r[key] for r in rounds) for key in row}
    print(f"median: {line(medians)}; {us['parameters']} parameters each")
    if args.json:
        figures = {"variant": args.variant, "threads": args.threads, "epochs": args.epochs,
                   "parameters": us["parameters"], "torch": them["torch"],
                   "settings": config["settings"] | {"data": config["data"]["name"]},
                   "rounds": rounds, "median": medians}
        pathlib.Path(args.json).write_text(json.dumps(figures, indent=1) + "\n")


def line(row):
    """The results of a round as text."""
    layouts = ", ".join(f"PyTorch {name} {speed:.0f}" for name, speed in row.items()
                        if name not in ("gumbel", "ratio"))
    return f"gumbel {row['gumbel']:.0f}, {layouts} images/s, ratio {row['ratio']:.2f}"


if __name__ == "__main__":
    main()
