"""JAX and the process: its end while a computation runs, the memory that is not there, a fork."""

import subprocess
import sys

import pytest

pytest.importorskip("jax")

END = """
import jax, gumbelkit.jax as gj
def several(key):
    return sum(gj.gumbel(jax.random.fold_in(key, i), (1_000_000,)).sum() for i in range(8))
x = jax.jit(several)(jax.random.key(7))
{then}
"""

MEMORY = """
import resource
import jax, jax.numpy as jnp, gumbelkit.jax as gj
key = jax.random.key(7)
gj.gumbel(key, (10,)).block_until_ready()
now = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + (1200 << 20),) * 2)
for draw in (
    lambda: gj.choice(key, 1_000_000_000, (3,), replace=False),
    lambda: gj.categorical(key, jnp.zeros(3), shape=(200_000_000,)),
    lambda: gj.binary_concrete(key, jnp.zeros(90_000_000), hard=True),
):
    try:
        draw().block_until_ready()
        raise SystemExit("drawn without memory")
    except (MemoryError, jax.errors.JaxRuntimeError) as error:
        print(error)
"""

THREADS = """
import gumbelkit, jax, gumbelkit.jax as gj
draw = jax.jit(lambda key: gj.gumbel(key, (400_000,)))
found = [draw(jax.random.key(7)).tobytes()]
for threads in (1, 2, None):
    gumbelkit.set_num_threads(threads)
    found.append(draw(jax.random.key(7)).tobytes())
assert len(set(found)) == 1
"""


def run(program):
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize("then", ["", "del x", "x.block_until_ready()"])
def test_a_process_ends_while_a_computation_runs(then):
    done = run(END.format(then=then))
    assert done.returncode == 0 and "panicked" not in done.stderr, done.stderr


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="limits of memory as Linux has them"
)
def test_memory_that_is_not_there_is_an_error_and_not_the_end():
    done = run(MEMORY)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("no memory for") == 3


def test_another_number_of_threads_is_there_for_the_next_computation():
    done = run(THREADS)
    assert done.returncode == 0, done.stderr
