"""The gradient estimators for PyTorch in float64 and under `torch.compile`."""

from __future__ import annotations

import math
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from gumbelkit import Error, Key  # noqa: E402
from gumbelkit.torch import estimators as es  # noqa: E402
from gumbelkit.torch.estimators import Cost, Variables, estimate, names  # noqa: E402

# Every number is one of float32 too.
THETA = torch.tensor([[0.5, -0.25, 1.0], [-0.75, 0.25, 0.0]])
BINARY = THETA[:, :2].contiguous()


def problem(name: str) -> torch.Tensor:
    return BINARY if name == "arm" else THETA


def cubic(x: torch.Tensor) -> torch.Tensor:
    c = torch.tensor([0.5, -1.0, 0.75, 1.25, 0.25, -0.5], dtype=x.dtype)[: x[0].numel()]
    return (x.flatten(1) @ c + 0.5) ** 3 / 3


# These make noise and sample in one native call, or with noise of a law of their own. The next test
# has them all.
FUSED = {
    "gumbel-softmax",
    "straight-through-gumbel-softmax",
    "gumbel-rao",
    "reinmax-rao",
    "reinmax-cv",
    "disarm",
}


class WithNoiseOfFloat32(Variables):
    """Variables in float64 with the noise and the samples that float32 has under the same key:
    float64 noise is made of other random bits."""

    def __init__(self, logits: torch.Tensor, key: Key, temperature: float) -> None:
        super().__init__(logits, key, temperature)
        self.narrow = Variables(logits.detach().float(), key, temperature)

    def noise(self, law: str, i: int, numbers: int | None = None) -> torch.Tensor:
        return self.narrow.noise(law, i, numbers).double()

    def sample_of(self, logits: torch.Tensor, i: int) -> torch.Tensor:
        return self.narrow.sample_of(logits.float(), i).double()


@pytest.mark.parametrize("name", sorted(set(names()) - FUSED))
def test_float64_gives_the_estimate_of_float32_for_the_same_noise(name: str) -> None:
    estimator = es.Relax(2, 3, Key(5)) if name == "relax" else es.by_name(name)
    if name == "relax":
        torch.nn.init.normal_(estimator.out, generator=torch.Generator().manual_seed(1))
    estimator.requires_grad_(False)
    tau = estimator.default_temperature or 1.0
    gradients, costs = [], []
    for dtype in (torch.float32, torch.float64):
        theta = problem(name).to(dtype)
        logits = theta.expand(256, *theta.shape).clone().requires_grad_()
        kind: Any = Variables if dtype == torch.float32 else WithNoiseOfFloat32
        result = estimator.draw(kind(logits, Key(3), tau), Cost(cubic))
        result.surrogate.sum().backward()
        assert result.cost.dtype == logits.grad.dtype == dtype
        gradients.append(logits.grad.double())
        costs.append(result.cost.double())
    # Sums of some tens of products, in the unit of the largest number.
    for narrow, wide in (gradients, costs):
        unit = torch.finfo(torch.float32).eps * (1.0 + wide.abs().max())
        assert ((narrow - wide).abs() <= 64 * unit).all()
    assert (gradients[1] != gradients[1].float()).any()


# A mean of DRAWS rows that is further than Z standard errors from where it belongs is a false alarm
# in 5e8 coordinates; there are 154 of them, so one run of this file in three million gives one.
DRAWS = 200_000
Z = 6.0


def mean_and_error(
    name: str, dtype: torch.dtype, key: Key
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    theta = problem(name).to(dtype)
    logits = theta.expand(DRAWS, *theta.shape).clone().requires_grad_()
    estimate(cubic, logits, key, name).surrogate.sum().backward()
    gradient = logits.grad.double()
    return gradient.mean(0), gradient.std(0) / math.sqrt(DRAWS), gradient


def exact_gradient(theta: torch.Tensor) -> torch.Tensor:
    """The gradient of the expected cost, by the sum over the states of two variables."""
    theta = theta.double().requires_grad_()
    pi, k = theta.softmax(-1), theta.shape[1]
    one_hot = torch.eye(k, dtype=torch.float64)
    expected = theta.new_zeros(())
    for i in range(k):
        for j in range(k):
            state = torch.stack([one_hot[i], one_hot[j]])[None]
            expected = expected + pi[0, i] * pi[1, j] * cubic(state)[0]
    return torch.autograd.grad(expected, theta)[0]


@pytest.mark.parametrize("name", names())
def test_the_mean_in_float64_is_the_exact_gradient_or_that_of_float32_and_has_the_sum_0(
    name: str,
) -> None:
    kind = es._by_name._BY_NAME[name]
    mean, error, gradient = mean_and_error(name, torch.float64, Key(11))
    if kind.unbiased and not kind.for_bound:
        # The exact gradient is computed to 1e-13, and an estimate without noise equals it.
        assert ((mean - exact_gradient(problem(name))).abs() <= Z * error + 1e-12).all()
    else:
        other, error_of_other, _ = mean_and_error(name, torch.float32, Key(12))
        assert ((mean - other).abs() <= Z * error.hypot(error_of_other)).all()
    # A constant in the logits of a variable changes nothing, so their gradient has the sum 0: a sum
    # of some products, each rounded in float64. Probabilities in float32 would miss it.
    unit = torch.finfo(torch.float64).eps * (1.0 + gradient.abs().max())
    assert (gradient.sum(-1).abs() <= 16 * unit).all()


def step(cost: Any, logits: torch.Tensor, key: Key, name: str) -> es.Estimate:
    return estimate(cost, logits, key, name)


@pytest.fixture(autouse=True)
def no_compiled_code_of_another_test() -> Any:
    yield
    torch._dynamo.reset()


def outcome(function: Any, cost: Any, name: str, key: Key) -> tuple[torch.Tensor, torch.Tensor]:
    logits = THETA.expand(4, 2, 3).clone().requires_grad_()
    result = function(cost, logits, key, name)
    result.surrogate.sum().backward()
    return result.cost, logits.grad


# One of each kind; a compilation takes a second.
KINDS = ["gumbel-softmax", "gumbel-rao", "reinmax", "darn", "rloo", "muprop", "relax", "disarm"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", KINDS)
def test_compiled_with_breaks_of_the_graph_gives_what_eager_mode_gives(name: str) -> None:
    compiled = torch.compile(step, backend="eager")
    for i in range(3):
        found = outcome(compiled, cubic, name, Key(7).fold_in(i))
        wanted = outcome(estimate, cubic, name, Key(7).fold_in(i))
        assert all(torch.equal(a, b) for a, b in zip(found, wanted, strict=True))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["reinmax", "muprop"])
def test_compiled_code_refuses_the_costs_that_eager_mode_refuses(name: str) -> None:
    table = torch.tensor([1.0, 2.0, 3.0])
    costs = {
        "derivative in the sample, found none": lambda x: table[x[:, 0].argmax(-1)],
        "found a change in place": lambda x: x.mul_(2.0).sum((1, 2)),
        "found inf in row 0": lambda x: x.sum((1, 2)) / 0.0,
    }
    for message, cost in costs.items():
        with pytest.raises(Error, match=message):
            outcome(torch.compile(step, backend="eager"), cost, name, Key(1))
        torch._dynamo.reset()
    with pytest.raises(Error, match="derivative in the sample, found none"):
        look_up = costs["derivative in the sample, found none"]
        outcome(estimate, torch.compile(look_up, backend="aot_eager"), name, Key(1))


@pytest.mark.filterwarnings("ignore")
def test_a_full_graph_is_refused_around_estimate_and_taken_for_the_cost() -> None:
    with pytest.raises(torch._dynamo.exc.Unsupported):
        outcome(torch.compile(step, backend="eager", fullgraph=True), cubic, "reinmax", Key(1))
    compiled = torch.compile(cubic, backend="aot_eager", fullgraph=True)
    for name in ("reinmax", "rloo", "muprop"):
        found = outcome(estimate, compiled, name, Key(1))
        wanted = outcome(estimate, cubic, name, Key(1))
        for a, b in zip(found, wanted, strict=True):
            assert torch.allclose(a, b, rtol=1e-5, atol=1e-6)
