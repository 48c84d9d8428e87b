"""Relaxed samples in NumPy: axes, temperatures, keys of rows, gradients, and what is refused."""

import numpy as np
import pytest

import gumbelkit as gk
from gumbelkit import Key

KEY = Key(7)
LOGITS = gk.logistic(Key(8), (3, 4, 5), dtype=np.float64)


def softmax(x, axis=-1):
    y = np.exp(x - x.max(axis, keepdims=True))
    return y / y.sum(axis, keepdims=True)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_the_sample_is_the_softmax_of_logits_and_noise(axis):
    noise = gk.gumbel(KEY, LOGITS.shape, dtype=np.float64)
    y = gk.gumbel_softmax(KEY, LOGITS, 0.7, axis=axis)
    # A softmax of f64 in a few operations, each within one unit of 2^-53.
    assert np.allclose(y, softmax((LOGITS + noise) / 0.7, axis), rtol=1e-13, atol=1e-15)
    assert np.array_equal(y, gk.gumbel_softmax(None, LOGITS, 0.7, axis=axis, noise=noise))
    x = gk.gumbel_log_softmax(KEY, LOGITS, 0.7, axis=axis)
    assert np.allclose(np.exp(x), y, rtol=1e-13)
    hard = gk.gumbel_softmax(KEY, LOGITS, 0.7, axis=axis, hard=True)
    chosen = gk.gumbel_max(KEY, LOGITS, axis=axis)
    assert np.array_equal(hard.argmax(axis), chosen) and np.array_equal(y.argmax(axis), chosen)
    assert np.array_equal(hard.sum(axis), np.ones_like(chosen, dtype=float))


def test_orders_strides_and_types_make_no_difference():
    y = gk.gumbel_softmax(KEY, LOGITS, 0.7)
    wider = np.repeat(LOGITS, 2, -1)[..., ::2]
    for same in (np.asfortranarray(LOGITS), wider, LOGITS.astype(">f8"), LOGITS.tolist()):
        assert np.array_equal(gk.gumbel_softmax(KEY, same, 0.7), y)
    assert gk.gumbel_softmax(KEY, [1, 2, 3]).dtype == np.float64


def test_a_temperature_for_each_row_gives_what_the_row_has_alone():
    taus = np.array([[0.3], [1.0], [2.5]])
    y = gk.gumbel_softmax(KEY, LOGITS, taus)
    for i, tau in enumerate(taus[:, 0]):
        assert np.array_equal(y[i], gk.gumbel_softmax(KEY, LOGITS, tau)[i])
    b = gk.binary_concrete(KEY, LOGITS, taus[..., None])
    for i, tau in enumerate(taus[:, 0]):
        assert np.array_equal(b[i], gk.binary_concrete(KEY, LOGITS, tau)[i])


def test_a_key_for_each_row_gives_what_the_row_has_alone():
    rows = LOGITS.reshape(12, 5)
    keys = KEY.fold_in(np.arange(12))
    y = gk.gumbel_softmax(keys, rows, 0.7)
    hard = gk.gumbel_softmax(keys, rows, hard=True)
    chosen = gk.gumbel_max(keys, rows)
    for i, row in enumerate(rows):
        assert np.array_equal(y[i], gk.gumbel_softmax(keys[i], row, 0.7))
        assert hard[i].argmax() == chosen[i] == gk.gumbel_max(keys[i], row)
    turned = gk.gumbel_softmax(keys, rows.T.copy(), 0.7, axis=0)
    assert np.array_equal(turned.T, y)


@pytest.mark.parametrize("axis", [0, 2])
def test_gradients_are_the_differences(axis):
    weights = gk.normal(Key(9), LOGITS.shape, dtype=np.float64)
    y = gk.gumbel_softmax(KEY, LOGITS, 0.7, axis=axis)
    found = gk.gumbel_softmax_vjp(y, weights, 0.7, axis=axis)
    step, direction = 1e-6, gk.normal(Key(10), LOGITS.shape, dtype=np.float64)

    def cost(logits):
        return (gk.gumbel_softmax(KEY, logits, 0.7, axis=axis) * weights).sum()

    slope = (cost(LOGITS + step * direction) - cost(LOGITS - step * direction)) / (2 * step)
    assert abs((found * direction).sum() - slope) < 1e-7 * abs(slope) + 1e-8
    b = gk.binary_concrete(KEY, LOGITS, 0.7)
    assert np.allclose(gk.binary_concrete_vjp(b, weights, 0.7), weights * b * (1 - b) / 0.7)


def test_half_precision_is_float32_rounded_once():
    for dtype in (np.float16,):
        half = LOGITS.astype(dtype)
        wide = gk.gumbel_softmax(KEY, half.astype(np.float32), 0.7)
        assert np.array_equal(gk.gumbel_softmax(KEY, half, 0.7), wide.astype(dtype))
        hard = gk.gumbel_softmax(KEY, half, 0.7, hard=True)
        assert hard.dtype == dtype and np.array_equal(hard.argmax(-1), wide.argmax(-1))


def test_impossible_classes_are_never_chosen():
    logits = np.array([0.0, -np.inf, 1.0] * 1000).reshape(-1, 3)
    y = gk.gumbel_softmax(KEY, logits, 5.0)
    assert (y[:, 1] == 0).all() and not (gk.gumbel_max(KEY, logits) == 1).any()


def test_the_shares_of_hard_samples_are_the_probabilities():
    p = np.array([0.9, 0.05, 0.05, 0.0])
    with np.errstate(divide="ignore"):
        logits = np.broadcast_to(np.log(p), (200_000, 4))
    for tau in (0.1, 10.0):
        shares = gk.gumbel_softmax(Key(11), logits, tau, hard=True).mean(0)
        # Six standard deviations: a false alarm in 10^9 for each share.
        assert (abs(shares - p) <= 6 * np.sqrt(p * (1 - p) / 200_000)).all()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: gk.gumbel_softmax(KEY, [1.0, np.nan]), gk.Error, "logits.*NaN at index 1"),
        (lambda: gk.gumbel_softmax(KEY, [[0.0], [-np.inf]]), gk.Error, "row 1 is -inf"),
        (lambda: gk.gumbel_softmax(KEY, [1.0, np.inf]), gk.Error, "logits"),
        (lambda: gk.gumbel_softmax(KEY, [1.0], 0), gk.Error, "temperature: expected a finite"),
        (lambda: gk.gumbel_softmax(KEY, [1.0], -1.0), gk.Error, "temperature: expected"),
        (lambda: gk.gumbel_softmax(KEY, [1.0], np.nan), gk.Error, "temperature: expected"),
        (lambda: gk.gumbel_softmax(KEY, [[1.0]], [np.inf]), gk.Error, "temperature: expected"),
        (lambda: gk.gumbel_softmax(KEY, [[1.0]], [1.0, 2.0]), ValueError, "temperature: expected"),
        (lambda: gk.gumbel_softmax(KEY, [1.0], "x"), TypeError, "temperature"),
        (lambda: gk.gumbel_softmax(KEY, [1.0], axis=1), IndexError, "axis 1"),
        (lambda: gk.gumbel_softmax(KEY, 1.0), IndexError, "axis"),
        (lambda: gk.gumbel_softmax(KEY, [True]), TypeError, "logits: expected"),
        (lambda: gk.gumbel_softmax(KEY, [1j]), TypeError, "logits"),
        (lambda: gk.gumbel_softmax(KEY, np.zeros((2, 0))), gk.Error, "at least 1 class"),
        (lambda: gk.gumbel_softmax(7, [1.0]), TypeError, "key: expected a Key, found int"),
        (lambda: gk.gumbel_softmax(None, [1.0]), TypeError, "key"),
        (lambda: gk.gumbel_softmax(KEY, [1.0], noise=[0.0]), TypeError, "found both"),
        (lambda: gk.gumbel_softmax(None, [1.0], noise=[0.0, 1.0]), ValueError, "noise: expected"),
        (lambda: gk.gumbel_softmax(None, [1.0], noise=[np.nan]), gk.Error, "noise"),
        (lambda: gk.gumbel_softmax(KEY.fold_in(np.arange(2)), [1.0]), ValueError, "each of 1 rows"),
        (
            lambda: gk.gumbel_softmax([0.0], np.zeros(3)),
            TypeError,
            "key: expected a Key, found list",
        ),
        (lambda: gk.gumbel_softmax(np.zeros(3), np.zeros(3)), TypeError, "key: expected a Key"),
        (lambda: gk.gumbel_softmax(KEY, [1.0], offset=-1), gk.Error, "offset: expected"),
        (
            lambda: gk.gumbel_softmax(KEY.fold_in(np.arange(1)), [1.0], offset=5),
            gk.Error,
            "offset: expected 0 with a key for each row",
        ),
        (lambda: gk.gumbel_softmax_vjp([1.0], [1.0, 2.0]), ValueError, "dy: expected"),
        (lambda: gk.binary_concrete(KEY, [np.nan]), gk.Error, "NaN"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_nothing_is_nothing():
    assert gk.gumbel_softmax(KEY, np.zeros((0, 3))).shape == (0, 3)
    assert gk.gumbel_max(KEY, np.zeros((2, 0, 3)), axis=-1).shape == (2, 0)
    assert gk.binary_concrete(KEY, np.zeros(0)).shape == (0,)
