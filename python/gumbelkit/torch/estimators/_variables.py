"""`Variables`: the discrete variables of a batch, and their draws."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gumbelkit import _native
from gumbelkit._native import Error, Key
from gumbelkit.torch._modes import transformed
from gumbelkit.torch.estimators._algebra import centred, one_hot
from gumbelkit.torch.estimators._settings import integer, key_of, temperature_of

__all__ = ["Variables", "array_of", "two_classes"]

LARGEST_INDEX = 2**64 - 1
"""The largest index of a random number under a key."""

_WIDER = {torch.float16: torch.float32, torch.bfloat16: torch.float32}


def array_of(tensor: Tensor) -> NDArray[Any]:
    """The values of a tensor as an array in C order, without a copy where that is possible."""
    return tensor.detach().cpu().contiguous().numpy()


class Variables:
    """The discrete variables of a batch: logits of v variables of k classes, temperature and key.

    A row has the same draws however a batch is cut, if each part says where it begins by
    `first_row`. An estimator of your own gets it in `Estimator.draw`.

    Draws are made on the CPU from the key, and copied to the device of the logits.

    Args:
        logits: float32 or float64 `[rows, v, k]`; -inf is an impossible class. Half precision is
            widened to float32.
        key: the key of this step. Draw 0 has the key itself, and draw i the key `fold_in(i)`: the
            variables of another layer need a key from `split`, not from `fold_in`.
        temperature: a number above 0.
        first_row: the number of the first row in the whole batch.

    Raises:
        Error: logits that are not `[rows, v, k]`, NaN, +inf, or only -inf in a variable, no
            classes; a temperature that is not a finite number above 0; a first row whose numbers
            have an index above 2^64 - 1.
        TypeError: logits that are not a dense tensor of floating-point numbers with values, or are
            one of a transform of `torch.func`; a key that is no `Key`.

    Example:
        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import Variables
        >>> logits = torch.zeros(4, 2, 3)
        >>> whole = Variables(logits, Key(7)).sample(0)
        >>> part = Variables(logits[1:3], Key(7), first_row=1).sample(0)
        >>> torch.equal(whole[1:3], part)
        True
    """

    def __init__(
        self, logits: Tensor, key: Key, temperature: float = 1.0, first_row: int = 0
    ) -> None:
        if not isinstance(logits, Tensor) or not logits.is_floating_point():
            found = str(logits.dtype) if isinstance(logits, Tensor) else type(logits).__name__
            raise TypeError(f"logits: expected a tensor of floating-point numbers, found {found}")
        if logits.layout != torch.strided or logits.is_nested:
            found = "a nested tensor" if logits.is_nested else str(logits.layout)
            raise TypeError(f"logits: expected a dense tensor, found {found}")
        if logits.is_meta:
            raise TypeError("logits: expected a tensor with values, found one on the device meta")
        if transformed():
            raise TypeError(
                "logits: expected a tensor outside of torch.func and forward-mode derivatives; "
                "differentiate the surrogate with backward() or torch.autograd.grad"
            )
        if logits.ndim != 3:
            raise Error(
                f"logits: expected [rows, variables, classes], found {list(logits.shape)}; "
                "unsqueeze(1) makes one variable of a row"
            )
        self.logits = logits.to(_WIDER.get(logits.dtype, logits.dtype))
        """The logits theta, `[rows, v, k]`."""
        self.key = key_of("key", key)
        self.temperature = temperature_of("temperature", temperature)
        self.first_row = integer("first_row", first_row, 0)
        rows, v, k = self.shape
        most = LARGEST_INDEX // max(v * k, 1) - rows
        if self.first_row > most:
            raise Error(
                f"first_row: expected at most {most} for {v} variables of {k} classes, found "
                f"{first_row}"
            )
        _check(self.logits.detach())

    @property
    def shape(self) -> tuple[int, int, int]:
        """The numbers of rows, of variables, and of classes."""
        rows, v, k = self.logits.shape
        return rows, v, k

    @cached_property
    def constant_logits(self) -> Tensor:
        """The logits as constants."""
        return self.logits.detach()

    @property
    def finite_logits(self) -> Tensor:
        """The logits with a finite number in place of -inf: its product with 0 is 0."""
        return self.logits.clamp(min=-1e30)

    @cached_property
    def probabilities(self) -> Tensor:
        """The probabilities pi = softmax(theta) as constants, `[rows, v, k]`."""
        return self.constant_logits.softmax(-1)

    def score(self, sample: Tensor) -> Tensor:
        """The score D - pi of a sample as a constant: the gradient of ln P(D) in theta."""
        return sample.detach() - self.probabilities

    def with_logits(self, logits: Tensor) -> Variables:
        """The same variables with other logits of the same shape."""
        return Variables(logits, self.key, self.temperature, self.first_row)

    def draw_key(self, i: int) -> Key:
        """The key of draw i. Each function that takes i uses the same random words for one i, so
        an estimator uses each number once."""
        return self.key if i == 0 else self.key.fold_in(i)

    def offset(self, numbers: int) -> int:
        """The index of the first number of the first row, for `numbers` numbers in each row."""
        return self.first_row * numbers

    def noise(self, law: str, i: int, numbers: int | None = None) -> Tensor:
        """Noise of draw i, `numbers` for each variable, k by default: `[rows, v, numbers]`.

        `law`: `"gumbel"`, `"exponential"`, `"uniform"`, `"logistic"`, `"normal"`.
        """
        rows, v, k = self.shape
        n = k if numbers is None else numbers
        out = array_of(torch.empty((rows, v, n), dtype=self.logits.dtype))
        _native.fill_noise(law, self.draw_key(i), self.offset(v * n), out)
        return self.tensor(out)

    def sample(self, i: int) -> Tensor:
        """A draw D ~ softmax(theta), one-hot for each variable, as a constant: `gumbel_max`."""
        return self.sample_of(self.constant_logits, i)

    def sample_of(self, logits: Tensor, i: int) -> Tensor:
        """A draw D ~ softmax(logits) for other logits of the same shape."""
        _, v, k = self.shape
        classes = np.empty(logits.shape[:2], np.int64)
        _native.gumbel_max(
            array_of(logits), 2, self.draw_key(i), self.offset(v * k), classes.view(np.uintp)
        )
        return one_hot(self.tensor(classes), self.constant_logits)

    def samples(self, n: int) -> list[Tensor]:
        """n draws, numbered 0 to n - 1."""
        return [self.sample(i) for i in range(n)]

    def perturbed(self, i: int) -> tuple[Tensor, Tensor]:
        """Perturbed logits Z = theta + G and the one-hot D of their argmax, as constants. The
        largest theta of each variable is moved to 0."""
        z = centred(self.constant_logits) + self.noise("gumbel", i)
        classes = np.argmax(array_of(z), -1)
        return z, one_hot(self.tensor(classes), z)

    def posterior(self, logits: Tensor, sample: Tensor, i: int) -> Tensor:
        """Perturbed logits Z = theta' + G given that D is their argmax, by the noise of draw i.

            Z_D = ln S - ln E_D,   Z_j = -ln(E_j / exp(theta'_j) + E_D / S)   S = sum exp(theta')

        theta' are logits of the same shape, less their largest in each variable. Paulus, Maddison
        and Krause, arXiv 2010.04838, equation 6.
        """
        logits, e = centred(logits.detach()), self.noise("exponential", i)
        s = logits.exp().sum(-1, keepdim=True)
        first = (e * sample).sum(-1, keepdim=True) / s
        # A mask, because the exponential of a rare sample may be infinite.
        other = (e * (-logits).exp()).masked_fill(sample > 0.5, 0.0)
        return -(other + first).log()

    def tensor(self, array: NDArray[Any]) -> Tensor:
        """An array as a tensor on the device of the logits."""
        return torch.from_numpy(array).to(self.logits.device)


def _check(logits: Tensor) -> None:
    if logits.shape[-1] == 0:
        raise Error("logits: expected at least one class, found none")
    if logits.numel() == 0:
        return
    # The largest of a variable is NaN if any of its logits is.
    largest = logits.amax(-1)
    if not largest.isfinite().all():
        row, variable = (~largest.isfinite()).nonzero()[0].tolist()
        found = float(largest[row, variable])
        what = "-inf for every class" if found == -math.inf else str(found)
        raise Error(
            f"logits: expected numbers or -inf, and a number for at least one class, found {what} "
            f"in row {row}, variable {variable}"
        )


def two_classes(log_odds: Tensor) -> Tensor:
    """Logits `[rows, v, 2]` of Bernoulli variables of log-odds `[rows, v]`: no, then yes.

    The cost gets samples `[rows, v, 2]`; `x[..., 1]` takes the zeros and ones out of them.

    Example:
        >>> import torch
        >>> from gumbelkit.torch.estimators import two_classes
        >>> two_classes(torch.tensor([[0.5, -1.0]]))
        tensor([[[ 0.0000,  0.5000],
                 [ 0.0000, -1.0000]]])
    """
    return torch.stack([torch.zeros_like(log_odds), log_odds], -1)
