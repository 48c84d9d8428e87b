"""Changes in place, tracers, devices and copies: where a sample or a gradient could be silently another one."""

import pickle
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch.autograd import grad  # noqa: E402
from torch.fx.experimental.proxy_tensor import make_fx  # noqa: E402

from gumbelkit import Error, Key, _native  # noqa: E402
from gumbelkit.torch import (  # noqa: E402
    categorical,
    distributions,
    gumbel_max,
    gumbel_softmax,
    key_tensor,
    multinomial,
)

KEY = Key(7)
ROWS = torch.linspace(-1, 1, 15, dtype=torch.float64).reshape(3, 5)
DY = torch.linspace(2, -1, 15, dtype=torch.float64).reshape(3, 5)


def leaf():
    return ROWS.clone().requires_grad_()


@pytest.mark.parametrize("hard", [False, True])
def test_a_temperature_that_changes_before_the_backward_pass(hard):
    logits, tau = leaf(), torch.tensor(0.5)
    wanted = grad(gumbel_softmax(logits, 0.5, hard, key=KEY), logits, DY)[0]
    y = gumbel_softmax(logits, tau, hard, key=KEY)
    tau.mul_(0.1)
    assert torch.equal(grad(y, logits, DY)[0], wanted)
    # One for each row is saved as a tensor, which PyTorch watches.
    taus = torch.tensor([[0.5], [1.0], [2.0]])
    y = gumbel_softmax(logits, taus, hard, key=KEY)
    taus.mul_(0.1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        grad(y, logits, DY)


def test_a_key_or_noise_that_changes_before_the_backward_pass():
    logits, key = leaf(), key_tensor(KEY)
    y = gumbel_softmax(logits, 0.5, True, key=key)
    wanted = grad(y, logits, DY, create_graph=True)[0]
    key += 1
    assert torch.equal(grad(y, logits, DY, create_graph=True)[0], wanted)
    noise = torch.zeros_like(ROWS)
    y = gumbel_softmax(logits, 0.5, True, noise=noise)
    noise.normal_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        grad(y, logits, DY, create_graph=True)


def test_noise_with_a_gradient_and_a_key_that_is_noise_are_refused():
    with pytest.raises(Error, match="noise: expected a tensor without a gradient"):
        gumbel_softmax(ROWS, noise=leaf())
    with pytest.raises(TypeError, match="key: expected an int64 tensor"):
        gumbel_softmax(ROWS, key=DY)
    with pytest.raises(TypeError, match="found both"):
        gumbel_softmax(ROWS, key=KEY, generator=torch.Generator())


@pytest.mark.parametrize("shape", [(2, 3), (2, 3000)])
def test_tracers_record_the_noise(shape):
    logits = torch.zeros(shape)
    traced = torch.jit.trace(lambda x: gumbel_softmax(x, 0.5), logits, check_trace=False)
    assert not torch.equal(traced(logits), traced(logits))
    graph = make_fx(lambda x: gumbel_softmax(x, 0.5))(logits)
    assert not torch.equal(graph(logits), graph(logits))
    known = make_fx(lambda x: gumbel_softmax(x, 0.5, key=key_tensor(KEY)))(logits)
    assert torch.equal(known(logits), gumbel_softmax(logits, 0.5, key=KEY))


def test_fake_and_meta_tensors_have_shapes():
    from torch._subclasses import FakeTensorMode

    assert gumbel_softmax(torch.zeros(3, 4, device="meta"), 0.5).shape == (3, 4)
    with FakeTensorMode():
        assert gumbel_softmax(torch.zeros(3, 4), 0.5).shape == (3, 4)
        assert categorical(torch.zeros(3, 4)).shape == (3,)


def test_another_default_device_changes_nothing():
    with torch.device("meta"):
        y = gumbel_softmax(torch.zeros(3, device="cpu", requires_grad=True), 0.123)
    assert y.is_cpu and gumbel_softmax(torch.zeros(3, requires_grad=True), 0.123).is_cpu
    with torch.inference_mode(), torch.enable_grad():
        gumbel_softmax(torch.zeros(3), 0.321)
    gumbel_softmax(torch.zeros(3, requires_grad=True), 0.321).sum().backward()


def test_hooks_that_keep_results_see_the_sample():
    logits = leaf()
    wanted = grad(gumbel_softmax(logits, 0.5, key=KEY), logits, DY)[0]
    with torch.autograd.graph.save_on_cpu():
        y = gumbel_softmax(logits, 0.5, key=KEY)
    assert torch.allclose(grad(y, logits, DY)[0], wanted, rtol=1e-12)


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_derivatives_inside_of_a_compiled_function(backend):
    key = key_tensor(KEY)

    def cost(x):
        return (gumbel_softmax(x, 2.0, key=key) * DY).square().sum()

    ways = [
        lambda x: torch.func.jvp(cost, (x,), (DY,))[1],
        torch.func.grad(cost),
        torch.func.jacfwd(cost),
    ]
    for way in ways:
        found = torch.compile(way, backend=backend)(ROWS)
        assert torch.allclose(found, way(ROWS), rtol=1e-9) and found.abs().sum() > 0


def test_the_third_derivative_of_the_operator():
    key = key_tensor(KEY)
    found = []
    for function in (
        lambda x: gumbel_softmax(x, 2.0, key=key),
        torch.compile(lambda x: gumbel_softmax(x, 2.0, key=key), backend="eager"),
    ):
        x = ROWS[0].clone().requires_grad_()
        slope = function(x)
        for weights in (DY[0], DY[1], DY[2]):
            (slope,) = grad((slope * weights).sum(), x, create_graph=True)
        found.append(slope.detach())
    assert torch.allclose(found[0], found[1], rtol=1e-9) and found[0].abs().sum() > 0


def test_a_law_is_pickled_after_a_sample_and_forgets_a_changed_one():
    law = distributions.RelaxedOneHotCategorical(torch.tensor(0.5), logits=torch.zeros(3))
    y = law.rsample(key=KEY)
    again = pickle.loads(pickle.dumps(law))
    assert torch.allclose(again.log_prob(y), law.log_prob(y.clone()))
    y = law.sample(key=KEY)
    y.copy_(torch.tensor([0.2, 0.3, 0.5]))
    assert torch.equal(law.log_prob(y), law.log_prob(y.clone()))


@pytest.mark.parametrize(
    "key",
    [torch.tensor([7.0, 0.0]), torch.tensor([7, 0], dtype=torch.int32), torch.tensor([7, 0, 0])],
)
@pytest.mark.parametrize("draw", [gumbel_softmax, gumbel_max, categorical])
def test_a_tensor_that_is_no_key_is_refused_on_every_path(draw, key):
    rows = torch.zeros(3, 2)

    def cost(x):
        return draw(x, key=key).to(x.dtype).sum()

    paths = [
        lambda: draw(rows, key=key),
        lambda: torch.func.grad(cost)(rows),
        lambda: torch.vmap(lambda x: draw(x, key=key))(rows),
        lambda: make_fx(lambda x: draw(x, key=key))(rows),
    ]
    for path in paths:
        with pytest.raises(TypeError, match=r"key: expected an int64 tensor \[2\]"):
            path()


def test_a_key_for_each_row_is_not_taken_for_one_key():
    keys = torch.zeros(5, 2, dtype=torch.int64)
    with pytest.raises(TypeError, match="key"):
        torch.vmap(lambda x: categorical(x, key=keys))(torch.zeros(4, 3))


def test_too_few_keys_are_an_error_and_no_panic():
    parts = torch.zeros(1, 2, dtype=torch.int64).numpy().view("uint64")
    weights = torch.ones(3, 2).numpy()
    with pytest.raises(Error, match="key: expected a key for each of 3 rows, found 1"):
        _native.categorical("weights", weights, 1.0, None, parts)
    with pytest.raises(Error, match="key: expected a key for each of 3 rows, found 1"):
        _native.sample_many("weights", weights, 1.0, None, parts, 5)
    with pytest.raises(Error, match="key: expected a key for each of 3 rows, found 1"):
        _native.top_k("weights", weights, 1.0, None, parts, 1)


@pytest.mark.parametrize("draw", [gumbel_softmax, gumbel_max, categorical])
def test_a_key_beside_a_generator_is_refused(draw):
    with pytest.raises(TypeError, match="key: expected a key or a generator, found both"):
        draw(torch.zeros(3), generator=torch.Generator(), key=KEY)
    with pytest.raises(TypeError, match="key: expected a key or a generator, found both"):
        multinomial(torch.ones(3), 1, generator=torch.Generator(), key=KEY)


def test_numbers_of_numpy_are_numbers():
    half = gumbel_softmax(ROWS, 0.5, dim=1, key=KEY)
    assert torch.equal(gumbel_softmax(ROWS, np.float32(0.5), dim=np.int64(1), key=KEY), half)
    with pytest.raises(Error, match="tau: expected a finite number"):
        gumbel_softmax(leaf(), 10**400)
    with pytest.raises(TypeError, match="tau: expected a number"):
        gumbel_softmax(ROWS, True)
    with pytest.raises(TypeError, match="temperature: expected a number"):
        categorical(ROWS, temperature="x")


def test_a_tensor_without_axes_is_one_class():
    assert gumbel_softmax(torch.tensor(0.5)).item() == 1
    assert gumbel_max(torch.tensor(0.5)).item() == 0
    assert gumbel_max(torch.tensor(0.5), noise=torch.tensor(0.1)).item() == 0
    assert categorical(torch.tensor(0.5), (2,)).tolist() == [0, 0]
    for draw in (gumbel_softmax, gumbel_max, categorical):
        with pytest.raises(IndexError, match="dim"):
            draw(torch.tensor(0.5), dim=1)


def test_another_default_device_is_not_that_of_the_logits():
    with torch.device("meta"):
        found = [f(ROWS, key=KEY) for f in (gumbel_max, gumbel_softmax, categorical)]
    assert all(x.device.type == "cpu" for x in found)
    assert torch.equal(found[0], gumbel_max(ROWS, key=KEY))
    fake = torch.zeros(3, device="meta")
    law = distributions.RelaxedOneHotCategorical(0.5, logits=fake, validate_args=False)
    assert law.rsample().is_meta


class Named(torch.Tensor):
    """A subclass of tensors."""


def test_a_subclass_has_a_gradient_with_few_elements_as_with_many():
    for size in (4, 4000):
        logits = torch.zeros(3, size).as_subclass(Named).requires_grad_()
        gumbel_softmax(logits, key=KEY).square().sum().backward()
        assert logits.grad is not None and bool((logits.grad != 0).any())


def test_noise_of_a_key_for_each_call_is_batched():
    keys = torch.stack([key_tensor(KEY.fold_in(i)) for i in range(3)])
    law = distributions.LogitRelaxedBernoulli(0.5, logits=torch.zeros(4))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = torch.vmap(lambda key: law.rsample(key=key))(keys)
    assert torch.equal(found, torch.stack([law.rsample(key=KEY.fold_in(i)) for i in range(3)]))
