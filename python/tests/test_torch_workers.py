"""PyTorch in forked workers, and tensors that no one should pass."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odd import KEYS, NUMBERS, arrays

import gumbelkit as gk
from gumbelkit import Key

torch = pytest.importorskip("torch")
from torch.utils.data import DataLoader, Dataset  # noqa: E402

import gumbelkit.torch as gt  # noqa: E402

LONG = torch.zeros(4, 40_000)


class Drawn(Dataset):
    """Item i is a sample under the key of i: it does not depend on the worker that makes it."""

    def __len__(self):
        return 8

    def __getitem__(self, i):
        return gt.gumbel_softmax(LONG, 0.5, hard=True, key=Key(7).fold_in(i)).argmax(-1)


def test_workers_of_a_data_loader_draw_what_the_parent_draws():
    alone = torch.stack([Drawn()[i] for i in range(8)])  # starts the pool of the parent
    loader = DataLoader(
        Drawn(), batch_size=4, num_workers=2, multiprocessing_context="fork", timeout=60
    )
    assert torch.equal(torch.cat(list(loader)), alone)


@st.composite
def tensors(draw):
    """A tensor of any type and strides, or something else."""
    array = draw(arrays())
    try:
        tensor = torch.from_numpy(array)
    except (TypeError, ValueError, AttributeError):
        return array
    change = draw(st.integers(0, 5))
    if change == 1 and tensor.is_floating_point():
        return tensor.to(torch.bfloat16)
    if change == 2 and tensor.is_floating_point():
        return tensor.clone().requires_grad_()
    if change == 3 and tensor.ndim:
        return tensor.transpose(0, -1)
    if change == 4 and tensor.is_floating_point():
        return torch.nn.Parameter(tensor.clone())
    if change == 5:
        return tensor.to_sparse() if tensor.ndim and tensor.is_floating_point() else tensor
    return tensor


CALLS = [
    (gt.gumbel_softmax, ("tau", "hard", "dim", "key", "noise")),
    (gt.gumbel_log_softmax, ("tau", "dim", "key", "noise")),
    (gt.binary_concrete, ("tau", "hard", "key", "noise")),
    (gt.gumbel_max, ("dim", "key", "noise")),
    (gt.categorical, ("dim", "key", "temperature", "mask")),
    (lambda x, n=1, **o: gt.multinomial(x, n, **o), ("n", "replacement", "key")),
]
OPTIONS = {
    "tau": st.one_of(NUMBERS, tensors()),
    "temperature": st.one_of(NUMBERS, tensors()),
    "hard": st.booleans(),
    "replacement": st.booleans(),
    "dim": st.one_of(st.integers(-3, 3), NUMBERS),
    "n": st.one_of(st.integers(-2, 50), NUMBERS),
    "key": KEYS,
    "noise": tensors(),
    "mask": tensors(),
}


@st.composite
def calls(draw):
    function, options = draw(st.sampled_from(CALLS))
    chosen = draw(st.lists(st.sampled_from(options), max_size=3, unique=True))
    return function, draw(tensors()), {name: draw(OPTIONS[name]) for name in chosen}


# What PyTorch itself raises for layouts and types that it does not support is a RuntimeError.
REFUSED = (ValueError, TypeError, IndexError, OverflowError, MemoryError, RuntimeError)


@pytest.mark.filterwarnings("ignore:The given NumPy array")
@settings(
    max_examples=1500, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(calls())
def test_no_tensor_ends_the_interpreter(call):
    function, tensor, options = call
    try:
        result = function(tensor, **options)
    except REFUSED as error:
        assert str(error)
        return
    if result.is_floating_point():
        assert not bool(result.isnan().any()), f"{function} {tensor} {options} gave {result}"
        if result.requires_grad:
            result.sum().backward()


def test_numpy_and_pytorch_draw_the_same():
    logits = gk.logistic(Key(8), (5, 7))
    for key in (Key(7), Key(2**64 - 1, 2**63)):
        ours = gt.gumbel_softmax(torch.from_numpy(logits), 0.5, key=key).numpy()
        assert np.array_equal(ours, gk.gumbel_softmax(key, logits, 0.5))
