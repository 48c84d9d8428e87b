#!/usr/bin/env python3
"""The PyTorch twin of `gumbel train vae`: a categorical VAE trained by Gumbel-Softmax,
or, with `--latents gaussian:D`, a Gaussian one.

It follows one fixed protocol, so that its bounds (in nats) and its speed (in
training steps per second) can be compared with those of the Rust program.

Protocol
  Data      `--arrays DIR` holds train.npy, validation.npy and test.npy: uint8
            arrays of 0s and 1s, one row of 784 pixels per image, already
            binarised. The Rust side writes the arrays that it trains on, so both
            programs read the same bits. This script trains on train.npy, reports
            on test.npy, and does not use validation.npy.
  Encoder   x - mean(x) -> linear 784 -> 200: the logits of 20 variables of 10
            classes each. q(y|x) = softmax(logits). The mean is taken over the
            training images, pixel by pixel.
  Decoder   200 -> linear 200, ReLU -> linear 784: the logits of the pixels.
  Prior     20 x 10 learned logits, starting at zero. p(y) = softmax(prior).
  Start     nn.Linear's default everywhere, except the output bias: the logit of
            each pixel's training mean, the mean first clamped to
            [c, 1 - c] with c = 0.001 (`--bias-clamp`), as some pixels are never lit.
  Loss      per image: -log p(x|y), summed over the pixels, + KL(q || p) in closed
            form, summed over the 20 variables; then the mean over the batch.
  Sample    y = softmax((logits + g) / tau), g = -log(E), E ~ Exponential(1).
  tau       max(0.5, exp(-0.0001 t)), t = steps taken so far, rounded down to a
            multiple of 500 (so tau changes only every 500 steps).
  Optimiser Adam: rate 0.001, betas (0.9, 0.999), eps 1e-8. Batches of 100,
            reshuffled every epoch, a short last batch kept.
  Report    the single-sample bound with ONE-HOT y, the argmax of logits + g:
            -log p(x|y) + KL(q || p), averaged over `--eval-samples` draws of y for
            each image, then over the images; with the standard error over the
            images. On the test set, and on the first 10,000 training images.
            Every evaluation draws the same noise, from a separate generator, so
            evaluating more or less often does not change the training.

Lower is better: the bound is an upper bound on -log p(x).

With `--latents gaussian:D` these are different, and the rest is the same
  Encoder   x - mean(x) -> linear 784 -> 2 D: mu, then the logarithm of sigma.
  Prior     N(0, 1) in each of the D dimensions.
  Sample    z = mu + sigma eps, eps ~ N(0, 1), in training and for the bound.
  KL        (mu^2 + sigma^2 - 1) / 2 - log sigma, summed over the D dimensions.
  tau       none.

Command lines
  pip install -r requirements.txt

  # train for 20 epochs, keep everything in a JSON file
  python vae_pytorch.py --arrays DIR --epochs 20 --json vae_pytorch.json

  # the same with a Gaussian code
  python vae_pytorch.py --arrays DIR --latents gaussian:16 --json vae_gaussian.json

  # only speed: 2,000 training steps after 50 to warm up, one JSON line on stdout
  python vae_pytorch.py --arrays DIR --bench 2000 --threads 2

  # where the time goes
  python vae_pytorch.py --arrays DIR --profile
"""

import argparse
import json
import math
import pathlib
import platform
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

PIXELS = 784
VARIABLES = 20
CLASSES = 10
HIDDEN = 200
CATEGORICAL = f"{VARIABLES}x{CLASSES}"

BATCH = 100
LEARNING_RATE = 1e-3
BETAS = (0.9, 0.999)
EPS = 1e-8

TAU_FLOOR = 0.5
TAU_RATE = 1e-4
TAU_EVERY = 500

BIAS_CLAMP = 1e-3
TRAIN_EVAL_IMAGES = 10_000
EVAL_CHUNK = 1_000
WARM_UP_STEPS = 50
PROFILE_STEPS = 100


# --- Model -----------------------------------------------------------------------


def gumbel_like(like, generator=None):
    """Standard Gumbel noise in the shape of `like`: -log(E), E ~ Exponential(1)."""
    e = torch.empty_like(like).exponential_(generator=generator)
    return e.clamp_(min=torch.finfo(e.dtype).tiny).log_().neg_()


class VAE(nn.Module):
    """Encoder and decoder; the subclasses below define the code between them."""

    def __init__(self, pixel_mean, bias_clamp, encoded, code):
        super().__init__()
        self.register_buffer("pixel_mean", pixel_mean.float())
        self.encoder = nn.Linear(PIXELS, encoded)
        self.hidden = nn.Linear(code, HIDDEN)
        self.output = nn.Linear(HIDDEN, PIXELS)
        with torch.no_grad():
            self.output.bias.copy_(pixel_mean.clamp(bias_clamp, 1 - bias_clamp).logit())

    def decode(self, code):
        """Codes [n, code], relaxed or not -> pixel logits [n, 784]."""
        return self.output(F.relu(self.hidden(code)))

    def forward(self, x, tau):
        """The training loss: the objective, averaged over the batch."""
        encoded = self.encode(x)
        code = self.relaxed(encoded, tau)
        nll = F.binary_cross_entropy_with_logits(self.decode(code), x, reduction="sum")
        return (nll + self.kl(encoded).sum()) / x.shape[0]


def onehot(classes, like):
    return F.one_hot(classes, CLASSES).to(like.dtype)


def hard_with_gradient_of(hard, soft):
    """The value of `hard` with the gradient of `soft`."""
    return hard + (soft - soft.detach())


def reinmax(logits, tau):
    """2 J(pi_D) g - J(pi) g / 2, pi_D = (softmax(logits / tau) + D) / 2: arXiv 2304.08612, algorithm 2."""
    d = onehot((logits + gumbel_like(logits)).argmax(dim=-1), logits).detach()
    middle = (F.softmax(logits / tau, dim=-1).detach() + d) / 2
    # softmax of these logits is `middle`, and its Jacobian is taken there.
    moved = middle.log() + (logits - logits.detach())
    return hard_with_gradient_of(d, 2 * F.softmax(moved, dim=-1) - F.softmax(logits, dim=-1) / 2)


def gumbel_rao(logits, tau, draws=10):
    """mean_k J(softmax(Z_k / tau)) g / tau, Z_k given D: arXiv 2010.04838, equation 6."""
    theta = logits.detach()
    d = onehot((theta + gumbel_like(theta)).argmax(dim=-1), theta)
    e = torch.empty(draws, *theta.shape).exponential_()
    first = (e * d).sum(-1, keepdim=True) / theta.exp().sum(-1, keepdim=True)
    z = -torch.log((e / theta.exp()) * (1 - d) + first)
    moved = z + (logits - theta)
    return hard_with_gradient_of(d, F.softmax(moved / tau, dim=-1).mean(0))


class CategoricalVAE(VAE):
    def __init__(self, pixel_mean, bias_clamp, estimator="gumbel-softmax"):
        super().__init__(pixel_mean, bias_clamp, VARIABLES * CLASSES, VARIABLES * CLASSES)
        self.prior_logits = nn.Parameter(torch.zeros(VARIABLES, CLASSES))
        self.estimator = estimator

    def forward(self, x, tau):
        if self.estimator != "rloo":
            return super().forward(x, tau)
        # Two samples, each with the other as its baseline.
        logits = self.encode(x)
        ln_q, costs, scores = F.log_softmax(logits, dim=-1), [], []
        for _ in range(2):
            d = onehot((logits + gumbel_like(logits)).argmax(dim=-1), logits).detach()
            nll = F.binary_cross_entropy_with_logits(self.decode(d.flatten(1)), x, reduction="none")
            costs.append(nll.sum(1))
            scores.append((d * ln_q).sum(dim=(1, 2)))
        difference = (costs[0] - costs[1]).detach()
        surrogate = difference * (scores[0] - scores[1]) / 2
        cost = (costs[0] + costs[1]) / 2
        return (cost + (surrogate - surrogate.detach()) + self.kl(logits)).sum() / x.shape[0]

    def encode(self, x):
        """Images [n, 784] -> class logits [n, 20, 10]."""
        return self.encoder(x - self.pixel_mean).view(-1, VARIABLES, CLASSES)

    def relaxed(self, logits, tau):
        if self.estimator == "reinmax":
            return reinmax(logits, 1.0).flatten(1)
        if self.estimator == "gumbel-rao":
            return gumbel_rao(logits, 0.5).flatten(1)
        return F.softmax((logits + gumbel_like(logits)) / tau, dim=-1).flatten(1)

    def drawn(self, logits, generator):
        """One-hot codes."""
        winner = (logits + gumbel_like(logits, generator)).argmax(dim=-1)
        return F.one_hot(winner, CLASSES).float().flatten(1)

    def kl(self, logits):
        """KL(q || p) [n]."""
        log_q = F.log_softmax(logits, dim=-1)
        terms = log_q.exp() * (log_q - F.log_softmax(self.prior_logits, dim=-1))
        return terms.sum(dim=(1, 2))


class GaussianVAE(VAE):
    def __init__(self, pixel_mean, bias_clamp, dimensions):
        super().__init__(pixel_mean, bias_clamp, 2 * dimensions, dimensions)

    def encode(self, x):
        """Images [n, 784] -> mu and log sigma, [n, 2 D]."""
        return self.encoder(x - self.pixel_mean)

    def relaxed(self, encoded, tau):
        return self.drawn(encoded, None)

    def drawn(self, encoded, generator):
        mu, log_sigma = encoded.chunk(2, dim=1)
        return mu + log_sigma.exp() * torch.empty_like(mu).normal_(generator=generator)

    def kl(self, encoded):
        """KL(q || p) [n]."""
        mu, log_sigma = encoded.chunk(2, dim=1)
        return (0.5 * (mu**2 + (2 * log_sigma).exp() - 1) - log_sigma).sum(1)


@torch.inference_mode()
def evaluate(model, images, samples, seed):
    """The single-sample bound with codes drawn from q: its mean and standard error."""
    generator = torch.Generator().manual_seed(seed)
    bounds = []
    for x in images.split(EVAL_CHUNK):
        encoded = model.encode(x)
        bound = model.kl(encoded).double()
        for _ in range(samples):
            pixel_logits = model.decode(model.drawn(encoded, generator))
            nll = F.binary_cross_entropy_with_logits(pixel_logits, x, reduction="none").sum(1)
            bound += nll.double() / samples
        bounds.append(bound)
    bounds = torch.cat(bounds)
    return bounds.mean().item(), bounds.std().item() / math.sqrt(len(bounds))


# --- Training --------------------------------------------------------------------


def tau_at(step):
    """The temperature for the step taken after `step` others."""
    return max(TAU_FLOOR, math.exp(-TAU_RATE * (step // TAU_EVERY * TAU_EVERY)))


def make_adam(parameters, kind):
    how = {"default": {}, "foreach": {"foreach": True}, "fused": {"fused": True}}[kind]
    return torch.optim.Adam(parameters, lr=LEARNING_RATE, betas=BETAS, eps=EPS, **how)


class Trainer:
    """The model, its optimiser, and the number of steps taken so far."""

    def __init__(self, train, pixel_mean, args):
        self.train = train
        if args.latents == CATEGORICAL:
            self.model = CategoricalVAE(pixel_mean, args.bias_clamp, args.estimator)
        else:
            self.model = GaussianVAE(pixel_mean, args.bias_clamp, args.latents)
        self.loss = torch.compile(self.model) if args.compile else self.model
        self.optimizer = make_adam(self.model.parameters(), args.adam)
        self.step = 0

    def one_step(self, x):
        tau = torch.tensor(tau_at(self.step))  # as a float, --compile would recompile for each
        loss = self.loss(x, tau)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.step += 1
        return loss.detach()

    def batches(self):
        """One epoch of batches, freshly shuffled."""
        for rows in torch.randperm(len(self.train)).split(BATCH):
            yield self.train.index_select(0, rows)

    def epoch(self):
        """One pass over the training set: the mean objective over its images."""
        total = torch.zeros((), dtype=torch.float64)
        for x in self.batches():
            total += self.one_step(x) * len(x)
        return total.item() / len(self.train)

    def steps(self, count):
        """`count` steps, over as many epochs as that takes."""
        while count > 0:
            for _, x in zip(range(count), self.batches()):
                self.one_step(x)
                count -= 1


# --- Modes of the command line ---------------------------------------------------


def bench(trainer, args):
    trainer.steps(WARM_UP_STEPS)
    start = time.perf_counter()
    trainer.steps(args.bench)
    seconds = time.perf_counter() - start
    print(json.dumps({
        "versions": versions(),
        "settings": settings(args),
        "warm_up_steps": WARM_UP_STEPS,
        "steps": args.bench,
        "seconds": seconds,
        "steps_per_second": args.bench / seconds,
    }))


def profile(trainer):
    trainer.steps(WARM_UP_STEPS)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as prof:
        trainer.steps(PROFILE_STEPS)
    print(prof.key_averages().table(sort_by="self_cpu_time_total", row_limit=30))


def run(trainer, test, args):
    epochs = []
    train_seconds = 0.0
    for number in range(1, args.epochs + 1):
        start = time.perf_counter()
        train_bound = trainer.epoch()
        seconds = time.perf_counter() - start
        train_seconds += seconds

        test_bound = se = None
        if number == args.epochs or is_eval_epoch(number, args.eval_every):
            test_bound, se = evaluate(trainer.model, test, args.eval_samples, args.seed)
        tau = tau_at(trainer.step - 1) if args.latents == CATEGORICAL else None  # the last used
        epochs.append({
            "epoch": number,
            "step": trainer.step,
            "train_bound": train_bound,
            "test_bound": test_bound,
            "se": se,
            "tau": tau,
            "seconds": seconds,
        })
        line = f"epoch {number:3}  step {trainer.step:6}"
        line += "" if tau is None else f"  tau {tau:.4f}"
        line += f"  objective {train_bound:8.3f}  {seconds:6.2f} s"
        if test_bound is not None:
            line += f"  test {test_bound:8.3f} +- {se:.3f}"
        print(line, flush=True)

    head = trainer.train[:TRAIN_EVAL_IMAGES]
    head_bound, head_se = evaluate(trainer.model, head, args.eval_samples, args.seed)
    result = {
        "versions": versions(),
        "settings": settings(args),
        "train_images": len(trainer.train),
        "test_images": len(test),
        "epochs": epochs,
        "steps": trainer.step,
        "train_seconds": train_seconds,
        "steps_per_second": trainer.step / train_seconds,
        "test_bound": test_bound,
        "test_bound_se": se,
        "train_bound": head_bound,
        "train_bound_se": head_se,
        "train_bound_images": len(head),
    }
    print(f"test bound   {test_bound:.3f} +- {se:.3f} nats ({len(test)} images)")
    print(f"train bound  {head_bound:.3f} +- {head_se:.3f} nats (first {len(head)} images)")
    print(f"training     {result['steps_per_second']:.1f} steps/s, evaluation left out")
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n")


def is_eval_epoch(number, every):
    return number in (20, 60) if every is None else number % every == 0


def versions():
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "machine": platform.machine(),
    }


def settings(args):
    asked = {k: str(v) if isinstance(v, pathlib.Path) else v for k, v in vars(args).items()}
    fixed = {
        "hidden": HIDDEN,
        "batch": BATCH,
        "learning_rate": LEARNING_RATE,
        "betas": BETAS,
        "eps": EPS,
        "tau_floor": TAU_FLOOR,
        "tau_rate": TAU_RATE,
        "tau_every": TAU_EVERY,
    }
    return asked | fixed


def load(path):
    """A uint8 array of 0s and 1s, [n, 784], as a float32 tensor."""
    try:
        bits = np.load(path)
    except (OSError, ValueError) as error:
        sys.exit(f"error: cannot read {path}: {error}")
    if bits.dtype != np.uint8 or bits.ndim != 2 or bits.shape[1] != PIXELS or len(bits) == 0:
        sys.exit(f"error: {path} is {bits.dtype} {list(bits.shape)}, not uint8 [n, {PIXELS}]")
    if bits.max() > 1:
        sys.exit(f"error: {path} has values above 1: it must be binarised already")
    return torch.from_numpy(bits).float()


def parse_args():
    def positive(text):
        value = int(text)
        if value < 1:
            raise argparse.ArgumentTypeError("must be 1 or more")
        return value

    def latents(text):
        """The categorical code as text, a Gaussian code as its number of dimensions."""
        if text == CATEGORICAL:
            return text
        kind, _, dimensions = text.partition(":")
        if kind != "gaussian":
            raise argparse.ArgumentTypeError(f"must be {CATEGORICAL} or gaussian:D")
        return positive(dimensions)

    def clamp(text):
        value = float(text)
        if not 0 < value < 0.5:
            raise argparse.ArgumentTypeError("must be between 0 and 0.5")
        return value

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--arrays", metavar="DIR", type=pathlib.Path, required=True,
        help="folder of train.npy and test.npy: binarised images, uint8 0/1, [n, 784]")
    parser.add_argument("--latents", metavar="CODE", type=latents, default=CATEGORICAL,
        help="the code: %(default)s (the default) or gaussian:D")
    parser.add_argument("--estimator", default="gumbel-softmax",
        choices=["gumbel-softmax", "reinmax", "gumbel-rao", "rloo"],
        help="the gradient estimator of a categorical code: reinmax at tau = 1, gumbel-rao with 10 draws at "
        "tau = 0.5, rloo with 2 samples (default %(default)s)")
    parser.add_argument("--epochs", metavar="N", type=positive, default=20,
        help="passes over the training set (default %(default)s; 50,000 images make 500 "
        "steps an epoch, so tau reaches its floor of 0.5 at the start of epoch 15)")
    parser.add_argument("--seed", metavar="N", type=int, default=0,
        help="the seed of the weights, the shuffling and the noise (default %(default)s)")
    parser.add_argument("--threads", metavar="N", type=positive, default=2,
        help="threads for PyTorch's kernels (default %(default)s); use the same for the Rust side")
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path,
        help="write versions, settings, every epoch, both final bounds and the speed here, "
        "as one JSON object (not with --bench or --profile)")
    parser.add_argument("--eval-every", metavar="N", type=positive,
        help="evaluate on the test set after every N epochs and at the end (default: after "
        "epochs 20 and 60, if the run is that long, and at the end)")
    parser.add_argument("--eval-samples", metavar="N", type=positive, default=10,
        help="samples averaged for each image (default %(default)s): more make the "
        "estimate less noisy, not the bound tighter")
    parser.add_argument("--bias-clamp", metavar="C", type=clamp, default=BIAS_CLAMP,
        help="clamp the pixel means to [C, 1 - C] before taking their logits as the "
        "decoder's first output bias (default %(default)s)")
    parser.add_argument("--adam", choices=["default", "foreach", "fused"], default="fused",
        help="which of PyTorch's Adam loops to use: the same update at different speeds "
        "(default %(default)s: the fastest measured on CPU)")
    parser.add_argument("--compile", action="store_true",
        help="pass the model through torch.compile (needs a C++ compiler; the first steps are "
        "slow, and the speed printed after a whole training includes them)")
    parser.add_argument("--bench", metavar="STEPS", type=positive,
        help=f"only time this many training steps, after {WARM_UP_STEPS} to warm up, and print "
        "one JSON line; no evaluation")
    parser.add_argument("--profile", action="store_true",
        help=f"only profile {PROFILE_STEPS} training steps and print torch.profiler's table, "
        "the largest self CPU time first")
    args = parser.parse_args()
    if args.json and not args.json.parent.is_dir():  # better now than after the training
        parser.error(f"--json: there is no folder {args.json.parent}")
    return args


def main():
    args = parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    train = load(args.arrays / "train.npy")
    pixel_mean = train.mean(dim=0, dtype=torch.float64)
    trainer = Trainer(train, pixel_mean, args)
    if args.bench:
        bench(trainer, args)
    elif args.profile:
        profile(trainer)
    else:
        run(trainer, load(args.arrays / "test.npy"), args)


if __name__ == "__main__":
    main()
