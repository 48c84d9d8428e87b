"""The gradient estimators for PyTorch against the Rust ones and against the exact gradient."""

from __future__ import annotations

import doctest
import importlib
import json
import math
import pkgutil
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from gumbelkit import Key  # noqa: E402
from gumbelkit.torch import estimators as es  # noqa: E402
from gumbelkit.torch.estimators import estimate, names  # noqa: E402

GOLDEN = json.loads((Path(__file__).parent / "golden" / "estimators.json").read_text())
PROBLEMS = {problem["name"]: problem for problem in GOLDEN["problems"]}

# Costs and gradients are sums of up to 12 products in another order than in Rust, each of them with
# half a unit in the last place of error: units of the largest number of an array, in its type.
ULPS = 16
# ln lambda is trained by a difference of two such sums, divided by 0.05.
ULPS_OF_DIFFERENCE = 16 / 0.05


def tensor(values: Any, shape: Any, dtype: torch.dtype) -> torch.Tensor:
    return torch.tensor([float(value) for value in values], dtype=dtype).reshape(shape)


def close(found: torch.Tensor, expected: Any, ulps: float, what: str) -> None:
    eps = torch.finfo(found.dtype).eps
    found = found.detach().double().flatten()
    wanted = torch.tensor(expected, dtype=torch.float64)
    assert found.shape == wanted.shape, what
    unit = eps * (1.0 + wanted.abs().max())
    assert ((found - wanted).abs() <= ulps * unit).all(), (what, found, wanted)


def made(case: dict[str, Any]) -> es.Estimator:
    """The estimator of a golden case, with the golden parameters."""
    _, v, k = PROBLEMS[case["problem"]]["shape"]
    options = dict(case["options"])
    if case["estimator"] == "relax" or options.get("baseline") == "learned":
        options |= {"variables": v, "classes": k, "key": Key(5)}
    estimator = es.by_name(case["estimator"], **options)
    estimator.requires_grad_("own_gradients" in case)
    parameters = list(estimator.parameters())
    assert len(parameters) == len(case.get("own", []))
    with torch.no_grad():
        for parameter, values in zip(parameters, case.get("own", []), strict=True):
            golden = tensor(values, parameter.shape, torch.float32)
            if parameter.count_nonzero():  # The others are drawn in the golden case.
                assert torch.equal(parameter, golden)
            parameter.copy_(golden)
    return estimator


@pytest.mark.parametrize(
    "case", GOLDEN["cases"], ids=lambda c: f"{c['estimator']}-{c['problem']}-{c['key'][1] % 997}"
)
def test_rust_gives_the_same(case: dict[str, Any]) -> None:
    problem = PROBLEMS[case["problem"]]
    rows, v, k = problem["shape"]
    dtype = getattr(torch, problem["dtype"])
    logits = tensor(problem["logits"], (rows, v, k), dtype).requires_grad_()
    weight = tensor(problem["weight"], (v * k, -1), dtype).requires_grad_()
    out, linear = tensor(problem["out"], -1, dtype), tensor(problem["linear"], -1, dtype)
    points = []

    def cost(x: torch.Tensor) -> torch.Tensor:
        points.append(x.detach().clone())
        x = x.flatten(1)
        return (x @ weight).tanh() @ out + (x @ linear).square()

    estimator = made(case)
    # The Rust estimators without a temperature ignore it; these refuse it.
    tau = None if estimator.default_temperature is None else case["temperature"]
    result = estimator(
        cost, logits, Key(*case["key"]), temperature=tau, first_row=case["first_row"]
    )
    assert torch.equal(result.cost, result.surrogate.detach())
    assert result.cost.dtype == dtype
    (result.surrogate * (1.0 + 0.5 * torch.arange(rows, dtype=dtype))).sum().backward()

    assert len(points) == len(case["points"])
    if "own_gradients" not in case:
        assert len(points) == case["evaluations"] == estimator.evaluations(v, k)
    for found, wanted in zip(points, case["points"], strict=True):
        if "corner" in wanted:  # Bit for bit.
            assert ((found == 0) | (found == 1)).all() and (found.sum(-1) == 1).all()
            assert found.argmax(-1).flatten().tolist() == wanted["corner"]
        else:
            close(found, wanted["soft"], ULPS, "point")
    close(result.cost, case["cost"], ULPS, "cost")
    gradient = torch.zeros_like(logits) if logits.grad is None else logits.grad
    close(gradient, case["gradient"], ULPS, "gradient")
    assert (gradient[logits == -math.inf] == 0).all()
    network = torch.zeros_like(weight) if weight.grad is None else weight.grad
    close(network, case["weight_gradient"], ULPS, "gradient of the network")
    for (name, parameter), wanted in zip(
        estimator.named_parameters(), case.get("own_gradients", []), strict="own_gradients" in case
    ):
        ulps = ULPS_OF_DIFFERENCE if name == "ln_lambda" else ULPS
        close(parameter.grad, wanted, ulps, name)


def test_every_estimator_is_golden_and_in_the_table() -> None:
    assert {case["estimator"] for case in GOLDEN["cases"]} == set(names())
    assert all(f"`{name}`" in es.__doc__ for name in names())


def test_examples_run() -> None:
    found = pkgutil.iter_modules(es.__path__)
    modules = [importlib.import_module(f"{es.__name__}.{module.name}") for module in found]
    results = [doctest.testmod(module) for module in [es, *modules]]
    assert sum(result.attempted for result in results) > 100
    assert not any(result.failed for result in results)


# Unbiasedness. A mean of DRAWS rows that is further than Z standard errors from the exact gradient
# is a false alarm in 5e8 coordinates; there are about 200 of them.
DRAWS = 400_000
Z = 6.0
THETA = torch.tensor([[0.5, -0.25, 1.0], [-0.75, 0.25, 0.0]])
BINARY = torch.tensor([[0.5, -0.25], [-0.75, 0.25]])


def cubic(x: torch.Tensor) -> torch.Tensor:
    c = torch.tensor([0.5, -1.0, 0.75, 1.25, 0.25, -0.5])[: x[0].numel()]
    return (x.flatten(1) @ c + 0.5) ** 3


def mean_and_error(
    theta: torch.Tensor, name: str, cost: Any = cubic, **options: Any
) -> tuple[torch.Tensor, torch.Tensor]:
    logits = theta.expand(DRAWS, *theta.shape).clone().requires_grad_()
    estimate(cost, logits, Key(11), name, **options).surrogate.sum().backward()
    return logits.grad.mean(0), logits.grad.std(0) / math.sqrt(DRAWS)


def exact_gradient(theta: torch.Tensor, cost: Any = cubic) -> torch.Tensor:
    logits = theta.double()[None].requires_grad_()
    estimate(lambda x: cost(x.float()).double(), logits, Key(0), "exact").surrogate.sum().backward()
    return logits.grad[0].float()


UNBIASED = [
    (name, {})
    for name in names()
    if es._by_name._BY_NAME[name].unbiased and name not in ("exact", "vimco", "arm")
]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *UNBIASED,
        ("reinforce", {"baseline": "none"}),
        ("rloo", {"samples": 5}),
        ("rebar", {"eta": 0.3, "lambd": 1.5}),
        ("rodeo", {"samples": 3, "alpha": -1.0, "beta": 2.0}),
        ("double-cv", {"samples": 3, "alpha": 0.4}),
    ],
)
def test_the_mean_is_the_exact_gradient(name: str, options: dict[str, Any]) -> None:
    mean, error = mean_and_error(THETA, name, **options)
    # Rounding, for estimates without noise.
    assert ((mean - exact_gradient(THETA)).abs() <= Z * error + 1e-5).all()


def test_arm_is_unbiased_and_straight_through_is_not() -> None:
    mean, error = mean_and_error(BINARY, "arm")
    assert ((mean - exact_gradient(BINARY)).abs() <= Z * error).all()
    mean, error = mean_and_error(THETA, "straight-through")
    assert ((mean - exact_gradient(THETA)).abs() > 4 * Z * error).any()


def test_vimco_is_unbiased_for_its_bound() -> None:
    def minus_ln_weight(x: torch.Tensor) -> torch.Tensor:
        return cubic(x) / 4

    theta = BINARY.double().requires_grad_()
    pi = theta.softmax(-1)
    states = [(i, j) for i in range(2) for j in range(2)]
    x = torch.tensor([[[1 - i, i], [1 - j, j]] for i, j in states], dtype=torch.float32)
    p = torch.stack([pi[0, i] * pi[1, j] for i, j in states])
    weights = (-minus_ln_weight(x)).exp().double()
    bound = (p[:, None] * p * ((weights[:, None] + weights) / 2).log()).sum()
    (-bound).backward()
    mean, error = mean_and_error(BINARY, "vimco", minus_ln_weight, samples=2)
    assert ((mean - theta.grad.float()).abs() <= Z * error).all()


def test_layers_in_sequence_are_unbiased() -> None:
    weight = torch.tensor([[0.5, -1.0], [1.0, 0.25], [-0.5, 0.75]]).repeat(2, 1)

    def network(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        return torch.stack([torch.zeros(len(x), 2), x.flatten(1) @ w], -1)

    def last(y: torch.Tensor) -> torch.Tensor:
        return (y[..., 1] @ torch.tensor([1.0, -2.0]) + 0.5).square()

    def gradients(first: str, second: str, rows: int) -> list[torch.Tensor]:
        logits = THETA.expand(rows, 2, 3).clone().requires_grad_()
        w = weight.expand(rows, 6, 2).clone().requires_grad_()
        one, two = Key(5).split()

        def layers(x: torch.Tensor) -> torch.Tensor:
            pre = torch.einsum("ri,rij->rj", x.flatten(1), w)
            inner = torch.stack([torch.zeros_like(pre), pre], -1)
            return estimate(last, inner, two, second).surrogate

        estimate(layers, logits, one, first).surrogate.sum().backward()
        return [logits.grad, w.grad]

    exact = gradients("exact", "exact", 1)
    for first, second in [("rloo", "disarm"), ("reinforce", "indecater"), ("rloo", "reinmax")]:
        # The last cost is quadratic, so reinmax is exact in the second layer.
        for found, wanted in zip(gradients(first, second, DRAWS), exact, strict=True):
            error = found.std(0) / math.sqrt(DRAWS)
            assert ((found.mean(0) - wanted[0]).abs() <= Z * error + 1e-6).all(), (first, second)
