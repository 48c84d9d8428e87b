"""The relaxations on tensors: the bits of the NumPy functions, derivatives, transforms, errors."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.autograd import gradcheck, gradgradcheck  # noqa: E402
from torch.func import grad, hessian, jacfwd, jacrev, vmap  # noqa: E402

import gumbelkit  # noqa: E402
from gumbelkit import Error, Key  # noqa: E402
from gumbelkit.torch import (  # noqa: E402  # noqa: E402
    _composed,
    _kinds,
    _ops,
    binary_concrete,
    gumbel_log_softmax,
    gumbel_softmax,
    key_tensor,
)

KEY = Key(7)
RELAXATIONS = {
    "soft": lambda l, tau=0.5, **k: gumbel_softmax(l, tau, **k),
    "log": lambda l, tau=0.5, **k: gumbel_log_softmax(l, tau, **k),
    "binary": lambda l, tau=0.5, **k: binary_concrete(l, tau, **k),
}
ARRAYS = {
    "soft": gumbelkit.gumbel_softmax,
    "log": gumbelkit.gumbel_log_softmax,
    "binary": gumbelkit.binary_concrete,
}
SECOND = pytest.mark.filterwarnings("ignore:Input #")
by_name = pytest.mark.parametrize("name", RELAXATIONS)


def logits_of(*shape, dtype=torch.float64, learned=True):
    made = torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    return made.to(dtype).requires_grad_(learned)


@by_name
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(4, 8), (7,), (2, 3, 5), (0, 3)])
def test_bits_are_those_of_the_array_functions(name, dtype, shape):
    logits = logits_of(*shape, dtype=dtype)
    for tau in (0.5, 2):
        expected = ARRAYS[name](KEY, logits.detach().numpy(), tau)
        for given in (logits, logits.detach()):
            found = RELAXATIONS[name](given, tau, key=KEY)
            assert found.dtype == dtype
            assert np.array_equal(found.detach().numpy(), expected)


@by_name
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_rounded_once(name, dtype):
    logits = logits_of(5, 8, dtype=dtype)
    wide = logits.detach().float().requires_grad_()
    relaxation = RELAXATIONS[name]
    y, expected = relaxation(logits, key=KEY), relaxation(wide, key=KEY)
    assert torch.equal(y, expected.to(dtype))
    torch.sum(y * torch.arange(8)).backward()
    torch.sum(expected * torch.arange(8)).backward()
    assert logits.grad.dtype == dtype
    assert torch.allclose(logits.grad.float(), wide.grad, rtol=0.1, atol=0.15)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32, torch.float64])
def test_hard_samples_are_exactly_zero_and_one(dtype):
    logits = logits_of(50, 8, dtype=dtype)
    hard = gumbel_softmax(logits, 0.3, hard=True, key=KEY)
    assert hard.dtype == dtype and set(hard.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(hard.sum(-1), torch.ones(50, dtype=dtype))
    wide = logits.detach().to(torch.promote_types(dtype, torch.float32))
    assert np.array_equal(hard.argmax(-1).numpy(), gumbelkit.gumbel_max(KEY, wide.numpy()))
    bits = binary_concrete(logits, 0.3, hard=True, key=KEY)
    assert set(bits.unique().tolist()) == {0.0, 1.0}
    soft = binary_concrete(logits, 0.3, key=KEY)
    assert torch.equal(bits > 0.5, soft > 0.5)


@pytest.mark.parametrize("dim", [0, 1, 2, -1, -3])
def test_any_axis_and_any_stride(dim):
    logits = logits_of(4, 6, 5, dtype=torch.float32, learned=False)
    for view in (logits, logits.transpose(0, 2), logits[::2, :, 1:], logits.permute(1, 2, 0)):
        for hard in (False, True):
            found = gumbel_softmax(view, 0.5, hard, dim=dim, key=KEY)
            expected = gumbelkit.gumbel_softmax(KEY, view.numpy(), 0.5, axis=dim, hard=hard)
            assert np.array_equal(found.numpy(), expected)


def test_a_tensor_without_axes_and_noise_of_the_caller():
    assert gumbel_softmax(torch.tensor(3.0), dim=0, key=KEY) == 1
    assert gumbel_softmax(torch.tensor(3.0), noise=torch.tensor(1.0)) == 1
    logits = logits_of(3, 4)
    noise = torch.from_numpy(gumbelkit.gumbel(KEY, (3, 4), dtype=np.float64))
    assert torch.equal(gumbel_softmax(logits, noise=noise), gumbel_softmax(logits, key=KEY))
    assert torch.equal(gumbel_softmax(logits, key=KEY), gumbel_softmax(logits, key=key_tensor(KEY)))


def test_the_default_generator_and_a_given_one():
    logits = torch.zeros(4, 8)
    torch.manual_seed(3)
    first, second = gumbel_softmax(logits), gumbel_softmax(logits)
    torch.manual_seed(3)
    assert torch.equal(first, gumbel_softmax(logits)) and not torch.equal(first, second)
    generator = torch.Generator().manual_seed(3)
    assert torch.equal(gumbel_softmax(logits, generator=generator), first)


@SECOND
@by_name
def test_derivatives_of_all_orders(name):
    logits = logits_of(3, 4)
    f = lambda l: RELAXATIONS[name](l, key=KEY)  # noqa: E731
    assert gradcheck(
        f,
        (logits,),
        check_forward_ad=True,
        check_batched_grad=True,
        check_batched_forward_grad=True,
    )
    assert gradgradcheck(
        f, (logits,), check_fwd_over_rev=True, check_rev_over_rev=True, check_batched_grad=True
    )


@SECOND
@by_name
@pytest.mark.parametrize("shape", [(), (3, 1), (1,)])
def test_temperatures_are_learned(name, shape):
    logits = logits_of(3, 4)
    tau = (torch.rand(shape, dtype=torch.float64) + 0.5).requires_grad_()
    f = lambda l, tau: RELAXATIONS[name](l, tau, key=KEY)  # noqa: E731
    assert gradcheck(f, (logits, tau), check_forward_ad=True, check_batched_grad=True)
    assert gradgradcheck(f, (logits, tau), check_fwd_over_rev=True)
    if name != "binary" and shape == (3, 1):
        noise = torch.from_numpy(gumbelkit.gumbel(KEY, (3, 4), dtype=np.float64))
        rows = [RELAXATIONS[name](logits[i], tau[i].item(), noise=noise[i]) for i in range(3)]
        assert torch.equal(torch.stack(rows), f(logits, tau))


def test_a_temperature_for_each_element_of_binary_concrete():
    logits, tau = logits_of(2, 3), torch.linspace(0.5, 2, 6, dtype=torch.float64).reshape(2, 3)
    tau.requires_grad_()
    assert gradcheck(lambda l, t: binary_concrete(l, t, key=KEY), (logits, tau))


def test_the_double_backward_of_hard_samples_is_that_of_the_formula():
    weights = torch.arange(4.0, dtype=torch.float64)
    for relaxation in (gumbel_softmax, binary_concrete):
        logits = logits_of(3, 4)
        tau = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
        found = []
        for direct in (True, False):
            hard = relaxation(logits, tau, True, key=KEY)
            if not direct:
                soft = relaxation(logits, tau, key=KEY)
                hard = (hard - soft).detach() + soft
            first = torch.autograd.grad((hard * weights).sum(), (logits, tau), create_graph=True)
            loss = (first[0] ** 2).sum() + first[1] ** 3
            found.append([*first, *torch.autograd.grad(loss, (logits, tau))])
        for one, other in zip(*found, strict=True):
            assert torch.allclose(one, other, rtol=1e-12, atol=1e-14)


def test_impossible_classes_and_certain_choices_have_gradient_zero():
    for dtype in (torch.float32, torch.float64):
        logits = torch.tensor([[0.0, -torch.inf, 1.0]], dtype=dtype, requires_grad=True)
        tau = torch.tensor(0.5, dtype=dtype, requires_grad=True)
        for relaxation in (gumbel_softmax, gumbel_log_softmax, binary_concrete):
            for create_graph in (False, True):
                y = relaxation(logits, tau, key=KEY)
                cost = torch.where(y.isfinite(), y, 0).pow(2).sum()
                found = torch.autograd.grad(cost, (logits, tau), create_graph=create_graph)
                assert all(g.isfinite().all() for g in found) and found[0][0, 1] == 0
        assert gumbel_log_softmax(logits, key=KEY)[0, 1] == -torch.inf


@by_name
def test_transforms_of_torch_func(name):
    row = logits_of(5, learned=False)
    f = lambda r: RELAXATIONS[name](r, key=KEY)  # noqa: E731
    cost = lambda r: (f(r) ** 2).sum()  # noqa: E731
    assert torch.allclose(hessian(cost)(row), torch.autograd.functional.hessian(cost, row))
    assert torch.allclose(jacfwd(f)(row), jacrev(f)(row))
    assert torch.allclose(grad(cost)(row), torch.autograd.functional.jacobian(cost, row))
    keys = torch.stack([key_tensor(KEY.fold_in(i)) for i in range(4)])
    rows = logits_of(4, 5, learned=False)
    found = vmap(lambda r, k: RELAXATIONS[name](r, key=k))(rows, keys)
    for i in range(4):
        assert torch.equal(found[i], RELAXATIONS[name](rows[i], key=KEY.fold_in(i)))
    taus = torch.tensor([0.5, 1.0, 2.0, 4.0], dtype=torch.float64)
    found = vmap(lambda r, t: RELAXATIONS[name](r, t, key=KEY))(rows, taus)
    for i in range(4):
        assert torch.equal(found[i], RELAXATIONS[name](rows[i], float(taus[i]), key=KEY))
    per_example = vmap(grad(lambda r, k: (RELAXATIONS[name](r, key=k) ** 2).sum()))(rows, keys)
    expected = grad(lambda r: (RELAXATIONS[name](r, key=KEY.fold_in(2)) ** 2).sum())(rows[2])
    assert torch.allclose(per_example[2], expected)


def test_randomness_of_vmap_is_that_of_pytorch():
    rows = torch.zeros(6, 50)
    with pytest.raises(RuntimeError, match="randomness"):
        vmap(lambda r: gumbel_softmax(r))(rows)
    same = vmap(lambda r: gumbel_softmax(r), randomness="same")(rows)
    different = vmap(lambda r: gumbel_softmax(r), randomness="different")(rows)
    assert (same == same[0]).all()
    assert len({tuple(row.tolist()) for row in different}) == 6


@pytest.mark.parametrize("kind", _kinds.KINDS)
def test_operators_pass_opcheck(kind):
    tau, key = torch.tensor(0.7, dtype=torch.float64), key_tensor(KEY)
    for logits in (logits_of(3, 4), logits_of(4, 3, dtype=torch.float32).T.detach()):
        torch.library.opcheck(_ops.relax, (kind, logits, tau, key, 1))
        if _kinds.KINDS[kind].hard:
            torch.library.opcheck(_ops.straight_through, (kind, logits, tau, key, 1))
        y = _ops.relax(kind, logits, tau, key, 1).detach()
        torch.library.opcheck(_ops.vjp, (kind, y, torch.ones_like(y), tau, 1))
    torch.library.opcheck(_ops.noise_of, ("gumbel", key, [2, 3], torch.float32))


@SECOND
def test_operators_have_second_derivatives():
    tau = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    for kind in _kinds.KINDS:
        f = lambda l, t, kind=kind: _ops.relax(kind, l, t, key_tensor(KEY), 1)  # noqa: E731
        assert gradcheck(f, (logits_of(2, 3), tau))
        assert gradgradcheck(f, (logits_of(2, 3), tau))


def compiled(f, backend):
    torch._dynamo.reset()
    return torch.compile(f, fullgraph=True, backend=backend)


@pytest.mark.parametrize("backend", ["aot_eager", "inductor"])
def test_compiled_is_eager(backend):
    def f(logits, tau, key):
        hard = gumbel_softmax(logits, tau, hard=True, key=key)
        return (
            hard + gumbel_log_softmax(logits, tau, key=key) + binary_concrete(logits, tau, key=key)
        )

    key = key_tensor(KEY)
    found = []
    for call in (f, compiled(f, backend)):
        logits, tau = logits_of(4, 8, dtype=torch.float32), torch.tensor(0.5, requires_grad=True)
        y = call(logits, tau, key)
        y.pow(2).sum().backward()
        found.append((y.detach(), logits.grad, tau.grad))
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, rtol=1e-5, atol=1e-6)


def test_fifty_temperatures_are_at_most_two_graphs_with_new_noise_each():
    graphs = []

    def backend(module, _):
        graphs.append(module)
        return module.forward

    f = compiled(lambda l, tau: gumbel_softmax(l, tau, hard=True), backend)
    drawn = {tuple(f(torch.zeros(4, 64), 1 / (i + 1)).argmax(-1).tolist()) for i in range(50)}
    assert len(graphs) <= 2 and len(drawn) == 50


@pytest.mark.parametrize("backend", ["aot_eager", "inductor"])
def test_fifty_temperatures_do_not_reach_the_limit_of_a_real_backend(backend):
    # They make numbers of a graph constants, where it does not compute with them: the limit is eight graphs.
    f = compiled(lambda l, tau: gumbel_softmax(l, tau, hard=True), backend)
    logits = torch.zeros(4, 64, requires_grad=True)
    for i in range(50):
        f(logits, 1 / (i + 1)).sum().backward()


def test_vmap_inside_a_compiled_function():
    def f(rows, keys):
        return vmap(lambda r, k: gumbel_softmax(r, 0.5, key=k))(rows, keys)

    rows = logits_of(3, 4, learned=False)
    keys = torch.stack([key_tensor(KEY.fold_in(i)) for i in range(3)])
    assert torch.equal(compiled(f, "eager")(rows, keys), f(rows, keys))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("kind", _kinds.KINDS)
def test_operations_for_other_devices_make_the_same_choice(kind, dtype):
    """The path of other devices, run on the CPU."""
    kind = _kinds.KINDS[kind]
    relaxation = getattr(gumbelkit.torch, kind.name)
    eps = torch.finfo(dtype).eps
    for dim in (0, 1):
        extra = {"dim": dim} if kind.along else {}
        logits = logits_of(20, 30, dtype=dtype)
        soft = _composed.composed(kind, logits, 0.5, KEY, dim, False)
        expected = relaxation(logits, 0.5, key=KEY, **extra)
        error = (soft - expected).abs() / expected.abs().clamp(min=1)
        assert soft.dtype == dtype and error.max() < 60 * eps
        if not kind.hard:
            continue
        hard = _composed.composed(kind, logits, 0.5, KEY, dim, True)
        assert torch.equal(hard, relaxation(logits, 0.5, True, key=KEY, **extra))
        (found,) = torch.autograd.grad((hard * logits.detach()).sum(), logits)
        hard = relaxation(logits, 0.5, True, key=KEY, **extra)
        (wanted,) = torch.autograd.grad((hard * logits.detach()).sum(), logits)
        assert (found - wanted).abs().max() < 60 * eps


def test_operations_for_other_devices_keep_infinite_logits_and_refuse_bad_input():
    logits = torch.tensor([[0.0, -torch.inf, 1.0]], requires_grad=True)
    tau = torch.tensor(0.5, requires_grad=True)
    for kind in _kinds.KINDS.values():
        y = _composed.composed(kind, logits, tau, KEY, 1, False)
        found = torch.autograd.grad(torch.where(y.isfinite(), y, 0).sum() + y[0, 0], (logits, tau))
        assert found[0].isfinite().all() and found[1].isfinite()
        for bad_tau in (0.0, -1.0, float("nan"), float("inf"), torch.tensor([[1.0], [0.0]])):
            with pytest.raises(Error, match="tau"):
                _composed.composed(kind, logits, bad_tau, KEY, 1, False)
        with pytest.raises(Error, match="logits"):
            _composed.composed(kind, torch.full((2, 2), torch.nan), 1.0, KEY, 1, False)


@by_name
def test_bad_values_are_errors(name):
    relaxation = RELAXATIONS[name]
    row = torch.tensor([[0.0, 1.0], [0.0, 1.0]])
    bad = row.clone()
    bad[1, 0] = torch.nan
    for learned in (False, True):
        with pytest.raises(ValueError, match="logits"):
            relaxation(bad.clone().requires_grad_(learned), key=KEY)
        for tau in (
            0,
            -1.0,
            float("nan"),
            float("inf"),
            torch.tensor(0.0),
            torch.tensor([[1.0], [-1]]),
        ):
            with pytest.raises(ValueError, match="tau|temperature"):
                relaxation(row.clone().requires_grad_(learned), tau, key=KEY)
    if name != "binary":
        with pytest.raises(Error, match="row"):
            relaxation(torch.full((2, 3), -torch.inf), key=KEY)
        with pytest.raises(Error, match="class"):
            relaxation(torch.zeros(2, 0), key=KEY)
        for dim in (2, -3):
            with pytest.raises(IndexError, match="dim"):
                relaxation(row, dim=dim, key=KEY)
    with pytest.raises(Error, match="tau: expected a tensor that broadcasts"):
        relaxation(row, torch.ones(3, 1), key=KEY)
    with pytest.raises(Error, match="noise"):
        relaxation(row, noise=torch.zeros(3))


@by_name
def test_bad_types_are_errors(name):
    relaxation = RELAXATIONS[name]
    row = torch.zeros(2, 3)
    for bad in (torch.zeros(2, 3, dtype=torch.int64), torch.zeros(3, dtype=torch.complex64), [0.0]):
        with pytest.raises(TypeError, match="logits"):
            relaxation(bad, key=KEY)
    for bad in (True, "1", None, torch.tensor(True)):
        with pytest.raises(TypeError, match="tau"):
            relaxation(row, bad, key=KEY)
    for bad in (7, "key", torch.zeros(3, dtype=torch.int64), torch.zeros(2, dtype=torch.int32)):
        with pytest.raises(TypeError, match="key"):
            relaxation(row, key=bad)
    with pytest.raises(TypeError, match="several"):
        relaxation(row, key=KEY, noise=row)
    with pytest.raises(TypeError, match="generator"):
        vmap(lambda r: relaxation(r, generator=torch.Generator()))(row)


def test_errors_of_a_compiled_function_are_ours():
    f = compiled(lambda l, tau: gumbel_softmax(l, tau), "aot_eager")
    with pytest.raises(ValueError, match="temperature"):
        f(torch.zeros(2, 3), -1.0)
    with pytest.raises(ValueError, match="logits"):
        f(torch.full((2, 3), torch.nan), 1.0)
