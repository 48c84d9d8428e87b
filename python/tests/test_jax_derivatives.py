"""The derivatives of `gumbelkit.jax`, against the formulas in jnp with the same noise."""

from __future__ import annotations

import math

import numpy as np
import pytest

jax = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402
from jax.test_util import check_grads  # noqa: E402

import gumbelkit as gk  # noqa: E402
import gumbelkit.jax as gj  # noqa: E402
from gumbelkit import Key  # noqa: E402

try:
    from jax import enable_x64
except ImportError:  # an older JAX
    from jax.experimental import enable_x64

KEY = jax.random.key(7)
LOGITS = np.asarray(gk.logistic(Key(3), (5, 4, 3)))


@pytest.fixture
def x64():
    with enable_x64(True):
        yield


def reference(form, axis=-1):
    """The formula in jnp, with the noise of the key as a constant."""

    def sample(l, tau):
        tau = jnp.expand_dims(tau, axis) if jnp.ndim(tau) and form != "binary" else tau
        if form == "binary":
            return jax.nn.sigmoid((l + gj.logistic(KEY, l.shape, l.dtype)) / tau)
        a = (l + gj.gumbel(KEY, l.shape, l.dtype)) / tau
        return jax.nn.log_softmax(a, axis) if form == "log" else jax.nn.softmax(a, axis)

    return sample


def ours(form, axis=-1):
    return {
        "soft": lambda l, tau: gj.gumbel_softmax(KEY, l, tau, axis),
        "log": lambda l, tau: gj.gumbel_log_softmax(KEY, l, tau, axis),
        "binary": lambda l, tau: gj.binary_concrete(KEY, l, tau),
    }[form]


@pytest.mark.parametrize("form", ["soft", "log", "binary"])
@pytest.mark.parametrize("tau", ["one", "rows"])
def test_derivatives_of_all_orders(x64, form, tau):
    l = jnp.asarray(LOGITS[0, :2], jnp.float64)
    rows = l.shape if form == "binary" else l.shape[:1]
    several = jnp.linspace(0.6, 1.4, math.prod(rows)).reshape(rows)
    tau = jnp.float64(0.8) if tau == "one" else several
    cost = lambda f: lambda l, tau: jnp.sum(jnp.sin(f(l, tau) * jnp.arange(1.0, 4.0)))  # noqa: E731
    mine, theirs = cost(ours(form)), cost(reference(form))
    both = (0, 1)
    for make in (
        lambda f: jax.grad(f, both),
        lambda f: jax.hessian(f, both),
        lambda f: jax.jacrev(jax.grad(f, both), both),
        lambda f: jax.jacfwd(jax.hessian(f, 1)),
    ):
        found, expected = (jax.jit(make(f))(l, tau) for f in (mine, theirs))
        for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11)
    check_grads(jax.jit(ours(form)), (l, tau), order=2, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("form", ["soft", "log", "binary"])
def test_derivatives_in_single_precision(form):
    l, w = jnp.asarray(LOGITS), jnp.asarray(gk.normal(Key(9), LOGITS.shape))
    for axis in (0, 1, 2) if form != "binary" else (2,):
        grads = [
            jax.grad(lambda l, tau: jnp.sum(w * f(form, axis)(l, tau)), (0, 1))(l, 0.7)
            for f in (ours, reference)
        ]
        for a, b in zip(*grads, strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5)


def test_hard_samples_have_the_derivatives_of_soft_ones():
    l, w = jnp.asarray(LOGITS), jnp.asarray(gk.normal(Key(9), LOGITS.shape))
    for sample in (gj.gumbel_softmax, gj.binary_concrete):
        results = {}
        for hard in (False, True):
            f = lambda l, tau: sample(KEY, l, tau, hard=hard)  # noqa: B023, E731
            y, pull = jax.vjp(f, l, 0.7)
            results[hard] = pull(w), jax.jvp(f, (l, 0.7), (w, 1.0))[1]
            assert hard == bool(jnp.isin(y, jnp.array([0, 1])).all())
            gradient = jax.grad(lambda l: jnp.sum(w * f(l, 0.7)))  # noqa: B023
            second = jax.jvp(gradient, (l,), (w,))[1]
            results[hard] += (second,)
        for a, b in zip(jax.tree.leaves(results[0]), jax.tree.leaves(results[1]), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_impossible_and_certain_classes():
    l = jnp.array([0.0, -jnp.inf, 1.0])
    for f in (gj.gumbel_softmax, gj.gumbel_log_softmax):
        grads = jax.grad(lambda l, tau: f(KEY, l, tau)[0], (0, 1))(l, 0.5)  # noqa: B023
        assert np.isfinite(grads[0]).all() and np.isfinite(grads[1]) and grads[0][1] == 0
        assert np.isfinite(jax.hessian(lambda l: f(KEY, l, 0.5)[0])(l)).all()  # noqa: B023
    ends = jnp.array([-jnp.inf, jnp.inf])
    dl, dtau = jax.grad(lambda l, tau: gj.binary_concrete(KEY, l, tau).sum(), (0, 1))(ends, 0.5)
    assert dl.tolist() == [0, 0] and dtau == 0
    cold = jax.grad(lambda l, tau: gj.gumbel_softmax(KEY, l, tau).max(), (0, 1))(l, 1e-3)
    assert all(np.isfinite(g).all() for g in cold)
    assert gj.gumbel_log_softmax(KEY, l, 1e-3)[1] == -jnp.inf


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_has_derivatives(dtype):
    l = jnp.asarray(LOGITS[0], dtype)
    wide = l.astype(jnp.float32)
    for f in (gj.gumbel_softmax, gj.gumbel_log_softmax, gj.binary_concrete):
        found = jax.grad(lambda l: f(KEY, l, 0.5)[0, 0].astype(jnp.float32))(l)  # noqa: B023
        assert found.dtype == l.dtype
        expected = jax.grad(lambda l: f(KEY, l, 0.5)[0, 0])(wide)  # noqa: B023
        np.testing.assert_allclose(found.astype(jnp.float32), expected, rtol=2e-2, atol=2e-3)


def test_a_new_temperature_compiles_nothing():
    cost = lambda l, tau: gj.gumbel_softmax(KEY, l, tau)[0, 0, 0]  # noqa: E731
    step = jax.jit(jax.value_and_grad(cost, (0, 1)))
    for i in range(50):
        step(LOGITS, 0.1 + i / 25)
    assert step._cache_size() == 1


THIRD = {
    "tau, tau, tau, forward": lambda f: jax.jacfwd(jax.jacfwd(jax.grad(f, 1), 1), 1),
    "tau, tau, tau, reverse": lambda f: jax.jacrev(jax.jacrev(jax.grad(f, 1), 1), 1),
    "logits, logits, tau, forward": lambda f: jax.jacfwd(jax.hessian(f, 0), 1),
    "logits, logits, tau, reverse": lambda f: jax.jacrev(jax.jacrev(jax.grad(f, 0), 0), 1),
    "tau, logits, logits, reverse": lambda f: jax.jacrev(jax.jacrev(jax.grad(f, 1), 0), 0),
    "logits, logits, logits, reverse": lambda f: jax.jacrev(jax.jacrev(jax.grad(f, 0), 0), 0),
}


def third_order(form, order, l, tau, compiled):
    """A third derivative in float32, its bound of error and that of the formula in float64."""
    draw = gj.logistic if form == "binary" else gj.gumbel
    noise, w = np.asarray(draw(KEY, l.shape), np.float64), np.cos(np.arange(l.shape[-1]))

    def formula(l, tau):
        a = (l + noise) / tau
        kinds = {"soft": jax.nn.softmax, "log": jax.nn.log_softmax, "binary": jax.nn.sigmoid}
        return jnp.sum(jnp.sin(kinds[form](a)) * w)

    f = lambda l, tau: jnp.sum(jnp.sin(ours(form)(l, tau)) * w.astype(np.float32))  # noqa: E731
    make = jax.jit(THIRD[order](f)) if compiled else THIRD[order](f)
    found = np.asarray(make(jnp.asarray(l), jnp.float32(tau)))
    with enable_x64(True):
        wide = jnp.asarray(l, np.float64), jnp.asarray(np.float32(tau), np.float64)
        return found, np.asarray(jax.jit(THIRD[order](formula))(*wide))


@pytest.mark.parametrize("form", ["soft", "log", "binary"])
@pytest.mark.parametrize("order", ["tau, tau, tau, forward", "logits, logits, tau, forward"])
@pytest.mark.parametrize("tau", [0.05, 0.2, 1.0])
def test_third_derivatives_in_single_precision_are_finite_and_right(form, order, tau):
    found, expected = third_order(form, order, LOGITS[0], tau, True)
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-4 * abs(expected).max())


@pytest.mark.parametrize("order", [name for name in THIRD if name.endswith("reverse")])
@pytest.mark.parametrize("shape", [(3, 5), (8, 3)])
def test_third_derivatives_are_those_of_the_formula_outside_jit(order, shape):
    l = np.asarray(jax.random.normal(jax.random.key(1), shape))
    found, expected = third_order("soft", order, l, 0.7, False)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * abs(expected).max())
