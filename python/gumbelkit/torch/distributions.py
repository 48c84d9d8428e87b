"""Laws of `torch.distributions` with keys, exact samples and densities finite at low temperatures.

| law | samples | their derivative |
|---|---|---|
| `Categorical`, `OneHotCategorical` | exact | none |
| `StraightThroughOneHotCategorical` | exact, one-hot | of the relaxed sample |
| `StraightThroughBernoulli` | exact, 0 and 1 | of the relaxed sample |
| `RelaxedOneHotCategorical`, `RelaxedBernoulli` | relaxed | exact |
| `ExpRelaxedCategorical`, `LogitRelaxedBernoulli` | relaxed, as logarithm and log-odds | exact |
| `Gumbel` | exact | exact |

Constructors are those of PyTorch. `sample` and `rsample` take `key=`; without it the key is from
the generator of `torch.manual_seed`.
"""

from gumbelkit.torch._laws import (
    Categorical,
    Gumbel,
    OneHotCategorical,
    StraightThroughBernoulli,
    StraightThroughOneHotCategorical,
)
from gumbelkit.torch._relaxed_laws import (
    ExpRelaxedCategorical,
    LogitRelaxedBernoulli,
    RelaxedBernoulli,
    RelaxedOneHotCategorical,
)

__all__ = [
    "Categorical",
    "ExpRelaxedCategorical",
    "Gumbel",
    "LogitRelaxedBernoulli",
    "OneHotCategorical",
    "RelaxedBernoulli",
    "RelaxedOneHotCategorical",
    "StraightThroughBernoulli",
    "StraightThroughOneHotCategorical",
]
