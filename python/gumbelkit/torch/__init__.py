"""Discrete choices in PyTorch: the signatures of PyTorch, with exact tails and keys.

    >>> import torch
    >>> from gumbelkit import Key
    >>> from gumbelkit.torch import gumbel_softmax
    >>> logits = torch.zeros(8, 10, requires_grad=True)
    >>> run_key = Key(7)
    >>> for step in range(3):
    ...     y = gumbel_softmax(logits, tau=0.5, hard=True, key=run_key.fold_in(step))
    ...     (y * torch.arange(10)).sum().backward()

| to | use |
|---|---|
| relax a choice, or choose with the gradient of the relaxed choice | `gumbel_softmax`, `binary_concrete` |
| relax a choice at small temperatures | `gumbel_log_softmax` |
| sample classes exactly | `categorical`, `multinomial`, `gumbel_max` |
| use a law with densities, entropies and divergences | `distributions` |
| estimate the gradient of a cost by name | `estimators` |
| give a key to `torch.compile` and `vmap` | `key_tensor` |

Without a key, the draws follow from `torch.manual_seed` or a `generator`.
"""

try:
    import torch as _torch  # noqa: F401
except ImportError as error:
    raise ImportError("gumbelkit.torch needs PyTorch: pip install torch") from error

from gumbelkit.torch import distributions, estimators
from gumbelkit.torch._key import key_tensor
from gumbelkit.torch._relax import binary_concrete, gumbel_log_softmax, gumbel_softmax
from gumbelkit.torch._sample import categorical, gumbel_max, multinomial

__all__ = [
    "binary_concrete",
    "categorical",
    "distributions",
    "estimators",
    "gumbel_log_softmax",
    "gumbel_max",
    "gumbel_softmax",
    "key_tensor",
    "multinomial",
]
