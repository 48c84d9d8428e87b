"""One key, one choice, on every path: PyTorch eager, compiled and batched, and JAX, against the draws of Rust."""

import numpy as np
import pytest
from golden import draws, text
from test_golden import KEY, TAUS, fused, logits, wide

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
def test_jax():
    jax = pytest.importorskip("jax")
    import gumbelkit.jax as gj

    # Temperatures in JAX are float32: those of the golden file are such numbers.
    small, large = logits(np.float32), wide(np.float32)
    for place, axis in PLACES.items():
        soft = jax.jit(lambda x, axis=axis: gj.gumbel_softmax(KEY, x, 0.75, axis=axis))(small)
        assert text(np.asarray(soft)) == GOLDEN[f"f32 soft {place}"]
    assert text(np.asarray(gj.gumbel_softmax(KEY, large, 0.5))) == GOLDEN["f32 soft wide"]
    hard = gj.gumbel_softmax(KEY, large, 0.5, hard=True)
    assert text(np.asarray(hard)) == GOLDEN["f32 hard wide"]
    assert text(np.asarray(gj.gumbel(KEY, (40,)))) == GOLDEN["f32 gumbel"]
    assert text(np.asarray(gj.categorical(KEY, small))) == GOLDEN["f32 gumbel-max last"]
