"""Exact samples on tensors: the draws of the NumPy functions, their law, transforms, errors."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scipy.stats import chi2  # noqa: E402
from torch.func import vmap  # noqa: E402

import gumbelkit  # noqa: E402
from gumbelkit import Error, Key  # noqa: E402
from gumbelkit.torch import (  # noqa: E402
    _draw,
    categorical,
    gumbel_max,
    gumbel_softmax,
    key_tensor,
    multinomial,
)

KEY = Key(7)
FALSE_ALARM = 1e-7


def logits_of(*shape, dtype=torch.float32):
    made = torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    return made.to(dtype)


def check_law(draws, probs):
    """Pearson's test at the stated rate of false alarms, with 20 expected in each class."""
    counts = np.bincount(draws.reshape(-1).numpy(), minlength=len(probs))
    probs = np.asarray(probs, np.float64)
    expected = probs / probs.sum() * counts.sum()
    assert (counts[expected == 0] == 0).all()
    counts, expected = counts[expected > 0], expected[expected > 0]
    assert expected.min() >= 20
    statistic = ((counts - expected) ** 2 / expected).sum()
    assert statistic < chi2.isf(FALSE_ALARM, len(expected) - 1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("replacement", [False, True])
def test_multinomial_draws_as_the_array_function(dtype, replacement):
    weights = logits_of(5, 8, dtype=dtype).exp()
    for given in (weights, weights[0], weights.T, weights[::2, 1:]):
        found = multinomial(given, 3, replacement, key=KEY)
        expected = gumbelkit.categorical(KEY, weights=given.numpy(), n=3, replace=replacement)
        assert found.dtype == torch.int64 and np.array_equal(found.numpy(), expected)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_draws_as_float32(dtype):
    weights = logits_of(5, 8).exp().to(dtype)
    assert torch.equal(multinomial(weights, 3, key=KEY), multinomial(weights.float(), 3, key=KEY))
    logits = logits_of(5, 8, dtype=dtype)
    for draw in (categorical, gumbel_max):
        assert torch.equal(draw(logits, key=KEY), draw(logits.float(), key=KEY))


def test_multinomial_has_the_law_and_the_shapes_of_pytorch():
    weights = torch.tensor([1.0, 0.0, 5.0, 2.0])
    check_law(multinomial(weights, 20_000, True, key=KEY), weights)
    many = weights.expand(20_000, 4)
    picks = multinomial(many, 2, key=KEY)
    assert picks.shape == torch.multinomial(many, 2).shape and (picks[:, 0] != picks[:, 1]).all()
    # The pair (i, j) has the probability p_i p_j / (1 - p_i).
    p = weights.double() / weights.sum()
    pairs = p[:, None] * p / (1 - p[:, None])
    check_law(picks[:, 0] * 4 + picks[:, 1], pairs.fill_diagonal_(0).reshape(-1).numpy())
    assert multinomial(torch.ones(0, 3), 2).shape == (0, 2)


def test_the_default_generator_a_given_one_and_out():
    weights = logits_of(5, 8).exp()
    for draw in (lambda **k: multinomial(weights, 3, **k), lambda **k: categorical(weights, **k)):
        torch.manual_seed(3)
        first, second = draw(), draw()
        assert not torch.equal(first, second)
        assert torch.equal(draw(generator=torch.Generator().manual_seed(3)), first)
    out = torch.zeros(5, 3, dtype=torch.int64)
    assert multinomial(weights, 3, key=KEY, out=out) is out
    assert torch.equal(out, multinomial(weights, 3, key=KEY))
    with pytest.raises(TypeError, match="out"):
        multinomial(weights, 3, out=torch.zeros(5, 3))


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_categorical_and_gumbel_max_draw_as_the_array_functions(dim):
    logits = logits_of(6, 4, 5)
    array = logits.numpy()
    expected = gumbelkit.categorical(KEY, array, axis=dim)
    assert np.array_equal(categorical(logits, dim=dim, key=KEY).numpy(), expected)
    many = categorical(logits, (2, 3), dim, key=KEY)
    expected = np.moveaxis(gumbelkit.categorical(KEY, array, axis=dim, n=6), -1, 0)
    assert np.array_equal(many.numpy(), expected.reshape(many.shape))
    expected = gumbelkit.gumbel_max(KEY, array, axis=dim)
    assert np.array_equal(gumbel_max(logits, dim, key=KEY).numpy(), expected)
    hard = gumbel_softmax(logits, 0.1, True, dim=dim, key=KEY)
    assert torch.equal(gumbel_max(logits, dim, key=KEY), hard.argmax(dim))


def test_temperatures_and_masks():
    logits = logits_of(3, 5)
    tau = torch.tensor([[0.5], [1.0], [2.0]])
    mask = torch.tensor([True, False, True, True, False])
    found = categorical(logits, temperature=tau, mask=mask, key=KEY)
    expected = gumbelkit.categorical(
        KEY, logits.numpy(), temperature=tau[:, 0].numpy(), mask=mask.numpy()
    )
    assert np.array_equal(found.numpy(), expected)
    many = categorical(logits[1], (20_000,), temperature=0.7, mask=mask, key=KEY)
    check_law(many, ((logits[1] / 0.7).exp() * mask).double().numpy())
    rows = categorical(logits, (20_000,), temperature=tau, key=KEY)
    for row in range(3):
        check_law(rows[:, row], torch.softmax(logits[row] / tau[row], 0).double().numpy())
    columns = categorical(logits, (4,), 0, temperature=torch.ones(1, 5), mask=mask | True, key=KEY)
    assert columns.shape == (4, 5)


def test_vmap_gives_the_draws_of_single_calls():
    keys = torch.stack([key_tensor(KEY.fold_in(i)) for i in range(4)])
    taus = torch.tensor([0.5, 1.0, 2.0, 3.0])
    for inner in ((5,), (2, 5)):
        logits = logits_of(4, *inner)
        mask = torch.rand(logits.shape, generator=torch.Generator().manual_seed(2)) < 0.8
        mask[..., 0] = True
        cases = (
            lambda l, k, t, m: categorical(l, key=k, mask=m),
            lambda l, k, t, m: categorical(l, (3,), temperature=t, key=k),
            lambda l, k, t, m: categorical(l, (3, 2), temperature=t, key=k, mask=m),
            lambda l, k, t, m: multinomial(l.exp(), 2, key=k),
            lambda l, k, t, m: gumbel_max(l, key=k),
        )
        for case in cases:
            found = vmap(case)(logits, keys, taus, mask)
            single = [case(logits[i], KEY.fold_in(i), taus[i], mask[i]) for i in range(4)]
            assert torch.equal(found, torch.stack(single))
            shared = vmap(case, in_dims=(None, 0, None, None))(logits[0], keys, taus[0], mask[0])
            single = [case(logits[0], KEY.fold_in(i), taus[0], mask[0]) for i in range(4)]
            assert torch.equal(shared, torch.stack(single))
            shared = vmap(case, in_dims=(0, None, 0, 0))(logits, keys[0], taus, mask)
            single = [case(logits[i], KEY.fold_in(0), taus[i], mask[i]) for i in range(4)]
            assert torch.equal(shared, torch.stack(single))
    nested = vmap(vmap(lambda l, k: categorical(l, (3,), key=k), in_dims=(0, None)))
    assert nested(logits, keys).shape == (4, 2, 3)
    for row in range(2):
        assert torch.equal(
            nested(logits, keys)[1, row], categorical(logits[1, row], (3,), key=KEY.fold_in(1))
        )


def test_randomness_of_vmap_is_that_of_pytorch():
    rows = torch.zeros(6, 1000)
    with pytest.raises(RuntimeError, match="randomness"):
        vmap(lambda r: categorical(r))(rows)
    assert len(vmap(lambda r: categorical(r), randomness="same")(rows).unique()) == 1
    assert len(vmap(lambda r: multinomial(r + 1, 1), randomness="different")(rows).unique()) > 1


def test_samples_inside_a_compiled_function():
    def f(logits, key):
        pairs = multinomial(logits.exp(), 2, key=key)
        return categorical(logits, (3,), key=key), gumbel_max(logits, key=key), pairs

    torch._dynamo.reset()
    logits = logits_of(4, 6).requires_grad_()
    call = torch.compile(f, fullgraph=True, backend="aot_eager")
    for one, other in zip(call(logits, key_tensor(KEY)), f(logits, KEY), strict=True):
        assert torch.equal(one, other)
    fresh = torch.compile(lambda l: categorical(l, (50,)), fullgraph=True, backend="aot_eager")
    assert not torch.equal(fresh(logits), fresh(logits))


def test_operators_pass_opcheck():
    logits, tau, key = logits_of(3, 4), torch.tensor(0.7, dtype=torch.float64), key_tensor(KEY)
    mask = torch.ones(3, 4, dtype=torch.bool)
    for n, replace in ((_draw.ONE, True), (2, True), (2, False)):
        arguments = ("logits", logits, tau, mask, key, n, replace)
        torch.library.opcheck(_draw.draw_operator, arguments)
    torch.library.opcheck(_draw.largest_operator, (logits, key, 0))


def test_bad_values_are_errors():
    weights = torch.ones(3)
    for bad in ([-1.0, 1.0], [torch.nan, 1.0], [torch.inf, 1.0], [0.0, 0.0]):
        with pytest.raises(Error, match="weights|possible classes"):
            multinomial(torch.tensor(bad), 1)
    for n in (0, -1, 4):
        with pytest.raises(Error, match="num_samples"):
            multinomial(weights, n)
    with pytest.raises(Error, match="at least 2"):
        multinomial(torch.tensor([1.0, 0.0, 0.0]), 2)
    for shape in ((), (2, 2, 2)):
        with pytest.raises(Error, match="input"):
            multinomial(torch.ones(shape), 1)
    for bad in (torch.full((3,), torch.nan), torch.full((3,), -torch.inf), torch.zeros(2, 0)):
        for draw in (categorical, gumbel_max):
            with pytest.raises(Error):
                draw(bad)
    for tau in (0.0, -1.0, float("nan"), torch.tensor(-1.0)):
        with pytest.raises(Error, match="temperature|tau"):
            categorical(weights, temperature=tau)
    with pytest.raises(Error, match="temperature: expected"):
        categorical(weights, temperature=torch.ones(3))
    with pytest.raises(Error, match="mask: expected"):
        categorical(weights, mask=torch.ones(2, dtype=torch.bool))
    with pytest.raises(Error):
        categorical(weights, mask=torch.zeros(3, dtype=torch.bool))


def test_bad_types_are_errors():
    for bad in (torch.ones(3, dtype=torch.int64), [1.0], None):
        for draw in (categorical, gumbel_max, lambda x: multinomial(x, 1)):
            with pytest.raises(TypeError, match="expected"):
                draw(bad)
    weights = torch.ones(3)
    with pytest.raises(TypeError):
        multinomial(weights, 1.5)
    with pytest.raises(TypeError, match="mask"):
        categorical(weights, mask=torch.ones(3))
    with pytest.raises(TypeError, match="temperature"):
        categorical(weights, temperature="1")
    for draw in (categorical, gumbel_max):
        with pytest.raises(TypeError, match="key"):
            draw(weights, key=7)
        with pytest.raises(IndexError, match="dim"):
            draw(weights, dim=1)
