"""The names of the estimators, and an estimator by its name."""

from __future__ import annotations

import inspect
from typing import Any

from torch import Tensor

from gumbelkit._native import Error, Key
from gumbelkit.torch.estimators._arm import Arm
from gumbelkit.torch.estimators._cost import Cost, CostFunction
from gumbelkit.torch.estimators._darn import Darn
from gumbelkit.torch.estimators._decoupled_straight_through import DecoupledStraightThrough
from gumbelkit.torch.estimators._disarm import Disarm
from gumbelkit.torch.estimators._double_cv import DoubleCv
from gumbelkit.torch.estimators._estimate import Estimate
from gumbelkit.torch.estimators._exact import Exact
from gumbelkit.torch.estimators._gapped_straight_through import GappedStraightThrough
from gumbelkit.torch.estimators._grpo import Grpo
from gumbelkit.torch.estimators._gumbel_rao import GumbelRao
from gumbelkit.torch.estimators._gumbel_softmax import GumbelSoftmax
from gumbelkit.torch.estimators._gumbel_sparsemax import GumbelSparsemax
from gumbelkit.torch.estimators._indecater import Indecater
from gumbelkit.torch.estimators._interface import Estimator
from gumbelkit.torch.estimators._muprop import MuProp
from gumbelkit.torch.estimators._rebar import Rebar
from gumbelkit.torch.estimators._reinforce import Reinforce
from gumbelkit.torch.estimators._reinmax import ReinMax
from gumbelkit.torch.estimators._reinmax_cv import ReinMaxCv
from gumbelkit.torch.estimators._reinmax_rao import ReinMaxRao
from gumbelkit.torch.estimators._relax import Relax
from gumbelkit.torch.estimators._rloo import Rloo
from gumbelkit.torch.estimators._rodeo import Rodeo
from gumbelkit.torch.estimators._straight_through import AnnealedStraightThrough, StraightThrough
from gumbelkit.torch.estimators._straight_through_gumbel_softmax import (
    StraightThroughGumbelSoftmax,
)
from gumbelkit.torch.estimators._unimix import Unimix
from gumbelkit.torch.estimators._vimco import Vimco
from gumbelkit.torch.estimators._zgr import Zgr

__all__ = ["by_name", "estimate", "names"]

_ALL: tuple[type[Estimator], ...] = (
    GumbelSoftmax,
    StraightThroughGumbelSoftmax,
    GumbelRao,
    GappedStraightThrough,
    DecoupledStraightThrough,
    StraightThrough,
    AnnealedStraightThrough,
    Darn,
    Zgr,
    ReinMax,
    ReinMaxRao,
    ReinMaxCv,
    GumbelSparsemax,
    Reinforce,
    Rloo,
    Grpo,
    Vimco,
    MuProp,
    Rebar,
    Relax,
    Arm,
    Disarm,
    Rodeo,
    DoubleCv,
    Indecater,
    Exact,
)
_BY_NAME = {estimator.name: estimator for estimator in _ALL}


def names() -> tuple[str, ...]:
    """The names of the estimators, in the order of the table of this module.

    Example:
        >>> from gumbelkit.torch.estimators import names
        >>> len(names()), "reinmax" in names()
        (26, True)
    """
    return tuple(_BY_NAME)


def by_name(name: str, **options: Any) -> Estimator:
    """An estimator by its name, with the options of its class.

    Args:
        name: one of `names()`.
        options: those of the constructor of the class; `relax` needs `variables`, `classes` and
            `key`, and is `rebar` until it is trained. `unimix`, of every estimator: the share of
            the uniform law, see `Unimix`.

    Raises:
        Error: a name that does not exist, a value that the estimator does not allow.
        TypeError: an option that the estimator does not have, one that it needs and that is
            missing.

    Example:
        >>> from gumbelkit.torch.estimators import by_name
        >>> by_name("rloo", samples=4)
        Rloo(samples 4)
    """
    if name not in _BY_NAME:
        raise Error(f"estimator: expected one of {', '.join(_BY_NAME)}, found {name}")
    kind = _BY_NAME[name]
    share = options.pop("unimix", None)
    parameters = inspect.signature(kind).parameters.values()
    known = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    for option in options:
        if option not in (p.name for p in known):
            listed = ", ".join([*(p.name for p in known), "unimix"])
            hint = _hint(option, kind)
            raise TypeError(f"{option}: no option of {name}, which has {listed}{hint}")
    missing = [p.name for p in known if p.default is p.empty and p.name not in options]
    if missing:
        raise TypeError(f"{name}: expected the options {', '.join(missing)}, found none of these")
    made = kind(**options)
    return made if share is None else Unimix(made, share)


def _hint(option: str, kind: type[Estimator] | Estimator) -> str:
    """What a caller may have meant by an option that does not exist."""
    if option not in ("tau", "temperature"):
        return ""
    if kind.default_temperature is None:
        return "; it has no temperature"
    return "; the temperature is the argument `temperature` of the call"


def estimate(
    cost: Cost | CostFunction,
    logits: Tensor,
    key: Key,
    estimator: str | Estimator = "reinmax",
    *,
    temperature: float | None = None,
    first_row: int = 0,
    **options: Any,
) -> Estimate:
    """Estimate the gradient of the expected cost in the logits, for each row.

        d/dtheta E f(D)      D ~ softmax(theta), one-hot for each variable

    Differentiate the surrogate of the result: `estimate(...).surrogate.mean().backward()`. Draws
    are made on the CPU from the key, and are those of the Rust crate `gumbel-burn` for the same
    key, estimator and logits; the tensor operations run on the device of the logits.

    The surrogate is differentiated by `backward()` or `torch.autograd.grad`, not under the
    transforms of `torch.func`. A derivative of the derivative exists for three names: for `exact`
    that of the expected cost, for `gumbel-sparsemax` that of the cost of its sample, and for `darn`
    that of its formula, which estimates nothing. All others raise a `RuntimeError`.

    `torch.compile` breaks its graph at the draws; with `fullgraph=True` it fails. Compile the cost
    alone, or call `estimate` outside of the compiled function.

    Args:
        cost: a function from a sample, a tensor `[rows, v, k]`, to the costs `[rows]`, to be
            minimised. A `Cost` says that it is defined at corners alone, or has no gradient.
        logits: float32 or float64 `[rows, v, k]`, theta, of v variables of k classes; -inf is an
            impossible class. Half precision is widened to float32.
        key: the key of this step. Each step of a training needs another: `run_key.fold_in(step)`.
        estimator: one of `names()`, or an `Estimator`. By name its own parameters are new and
            frozen; make an estimator and keep it to train them. The network of `relax` is 0 when it
            is new, so `relax` by name is `rebar`.
        temperature: a number above 0, for the estimators that have one; None for its
            `default_temperature`.
        first_row: the number of the first row, for a batch that is cut into parts.
        options: those of the estimator, for one by name: see `by_name`.

    Returns:
        An `Estimate`: `cost` `[rows]`, a constant, and `surrogate` `[rows]`.

    Raises:
        Error: as `Variables`; a name that does not exist; a cost that does not allow what the
            estimator needs, has another shape than `[rows]`, or is not finite in a row; a function
            that changes its argument in place; a cost without a derivative in the sample, where the
            estimator differentiates it and PyTorch records gradients; a number of classes or of
            variables that the estimator does not take.
        TypeError: an option or a temperature that the estimator does not have, an argument of
            another type.

    Example:
        >>> import torch
        >>> from gumbelkit import Key
        >>> from gumbelkit.torch.estimators import estimate
        >>> logits = torch.zeros(16, 20, 10, requires_grad=True)
        >>> result = estimate(lambda x: x.square().sum((1, 2)), logits, Key(7), "reinmax")
        >>> result.surrogate.mean().backward()
        >>> result.cost.shape, logits.grad.shape
        (torch.Size([16]), torch.Size([16, 20, 10]))
    """
    if isinstance(estimator, Estimator):
        if options:
            option = next(iter(options))
            hint = _hint(option, estimator)
            raise TypeError(f"{option}: an estimator that is made already takes no options{hint}")
    elif isinstance(estimator, str):
        if estimator == Relax.name and isinstance(logits, Tensor) and logits.ndim == 3:
            # Its network is 0 at first, whatever the key of its weights.
            _, variables, classes = logits.shape
            options = {"variables": variables, "classes": classes, "key": Key(0)} | options
        estimator = by_name(estimator, **options)
        for parameter in estimator.parameters():
            # Not by `requires_grad_`, which the transforms of `torch.func` refuse in its own words.
            parameter.requires_grad = False
    else:
        found = type(estimator).__name__
        raise TypeError(f"estimator: expected a name or an Estimator, found {found}")
    return estimator(cost, logits, key, temperature=temperature, first_row=first_row)
