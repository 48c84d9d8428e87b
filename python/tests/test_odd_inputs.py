"""No input ends the interpreter: each call gives a result or one of the errors that the docs name.

`GUMBEL_SLOW=1` runs for an hour, with `GUMBEL_SECONDS` for as many seconds.
"""

import os
import re
import resource
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from odd import calls

import gumbelkit as gk
from gumbelkit import Key

SLOW = "GUMBEL_SLOW" in os.environ
REFUSED = (
    ValueError, TypeError, IndexError, OverflowError, MemoryError, NotImplementedError,
)  # fmt: skip
CARRY = ("choice", "permuted", "permutation", "pdf", "logcdf", "logsf", "ppf", "isf")

# Errors of values begin with the name of an argument, or of several, and a colon.
NAMED = re.compile(r"[a-z_]+( [a-z/-]+)*(, [a-z_]+)*: ")


def has_nan(result):
    return (
        isinstance(result, np.ndarray) and result.dtype.kind == "f" and bool(np.isnan(result).any())
    )


def check(call):
    function, arguments, options = call
    try:
        result = function(*arguments, **options)
    except REFUSED as error:
        named = not isinstance(error, gk.Error) or re.match(NAMED, str(error))
        # What is wrong with a file has no name of an argument.
        assert named or function in (gk.dct_coefficients, gk.dct_planes), (
            f"{function} {arguments}: {error!r}"
        )
        return
    finally:
        gk.set_num_threads(None)
    # Gradients carry the NaN of the gradient that they are given, and elements are those given.
    name = getattr(function, "__name__", "")
    if not name.endswith("_vjp") and name not in CARRY:
        assert not has_nan(result), f"{function} {arguments} {options} gave {result}"


@settings(
    max_examples=3000, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(calls())
def test_no_input_ends_the_interpreter(call):
    check(call)


@pytest.mark.skipif(not SLOW, reason="an hour: GUMBEL_SLOW=1")
def test_no_input_ends_the_interpreter_in_an_hour():
    # Sizes that are odd but fit into memory would end this process, as NumPy's own arrays would.
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, resource.getrlimit(resource.RLIMIT_AS)[1]))
    end = time.monotonic() + float(os.environ.get("GUMBEL_SECONDS", 3600))

    @settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
    @given(calls())
    def run(call):
        check(call)

    rounds = 0
    while time.monotonic() < end:
        run()
        rounds += 1
    print(rounds * 20_000, "calls")


def test_memory_that_is_not_there_is_an_error():
    for draw in (
        lambda: gk.permutation(Key(7), 2**60),
        lambda: gk.categorical(Key(7), np.zeros(3), n=2**60),
        lambda: gk.gumbel(Key(7), 2**60),
        lambda: gk.Lcg(1).uniforms(2**60),
        lambda: gk.rejection_sample(Key(7), lambda x: x, 2**60, low=0, high=1, height=1),
    ):
        with pytest.raises((MemoryError, ValueError)):
            draw()


def test_an_array_that_is_read_and_written_at_once_is_refused():
    a = np.zeros((3, 4), np.float32)
    with pytest.raises(ValueError):
        gk.gumbel_softmax(Key(7), a, out=a)
    b = np.zeros(24, np.float32)
    with pytest.raises(ValueError):
        gk.gumbel_softmax(Key(7), b[:12], out=b[6:18])
