"""Gradient estimators for discrete variables in PyTorch, chosen by name.

A model is written once, as a function from a sample to a cost for each row, and the estimator is a
name:

    >>> import torch
    >>> from gumbelkit import Key
    >>> from gumbelkit.torch.estimators import estimate
    >>> logits = torch.zeros(16, 20, 10, requires_grad=True)
    >>> weight = torch.ones(200, requires_grad=True)
    >>> def cost(sample):                        # [rows, variables, classes] -> [rows]
    ...     return (sample.flatten(1) @ weight - 3).square()
    >>> optimiser, run_key = torch.optim.Adam([logits, weight], 0.01), Key(7)
    >>> for step in range(3):
    ...     optimiser.zero_grad()
    ...     result = estimate(cost, logits, run_key.fold_in(step), "reinmax")
    ...     result.surrogate.mean().backward()   # gradients of logits and of weight
    ...     optimiser.step()
    >>> result.cost.shape
    torch.Size([16])

The samples are those of the Rust crate `gumbel-burn` for the same keys, bit for bit; costs and
gradients are equal within rounding.

In all files: theta are the logits of one variable, pi = softmax(theta), D a one-hot draw, f the
cost, g = df/dx at D, J(p) = diag(p) - p p^T, and D - pi the score. Formulas are for one variable of
several independent ones; f and g are those of all variables together.

| name | unbiased | evaluations of the cost | options | trained |
|---|---|---|---|---|
| `gumbel-softmax` | for the relaxed cost | 1, at a soft sample |  |  |
| `straight-through-gumbel-softmax` | no | 1 |  |  |
| `gumbel-rao` | no | 1 | `samples` |  |
| `gapped-straight-through` | no | 1 | `gap` |  |
| `decoupled-straight-through` | no | 1 | `sample_temperature` |  |
| `straight-through`, `annealed-straight-through` | at tau = 1 for linear costs | 1 |  |  |
| `darn` | for linear costs | 1 | `point` |  |
| `zgr`, `reinmax` | at tau = 1 for quadratic costs | 1 |  |  |
| `reinmax-rao` | no | 1 | `samples` |  |
| `reinmax-cv` | no | 1 | `eta`, `samples`, `noise` |  |
| `gumbel-sparsemax` | for its relaxed cost | 1, at a soft sample |  |  |
| `reinforce` | yes | 1, no gradient | `baseline` | a learned baseline |
| `rloo` | yes | K, no gradient | `samples` |  |
| `grpo` | no | K, no gradient | `samples` |  |
| `vimco` | for its bound | K, no gradient | `samples` |  |
| `muprop` | yes | 2, one at pi |  |  |
| `rebar` | yes | 3, two soft; 5 while trained | `eta`, `lambd` | 2 numbers |
| `relax` | yes | as `rebar`, which it is until trained | `eta`, `lambd` | 2 and a network |
| `arm` | yes, two classes | 2, no gradient |  |  |
| `disarm` | yes | 2, no gradient |  |  |
| `rodeo`, for costs around 0 | yes | 2 K | `samples`, `alpha`, `beta` | 2 numbers |
| `double-cv` | yes | 2 K | `samples`, `alpha` | 1 number |
| `indecater` | yes | v (k - 1) + 1, no gradient |  |  |
| `exact` | yes, no noise | k^v, no gradient |  |  |

Each name is a class, a `torch.nn.Module`: `gumbel-rao` is `GumbelRao(samples=10)`. Every estimator
takes `unimix`, a share of the uniform law. An estimator with something to train is made once and
kept, so that an optimiser has its parameters; `estimate` by name has them frozen. `relax` by name
is `rebar`, as a new network is 0. The variance of `rodeo` grows with a constant in the cost: centre
the cost, or train beta.

The temperature is an argument of the call, `temperature`, of the names with `default_temperature`;
other names refuse it.

Where the cost is evaluated: "no gradient" in the table: the cost may be a simulator or a table,
`Cost.without_gradient`. Soft samples and soft points need a cost that is defined between the
corners, as a plain function is taken to be. All others need a gradient at corners,
`Cost.at_corners`, and refuse a cost whose graph does not reach the sample, as a lookup by `argmax`.

Layers in sequence: the cost of the first layer contains the estimate of the next, and returns its
surrogate. The keys come from `split`:

    >>> first = torch.zeros(8, 2, 3, requires_grad=True)
    >>> weight = torch.ones(6, 4, requires_grad=True)
    >>> one, two = Key(7).split()
    >>> def layers(x):
    ...     second = (x.flatten(1) @ weight).reshape(8, 2, 2)
    ...     return estimate(lambda y: y[..., 1].sum(1), second, two, "zgr").surrogate
    >>> estimate(layers, first, one, "rloo").surrogate.mean().backward()
    >>> first.grad is not None and weight.grad is not None
    True
"""

from gumbelkit.torch.estimators._arm import Arm
from gumbelkit.torch.estimators._by_name import by_name, estimate, names
from gumbelkit.torch.estimators._cost import Cost, Needs
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
from gumbelkit.torch.estimators._unimix import Unimix, unimix
from gumbelkit.torch.estimators._variables import Variables, two_classes
from gumbelkit.torch.estimators._vimco import Vimco
from gumbelkit.torch.estimators._zgr import Zgr

__all__ = [
    "AnnealedStraightThrough",
    "Arm",
    "Cost",
    "Darn",
    "DecoupledStraightThrough",
    "Disarm",
    "DoubleCv",
    "Estimate",
    "Estimator",
    "Exact",
    "GappedStraightThrough",
    "Grpo",
    "GumbelRao",
    "GumbelSoftmax",
    "GumbelSparsemax",
    "Indecater",
    "MuProp",
    "Needs",
    "Rebar",
    "ReinMax",
    "ReinMaxCv",
    "ReinMaxRao",
    "Reinforce",
    "Relax",
    "Rloo",
    "Rodeo",
    "StraightThrough",
    "StraightThroughGumbelSoftmax",
    "Unimix",
    "Variables",
    "Vimco",
    "Zgr",
    "by_name",
    "estimate",
    "names",
    "two_classes",
    "unimix",
]
