"""`gumbelkit.jax` on several devices: `jax.shard_map` with its checks, and spread arrays."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

jax = pytest.importorskip("jax")

START = """
    import jax, jax.numpy as jnp, numpy as np, pytest
    import gumbelkit.jax as gj
    from jax.sharding import NamedSharding, PartitionSpec as P

    mesh = jax.make_mesh((2,), ("d",), axis_types=(jax.sharding.AxisType.Auto,))
    key, d = jax.random.key(7), P("d")
    keys = jax.random.split(key, 2)
    l = jnp.linspace(-1, 2, 20).reshape(4, 5)
    w = jnp.cos(jnp.arange(20.0)).reshape(4, 5)

    def spread(f, places, out=d):
        return jax.shard_map(f, mesh=mesh, in_specs=places, out_specs=out)

    def close(a, b):
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6), a, b)
"""

CASES = {
    "draws of each device are those of its key": """
        for f in (
            lambda k, l: gj.gumbel_softmax(k, l), lambda k, l: gj.gumbel_softmax(k, l, hard=True),
            lambda k, l: gj.gumbel_log_softmax(k, l), lambda k, l: gj.binary_concrete(k, l),
            lambda k, l: gj.gumbel(k, (2, 3)), gj.gumbel_max, gj.categorical,
            lambda k, l: gj.categorical(k, l, shape=(3, 2)).T,
            lambda k, l: gj.choice(k, 9, (4,), replace=False), lambda k, l: gj.choice(k, l, (3,)),
            lambda k, l: gj.uniform(k, (2,), maxval=l[0, 0] + 5),
        ):
            for compiled in (lambda f: f, jax.jit):
                found = compiled(spread(lambda k, l: f(k[0], l), (d, d)))(keys, l)
                one = [f(keys[i], l[2 * i : 2 * i + 2]) for i in range(2)]
                assert found.tolist() == jnp.concatenate(one).tolist()
    """,
    "draws that differ are not taken for equal ones": """
        equal = spread(lambda k: gj.gumbel(k, (3,)), P(), P())(key)
        assert equal.tolist() == gj.gumbel(key, (3,)).tolist()
        for f in (
            lambda k, l: gj.gumbel(k, (3,)), lambda k, l: gj.categorical(k, l[:1])[0],
            lambda k, l: gj.gumbel_softmax(k, l), lambda k, l: gj.choice(k, 5, (2,)),
            lambda k, l: gj.gumbel_softmax(key, l), lambda k, l: gj.gumbel_max(key, l),
        ):
            with pytest.raises(ValueError, match="out_specs"):
                spread(lambda k, l: f(k[0], l), (d, d), P())(keys, l)
    """,
    "gradients are those of one device": """
        rows = jnp.linspace(0.5, 1, 4)
        for name, hard, tau, place in (
            ("gumbel_softmax", {}, jnp.float32(0.7), P()),
            ("gumbel_softmax", {"hard": True}, rows, d),
            ("gumbel_log_softmax", {}, rows, d),
            ("binary_concrete", {}, rows[:, None], d),
            ("binary_concrete", {"hard": True}, jnp.float32(0.7), P()),
        ):
            def cost(k, l, tau, w):
                return w * jnp.sin(getattr(gj, name)(k[0], l, tau, **hard))
            def both(l, tau):
                return spread(cost, (d, d, place, d))(keys, l, tau, w).sum()
            def one_by_one(l, tau):
                parts = [slice(0, 2), slice(2, 4)]
                of = lambda half: tau[half] if tau.ndim else tau
                return sum(cost(keys[i:], l[p], of(p), w[p]).sum() for i, p in enumerate(parts))
            first = lambda f: jax.jit(jax.grad(f, (0, 1)))(l, tau)
            turned = lambda f: lambda *at: jax.jvp(jax.grad(f, (0, 1)), at, (w, tau))
            second = lambda f: jax.jit(turned(f))(l, tau)
            close(jax.grad(both, (0, 1))(l, tau), first(one_by_one))
            close(first(both), first(one_by_one))
            close(second(both), second(one_by_one))
    """,
    "a loop carries them": """
        def walk(k, l):
            step = lambda c, k: (c + gj.gumbel_softmax(k, l, 0.5), gj.gumbel_max(k, l))
            return jax.lax.scan(step, jnp.zeros_like(l), jax.random.split(k[0], 3))
        found = spread(walk, (d, d), (d, P(None, "d")))(keys, l)
        total, classes = walk(keys[:1], l[:2])
        assert found[0][:2].tolist() == total.tolist()
        assert found[1][:, :2].tolist() == classes.tolist()
    """,
    "vmap within and around": """
        f = lambda k, l: jax.vmap(gj.gumbel_softmax, (None, 0))(k[0], l)
        found = spread(f, (d, d))(keys, l)
        assert found[2].tolist() == gj.gumbel_softmax(keys[1], l[2]).tolist()
        around = jax.vmap(spread(lambda k, l: gj.gumbel_softmax(k[0], l), (d, d)), (None, 0))
        found = around(keys, jnp.stack([l, l + w]))[0, :2]
        assert found.tolist() == gj.gumbel_softmax(keys[0], l[:2]).tolist()
    """,
    "the gradient of spread logits is that of one device and on both": """
        placed = jax.device_put(l, NamedSharding(mesh, d))
        cost = lambda l: (w * gj.gumbel_softmax(key, l, 0.5)).sum()
        close(jax.jit(lambda l: gj.gumbel_softmax(key, l))(placed), gj.gumbel_softmax(key, l))
        slope = jax.jit(jax.grad(cost))(placed)
        close(slope, jax.grad(cost)(l))
        assert slope.sharding.is_fully_replicated
    """,
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.skipif(not hasattr(jax, "shard_map"), reason="an older JAX")
def test_on_two_devices(name):
    script = textwrap.dedent(START) + textwrap.dedent(CASES[name])
    flags = os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=2"
    subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        timeout=300,
        env={**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"},
    )
