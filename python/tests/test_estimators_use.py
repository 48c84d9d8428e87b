"""The use of the gradient estimators for PyTorch: batches, types, modules, and bad input."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import gumbelkit  # noqa: E402
from gumbelkit import Error, Key  # noqa: E402
from gumbelkit.torch import estimators as es  # noqa: E402
from gumbelkit.torch.estimators import Cost, estimate, names  # noqa: E402


def cubic(x: torch.Tensor) -> torch.Tensor:
    c = torch.tensor([0.5, -1.0, 0.75, 1.25, 0.25, -0.5])[: x[0].numel()]
    return (x.flatten(1) @ c + 0.5) ** 3


@pytest.mark.parametrize("name", names())
def test_a_row_has_the_same_estimate_in_every_batch(name: str) -> None:
    logits = torch.randn(9, 2, 2, generator=torch.Generator().manual_seed(1))

    def gradient(start: int, end: int) -> torch.Tensor:
        part = logits[start:end].clone().requires_grad_()
        options = {"baseline": "none"} if name == "reinforce" else {}
        result = estimate(cubic, part, Key(3), name, first_row=start, **options)
        return torch.autograd.grad(result.surrogate.sum(), part)[0]

    assert torch.allclose(gradient(0, 9)[4:7], gradient(4, 7), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", names())
def test_threads_layout_and_grad_mode_do_not_matter(name: str) -> None:
    whole = torch.randn(2, 64, 2, generator=torch.Generator().manual_seed(1))
    logits = whole.transpose(0, 1)  # [64, 2, 2], not contiguous
    found = []
    threads = gumbelkit.num_threads()
    try:
        for n, theta in [(1, logits), (3, logits.contiguous())]:
            gumbelkit.set_num_threads(n)
            theta = theta.detach().requires_grad_()
            result = estimate(cubic, theta, Key(3), name)
            (gradient,) = torch.autograd.grad(result.surrogate.sum(), theta)
            with torch.no_grad():
                value = estimate(cubic, theta, Key(3), name).surrogate
            assert not value.requires_grad and torch.equal(value, result.cost)
            found.append((result.cost, gradient))
    finally:
        gumbelkit.set_num_threads(threads)
    assert torch.equal(found[0][0], found[1][0]) and torch.equal(found[0][1], found[1][1])


@pytest.mark.parametrize("name", names())
def test_types_and_edges(name: str) -> None:
    def total(x: torch.Tensor) -> torch.Tensor:
        return x.flatten(1).cumsum(1).sum(1)

    for dtype in (torch.float16, torch.bfloat16, torch.float64):
        logits = torch.zeros(2, 3, 2, dtype=dtype, requires_grad=True)
        result = estimate(total, logits, Key(1), name)
        result.surrogate.sum().backward()
        assert logits.grad.dtype == dtype and logits.grad.isfinite().all()
        assert result.cost.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
    assert estimate(total, torch.zeros(0, 3, 2), Key(1), name).cost.shape == (0,)
    if name != "arm":  # One class: no choice, so no gradient.
        one = torch.zeros(2, 3, 1, requires_grad=True)
        estimate(total, one, Key(1), name).surrogate.sum().backward()
        assert (one.grad == 0).all()


@pytest.mark.parametrize("name", [*names(), "learned"])
def test_large_costs_have_finite_gradients(name: str) -> None:
    if name == "learned":
        estimator: Any = es.Reinforce("learned", variables=2, classes=2, key=Key(0))
    elif name == "relax":
        estimator = es.Relax(2, 2, Key(0))
    else:
        estimator = es.by_name(name)
    for size in (1e15, 1e18, 1e19, 1e20, 1e30):
        logits = torch.zeros(64, 2, 2, requires_grad=True)
        result = estimator(lambda x: x[..., 1].sum(1).square() * size, logits, Key(7))
        result.surrogate.sum().backward()
        assert result.cost.isfinite().all() and logits.grad.isfinite().all()
        assert logits.grad.abs().max() > 0.1
        assert all(p.grad is None or p.grad.isfinite().all() for p in estimator.parameters())


def test_an_estimator_is_a_module_of_the_model() -> None:
    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.logits = torch.nn.Parameter(torch.zeros(1, 2, 3))
            self.estimator = es.Relax(2, 3, Key(0))

    model = Model()
    assert {n for n, _ in model.named_parameters()} == {
        "logits",
        *(f"estimator.{n}" for n in ("eta", "ln_lambda", "weight", "bias", "out")),
    }
    model.estimator(cubic, model.logits.expand(8, 2, 3), Key(1)).surrogate.sum().backward()
    assert all(p.grad is not None for p in model.parameters())
    other = copy.deepcopy(model)
    other.load_state_dict(model.state_dict())
    frozen = es.Rebar().requires_grad_(False)
    calls = []
    frozen(lambda x: calls.append(x) or cubic(x), model.logits, Key(1))
    assert len(calls) == frozen.evaluations(2, 3)
    assert repr(es.Rloo(3)) == "Rloo(samples 3)"


def test_simulators_and_tables() -> None:
    logits = torch.zeros(50, 1, 3, requires_grad=True)
    table = np.array([5, 1, 3])
    simulator = Cost.without_gradient(lambda x: table[x.numpy().argmax(-1)[:, 0]])
    for name in names():
        if name == "arm":
            continue
        needs = es._by_name._BY_NAME[name].needs
        if needs > es.Needs.COSTS:
            with pytest.raises(Error, match=f"{name}: needs .* which this cost does not allow"):
                estimate(simulator, logits, Key(1), name)
        else:
            assert estimate(simulator, logits, Key(1), name).surrogate.requires_grad
    with pytest.raises(Error, match="muprop: needs the cost between the corners"):
        estimate(Cost.at_corners(cubic), logits, Key(1), "muprop")


LOGITS, KEY = torch.zeros(3, 2, 2), Key(1)
NAN = LOGITS.clone().index_put_(tuple(torch.tensor([[1], [0], [1]])), torch.tensor(math.nan))


@pytest.mark.parametrize(
    ("kind", "message", "arguments"),
    [
        (Error, "estimator: expected one of gumbel-softmax, .*exact, found reimax", "reimax"),
        (TypeError, "estimator: expected a name or an Estimator, found int", 3),
        (TypeError, "sample: no option of rloo, which has samples, unimix", ("rloo", "sample", 3)),
        (TypeError, "samples: no option of zgr, which has unimix", ("zgr", "samples", 3)),
        (TypeError, "samples: an estimator that is made already", (es.Zgr(), "samples", 3)),
        (Error, "samples: expected at least 2, found 1", ("rloo", "samples", 1)),
        (Error, "samples: expected at least 1, found 0", ("gumbel-rao", "samples", 0)),
        (TypeError, "samples: expected an integer, found float", ("rloo", "samples", 2.0)),
        (Error, "baseline: expected one of none, mean, learned", ("reinforce", "baseline", "x")),
        (Error, "baseline: learned has parameters", ("reinforce", "baseline", "learned")),
        (Error, "unimix: expected 0, or a number from", ("reinmax", "unimix", 2.0)),
        (Error, "eta: expected a finite number, found inf", ("rebar", "eta", math.inf)),
        (Error, "lambd: expected a finite number above 0, found 0", ("rebar", "lambd", 0.0)),
        (Error, "point: expected one of mean, centre, found pi", ("darn", "point", "pi")),
        (Error, "gap: expected 0 or more", ("gapped-straight-through", "gap", -1.0)),
        (Error, "temperature: expected a finite number above 0", {"temperature": 0}),
        (TypeError, "temperature: expected a number", {"temperature": torch.ones(1)}),
        (Error, "first_row: expected at least 0, found -1", {"first_row": -1}),
        (TypeError, r"key: expected a Key, found int; Key\(7\) makes one", {"key": 7}),
        (TypeError, "logits: expected a tensor", {"logits": LOGITS.numpy()}),
        (TypeError, "logits: .* with values, found one on .* meta", {"logits": LOGITS.to("meta")}),
        (TypeError, "logits: .* dense tensor, found .*sparse_coo", {"logits": LOGITS.to_sparse()}),
        (TypeError, "temperature: no option of rloo", ("rloo", "temperature", 0.5)),
        (TypeError, "temperature: no option of rloo", (es.Rloo(), "temperature", 0.5)),
        (TypeError, "tau: an estimator .* options; it has no temp", (es.Rloo(), "tau", 0.5)),
        (TypeError, "logits: expected a tensor of floating-point", {"logits": LOGITS.long()}),
        (Error, r"logits: expected \[rows, variables, classes\], found", {"logits": LOGITS[0]}),
        (Error, "logits: expected at least one class", {"logits": torch.zeros(3, 2, 0)}),
        (Error, "logits: .* found nan in row 1, variable 0", {"logits": NAN}),
        (Error, "logits: .* -inf for every class in row 0", {"logits": LOGITS - math.inf}),
        (Error, r"cost: expected shape \[3\], found \[3, 2\]", {"cost": lambda x: x.sum(2)}),
        (TypeError, "cost: expected a tensor", {"cost": lambda x: 1.0}),
        (TypeError, "cost: expected a function", {"cost": 3}),
        (
            Error,
            "arm: expected variables of 2 classes, found 3",
            {"logits": torch.zeros(1, 2, 3), "estimator": "arm"},
        ),
        (
            Error,
            r"exact: expected at most 16384 states, found 2\^30",
            {"logits": torch.zeros(1, 30, 2), "estimator": "exact"},
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_bad_arguments_are_named(kind: type[Exception], message: str, arguments: Any) -> None:
    given: dict[str, Any] = {"cost": cubic, "logits": LOGITS, "key": KEY}
    if isinstance(arguments, tuple):
        estimator, option, value = arguments
        given |= {"estimator": estimator, option: value}
    else:
        given |= arguments if isinstance(arguments, dict) else {"estimator": arguments}
    with pytest.raises(kind, match=message):
        estimate(**given)


def cubic_gradient(logits: torch.Tensor, name: str) -> torch.Tensor:
    surrogate = estimate(cubic, logits, Key(1), name).surrogate
    return torch.autograd.grad(surrogate.sum(), logits, create_graph=True)[0]


@pytest.mark.parametrize("name", names())
def test_transforms_of_torch_func_are_refused(name: str) -> None:
    def loss(logits: torch.Tensor) -> torch.Tensor:
        return estimate(cubic, logits, Key(1), name).surrogate.sum()

    with pytest.raises(TypeError, match="logits: expected a tensor outside of torch.func"):
        torch.func.grad(loss)(LOGITS)


@pytest.mark.parametrize("name", names())
def test_the_gradient_has_a_gradient_for_three_names_only(name: str) -> None:
    logits = torch.zeros(3, 2, 2, requires_grad=True)
    gradient = cubic_gradient(logits, name)
    if name in ("darn", "gumbel-sparsemax", "exact"):
        gradient.square().sum().backward()
        assert logits.grad.isfinite().all() and logits.grad.abs().max() > 0.01
    else:
        with pytest.raises(RuntimeError, match="once_differentiable|does not require grad"):
            gradient.square().sum().backward()


def test_the_second_derivative_of_exact_is_that_of_the_expected_cost() -> None:
    theta = torch.tensor([[0.5, -0.25], [-0.75, 0.25]], dtype=torch.float64)

    def expected(theta: torch.Tensor) -> torch.Tensor:
        pi, total = theta.softmax(-1), theta.new_zeros(())
        for i in range(2):
            for j in range(2):
                x = torch.tensor([[[1.0 - i, i], [1.0 - j, j]]])
                total = total + pi[0, i] * pi[1, j] * cubic(x)[0]
        return total

    wanted = torch.autograd.functional.hessian(expected, theta).reshape(4, 4)
    logits = theta[None].clone().requires_grad_()
    surrogate = estimate(lambda x: cubic(x.float()), logits, Key(1), "exact").surrogate.sum()
    (gradient,) = torch.autograd.grad(surrogate, logits, create_graph=True)
    rows = [torch.autograd.grad(g, logits, retain_graph=True)[0] for g in gradient.flatten()]
    assert torch.allclose(torch.stack(rows).reshape(4, 4), wanted, atol=1e-12)


@pytest.mark.parametrize("name", names())
def test_the_temperature_is_that_of_the_estimator_unless_given(name: str) -> None:
    logits = torch.randn(9, 2, 2, generator=torch.Generator().manual_seed(1)).requires_grad_()

    def gradient(**given: Any) -> torch.Tensor:
        surrogate = estimate(cubic, logits, Key(3), name, **given).surrogate
        return torch.autograd.grad(surrogate.sum(), logits)[0]

    default = es._by_name._BY_NAME[name].default_temperature
    for u in (None, 0.1):
        options = {} if u is None else {"unimix": u}
        if default is None:
            with pytest.raises(TypeError, match=f"temperature: no option of {name}, which has no"):
                gradient(temperature=1.0, **options)
            with pytest.raises(TypeError, match=f"tau: no option of {name}, .*; it has no temp"):
                gradient(tau=1.0, **options)
            continue
        assert torch.equal(gradient(**options), gradient(temperature=default, **options))
        assert not torch.equal(gradient(**options), gradient(temperature=3.0, **options))
        with pytest.raises(TypeError, match="tau: no option .*; the temperature is the argument"):
            gradient(tau=1.0, **options)


@pytest.mark.parametrize("name", names())
def test_no_variables_have_costs_and_no_gradient(name: str) -> None:
    logits = torch.zeros(3, 0, 2, requires_grad=True)
    result = estimate(lambda x: x.sum((1, 2)) + 2.0, logits, Key(1), name)
    result.surrogate.sum().backward()
    assert (result.cost.abs() == 2).all() and logits.grad.shape == (3, 0, 2)


def test_the_largest_first_row_is_taken_and_the_next_one_named() -> None:
    logits, most = torch.zeros(2, 2, 2), (2**64 - 1) // 4 - 2
    for name in names():
        assert estimate(cubic, logits, Key(1), name, first_row=most).cost.shape == (2,)
        message = (
            f"first_row: expected at most {most} for 2 variables of 2 classes, found {most + 1}"
        )
        with pytest.raises(Error, match=message):
            estimate(cubic, logits, Key(1), name, first_row=most + 1)


@pytest.mark.parametrize(
    ("kind", "message", "make"),
    [
        (TypeError, "key: expected a Key, found int", lambda: es.Relax(3, 2, 3)),
        (
            TypeError,
            "key: expected a Key, found int",
            lambda: es.Reinforce("learned", variables=1, classes=2, key=0),
        ),
        (TypeError, "relax: expected the options variables, c", lambda: es.by_name("relax")),
        (
            TypeError,
            "relax: expected the options classes, key, found none",
            lambda: es.by_name("relax", variables=2),
        ),
        (
            TypeError,
            "temperature: no option of reinmax, which has unimix; the temperature is the arg",
            lambda: es.by_name("reinmax", temperature=0.5),
        ),
    ],
)
def test_bad_options_of_a_constructor_are_named(
    kind: type[Exception], message: str, make: Any
) -> None:
    with pytest.raises(kind, match=message):
        make()


@pytest.mark.parametrize("u", [None, 0.1])
def test_a_network_is_for_its_own_number_of_variables_and_classes(u: float | None) -> None:
    learned = es.Reinforce("learned", variables=2, classes=3, key=Key(0))
    for made, part in [(es.Relax(2, 3, Key(0)), "network"), (learned, "baseline")]:
        estimator = made if u is None else es.Unimix(made, u)
        estimator(cubic, torch.zeros(1, 2, 3), Key(1))
        message = f"logits: expected 2 variables of 3 classes, for which the {part} was made, fou"
        for v, k in [(3, 2), (1, 6), (2, 4)]:
            with pytest.raises(Error, match=f"{message}nd {v} of {k}"):
                estimator(cubic, torch.zeros(1, v, k), Key(1))
