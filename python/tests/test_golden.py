"""One key, one choice: the draws of Rust, bit for bit."""

import numpy as np
import pytest
from golden import draws, text

import gumbelkit as gk
from gumbelkit import Key, _native

GOLDEN = draws()
KEY = Key(7).fold_in(1)
TYPES = {"f32": np.float32, "f64": np.float64}
TAUS = 0.25 * np.arange(1, 11)

fused = pytest.mark.skipif(
    not _native.fuses_multiply_add(),
    reason="float32 bits of processors that round a product before the sum are others",
)


def logits(dtype):
    values = gk.logistic(Key(8), (2, 5, 3), dtype=dtype)
    values.reshape(-1)[4] = -np.inf
    return values


def wide(dtype):
    return gk.logistic(Key(9), (4, 30_000), dtype=dtype)


def computed():
    """Each line of the golden file, computed here."""
    lines = {}
    key = Key(3, 5)
    lines["key fold-in"] = np.array(key.fold_in(1 << 33).parts, np.uint64)
    for i, child in enumerate(key.split()):
        lines[f"key split {i}"] = np.array(child.parts, np.uint64)
    lines["permutation"] = gk.permutation(Key(7), 100)
    lines["distinct"] = _native.distinct(Key(7), 1 << 50, 20)
    for name, high in (("", 10), (" of three quarters of 64 bits", 3 << 62)):
        drawn = gk.integers(Key(7), 0, high, 500, dtype=np.uint64, offset=3)
        lines[f"integers{name}"] = drawn
    for name, dtype in TYPES.items():
        for law in ("uniform", "exponential", "gumbel", "logistic", "normal"):
            make = getattr(gk, law)
            lines[f"{name} {law}"] = make(KEY, 40, dtype=dtype)
            lines[f"{name} {law} offset"] = make(KEY, 40, dtype=dtype, offset=(1 << 40) + 5)
            lines[f"{name} {law} long"] = make(KEY, 200_003, dtype=dtype, offset=3)
        small, large = logits(dtype), wide(dtype)
        for axis, place in enumerate(("first", "middle", "last")):
            lines[f"{name} soft {place}"] = gk.gumbel_softmax(KEY, small, 0.75, axis=axis)
            lines[f"{name} log {place}"] = gk.gumbel_log_softmax(KEY, small, 0.75, axis=axis)
            lines[f"{name} gumbel-max {place}"] = gk.gumbel_max(KEY, small, axis=axis)
        lines[f"{name} soft taus"] = gk.gumbel_softmax(KEY, small, TAUS.reshape(2, 5))
        lines[f"{name} hard wide"] = gk.gumbel_softmax(KEY, large, 0.5, hard=True)
        soft = gk.gumbel_softmax(KEY, large, 0.5)
        lines[f"{name} soft wide"] = soft
        lines[f"{name} vjp wide"] = gk.gumbel_softmax_vjp(soft, large, 0.5)
        lines[f"{name} binary"] = gk.binary_concrete(KEY, small, 0.75)
        lines[f"{name} binary hard"] = gk.binary_concrete(KEY, small, 0.75, hard=True)
        winners = gk.gumbel_max(KEY, small)
        posterior = gk.gumbel_given_argmax(KEY.fold_in(2), small, winners)
        lines[f"{name} given argmax"] = posterior
        keys = KEY.fold_in(np.arange(10))
        lines[f"{name} categorical"] = gk.categorical(KEY, small)
        lines[f"{name} categorical keys"] = gk.categorical(keys, small)
        lines[f"{name} categorical masked"] = gk.categorical(
            KEY, small, temperature=0.4, mask=[True, False, True]
        )
        lines[f"{name} many rows"] = gk.categorical(KEY, small, n=20)
        lines[f"{name} categorical wide"] = gk.categorical(KEY, large)
        lines[f"{name} many few"] = gk.categorical(KEY, large[0], n=100)
        lines[f"{name} many many"] = gk.categorical(KEY, large[0], n=10_000)
        lines[f"{name} top-k"] = gk.top_k(KEY, 50, large[0]).indices
        lines[f"{name} top-k weights"] = gk.top_k(KEY, 50, weights=np.abs(large[0])).indices
    return lines


@fused
def test_draws_have_the_bits_of_rust():
    lines = computed()
    assert lines.keys() == GOLDEN.keys()
    wrong = [name for name, values in lines.items() if text(values) != GOLDEN[name]]
    assert wrong == []


def test_whole_numbers_and_f64_are_those_of_rust_on_every_processor():
    lines = computed()
    names = [name for name in lines if not name.startswith("f32")]
    assert [name for name in names if text(lines[name]) != GOLDEN[name]] == []


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_number_of_threads_changes_no_bit(threads):
    gk.set_num_threads(threads)
    try:
        assert text(gk.gumbel(KEY, 200_003, offset=3)) == text(
            np.concatenate(
                [gk.gumbel(KEY, 100_000, offset=3), gk.gumbel(KEY, 100_003, offset=100_003)]
            )
        )
        soft = gk.gumbel_softmax(KEY, wide(np.float64), 0.5)
        assert text(soft) == GOLDEN["f64 soft wide"]
    finally:
        gk.set_num_threads(None)
