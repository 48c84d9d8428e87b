"""`gumbelkit.jax`: keys, bits, transformations, errors."""

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

import gumbelkit as gk  # noqa: E402
import gumbelkit.jax as gj  # noqa: E402
from gumbelkit import Key  # noqa: E402

try:
    from jax import enable_x64
except ImportError:  # an older JAX
    from jax.experimental import enable_x64

LAWS = ["uniform", "exponential", "gumbel", "logistic", "normal"]
KEY = jax.random.key(7)
OURS = Key.of(KEY)
LOGITS = np.asarray(gk.logistic(Key(3), (5, 4, 3)))


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
def test_wide_noise_is_that_of_numpy(law):
    expected = getattr(gk, law)(OURS, 70_001, dtype=np.float64)
    with enable_x64(True):
        same(getattr(gj, law)(KEY, (70_001,)), expected)


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
    with enable_x64(dtype == "float64"):
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
            same(
                gj.gumbel_log_softmax(KEY, logits, tau, axis),
                gk.gumbel_log_softmax(OURS, logits, tau, axis=axis),
            )


@pytest.mark.parametrize("tau", [0.5, "each"])
@pytest.mark.parametrize("hard", [False, True])
def test_binary_samples_are_those_of_numpy(tau, hard):
    if tau == "each":
        tau = np.linspace(0.25, 2, LOGITS.size, dtype=np.float32).reshape(LOGITS.shape)
    expected = gk.binary_concrete(OURS, LOGITS, tau, hard=hard)
    same(gj.binary_concrete(KEY, LOGITS, tau, hard), expected)
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
    expected = gk.categorical(OURS, LOGITS, n=2, replace=False, axis=axis)
    same(np.moveaxis(np.asarray(top), 0, -1), expected)


def test_shapes_of_draws():
    row = LOGITS[0, 0]
    same(gj.categorical(KEY, row, shape=(9,)), gk.categorical(OURS, row, n=9))
    wide = np.broadcast_to(row, (4, 3))
    same(gj.categorical(KEY, row[None], shape=(4,)), gk.categorical(OURS, wide))
    same(gj.categorical(KEY, row[None], shape=(2, 4)).T, gk.categorical(OURS, wide, n=2))
    assert gj.categorical(KEY, row, shape=(0,)).shape == (0,)
    assert gj.categorical(KEY, np.zeros((0, 3))).shape == (0,)
    assert gj.categorical(KEY, row).dtype == jnp.int32
    with enable_x64(True):
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
    assert sorted(set(gj.choice(KEY, 5, (500,)).tolist())) == [0, 1, 2, 3, 4]


def test_orders_are_those_of_numpy_and_of_each_row():
    for n in (10, np.array(10), 1, 0):
        same(gj.permutation(KEY, n), gk.permutation(OURS, int(n)))
    order = gk.permutation(OURS, 4)
    same(gj.permutation(KEY, LOGITS, 1), LOGITS[:, order])
    same(jax.jit(lambda k: gj.permutation(k, LOGITS, -2))(KEY), LOGITS[:, order])
    rows = np.asarray(gj.permutation(KEY, np.tile(np.arange(5), (200, 1)).T, 0, True))
    assert (np.sort(rows, 0) == np.arange(5)[:, None]).all()
    # Each of 120 orders has p = 1 / 120: fewer than 60 among 200 rows are never seen.
    assert len({tuple(row) for row in rows.T}) > 60
    assert gj.permutation(KEY, np.zeros((0, 3)), 1, True).shape == (0, 3)
    keys = jax.random.split(KEY, 3)
    drawn = jax.vmap(lambda k: gj.permutation(k, LOGITS[0], 0, True))(keys)
    same(drawn, np.stack([gj.permutation(k, LOGITS[0], 0, True) for k in keys]))
    for bad, error in ((-1, ValueError), (2.5, TypeError), (2**31, ValueError)):
        with pytest.raises(error):
            gj.permutation(KEY, bad)
    with pytest.raises(IndexError):
        gj.permutation(KEY, LOGITS, 3)


def test_threads_change_no_bit():
    logits = np.asarray(gk.logistic(Key(1), (64, 5_000)))
    results = []
    for threads in (1, 2, 3, None):
        gk.set_num_threads(threads)
        results.append(
            [
                gj.gumbel(KEY, (300_000,)),
                gj.gumbel_softmax(KEY, logits, 0.5),
                gj.categorical(KEY, logits),
                gj.gumbel_max(KEY, logits),
                jax.grad(lambda l: (gj.gumbel_softmax(KEY, l, 0.5) ** 2).sum())(logits),
            ]
        )
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
            lambda l: (logits * gj.gumbel_softmax(key, l, 0.5)).sum()
        )(l),
        "gradient of rows": lambda key, l: jax.grad(
            lambda l: (logits * gj.gumbel_softmax(key, l, jnp.linspace(0.5, 1, 3), 0)).sum()
        )(l),
    }


@pytest.mark.parametrize("name", calls())
def test_vmap_gives_what_a_loop_gives(name):
    call, keys, logits = calls()[name], jax.random.split(KEY, 5), jnp.asarray(LOGITS)
    both = [call(key, l) for key, l in zip(keys, logits, strict=True)]
    same(jax.vmap(call)(keys, logits), jnp.stack(both))
    same(jax.jit(jax.vmap(call))(keys, logits), jnp.stack(both))
    same(jax.vmap(call, (0, None))(keys, logits[0]), jnp.stack([call(k, logits[0]) for k in keys]))
    one_key = jax.vmap(call, (None, 0), axis_size=5)(KEY, logits)
    same(one_key, jnp.stack([call(KEY, l) for l in logits]))
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

    keys, l = jax.random.split(KEY, 4), jnp.asarray(LOGITS[0])
    total, classes = jax.lax.scan(step, jnp.zeros((4, 3)), keys)
    same(classes, np.stack([gk.gumbel_max(Key.of(key), LOGITS[0]) for key in keys]))
    first = lambda key, l: gj.gumbel_softmax(key, l, 0.5)[0, 0]  # noqa: E731
    scanned = lambda l: jax.lax.scan(lambda c, k: (c + first(k, l), 0), 0.0, keys)[0]  # noqa: E731
    grad, loop = jax.grad(scanned)(l), sum(jax.grad(first, 1)(key, l) for key in keys)
    np.testing.assert_allclose(grad, loop, rtol=1e-5, atol=1e-7)


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
    with pytest.raises(ValueError, match="shape"):
        gj.categorical(KEY, LOGITS, shape=(7,))
    with pytest.raises(ValueError, match="without replacement"):
        gj.categorical(KEY, LOGITS, shape=(4, 5, 4), replace=False)
    for arguments in ((0, (1,)), (3, (4,), False), (3, (1,), True, np.ones(2))):
        with pytest.raises(ValueError):
            gj.choice(KEY, *arguments)


def test_values_are_checked_while_running():
    error = (jax.errors.JaxRuntimeError, ValueError)
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
