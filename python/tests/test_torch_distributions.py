"""The laws of torch.distributions: densities in float64, laws of samples, shapes, gradients."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import torch.distributions as theirs  # noqa: E402
from scipy import stats  # noqa: E402
from scipy.special import gammaln, log_expit, logsumexp  # noqa: E402
from torch.autograd import gradcheck  # noqa: E402
from torch.distributions import kl_divergence  # noqa: E402

from gumbelkit import Error, Key  # noqa: E402
from gumbelkit.torch import (  # noqa: E402  # noqa: E402
    binary_concrete,
    categorical,
    gumbel_log_softmax,
    gumbel_softmax,
    key_tensor,
)
from gumbelkit.torch import distributions as ours  # noqa: E402

KEY = Key(7)
FALSE_ALARM = 1e-7
N = 20_000

OVER_CLASSES = (
    "RelaxedOneHotCategorical",
    "ExpRelaxedCategorical",
    "StraightThroughOneHotCategorical",
)
OVER_BITS = ("RelaxedBernoulli", "LogitRelaxedBernoulli", "StraightThroughBernoulli")


def logits_of(*shape, dtype=torch.float64):
    made = torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    return made.to(dtype)


def check_mean(values, expected, deviation):
    """A mean within the bound of a normal law at the stated rate of false alarms."""
    n = values.shape[0]
    bound = stats.norm.isf(FALSE_ALARM / 2 / values[0].numel()) * deviation / math.sqrt(n)
    assert ((values.double().mean(0) - expected).abs() <= bound).all()


def ln_exp_concrete(x, logits, tau):
    """The formula, in float64 of NumPy."""
    n = logits.shape[-1]
    u = logits - tau[..., None] * x
    return gammaln(n) + (n - 1) * np.log(tau) + u.sum(-1) - n * logsumexp(u, -1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("tau", [2.0, 0.3, 0.01])
def test_log_prob_of_relaxed_classes(dtype, tau):
    logits = logits_of(3, 5, dtype=dtype)
    tau = torch.tensor(tau, dtype=dtype)
    logs = ours.ExpRelaxedCategorical(tau, logits=logits)
    x = logs.rsample((7,), key=KEY)
    assert torch.equal(x, gumbel_log_softmax(logs.logits.expand(7, 3, 5), tau, key=KEY))
    arrays = [v.double().numpy() for v in (x, logs.logits, tau.expand(3))]
    expected = ln_exp_concrete(*arrays)
    eps = torch.finfo(dtype).eps
    assert np.allclose(logs.log_prob(x).numpy(), expected, rtol=20 * eps, atol=20 * eps)
    points = ours.RelaxedOneHotCategorical(tau, logits=logits)
    y = points.rsample((7,), key=KEY)
    assert torch.equal(y, gumbel_softmax(points.logits.expand(7, 3, 5), tau, key=KEY))
    found = points.log_prob(y).numpy()
    expected = expected - arrays[0].sum(-1)
    # An error of y by a relative e moves the density by at most (2 tau + 1) n e, and ours has some
    # ulps.
    assert np.allclose(found, expected, rtol=100 * eps, atol=200 * eps)
    assert np.isfinite(points.log_prob(y.clone()).numpy()).all()
    wanted = theirs.RelaxedOneHotCategorical(tau, logits=logits, validate_args=False).log_prob(y)
    finite = wanted.isfinite().numpy() & (y > torch.finfo(dtype).tiny).all(-1).numpy()
    assert np.allclose(found[finite], wanted.numpy()[finite], rtol=1e3 * eps, atol=1e3 * eps)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("tau", [2.0, 0.3, 0.01])
def test_log_prob_of_relaxed_bits(dtype, tau):
    logits = logits_of(3, 5, dtype=dtype)
    tau = torch.tensor(tau, dtype=dtype)
    law = ours.LogitRelaxedBernoulli(tau, logits=logits)
    x = law.rsample((7,), key=KEY)
    u = tau.double().numpy() * x.double().numpy() - logits.double().numpy()
    expected = np.log(tau.double().numpy()) + log_expit(u) + log_expit(-u)
    eps = torch.finfo(dtype).eps
    assert np.allclose(law.log_prob(x).numpy(), expected, rtol=20 * eps, atol=20 * eps)
    law = ours.RelaxedBernoulli(tau, logits=logits)
    y = law.rsample((7,), key=KEY)
    assert torch.equal(y, binary_concrete(logits.expand(7, 3, 5), tau, key=KEY))
    assert torch.allclose(y, x.sigmoid(), rtol=1e2 * eps)
    x = x.double().numpy()
    expected -= log_expit(x) + log_expit(-x)
    found = law.log_prob(y).numpy()
    assert np.isfinite(found).all() and torch.isfinite(law.log_prob(y.clone())).all()
    # ln(1 - y) of a y near 1 is known to the spacing of numbers there, where it is not the sample's
    # own.
    lost = np.where(y.numpy() < 1, eps / np.maximum(1 - y.double().numpy(), eps), 0)
    assert (np.abs(found - expected) <= 100 * eps + 20 * eps * np.abs(expected) + 4 * lost).all()


def test_impossible_classes_and_certain_bits():
    logits = torch.tensor([0.3, -torch.inf, 0.0], dtype=torch.float64, requires_grad=True)
    tau = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    pair = ours.RelaxedOneHotCategorical(tau, logits=logits[[0, 2]])
    for name in OVER_CLASSES[:2]:
        law = getattr(ours, name)(tau, logits=logits)
        y = law.rsample((4,), key=KEY)
        density = law.log_prob(y)
        found = torch.autograd.grad(density.sum(), (logits, tau))
        assert density.isfinite().all() and all(g.isfinite().all() for g in found)
        assert found[0][1] == 0
        shifted = torch.full((3,), 1 / 3, dtype=torch.float64)
        assert law.log_prob(shifted.log() if "Exp" in name else shifted) == -torch.inf
    y = torch.tensor([0.25, 0.0, 0.75], dtype=torch.float64)
    assert torch.allclose(law_of_three(tau, logits).log_prob(y), pair.log_prob(y[[0, 2]]))
    # A probability of 0 is a class that is never drawn, in all laws.
    probs = torch.tensor([0.0, 1e-30, 1.0])
    for name in ("Categorical", "OneHotCategorical"):
        law = getattr(ours, name)(probs)
        law.expand((2,)).sample()
        assert (
            law.logits[0] == -torch.inf
            if name == "Categorical"
            else law.log_prob(torch.eye(3))[0] == -torch.inf
        )
    for name in OVER_CLASSES:
        assert getattr(ours, name)(0.5, probs).logits[0] == -torch.inf
    for name in OVER_BITS:
        law = getattr(ours, name)(0.5, torch.tensor([0.0, 1.0]), validate_args=False)
        sample = law.sample((1000,), key=KEY)
        ends = [-math.inf, math.inf] if "Logit" in name else [0.0, 1.0]
        assert (sample == torch.tensor(ends)).all()
        if "Straight" not in name:
            assert (law.log_prob(sample) == 0).all()
            assert (law.log_prob(torch.tensor(0.5)) == -torch.inf).all()


def law_of_three(tau, logits):
    return ours.RelaxedOneHotCategorical(tau, logits=logits)


def test_samples_have_their_laws():
    logits = logits_of(4)
    p = torch.softmax(logits, 0)
    spread = (p * (1 - p)).sqrt()
    check_mean(ours.OneHotCategorical(logits=logits).sample((N,), key=KEY), p, spread)
    check_mean(ours.OneHotCategorical(probs=p).sample((N,), key=KEY), p, spread)
    law = ours.StraightThroughOneHotCategorical(0.5, logits=logits)
    check_mean(law.sample((N,), key=KEY), p, spread)
    # The largest coordinate of a relaxed sample is that of an exact one.
    law = ours.RelaxedOneHotCategorical(0.5, logits=logits)
    winners = law.sample((N,), key=KEY).argmax(-1)
    check_mean(torch.nn.functional.one_hot(winners, 4), p, spread)
    q = logits.sigmoid()
    for name in OVER_BITS:
        sample = getattr(ours, name)(0.5, logits=logits).sample((N,), key=KEY)
        check_mean((sample > (0 if "Logit" in name else 0.5)).double(), q, (q * (1 - q)).sqrt())
    sample = ours.LogitRelaxedBernoulli(0.5, logits=logits[0]).sample((N,), key=KEY)
    uniform = torch.sigmoid(0.5 * sample - logits[0])
    assert stats.kstest(uniform.numpy(), "uniform").pvalue > FALSE_ALARM
    sample = ours.Gumbel(torch.tensor(3.0), torch.tensor(2.0)).sample((N,), key=KEY)
    assert stats.kstest(sample.numpy(), stats.gumbel_r(3, 2).cdf).pvalue > FALSE_ALARM


def test_densities_integrate_to_one():
    x = torch.linspace(-60, 60, 4001, dtype=torch.float64)
    law = ours.LogitRelaxedBernoulli(0.7, logits=torch.tensor(0.3, dtype=torch.float64))
    assert abs(torch.trapezoid(law.log_prob(x).exp(), x) - 1) < 1e-6
    law = ours.RelaxedBernoulli(0.7, logits=torch.tensor(0.3, dtype=torch.float64))
    jacobian = x.sigmoid() * (-x).sigmoid()
    inside = x.abs() < 30
    density = (law.log_prob(x[inside].sigmoid()).exp()) * jacobian[inside]
    assert abs(torch.trapezoid(density, x[inside]) - 1) < 1e-6
    # Two classes: the density of ExpConcrete is that of the difference of the coordinates.
    pair = ours.ExpRelaxedCategorical(0.7, logits=torch.tensor([0.3, 0.0], dtype=torch.float64))
    values = torch.stack([x, torch.zeros_like(x)], -1)
    assert abs(torch.trapezoid(pair.log_prob(values).exp(), x) - 1) < 1e-6


@pytest.mark.parametrize("name", OVER_CLASSES + OVER_BITS)
def test_shapes_temperatures_that_broadcast_and_expand(name):
    law = getattr(ours, name)
    event = (4,) if name in OVER_CLASSES else ()
    logits = logits_of(3, *event)
    for tau, batch in (
        (0.5, (3,)),
        (torch.tensor([0.5]), (3,)),
        (torch.tensor([0.5, 1.0, 2.0]), (3,)),
        (torch.tensor([[0.5], [1.0]]), (2, 3)),
    ):
        made = law(tau, logits=logits)
        assert made.batch_shape == batch and made.event_shape == event
        assert made.rsample((5,)).shape == (5, *batch, *event)
        assert made.sample().shape == (*batch, *event)
        assert made.log_prob(made.sample((5,))).shape == (5, *batch)
        wider = made.expand((6, *batch))
        assert isinstance(wider, law) and wider.sample((2,)).shape == (2, 6, *batch, *event)
        assert torch.equal(wider.expand((6, *batch)).sample(key=KEY), wider.sample(key=KEY))
    assert torch.equal(made.sample((5,), key=KEY), made.sample((5,), key=key_tensor(KEY)))
    torch.manual_seed(1)
    first = made.sample()
    torch.manual_seed(1)
    assert torch.equal(first, made.sample()) and not torch.equal(first, made.sample())
    # The temperature of a row is that of the row.
    taus = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)
    value = law(taus, logits=logits).sample(key=KEY)
    density = law(taus, logits=logits).log_prob(value)
    for row in range(3):
        assert torch.allclose(law(taus[row], logits=logits[row]).log_prob(value[row]), density[row])


@pytest.mark.parametrize("name", OVER_CLASSES + OVER_BITS)
def test_temperatures_and_logits_are_learned(name):
    law = getattr(ours, name)
    logits = logits_of(2, 3).requires_grad_()
    shape = (2,) if name in OVER_CLASSES else (2, 1)
    tau = torch.full(shape, 0.7, dtype=torch.float64, requires_grad=True)
    weights = torch.arange(3.0)
    made = law(tau, logits=logits).rsample((4,), key=KEY)
    found = torch.autograd.grad((made * weights).sum(), (logits, tau))
    assert all(g.isfinite().all() and (g != 0).any() for g in found)
    if "Straight" not in name:
        value = made.detach()
        assert gradcheck(lambda l, t: law(t, logits=l).log_prob(value), (logits, tau))
        f = lambda l, t: law(t, logits=l).rsample((4,), key=KEY)  # noqa: E731
        assert gradcheck(f, (logits, tau))


def test_the_density_of_a_sample_without_a_gradient_is_a_function_of_the_parameters_alone():
    logits = logits_of(50, 3, dtype=torch.float32).requires_grad_()
    for name, twin in (OVER_CLASSES[:2], OVER_BITS[:2]):
        make = lambda name: getattr(ours, name)(torch.tensor(0.01), logits=logits)  # noqa: E731
        law, logs = make(name), make(twin)
        y, x = law.sample(key=KEY), logs.sample(key=KEY)
        assert ((y == 0) | (y == 1)).any()
        (found,) = torch.autograd.grad(law.log_prob(y).sum(), logits)
        (wanted,) = torch.autograd.grad(logs.log_prob(x).sum(), logits)
        assert torch.allclose(found, wanted, atol=1e-2)
        # With the derivative of the sample: u = l - tau x does not depend on l, the Jacobian does.
        law = make(name)
        (found,) = torch.autograd.grad(law.log_prob(law.rsample(key=KEY)).sum(), logits)
        x = make(twin).rsample(key=KEY)
        jacobian = x if name.startswith("RelaxedOne") else torch.nn.functional.logsigmoid(x) * 2 - x
        (wanted,) = torch.autograd.grad(-jacobian.sum(), logits)
        assert torch.allclose(found, wanted, rtol=1e-2, atol=1.0)


def test_exact_laws_are_those_of_pytorch_with_our_draws():
    logits, other = logits_of(3, 4), logits_of(3, 4).flip(-1)
    law = ours.Categorical(logits=logits)
    assert torch.equal(law.sample((5,), key=KEY), categorical(law.logits, (5,), key=KEY))
    assert torch.equal(law.sample(key=KEY), categorical(law.logits, key=KEY))
    before = law.sample(key=KEY)
    assert law.probs.shape == (3, 4) and torch.equal(law.sample(key=KEY), before)
    one_hot = ours.OneHotCategorical(logits=logits).sample(key=KEY)
    assert torch.equal(one_hot.argmax(-1), before)
    straight = ours.StraightThroughOneHotCategorical(0.5, logits=logits)
    for made, reference in (
        (law, theirs.Categorical(logits=logits)),
        (ours.OneHotCategorical(logits=logits), theirs.OneHotCategorical(logits=logits)),
        (straight, theirs.OneHotCategorical(logits=logits)),
        (ours.StraightThroughBernoulli(0.5, logits=logits), theirs.Bernoulli(logits=logits)),
        (ours.Gumbel(logits, logits.exp()), theirs.Gumbel(logits, logits.exp())),
    ):
        assert torch.equal(made.entropy(), reference.entropy())
        value = made.sample((2,), key=KEY)
        assert torch.equal(made.log_prob(value), reference.log_prob(value))
        if not isinstance(made, ours.Gumbel):
            q = type(reference)(logits=other)
            mine = type(made)(*([0.7] if hasattr(made, "temperature") else []), logits=other)
            assert torch.equal(kl_divergence(made, mine), kl_divergence(reference, q))
    entropy = -(straight.probs * straight.probs.log()).sum(-1)
    assert torch.allclose(straight.entropy(), entropy)


def test_the_gumbel_law():
    loc, scale = torch.tensor(100.0, dtype=torch.float64), torch.tensor(20.0, dtype=torch.float64)
    law, reference = ours.Gumbel(loc, scale), stats.gumbel_r(100, 20)
    x = torch.linspace(20, 900, 50, dtype=torch.float64)
    for mine, wanted in (
        (law.cdf(x), reference.cdf(x)),
        (law.sf(x), reference.sf(x)),
        (law.log_prob(x), reference.logpdf(x)),
        (law.icdf(law.cdf(x[:20])), x[:20].numpy()),
        (law.entropy(), reference.entropy()),
        (law.mean, reference.mean()),
    ):
        assert np.allclose(mine.numpy(), wanted, rtol=1e-12, atol=0)
    other = ours.Gumbel(loc + 10, scale * 1.5)
    value = law.rsample((N,), key=KEY)
    terms = law.log_prob(value) - other.log_prob(value)
    check_mean(terms[:, None], kl_divergence(law, other), terms.std())
    assert law.expand((2, 3)).sample((4,)).shape == (4, 2, 3)
    assert isinstance(law.expand((2, 3)), ours.Gumbel)
    assert ours.Gumbel(0.0, 1.0).sample((2,)).shape == (2,)
    assert gradcheck(
        lambda m, s: ours.Gumbel(m, s).rsample((3,), key=KEY),
        (loc.requires_grad_(), scale.requires_grad_()),
    )


def test_monte_carlo_estimates_and_no_closed_forms():
    logits = logits_of(3)
    for name in ("RelaxedOneHotCategorical", "RelaxedBernoulli"):
        p, q = (getattr(ours, name)(tau, logits=l) for tau, l in ((0.5, logits), (0.7, logits * 0)))
        for refused in (p.entropy, lambda p=p, q=q: kl_divergence(p, q)):
            with pytest.raises(NotImplementedError, match="monte_carlo"):
                refused()
        assert (p.monte_carlo_kl(q, N, key=KEY) > 0).all()
        assert (p.monte_carlo_kl(p, 10, key=KEY) == 0).all()
        assert p.monte_carlo_entropy(10, key=KEY).shape == p.batch_shape
    # The logistic law of scale 1 / tau has the entropy 2 - ln tau.
    law = ours.LogitRelaxedBernoulli(0.5, logits=logits)
    terms = law.log_prob(law.sample((N,), key=KEY))
    check_mean(-terms, 2 - math.log(0.5), terms.std())
    assert torch.allclose(law.monte_carlo_entropy(N, key=KEY), -terms.mean(0))


@pytest.mark.parametrize("name", OVER_CLASSES + OVER_BITS)
def test_bad_input_is_an_error(name):
    law, logits = getattr(ours, name), torch.zeros(3, 4)
    for tau in (0.0, -1.0, float("nan"), float("inf"), torch.tensor([1.0, 0.0, 1.0])[:, None]):
        with pytest.raises(Error, match="temperature"):
            law(tau, logits=logits)
    with pytest.raises(Error, match="temperature: expected a number or a tensor that broadcasts"):
        law(torch.ones(5), logits=logits)
    for arguments in ({}, {"probs": logits, "logits": logits}):
        with pytest.raises(ValueError):
            law(0.5, **arguments)
    # The first use of torch.compile in a process switches the default of PyTorch's checks off.
    bad = torch.full((3, 4), torch.nan)
    with pytest.raises(ValueError):
        law(0.5, logits=bad, validate_args=True)
    with pytest.raises(ValueError):
        law(0.5, logits=logits, validate_args=True).log_prob(bad)
    # An Error of the sample; or of PyTorch, whose one-hot law has another inside that checks.
    with pytest.raises(ValueError):
        law(0.5, logits=bad, validate_args=False).sample()
    with pytest.raises(TypeError, match="key"):
        law(0.5, logits=logits).rsample(key=7)


def test_laws_inside_a_compiled_function():
    def f(logits, tau, key):
        y = ours.RelaxedOneHotCategorical(tau, logits=logits, validate_args=False)
        value = y.rsample(key=key)
        return value, y.log_prob(value)

    torch._dynamo.reset()
    logits, tau = logits_of(3, 4), torch.tensor(0.5, dtype=torch.float64)
    call = torch.compile(f, fullgraph=True, backend="aot_eager")
    for one, other in zip(call(logits, tau, key_tensor(KEY)), f(logits, tau, KEY), strict=True):
        assert torch.allclose(one, other)


@pytest.mark.parametrize("name", ["RelaxedOneHotCategorical", "RelaxedBernoulli"])
@pytest.mark.parametrize("changed", ["temperature", "logits", "key", "value"])
def test_a_sample_from_before_a_change_in_place_is_a_value_as_any(name, changed):
    tau, logits, key = torch.tensor(0.02), torch.zeros(5), key_tensor(KEY)
    law = getattr(ours, name)(tau, logits=logits)
    y = law.sample(key=key)
    assert bool((y < torch.finfo(y.dtype).tiny).any())  # the density needs what rounding has cut
    if changed == "temperature":
        tau.data.add_(0.5)
    elif changed == "logits":
        law.logits.data.add_(torch.arange(5.0))
    elif changed == "key":
        wanted = law.log_prob(y)
        key[0] = 8
        assert torch.equal(law.log_prob(y), wanted)
        return
    else:
        y.copy_(y.roll(1))
    assert torch.equal(law.log_prob(y), law.log_prob(y.clone()))


@pytest.mark.parametrize("name", ["RelaxedOneHotCategorical", "RelaxedBernoulli"])
def test_the_score_of_a_sample_that_was_made_a_leaf_is_that_of_the_sample(name):
    logits = torch.zeros(5, requires_grad=True)

    def score(made_a_leaf):
        law = getattr(ours, name)(0.005, logits=logits)
        y = law.sample(key=KEY)
        if made_a_leaf:
            y.requires_grad_()
        return torch.autograd.grad(law.log_prob(y).sum(), logits)[0]

    assert torch.equal(score(True), score(False))


@pytest.mark.parametrize("name", ["RelaxedOneHotCategorical", "RelaxedBernoulli"])
def test_samples_in_inference_mode(name):
    law = getattr(ours, name)(0.02, logits=torch.zeros(5))
    with torch.inference_mode():
        y = law.sample(key=KEY)
        assert torch.isfinite(law.log_prob(y)).all()


@pytest.mark.parametrize("name", ["Categorical", "OneHotCategorical"])
def test_an_impossible_class_has_no_nan_or_huge_number_in_a_gradient(name):
    law, other = getattr(ours, name), getattr(theirs, name)
    for made in (law, other):
        p = torch.tensor([0.5, 0.5, 0.0], dtype=torch.float64, requires_grad=True)
        q = torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64, requires_grad=True)
        kl = kl_divergence(law(probs=p), made(probs=q))
        dp, dq = torch.autograd.grad(kl, (p, q))
        assert abs(kl.item() - 0.5 * math.log(2.5)) < 1e-12
        # ln(p_i / q_i) - KL where p_i is above 0, as p is normalised; the third moves the others.
        wanted = torch.tensor([math.log(2.5), 0, -1], dtype=torch.float64) - kl.detach()
        assert torch.allclose(dp, wanted)
        assert torch.allclose(dq, torch.tensor([-1.5, 0, 1], dtype=torch.float64))
    p = torch.tensor([0.5, 0.5, 0.0], dtype=torch.float64, requires_grad=True)
    entropy = law(probs=p).entropy()
    assert abs(entropy.item() - math.log(2)) < 1e-12
    gradient = torch.autograd.grad(entropy, p)[0]
    assert torch.allclose(gradient, torch.tensor([0, 0, 1 - math.log(2)], dtype=torch.float64))
    assert kl_divergence(law(probs=q), law(probs=p)).item() == math.inf


def test_a_divergence_from_a_relaxed_law_of_pytorch_says_what_to_do():
    p = ours.RelaxedOneHotCategorical(0.5, logits=torch.zeros(3))
    q = theirs.RelaxedOneHotCategorical(torch.tensor(0.5), logits=torch.zeros(3))
    for pair in ((p, q), (q, p)):
        with pytest.raises(NotImplementedError, match="monte_carlo_kl"):
            kl_divergence(*pair)
