"""One key, one choice, on every path: PyTorch eager, compiled and batched, and JAX, against the draws of Rust."""

import numpy as np
import pytest
from golden import draws, text
from test_golden import KEY, TAUS, fused, logits, wide

from gumbelkit import Key

GOLDEN = draws()
PLACES = {"first": 0, "middle": 1, "last": 2}


@fused
@pytest.mark.parametrize("name", ["f32", "f64"])
def test_pytorch_in_eager_mode(name):
    torch = pytest.importorskip("torch")
    from gumbelkit.torch import gumbel_softmax

    dtype = np.dtype(name.replace("f", "float"))
    small, large = torch.from_numpy(logits(dtype)), torch.from_numpy(wide(dtype))
    found = {}
    for grad in (False, True):
        leaf = small.clone().requires_grad_(grad)
        for place, dim in PLACES.items():
            found[f"{name} soft {place}"] = gumbel_softmax(leaf, 0.75, dim=dim, key=KEY)
        taus = torch.from_numpy(TAUS.reshape(2, 5, 1)).requires_grad_(grad)
        found[f"{name} soft taus"] = gumbel_softmax(leaf, taus, key=KEY)
        leaf = large.clone().requires_grad_(grad)
        found[f"{name} hard wide"] = gumbel_softmax(leaf, 0.5, hard=True, key=KEY)
        soft = gumbel_softmax(leaf, 0.5, key=KEY)
        found[f"{name} soft wide"] = soft
        if grad:
            for y in (soft, gumbel_softmax(leaf, 0.5, hard=True, key=KEY)):
                (found[f"{name} vjp wide"],) = torch.autograd.grad(y, leaf, large)
                assert text(found[f"{name} vjp wide"].numpy()) == GOLDEN[f"{name} vjp wide"]
        for line, y in found.items():
            assert text(y.detach().numpy()) == GOLDEN[line], line


@fused
@pytest.mark.parametrize("backend", ["aot_eager", "inductor"])
def test_pytorch_compiled(backend):
    torch = pytest.importorskip("torch")
    from gumbelkit.torch import gumbel_softmax, key_tensor

    large = torch.from_numpy(wide(np.float32)).requires_grad_()

    @torch.compile(fullgraph=True, backend=backend)
    def both(x, key):
        return gumbel_softmax(x, 0.5, key=key), gumbel_softmax(x, 0.5, hard=True, key=key)

    soft, hard = both(large, key_tensor(KEY))
    assert text(soft.detach().numpy()) == GOLDEN["f32 soft wide"]
    assert text(hard.detach().numpy()) == GOLDEN["f32 hard wide"]
    (slope,) = torch.autograd.grad(hard, large, large.detach())
    assert text(slope.numpy()) == GOLDEN["f32 vjp wide"]


@fused
def test_pytorch_batched():
    torch = pytest.importorskip("torch")
    from gumbelkit.torch import gumbel_softmax, key_tensor

    small = torch.from_numpy(logits(np.float32))
    twice = torch.vmap(lambda x: gumbel_softmax(x, 0.75, key=key_tensor(KEY)))(
        torch.stack([small, small])
    )
    assert all(text(y.numpy()) == GOLDEN["f32 soft last"] for y in twice)


@fused
@pytest.mark.parametrize("name", ["f32", "f64"])
def test_jax(name):
    jax = pytest.importorskip("jax")
    import gumbelkit.jax as gj

    try:
        from jax import enable_x64
    except ImportError:  # an older JAX
        from jax.experimental import enable_x64

    # Without x64, temperatures are float32: those of the golden file are such numbers.
    dtype = np.dtype(name.replace("f", "float"))
    small, large = logits(dtype), wide(dtype)
    with enable_x64(name == "f64"):
        found = {law: getattr(gj, law)(KEY, (40,), dtype) for law in ("gumbel", "logistic")}
        for place, axis in PLACES.items():
            for line, draw in (
                ("soft", lambda x, a: gj.gumbel_softmax(KEY, x, 0.75, axis=a)),
                ("log", lambda x, a: gj.gumbel_log_softmax(KEY, x, 0.75, axis=a)),
                ("gumbel-max", lambda x, a: gj.gumbel_max(KEY, x, axis=a)),
            ):
                found[f"{line} {place}"] = jax.jit(draw, static_argnums=1)(small, axis)
        found["soft taus"] = gj.gumbel_softmax(KEY, small, TAUS.reshape(2, 5))
        found["binary"] = gj.binary_concrete(KEY, small, 0.75)
        found["binary hard"] = gj.binary_concrete(KEY, small, 0.75, hard=True)
        soft, pull = jax.vjp(lambda x: gj.gumbel_softmax(KEY, x, 0.5), large)
        found |= {"soft wide": soft, "vjp wide": pull(large)[0]}
        found["hard wide"] = gj.gumbel_softmax(KEY, large, 0.5, hard=True)
        found["categorical"] = gj.categorical(KEY, small)
        found["categorical wide"] = gj.categorical(KEY, large)
        found["many rows"] = np.moveaxis(gj.categorical(KEY, small, shape=(20, 2, 5)), 0, -1)
        found["many many"] = gj.categorical(KEY, large[0], shape=(10_000,))
        found["top-k"] = gj.categorical(KEY, large[0], shape=(50,), replace=False)
        weights = np.abs(large[0])
        found["top-k weights"] = gj.choice(KEY, 30_000, (50,), replace=False, p=weights)
    wrong = [line for line, y in found.items() if text(np.asarray(y)) != GOLDEN[f"{name} {line}"]]
    assert wrong == []
    assert text(np.asarray(gj.permutation(Key(7), 100))) == GOLDEN["permutation"]
