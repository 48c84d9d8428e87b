"""`gumbelkit.jax`: bits, derivatives, transformations, errors, laws."""

from __future__ import annotations

import math
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

jax = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402
from jax.test_util import check_grads  # noqa: E402

import gumbelkit as gk  # noqa: E402
import gumbelkit.jax as gj  # noqa: E402
from gumbelkit import Key  # noqa: E402

LAWS = ["uniform", "exponential", "gumbel", "logistic", "normal"]
KEY = jax.random.key(7)
OURS = Key.of(KEY)
LOGITS = np.asarray(gk.logistic(Key(3), (5, 4, 3)))
# A correct sampler fails a statistical test once in a million keys; the keys are fixed.
FALSE_ALARM = 1e-6


@pytest.fixture
def x64():
    with jax.enable_x64(True):
        yield


def same(found, expected):
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    if found.dtype.kind in "iu":
        expected = expected.astype(found.dtype)
    assert found.dtype == expected.dtype
    assert found.tobytes() == expected.tobytes()


# --- Keys ------------------------------------------------------------------------


def test_a_key_of_jax_becomes_a_key():
    words = jax.random.key_data(KEY)
    low, high = (int(word) for word in words)
    assert Key.of(KEY) == Key(low | high << 32)
    for key in (KEY, words, np.asarray(words), OURS, Key.of(words)):
        same(gj.gumbel(key, (5,)), gk.gumbel(OURS, 5))
    rbg = jax.random.key(7, impl="rbg")
    a, b, c, d = (int(word) for word in jax.random.key_data(rbg))
    assert Key.of(rbg) == Key(a | b << 32, c | d << 32)
    same(gj.gumbel(rbg, (5,)), gk.gumbel(Key.of(rbg), 5))
    wide = Key(-1, 2**63 + 5)
    same(gj.gumbel(wide, (5,)), gk.gumbel(wide, 5))
    same(jax.jit(lambda: gj.gumbel(wide, (5,)))(), gk.gumbel(wide, 5))


def test_bad_keys_are_refused():
    with pytest.raises(ValueError, match="vmap"):
        gj.gumbel(jax.random.split(KEY), (3,))
    with pytest.raises(ValueError, match="vmap"):
        gj.gumbel(np.zeros((3, 2), np.uint32), (3,))
    for bad in (7, None, np.zeros(2, np.int32), "key", jnp.zeros(2)):
        with pytest.raises(TypeError, match="key"):
            gj.gumbel(bad, (3,))


# --- Bits ------------------------------------------------------------------------


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("shape", [(), (0,), (3, 5), (100_003,)])
def test_noise_is_that_of_numpy(law, dtype, shape):
    ours = getattr(gj, law)
    if law == "uniform" and dtype != "float32":
        with pytest.raises(TypeError, match="dtype"):
            ours(KEY, shape, dtype)
        return
    expected = getattr(gk, law)(OURS, shape, dtype=jnp.dtype(dtype))
    same(ours(KEY, shape, dtype), expected)
    same(jax.jit(lambda key: ours(key, shape, dtype))(KEY), expected)


@pytest.mark.parametrize("law", LAWS)
def test_wide_noise_is_that_of_numpy(x64, law):
    same(getattr(gj, law)(KEY, (70_001,)), getattr(gk, law)(OURS, 70_001, dtype=np.float64))


def test_uniform_bounds():
    low, high = jnp.array([[0.0], [5.0]]), jnp.array([1.0, 2.0, 3.0]) + 5
    found = gj.uniform(KEY, (2, 3), minval=low, maxval=high)
    u = gk.uniform(OURS, (2, 3))
    np.testing.assert_allclose(found, low + (high - low) * u, rtol=1e-6)
    assert float(jax.grad(lambda h: gj.uniform(KEY, (), maxval=h))(2.0)) == pytest.approx(
        float(gk.uniform(OURS, ())), rel=1e-6
    )
    with pytest.raises(ValueError, match="broadcast"):
        gj.uniform(KEY, (2,), minval=jnp.zeros(3))


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "float64"])
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("tau", [0.5, "rows"])
def test_relaxed_samples_are_those_of_numpy(dtype, axis, tau):
    with jax.enable_x64(dtype == "float64"):
        logits = LOGITS.astype(jnp.dtype(dtype))
        rows = np.delete(logits.shape, axis)
        if tau == "rows":
            tau = np.linspace(0.25, 2, math.prod(rows)).astype(np.float32).reshape(rows)
        for hard in (False, True):
            wide = logits if logits.dtype.itemsize > 2 else logits.astype(np.float32)
            expected = gk.gumbel_softmax(OURS, wide, tau, axis=axis, hard=hard).astype(logits.dtype)
            same(gj.gumbel_softmax(KEY, logits, tau, axis, hard), expected)
            compiled = jax.jit(lambda k, l, t: gj.gumbel_softmax(k, l, t, axis, hard))
            same(compiled(KEY, logits, tau), expected)
        classes = gj.gumbel_max(KEY, logits, axis)
        same(classes, np.argmax(gj.gumbel_softmax(KEY, logits, 1.0, axis, True), axis))
        if logits.dtype.itemsize > 2:
            same(gj.gumbel_log_softmax(KEY, logits, tau, axis),
                 gk.gumbel_log_softmax(OURS, logits, tau, axis=axis))


@pytest.mark.parametrize("tau", [0.5, "each"])
@pytest.mark.parametrize("hard", [False, True])
def test_binary_samples_are_those_of_numpy(tau, hard):
    tau = np.linspace(0.25, 2, LOGITS.size, dtype=np.float32).reshape(LOGITS.shape) if tau == "each" else tau
    same(gj.binary_concrete(KEY, LOGITS, tau, hard), gk.binary_concrete(OURS, LOGITS, tau, hard=hard))
    half = LOGITS.astype(np.float16)
    wide = gj.binary_concrete(KEY, half.astype(np.float32), tau, hard)
    same(gj.binary_concrete(KEY, half, tau, hard), np.asarray(wide).astype(np.float16))


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_classes_are_those_of_numpy(axis):
    rows = tuple(np.delete(LOGITS.shape, axis))
    same(gj.categorical(KEY, LOGITS, axis), gk.categorical(OURS, LOGITS, axis=axis))
    drawn = gj.categorical(KEY, LOGITS, axis, (2, 3, *rows))
    assert drawn.shape == (2, 3, *rows)
    expected = gk.categorical(OURS, LOGITS, n=6, axis=axis)
    same(np.moveaxis(np.asarray(drawn).reshape(6, *rows), 0, -1), expected)
    top = gj.categorical(KEY, LOGITS, axis, (2, *rows), replace=False)
    same(np.moveaxis(np.asarray(top), 0, -1), gk.categorical(OURS, LOGITS, n=2, replace=False, axis=axis))


def test_shapes_of_draws():
    row = LOGITS[0, 0]
    same(gj.categorical(KEY, row, shape=(9,)), gk.categorical(OURS, row, n=9))
    wide = np.broadcast_to(row, (4, 3))
    same(gj.categorical(KEY, row[None], shape=(4,)), gk.categorical(OURS, wide))
    same(gj.categorical(KEY, row[None], shape=(2, 4)).T, gk.categorical(OURS, wide, n=2))
    assert gj.categorical(KEY, row, shape=(0,)).shape == (0,)
    assert gj.categorical(KEY, np.zeros((0, 3))).shape == (0,)
    assert gj.categorical(KEY, row).dtype == jnp.int32
    with jax.enable_x64(True):
        assert gj.categorical(KEY, row).dtype == gj.gumbel_max(KEY, row).dtype == jnp.int64


def test_choice():
    p = np.array([0.5, 0.0, 0.3, 0.2], np.float32)
    same(gj.choice(KEY, 4, (10,), p=p), gk.categorical(OURS, weights=p, n=10))
    top = gj.choice(KEY, 4, (3,), replace=False, p=p)
    same(top, gk.categorical(OURS, weights=p, n=3, replace=False))
    same(gj.choice(KEY, 10, (2, 3), replace=False), gk.permutation(OURS, 10)[:6].reshape(2, 3))
    names = jnp.arange(12.0).reshape(3, 4)
    assert gj.choice(KEY, names, (2, 5), axis=1).shape == (3, 2, 5)
    assert gj.choice(KEY, names).shape == (4,)
    counts = np.bincount(gj.choice(KEY, 5, (50_000,)), minlength=5)
    chi_square(counts, np.full(5, 0.2))


def test_threads_change_no_bit():
    logits = np.asarray(gk.logistic(Key(1), (64, 2_000)))
    results = []
    for threads in (1, 2, 3, None):
        gk.set_num_threads(threads)
        results.append([
            gj.gumbel(KEY, (300_000,)), gj.gumbel_softmax(KEY, logits, 0.5),
            gj.categorical(KEY, logits), gj.gumbel_max(KEY, logits),
            jax.grad(lambda l: (gj.gumbel_softmax(KEY, l, 0.5) ** 2).sum())(logits),
        ])
    for other in results[1:]:
        for a, b in zip(results[0], other, strict=True):
            same(a, b)


def test_calls_from_several_threads_at_once():
    expected, found = gk.gumbel(OURS, 200_000), [None] * 8

    def draw(i):
        found[i] = np.asarray(jax.jit(lambda key: gj.gumbel(key, (200_000,)))(KEY))

    threads = [threading.Thread(target=draw, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for one in found:
        same(one, expected)


# --- vmap ------------------------------------------------------------------------


def calls():
    logits = jnp.asarray(LOGITS[0])
    return {
        "noise": lambda key, l: gj.gumbel(key, (7,)),
        "soft": lambda key, l: gj.gumbel_softmax(key, l, 0.5),
        "rows": lambda key, l: gj.gumbel_softmax(key, l, jnp.linspace(0.5, 1, 4)),
        "first axis": lambda key, l: gj.gumbel_softmax(key, l, 0.5, 0),
        "hard": lambda key, l: gj.gumbel_softmax(key, l, 0.5, hard=True),
        "log": lambda key, l: gj.gumbel_log_softmax(key, l, 0.5),
        "binary": lambda key, l: gj.binary_concrete(key, l, 0.5),
        "gumbel_max": gj.gumbel_max,
        "categorical": gj.categorical,
        "many": lambda key, l: gj.categorical(key, l, shape=(6, 4)),
        "top": lambda key, l: gj.categorical(key, l, shape=(2, 4), replace=False),
        "choice": lambda key, l: gj.choice(key, 9, (3,)),
        "permutation": lambda key, l: gj.choice(key, 9, (3,), replace=False),
        "gradient": lambda key, l: jax.grad(
            lambda l: (logits * gj.gumbel_softmax(key, l, 0.5)).sum())(l),
        "gradient of rows": lambda key, l: jax.grad(
            lambda l: (logits * gj.gumbel_softmax(key, l, jnp.linspace(0.5, 1, 3), 0)).sum())(l),
    }


@pytest.mark.parametrize("name", calls())
def test_vmap_gives_what_a_loop_gives(name):
    call, keys, logits = calls()[name], jax.random.split(KEY, 5), jnp.asarray(LOGITS)
    both = [call(key, l) for key, l in zip(keys, logits, strict=True)]
    same(jax.vmap(call)(keys, logits), jnp.stack(both))
    same(jax.jit(jax.vmap(call))(keys, logits), jnp.stack(both))
    same(jax.vmap(call, (0, None))(keys, logits[0]), jnp.stack([call(k, logits[0]) for k in keys]))
    same(jax.vmap(call, (None, 0), axis_size=5)(KEY, logits), jnp.stack([call(KEY, l) for l in logits]))
    pairs = jax.vmap(jax.vmap(call, (None, 0)), (0, None))(keys[:2], logits)
    same(pairs, jnp.stack([jnp.stack([call(k, l) for l in logits]) for k in keys[:2]]))
    turned = jax.vmap(jax.vmap(call, (0, None)), (None, 0))(keys[:2], logits)
    same(turned, jnp.stack([jnp.stack([call(k, l) for k in keys[:2]]) for l in logits]))


def test_vmap_over_temperatures_and_long_batches():
    taus = jnp.linspace(0.3, 2, 6)
    f = lambda tau: gj.gumbel_softmax(KEY, LOGITS, tau)  # noqa: E731
    same(jax.vmap(f)(taus), jnp.stack([f(tau) for tau in taus]))
    keys = jax.random.split(KEY, 300)
    found = jax.vmap(lambda key: gj.gumbel(key, (1_001,)))(keys)
    same(found, np.stack([gk.gumbel(Key.of(key), 1_001) for key in keys]))
    keys = jax.random.split(KEY, (3, 4))
    found = jax.vmap(jax.vmap(lambda key: gj.normal(key, (2,))))(keys)
    same(found, np.stack([[gk.normal(Key.of(key), 2) for key in row] for row in keys]))


def test_scan_and_cond():
    def step(total, key):
        return total + gj.gumbel_softmax(key, LOGITS[0], 0.5), gj.gumbel_max(key, LOGITS[0])

    keys = jax.random.split(KEY, 4)
    total, classes = jax.lax.scan(step, jnp.zeros((4, 3)), keys)
    same(classes, np.stack([gk.gumbel_max(Key.of(key), LOGITS[0]) for key in keys]))
    grad = jax.grad(lambda l: jax.lax.scan(
        lambda c, k: (c + gj.gumbel_softmax(k, l, 0.5)[0, 0], 0), 0.0, keys)[0])(jnp.asarray(LOGITS[0]))
    loop = sum(jax.grad(lambda l: gj.gumbel_softmax(k, l, 0.5)[0, 0])(jnp.asarray(LOGITS[0])) for k in keys)
    np.testing.assert_allclose(grad, loop, rtol=1e-5, atol=1e-7)


# --- Derivatives -----------------------------------------------------------------


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
    tau = jnp.float64(0.8) if tau == "one" else jnp.linspace(0.6, 1.4, math.prod(rows)).reshape(rows)
    cost = lambda f: lambda l, tau: jnp.sum(jnp.sin(f(l, tau) * jnp.arange(1.0, 4.0)))  # noqa: E731
    mine, theirs = cost(ours(form)), cost(reference(form))
    both = (0, 1)
    for make in (
        lambda f: jax.grad(f, both), lambda f: jax.hessian(f, both),
        lambda f: jax.jacrev(jax.grad(f, both), both), lambda f: jax.jacfwd(jax.hessian(f, 1)),
    ):
        found, expected = (jax.jit(make(f))(l, tau) for f in (mine, theirs))
        for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11)
    check_grads(jax.jit(ours(form)), (l, tau), order=2, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("form", ["soft", "log", "binary"])
def test_derivatives_in_single_precision(form):
    l, w = jnp.asarray(LOGITS), jnp.asarray(gk.normal(Key(9), LOGITS.shape))
    for axis in (0, 1, 2) if form != "binary" else (2,):
        grads = [jax.grad(lambda l, tau: jnp.sum(w * f(form, axis)(l, tau)), (0, 1))(l, 0.7)
                 for f in (ours, reference)]
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
            second = jax.jvp(jax.grad(lambda l: jnp.sum(w * f(l, 0.7))), (l,), (w,))[1]  # noqa: B023
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
    step = jax.jit(jax.value_and_grad(lambda l, tau: gj.gumbel_softmax(KEY, l, tau)[0, 0, 0], (0, 1)))
    for i in range(50):
        step(LOGITS, 0.1 + i / 25)
    assert step._cache_size() == 1


# --- Errors ----------------------------------------------------------------------


def test_arguments_that_are_known_are_checked_while_tracing():
    for tau in (0.0, -1.0, math.nan, math.inf, 1e-60, np.array(-1.0), jnp.array([1.0, 0.0])):
        with pytest.raises(ValueError, match="temperature"):
            jax.jit(lambda l: gj.gumbel_softmax(KEY, l, tau))(LOGITS[0, :2])  # noqa: B023
    with pytest.raises(ValueError, match=r"broadcasts to the rows \[5, 4\]"):
        gj.gumbel_softmax(KEY, LOGITS, np.ones(3))
    for axis in (3, -4):
        for f in (gj.gumbel_softmax, gj.gumbel_max, gj.categorical):
            with pytest.raises(IndexError):
                f(KEY, LOGITS, axis=axis)
    with pytest.raises(ValueError, match="class"):
        gj.gumbel_softmax(KEY, np.zeros((3, 0), np.float32))
    for bad in (np.zeros(3, complex), np.zeros(3, bool)):
        with pytest.raises(TypeError, match="logits"):
            gj.gumbel_softmax(KEY, bad)
    with pytest.raises(TypeError, match="dtype"):
        gj.gumbel(KEY, (3,), np.int32)
    with pytest.raises(TypeError, match="shape"):
        gj.gumbel(KEY, 3)
    with pytest.raises(ValueError, match="shape"):
        gj.gumbel(KEY, (-3,))
    with pytest.raises(ValueError, match="shape"):
        gj.categorical(KEY, LOGITS, shape=(7,))
    with pytest.raises(ValueError, match="without replacement"):
        gj.categorical(KEY, LOGITS, shape=(4, 5, 4), replace=False)
    for arguments in ((0, (1,)), (3, (4,), False), (3, (1,), True, np.ones(2))):
        with pytest.raises(ValueError):
            gj.choice(KEY, *arguments)


def test_values_are_checked_while_running():
    error = jax.errors.JaxRuntimeError
    bad = np.zeros((4, 3), np.float32)
    bad[2] = -np.inf
    for f in (gj.gumbel_softmax, gj.gumbel_log_softmax, gj.gumbel_max, gj.categorical):
        with pytest.raises(error, match="every class of row 2 is -inf"):
            jax.block_until_ready(f(KEY, bad))
        with pytest.raises(error, match="call 1 of the batch: logits: .* NaN at index 1"):
            wrong = np.zeros((3, 4), np.float32)
            wrong[1, 1] = np.nan
            jax.block_until_ready(jax.vmap(lambda l: f(KEY, l))(wrong))  # noqa: B023
    with pytest.raises(error, match="tau: expected a finite temperature above 0, found -1"):
        jax.block_until_ready(jax.jit(lambda tau: gj.gumbel_softmax(KEY, LOGITS, tau))(-1.0))
    with pytest.raises(error, match="possible classes: expected at least 2"):
        top = np.array([0.0, -np.inf, -np.inf], np.float32)
        jax.block_until_ready(gj.categorical(KEY, top, shape=(2,), replace=False))
    with pytest.raises(error, match="weights"):
        jax.block_until_ready(gj.choice(KEY, 2, (3,), p=np.array([1.0, -1.0], np.float32)))


def test_another_platform_is_refused():
    cost = jax.grad(lambda l: gj.gumbel_softmax(KEY, l)[0])
    for function in (lambda l: gj.gumbel(KEY, (3,)), gj.categorical, cost):
        arguments = (KEY, jnp.zeros(3)) if function is gj.categorical else (jnp.zeros(3),)
        with pytest.raises(NotImplementedError, match="found one for cuda"):
            jax.jit(function).trace(*arguments).lower(lowering_platforms=("cuda",))


def test_a_forked_process_draws_after_its_parent():
    script = """
        import os, warnings
        warnings.simplefilter("ignore")
        import jax, numpy as np
        import gumbelkit as gk, gumbelkit.jax as gj
        gk.set_num_threads(2)
        key = jax.random.key(7)
        a = np.asarray(gj.gumbel(key, (500_000,)))
        child = os.fork()
        if child == 0:
            b = gk.gumbel(gk.Key.of(gk.Key(7 << 32)), 500_000)
            os._exit(0 if np.array_equal(a, b) else 3)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True, timeout=120)


# --- Laws ------------------------------------------------------------------------


def chi_square(counts, p):
    """Pearson's statistic against a bound that it exceeds with probability e^-t (Laurent and Massart, 2000)."""
    n, t = counts.sum(), -math.log(FALSE_ALARM)
    assert (p * n >= 50).all()
    statistic = ((counts - p * n) ** 2 / (p * n)).sum()
    freedom = len(p) - 1
    assert statistic <= freedom + 2 * math.sqrt(freedom * t) + 2 * t


@pytest.mark.parametrize("draw", ["categorical", "gumbel_max", "many", "hard", "keys", "first of two"])
def test_classes_have_their_probabilities(draw):
    n, p = 100_000, np.array([0.4, 0.3, 0.15, 0.1, 0.05])
    row = jnp.log(jnp.asarray(p, jnp.float32)) + 3
    rows = jnp.broadcast_to(row, (n, 5))
    keys = jax.random.split(KEY, n)
    drawn = {
        "categorical": lambda: gj.categorical(KEY, rows),
        "gumbel_max": lambda: gj.gumbel_max(KEY, rows),
        "many": lambda: gj.categorical(KEY, row, shape=(n,)),
        "hard": lambda: gj.gumbel_softmax(KEY, rows, 2.0, hard=True).argmax(-1),
        "keys": lambda: jax.vmap(gj.categorical, (0, None))(keys, row),
        "first of two": lambda: gj.categorical(KEY, rows, shape=(2, n), replace=False)[0],
    }[draw]()
    chi_square(np.bincount(drawn, minlength=5), p)


@pytest.mark.parametrize("law", LAWS)
def test_noise_of_many_keys_has_its_law(law):
    stats = pytest.importorskip("scipy.stats")
    n = 20_000
    drawn = jax.vmap(lambda key: getattr(gj, law)(key))(jax.random.split(KEY, n))
    cdf = {"gumbel": stats.gumbel_r, "exponential": stats.expon, "normal": stats.norm}.get(law)
    cdf = (cdf or getattr(stats, law)).cdf
    u = np.sort(cdf(np.asarray(drawn, np.float64)))
    steps = np.arange(n + 1) / n
    distance = max((steps[1:] - u).max(), (u - steps[:-1]).max())
    # Dvoretzky, Kiefer, Wolfowitz and Massart: P(distance > e) <= 2 exp(-2 n e^2).
    assert distance <= math.sqrt(math.log(2 / FALSE_ALARM) / (2 * n))
