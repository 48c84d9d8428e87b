"""PyTorch's tests of `torch.distributions`, and Pyro's, which derives from them, on `gumbelkit.torch.distributions`.

The laws take the places of theirs of the same name, and their methods are counted.
"""

from __future__ import annotations

import functools
import sys
from typing import Any

import torch.distributions
from torch.distributions import (
    categorical,
    gumbel,
    one_hot_categorical,
    relaxed_bernoulli,
    relaxed_categorical,
)

import gumbelkit
from gumbelkit.torch import distributions
from observe import SALT, ours, salted

LAWS = {
    "Categorical": categorical,
    "ExpRelaxedCategorical": relaxed_categorical,
    "Gumbel": gumbel,
    "LogitRelaxedBernoulli": relaxed_bernoulli,
    "OneHotCategorical": one_hot_categorical,
    "RelaxedBernoulli": relaxed_bernoulli,
    "RelaxedOneHotCategorical": relaxed_categorical,
}
"""The laws, and the module that defines theirs."""

METHODS = ("__init__", "sample", "rsample", "log_prob", "cdf", "icdf", "entropy", "expand")


def _drawing(method: Any) -> Any:
    """The method with a key of this run."""

    @functools.wraps(method)
    def draw(self: Any, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("key", salted(gumbelkit.Key.of(torch.default_generator)))
        return method(self, *args, **kwargs)

    return draw


def install() -> None:
    modules = [m for name, m in sys.modules.items() if name.startswith("torch.distributions")]
    for name, home in LAWS.items():
        law, theirs = getattr(distributions, name), getattr(home, name)
        for method in METHODS:
            function = getattr(law, method, None)
            if function is not None and function.__module__.startswith("gumbelkit"):
                if SALT and method in ("sample", "rsample"):
                    function = _drawing(function)
                setattr(law, method, ours(function))
        for module in modules:
            # Where a class is defined, its own methods call it by its name.
            if vars(module).get(name) is theirs and module is not home:
                setattr(module, name, law)
    # Their straight-through law derives from their one-hot law; its estimator stays theirs.
    straight = one_hot_categorical.OneHotCategoricalStraightThrough
    body = {"has_rsample": True, "rsample": straight.rsample}
    torch.distributions.OneHotCategoricalStraightThrough = type(
        straight.__name__, (distributions.OneHotCategorical,), body
    )
