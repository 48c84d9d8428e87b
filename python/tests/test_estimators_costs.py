"""The costs that the gradient estimators for PyTorch refuse, and those that they widen."""

from __future__ import annotations

import math
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from gumbelkit import Error, Key  # noqa: E402
from gumbelkit.torch import estimators as es  # noqa: E402
from gumbelkit.torch.estimators import Cost, Needs, estimate, names  # noqa: E402

TABLE = torch.tensor([3.0, 5.0])
WEIGHT = torch.ones(4, requires_grad=True)
NO_DERIVATIVE = "cost: expected a derivative in the sample, found none; Cost.without_gradient"
DIFFERENTIATE = [n for n in names() if es._by_name._BY_NAME[n].needs >= Needs.GRADIENTS]


def total(x: torch.Tensor) -> torch.Tensor:
    return x.flatten(1).cumsum(1).sum(1)


def leaf(rows: int = 5) -> torch.Tensor:
    return torch.zeros(rows, 2, 2, requires_grad=True)


WITHOUT_DERIVATIVE = {
    "looks up": lambda x: TABLE[x[:, 0].argmax(-1)],
    "detaches": lambda x: total(x.detach()),
    "compares": lambda x: (x[..., 1] > 0.5).sum(1),
    "reaches parameters only": lambda x: (WEIGHT * x.detach().flatten(1)).tanh().sum(1),
}


@pytest.mark.parametrize("name", DIFFERENTIATE)
@pytest.mark.parametrize("cost", WITHOUT_DERIVATIVE.values(), ids=WITHOUT_DERIVATIVE)
def test_a_cost_without_derivative_is_refused_where_gradients_are_wanted(
    name: str, cost: Any
) -> None:
    with pytest.raises(Error, match=NO_DERIVATIVE):
        estimate(cost, leaf(), Key(1), name)
    with pytest.raises(Error, match=NO_DERIVATIVE):
        estimate(cost, leaf(), Key(1), name, unimix=0.1)
    with torch.no_grad():
        assert estimate(cost, leaf(), Key(1), name).cost.isfinite().all()
    with torch.inference_mode():
        assert estimate(cost, leaf(), Key(1), name).cost.isfinite().all()


@pytest.mark.parametrize("name", sorted(set(names()) - set(DIFFERENTIATE)))
def test_a_lookup_is_taken_by_estimators_that_need_no_gradient(name: str) -> None:
    logits = leaf()
    estimate(WITHOUT_DERIVATIVE["looks up"], logits, Key(1), name).surrogate.sum().backward()
    assert logits.grad is not None


@pytest.mark.parametrize("name", names())
def test_a_derivative_of_zero_is_no_missing_one(name: str) -> None:
    logits = leaf()
    estimate(lambda x: 0.0 * total(x), logits, Key(1), name).surrogate.sum().backward()
    assert (logits.grad == 0).all()


def test_a_derivative_is_found_through_a_deep_network_and_through_a_layer() -> None:
    layers = torch.nn.Sequential(*(torch.nn.Linear(4, 4) for _ in range(2000)))
    logits = leaf()
    estimate(lambda x: layers(x.flatten(1)).sum(1), logits, Key(1)).surrogate.sum().backward()
    assert logits.grad is not None
    one, two = Key(2).split()

    def layer(inner: Any) -> torch.Tensor:
        return estimate(lambda y: TABLE[y[:, 0].argmax(-1)], inner, two, "rloo").surrogate

    estimate(layer, logits, one).surrogate.sum().backward()
    with pytest.raises(Error, match=NO_DERIVATIVE):
        estimate(lambda x: layer(x.detach()), logits, one)


def test_a_lookup_with_frozen_logits_is_taken_for_the_gradient_of_its_parameters() -> None:
    weight = torch.ones(2, requires_grad=True)
    cost = estimate(lambda x: weight[x[:, 0].argmax(-1)], torch.zeros(5, 2, 2), Key(1))
    cost.surrogate.sum().backward()
    assert weight.grad.sum() == 5


@pytest.mark.parametrize("name", names())
def test_a_change_of_the_argument_in_place_is_refused(name: str) -> None:
    def on_argument(x: torch.Tensor) -> torch.Tensor:
        return total(x.mul_(2.0))

    def on_view(x: torch.Tensor) -> torch.Tensor:
        x.detach()[:, 0] += 1.0
        return total(x)

    for cost in (on_argument, on_view):
        for logits in (leaf(), torch.zeros(5, 2, 2)):
            with pytest.raises(
                Error, match="cost: .* leaves its argument as it is, found a change"
            ):
                estimate(cost, logits, Key(1), name)


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_an_infinite_or_nan_cost_is_named_with_its_row(name: str, value: float) -> None:
    bad = torch.tensor([0.0, 0.0, 0.0, value, value])
    found = "NaN" if math.isnan(value) else str(value)
    with pytest.raises(Error, match=f"cost: expected a finite .* row, found {found} in row 3"):
        estimate(lambda x: total(x) + bad, leaf(), Key(1), name)


@pytest.mark.parametrize("unused", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", ["indecater", "exact"])
def test_costs_that_are_not_used_may_be_infinite_or_nan(name: str, unused: float) -> None:
    logits = torch.tensor([[[0.0, -math.inf, 1.0]]], requires_grad=True)
    table = torch.tensor([1.0, unused, 2.0])
    result = estimate(lambda x: table[x.argmax(2)[:, 0]], logits, Key(1), name)
    result.surrogate.sum().backward()
    assert logits.grad.isfinite().all() and logits.grad[0, 0, 1] == 0
    pi = torch.tensor([0.0, 1.0]).softmax(0)
    assert torch.allclose(logits.grad[0, 0, 2], pi[0] * pi[1])
    with pytest.raises(Error, match="cost: expected a finite number for each row"):
        estimate(lambda x: table[x.argmax(2)[:, 0]], torch.zeros(1, 1, 3), Key(1), name)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", names())
def test_costs_in_half_precision_have_the_estimate_of_the_same_costs_in_float32(
    name: str, dtype: torch.dtype
) -> None:
    # Differences of these costs, and their squares, overflow in float16.
    def cost(x: torch.Tensor, wide: bool) -> torch.Tensor:
        half = ((x[..., 1].sum(1) - 1.0) * 40_000).to(dtype)
        return half.float() if wide else half

    found = []
    for wide in (False, True):
        logits = leaf(64)
        result = estimate(lambda x: cost(x, wide), logits, Key(1), name)
        result.surrogate.sum().backward()
        assert result.cost.dtype == torch.float32
        found.append((result.cost, logits.grad))
    assert torch.equal(found[0][0], found[1][0]) and torch.equal(found[0][1], found[1][1])
    assert found[0][1].isfinite().all() and found[0][1].abs().max() > 0.1


def test_an_estimator_of_ones_own_gets_the_same_checks() -> None:
    class Own(es.Estimator):
        name = "own"

        def draw(self, variables: es.Variables, cost: Cost) -> es.Estimate:
            soft = variables.logits.softmax(-1)
            return es.Estimate.of_cost(cost.at_corner_with_gradient_of(variables.sample(0), soft))

    with pytest.raises(Error, match=NO_DERIVATIVE):
        Own()(WITHOUT_DERIVATIVE["looks up"], leaf(), Key(1))
    point = torch.zeros(2, 2, 2, requires_grad=True)
    assert Cost(total).at(point).requires_grad
    with pytest.raises(Error, match=NO_DERIVATIVE):
        Cost(lambda x: total(x.detach())).at(point)
    with torch.no_grad():
        assert Cost(lambda x: total(x.detach())).at(point).shape == (2,)
