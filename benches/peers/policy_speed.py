#!/usr/bin/env python3
"""Environment steps per second of `gumbel train policy` and its PyTorch twin, in one run, in turn.

Both train PPO on CartPole-v1 with the same protocol, the default of `gumbel`, and the
same number of environment steps. They alternate in each round, so a machine whose
speed drifts slows both; the ratio is computed for each round, and medians are
printed. Round r trains both with seed r. The answers are checked too: unless `--steps`
is below the default, at most a third of the rounds of each may end with a mean return
of 100 episodes below 475, so a fast wrong program fails.

Command lines
  pip install -r requirements.txt
  cargo build --release
  python policy_speed.py --gumbel ../../target/release/gumbel
  python policy_speed.py --gumbel ../../target/release/gumbel --tuned

Four measures, each as environment steps per second
  training  only rollouts and updates. For `gumbel`: the sum of `train_seconds` in
            `timing.csv`, every epoch, the first one too; a step of the training that
            needs a new rollout makes it, so rollouts are in it. For PyTorch: the
            clock around its loop. Imports, construction and evaluation are in neither.
  process   the whole process from start to exit. With PyTorch: imports and the 100
            episodes at the end. With `gumbel`: 200 episodes at the end, the 40 after
            each of its 50 epochs, checkpoints and the report.
  cpu       the processor time of the whole process, user and system, all threads. On
            a machine with other work it varies less than the two before.
  bound     a lower bound of the ratio of processor times in training: the whole process
            of `gumbel`, evaluations included, against only the loop of PyTorch.

`--threads` and `--torch-threads`: give each program the number at which it is fastest.
PyTorch was fastest with one, as the networks are small; `gumbel` too where other work
ran beside it. `--tuned` is PyTorch's faster way, see `ppo_pytorch.py --help`.
"""

import argparse
import csv
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
ROLLOUT = 8 * 128
UPDATES = 16 * 4  # training steps between two evaluations of ours: four rollouts
DEFAULT_STEPS = 200 * ROLLOUT
SOLVED = 475
MEASURES = ("training", "process", "cpu", "bound")


def timed(command):
    """Runs a command. Returns its seconds and its processor time."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"error: status {process.returncode} of {' '.join(command)}")
    return seconds, usage.ru_utime + usage.ru_stime


def figures(steps, training, process, cpu, bound, mean_return):
    return {"training": steps / training, "process": steps / process, "cpu": steps / cpu,
            "bound": steps / bound, "return": mean_return}


def ours(args, seed, out):
    command = [args.gumbel, "train", "policy", "--env", "cartpole", "--method", "ppo", "--quiet",
               "--seed", str(seed), "--threads", str(args.threads), "--out", str(out),
               "--updates", str(UPDATES), "--epochs", str(args.steps // (4 * ROLLOUT))]
    if args.shards:
        command += ["--shards", str(args.shards)]
    process, cpu = timed(command)
    summary = json.loads((out / "summary.json").read_text())
    if summary["environment_steps"] != args.steps:
        sys.exit(f"gumbel took {summary['environment_steps']} environment steps, not {args.steps}")
    with open(out / "timing.csv") as file:
        training = sum(float(row["train_seconds"]) for row in csv.DictReader(file))
    return figures(args.steps, training, process, cpu, cpu, summary["return"])


def theirs(args, seed, out):
    command = [sys.executable, str(HERE / "ppo_pytorch.py"), "--steps", str(args.steps),
               "--seed", str(seed), "--threads", str(args.torch_threads), "--json", str(out)]
    if args.tuned:
        command += ["--tuned"]
    process, cpu = timed(command)
    result = json.loads(out.read_text())
    return figures(args.steps, result["train_seconds"], process, cpu,
                   result["train_cpu_seconds"], result["return"])


def processor():
    """The name of the processor."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "unknown"
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, {len(names)} cores" if names else "unknown"


def main():
    def whole(text):
        value = int(text)
        if value < 1 or value % (4 * ROLLOUT):
            raise argparse.ArgumentTypeError(f"must be a multiple of {4 * ROLLOUT}")
        return value

    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gumbel", required=True, help="the release binary")
    parser.add_argument("--rounds", type=int, default=5, help="pairs (default %(default)s)")
    parser.add_argument("--steps", type=whole, default=DEFAULT_STEPS,
                        help="environment steps of each training (default %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="of ours (default %(default)s)")
    parser.add_argument("--torch-threads", type=int, default=1,
                        help="of PyTorch (default %(default)s)")
    parser.add_argument("--shards", type=int, help="shards of ours, if not the default")
    parser.add_argument("--tuned", action="store_true", help="PyTorch's faster way")
    parser.add_argument("--json", help="write the figures here")
    args = parser.parse_args()

    print(f"processor: {processor()}; threads: gumbel {args.threads}, PyTorch {args.torch_threads}")
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(args.rounds):
            us = ours(args, seed, pathlib.Path(folder) / str(seed))
            them = theirs(args, seed, pathlib.Path(folder) / f"{seed}.json")
            ratio = {key: us[key] / them[key] for key in MEASURES}
            rounds.append({"gumbel": us, "pytorch": them, "ratio": ratio})
            print(f"round {seed + 1}: " + "; ".join(
                f"{key} {us[key]:.0f} / {them[key]:.0f} = {ratio[key]:.2f}" for key in MEASURES)
                + f"; return {us['return']:.1f}, {them['return']:.1f}", flush=True)
    medians = {of: {key: statistics.median(r[of][key] for r in rounds) for key in MEASURES}
               for of in ("gumbel", "pytorch", "ratio")}
    for key in MEASURES:
        print(f"median, {key}: gumbel {medians['gumbel'][key]:.0f}, PyTorch "
              f"{medians['pytorch'][key]:.0f} steps/s, ratio {medians['ratio'][key]:.2f}")
    returns = {of: [r[of]["return"] for r in rounds] for of in ("gumbel", "pytorch")}
    for of, found in returns.items():
        print(f"return of {of}: mean {statistics.mean(found):.1f}, least {min(found):.1f}, "
              f"{sum(x >= SOLVED for x in found)} of {len(found)} at least {SOLVED}")
    if args.json:
        found = {"processor": processor(), "settings": vars(args), "rounds": rounds,
                 "median": medians}
        pathlib.Path(args.json).write_text(json.dumps(found, indent=1) + "\n")
    for of, found in returns.items():
        if args.steps >= DEFAULT_STEPS and sum(x < SOLVED for x in found) > len(found) / 3:
            sys.exit(f"{of} did not learn: more than a third of its returns are below {SOLVED}")


if __name__ == "__main__":
    main()
