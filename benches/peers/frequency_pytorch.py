#!/usr/bin/env python3
"""The PyTorch twin of `gumbel train gate`: the same network on the same coefficients.

It trains with the `config.toml` of a run of `gumbel train gate` (width, blocks,
epochs, batch, learning rate, penalty, temperature, seed), and prints one line of
JSON: images per second in training without the first epoch (start-up), the
accuracy on the test images, and the number of parameters.

Protocol
  Data      `--arrays DIR` holds {train,test}-{images,classes}.npy as
            `frequency_speed.py` writes them: int16 coefficients [n, rows,
            columns, 192], and classes. They are standardised with the moments of
            the training images, deviations at least 1, clipped at 16 deviations,
            and kept in memory as float32: no step waits for a file or a decoder.
  Gate      s = mean |x| over the positions, h = relu(linear 192 -> 192 of s),
            (off, on) = h a + b for each channel; the gate is the hard sample of
            Gumbel-Softmax with the gradient of the soft one, its penalty
            lambda mean(gates). With two classes only the difference matters, and
            the difference of two Gumbel noises is logistic: the same law as
            F.gumbel_softmax on the pair, and several times as fast. Test images:
            on > off.
  Trunk     convolution 1x1; stages, each except the first starting with relu and
            a convolution 3x3 of stride 2, with residual blocks
            x + gain conv(relu(conv(relu(x)))); relu, mean over positions, linear.
            No normalisation. Stages and widths: `stages`.
  Start     convolutions N(0, 2 / fan-in), biases 0, gains 0.2, the last layer 0.
  Optimiser fused AdamW, epsilon 1e-8, weight decay 1e-4; the rate rises during the
            first twentieth of the steps and falls to 0 along half a cosine. A short
            last batch is kept. No image is mirrored.

`--layout` is the memory layout of activations: channels-last or contiguous.
`--compile` passes the network through torch.compile.
"""

import argparse
import json
import math
import pathlib
import time
import tomllib

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

CHANNELS = 192
LARGEST = 16.0
EVALUATED = 500


def stages(rows, columns, width, blocks):
    """Channels and residual blocks of each stage: at the grid itself, at half of it, ..."""
    sides = [max(rows, columns)]
    while sides[-1] > 8:
        sides.append(-(-sides[-1] // 2))
    last = len(sides) - 1
    return [(max(width >> (last - i), 4), blocks if i == last else int(side <= 16))
            for i, side in enumerate(sides)]


def convolution(k, inputs, outputs, stride=1):
    layer = nn.Conv2d(inputs, outputs, k, stride, k // 2)
    nn.init.normal_(layer.weight, std=math.sqrt(2 / (k * k * inputs)))
    nn.init.zeros_(layer.bias)
    return layer


class Gate(nn.Module):
    def __init__(self, initial_keep):
        super().__init__()
        self.linear = nn.Linear(CHANNELS, CHANNELS)
        self.slope = nn.Parameter(1e-3 * torch.randn(CHANNELS, 2))
        on = math.log(initial_keep / (1 - initial_keep))
        self.bias = nn.Parameter(torch.tensor([0.0, on]).repeat(CHANNELS, 1))

    def forward(self, x, tau):
        """The gates [n, 192]: drawn in training, thresholded otherwise."""
        h = F.relu(self.linear(x.abs().mean((2, 3))))
        logits = h[..., None] * self.slope + self.bias
        difference = logits[..., 1] - logits[..., 0]
        if self.training:
            difference = difference + torch.empty_like(difference).uniform_().logit_()
            soft = torch.sigmoid(difference / tau)
            return (difference > 0).float() + (soft - soft.detach())
        return (difference > 0).float()


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = convolution(3, width, width)
        self.second = convolution(3, width, width)
        self.gain = nn.Parameter(torch.tensor([0.2]))

    def forward(self, x):
        return x + self.gain * self.second(F.relu_(self.first(F.relu(x))))


class Net(nn.Module):
    def __init__(self, settings, rows, columns, classes):
        super().__init__()
        gate = settings.get("gate")
        self.gate = Gate(gate["initial_keep"]) if gate else None
        plan = stages(rows, columns, settings["width"], settings["blocks"])
        width = plan[0][0]
        self.stem = convolution(1, CHANNELS, width)
        trunk = []
        for i, (outputs, blocks) in enumerate(plan):
            if i > 0:
                trunk += [nn.ReLU(), convolution(3, width, outputs, stride=2)]
            trunk += [Residual(outputs) for _ in range(blocks)]
            width = outputs
        self.trunk = nn.Sequential(*trunk)
        self.head = nn.Linear(width, classes)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, x, tau=None):
        """Logits [n, classes] and gates, if any, of images [n, 192, rows, columns]."""
        gates = None
        if self.gate:
            gates = self.gate(x, tau)
            x = x * gates[:, :, None, None]
        h = self.trunk(self.stem(x))
        return self.head(F.relu(h).mean((2, 3))), gates


class Images:
    """Standardised images in memory, in the order of the layout, and their classes."""

    def __init__(self, folder, part, moments, last):
        images = np.load(folder / f"{part}-images.npy", mmap_mode="r")
        n, rows, columns, _ = images.shape
        mean, deviation = moments
        self.x = torch.empty((n, rows, columns, CHANNELS) if last else (n, CHANNELS, rows, columns))
        for start in range(0, n, EVALUATED):
            x = (images[start:start + EVALUATED] - mean) / deviation
            x = torch.from_numpy(x.clip(-LARGEST, LARGEST))
            self.x[start:start + EVALUATED] = x if last else x.permute(0, 3, 1, 2)
        self.y = torch.from_numpy(np.load(folder / f"{part}-classes.npy"))
        self.last = last

    def take(self, rows):
        """Images [n, 192, rows, columns], channels innermost in memory if stored so, and classes."""
        x = self.x.index_select(0, rows)
        return x.permute(0, 3, 1, 2) if self.last else x, self.y.index_select(0, rows)


def moments(folder):
    """Mean and deviation of each channel over the training images, float32."""
    images = np.load(folder / "train-images.npy", mmap_mode="r")
    sums, squares = np.zeros(CHANNELS), np.zeros(CHANNELS)
    for start in range(0, len(images), EVALUATED):
        x = images[start:start + EVALUATED].reshape(-1, CHANNELS).astype(np.float64)
        sums += x.sum(0)
        squares += (x * x).sum(0)
    count = images.size / CHANNELS
    mean = sums / count
    deviation = np.sqrt(np.maximum(squares / count - mean**2, 1.0))
    return mean.astype(np.float32), deviation.astype(np.float32)


def rate(settings, step, steps):
    """The learning rate of a step."""
    rise = min((step + 1) / max(steps // 20, 1), 1.0)
    return settings["lr"] * rise * 0.5 * (1 + math.cos(math.pi * step / steps))


def temperature(schedule, step):
    """The temperature of a step: exponential, the only schedule that `frequency_speed.py` uses."""
    step -= step % schedule["every"]
    return max(schedule["floor"], schedule["start"] * math.exp(-schedule["rate"] * step))


def train(net, images, settings, compiled):
    """Trains, and returns the seconds of each epoch."""
    forward = torch.compile(net) if compiled else net
    optimizer = torch.optim.AdamW(net.parameters(), eps=1e-8, weight_decay=1e-4, fused=True)
    gate, seconds, step = settings.get("gate"), [], 0
    steps = settings["epochs"] * -(-len(images.y) // settings["batch"])
    for _ in range(settings["epochs"]):
        start = time.perf_counter()
        for rows in torch.randperm(len(images.y)).split(settings["batch"]):
            x, y = images.take(rows)
            # As a float, torch.compile would compile again for each temperature.
            tau = torch.tensor(temperature(gate["tau"], step)) if gate else None
            logits, gates = forward(x, tau)
            loss = F.cross_entropy(logits, y)
            if gate:
                loss = loss + gate["penalty"]["lambda"] * gates.mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.param_groups[0]["lr"] = rate(settings, step, steps)
            optimizer.step()
            step += 1
        seconds.append(time.perf_counter() - start)
    return seconds


@torch.inference_mode()
def accuracy(net, images):
    net.eval()
    right = 0
    for rows in torch.arange(len(images.y)).split(EVALUATED):
        x, y = images.take(rows)
        right += (net(x)[0].argmax(1) == y).sum().item()
    return right / len(images.y)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", required=True, help="config.toml of a run of ours")
    parser.add_argument("--arrays", required=True, type=pathlib.Path, help="the coefficients")
    parser.add_argument("--layout", choices=["channels-last", "contiguous"], default="channels-last")
    parser.add_argument("--compile", action="store_true", help="pass the network through torch.compile")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    config = tomllib.loads(pathlib.Path(args.settings).read_text())
    settings, last = config["settings"], args.layout == "channels-last"
    torch.manual_seed(settings["seed"])
    of_train = moments(args.arrays)
    images = Images(args.arrays, "train", of_train, last)
    *_, rows, columns = images.take(torch.arange(1))[0].shape
    net = Net(settings, rows, columns, len(config["data"]["classes"]))
    if last:
        net = net.to(memory_format=torch.channels_last)
    seconds = train(net, images, settings, args.compile)
    counted = len(images.y) * (len(seconds) - 1)
    test = Images(args.arrays, "test", of_train, last)
    print(json.dumps({
        "images_per_second": counted / sum(seconds[1:]),
        "test_accuracy": accuracy(net, test),
        "parameters": sum(p.numel() for p in net.parameters()),
        "torch": torch.__version__,
    }))


if __name__ == "__main__":
    main()
