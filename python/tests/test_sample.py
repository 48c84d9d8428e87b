"""Exact samples: shapes, rows, laws, and what is refused."""

import numpy as np
import pytest
from scipy import stats

import gumbelkit as gk
from gumbelkit import Key

KEY = Key(7)
LOGITS = gk.logistic(Key(8), (3, 4, 50), dtype=np.float32)


def fits(counts, p):
    """Whether counts fit probabilities: a chi-square test with a false alarm in 10^6."""
    counts, p = np.asarray(counts, float), np.asarray(p, float)
    assert not counts[p == 0].any()
    counts, p = counts[p > 0], p[p > 0]
    return stats.chisquare(counts, p * counts.sum()).pvalue > 1e-6


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_draws_have_their_law(dtype):
    p = np.array([0.5, 0.3, 0.15, 0.05, 0.0])
    with np.errstate(divide="ignore"):
        logits = np.log(p).astype(dtype)
    n = 100_000
    many = np.broadcast_to(logits, (n, 5))
    ways = {
        "rows": gk.categorical(KEY, many),
        "many": gk.categorical(KEY, logits, n=n),
        "weights": gk.categorical(KEY, weights=(3 * p).astype(dtype), n=n),
        "gumbel-max": gk.gumbel_max(KEY, many),
        "first of two": gk.categorical(KEY, many, n=2, replace=False)[:, 0],
    }
    for name, drawn in ways.items():
        assert drawn.dtype == np.int64
        assert fits(np.bincount(drawn, minlength=5), p), name
    cold = gk.categorical(KEY, logits, n=n, temperature=0.5)
    assert fits(np.bincount(cold, minlength=5), p**2 / (p**2).sum())
    masked = gk.categorical(KEY, logits, n=n, mask=[False, True, True, True, True])
    assert fits(np.bincount(masked, minlength=5), np.array([0, *p[1:]]) / 0.5)


def test_shapes():
    assert gk.categorical(KEY, LOGITS).shape == (3, 4)
    assert gk.categorical(KEY, LOGITS, axis=0).shape == (4, 50)
    assert gk.categorical(KEY, LOGITS, n=7).shape == (3, 4, 7)
    assert gk.categorical(KEY, LOGITS, n=7, axis=1).shape == (3, 50, 7)
    assert gk.categorical(KEY, LOGITS, n=50, replace=False).shape == (3, 4, 50)
    assert gk.categorical(KEY, LOGITS[0, 0]).shape == ()
    assert gk.categorical(KEY, LOGITS[0, 0], n=0).shape == (0,)
    assert gk.categorical(KEY, LOGITS[:0]).shape == (0, 4)


def test_a_row_draws_alone_what_it_draws_in_a_batch():
    rows = LOGITS.reshape(12, 50)
    keys = KEY.fold_in(np.arange(12))
    mask = gk.uniform(Key(9), rows.shape) < 0.7
    taus = np.linspace(0.3, 2, 12)
    one = gk.categorical(keys, rows, mask=mask, temperature=taus)
    many = gk.categorical(KEY, rows, n=9, mask=mask)
    without = gk.categorical(keys, rows, n=9, replace=False)
    for i in range(12):
        alone = gk.categorical(
            keys[i : i + 1], rows[i : i + 1], mask=mask[i : i + 1], temperature=taus[i]
        )
        assert one[i] == alone[0]
        assert np.array_equal(many[i], gk.categorical(keys[i], rows[i], n=9, mask=mask[i]))
        assert np.array_equal(without[i], gk.top_k(keys[i], 9, rows[i]).indices)
    several = gk.categorical(KEY, rows, n=9, temperature=taus)
    for i in range(12):
        alone = gk.categorical(keys[i], rows[i], n=9, temperature=taus[i])
        assert np.array_equal(several[i], alone)
    shared = gk.categorical(KEY, rows, temperature=taus)
    for i in range(12):
        assert shared[i] == gk.categorical(KEY, rows, temperature=taus[i])[i]


@pytest.mark.parametrize("axis", [0, 1])
def test_another_axis_is_the_transposed_array(axis):
    moved = np.moveaxis(LOGITS, axis, -1)
    assert np.array_equal(gk.categorical(KEY, LOGITS, axis=axis), gk.categorical(KEY, moved))
    assert np.array_equal(
        gk.categorical(KEY, LOGITS, n=3, axis=axis), gk.categorical(KEY, moved, n=3)
    )
    mask = LOGITS >= np.median(LOGITS, axis, keepdims=True)
    masked = gk.categorical(KEY, LOGITS, mask=mask, axis=axis)
    assert np.array_equal(masked, gk.categorical(KEY, moved, mask=np.moveaxis(mask, axis, -1)))
    assert np.take_along_axis(mask, np.expand_dims(masked, axis), axis).all()


def test_samples_without_replacement_are_permutations():
    order = gk.categorical(KEY, LOGITS[0, 0], n=50, replace=False)
    assert sorted(order) == list(range(50))
    top = gk.top_k(KEY, 50, LOGITS[0, 0])
    assert np.array_equal(top.indices, order) and (np.diff(top.perturbed) <= 0).all()
    weights = np.array([1.0, 2.0, 3.0])
    top = gk.top_k(KEY, 3, weights=weights)
    left = 6 - np.concatenate([[0], np.cumsum(weights[top.indices])[:-1]])
    assert np.allclose(top.log_probs(np.log(6)), np.log(weights[top.indices] / left))
    assert sorted(gk.permutation(KEY, 30)) == list(range(30))


def test_parts_of_a_row_merge_to_its_sample():
    row = LOGITS.reshape(-1)
    parts = [gk.top_k(KEY, 5, row[at : at + 200], first_class=at) for at in range(0, row.size, 200)]
    merged = parts[2].merge(parts[0]).merge(parts[1])
    assert merged == gk.top_k(KEY, 5, row)
    with pytest.raises(gk.Error):
        merged.merge(gk.top_k(KEY, 4, row))


def test_noise_given_the_argmax_has_that_argmax():
    winners = gk.gumbel_max(KEY, LOGITS)
    z = gk.gumbel_given_argmax(Key(9), LOGITS, winners)
    assert np.array_equal(z.argmax(-1), winners)
    with pytest.raises(gk.Error, match="winners"):
        gk.gumbel_given_argmax(Key(9), [0.0, -np.inf], 1)
    for bad in (2, -1):
        with pytest.raises(gk.Error, match="winners"):
            gk.gumbel_given_argmax(Key(9), [0.0, 1.0], bad)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: gk.categorical(KEY), TypeError, "expected one of logits.*found none"),
        (lambda: gk.categorical(KEY, [0.0], probs=[1.0]), TypeError, "logits and probs"),
        (lambda: gk.categorical(KEY, probs=[0.5, 0.2]), gk.Error, "probs: expected row 0 to sum"),
        (lambda: gk.categorical(KEY, probs=[[1.0, 0], [0.5, 0.2]]), gk.Error, "row 1"),
        (lambda: gk.categorical(KEY, weights=[1.0, -1.0]), gk.Error, "weights.*-1 at index 1"),
        (lambda: gk.categorical(KEY, weights=[0.0, 0.0]), gk.Error, "weights: every class"),
        (lambda: gk.categorical(KEY, [np.nan]), gk.Error, "logits"),
        (
            lambda: gk.categorical(KEY, [[0.0], [np.nan]], temperature=[1.0, 2.0]),
            gk.Error,
            "index 1",
        ),
        (lambda: gk.categorical(KEY, [0.0, 1.0], mask=[False, False]), gk.Error, "row 0"),
        (lambda: gk.categorical(KEY, [0.0, 1.0], mask=[1, 0]), TypeError, "mask: expected"),
        (lambda: gk.categorical(KEY, [0.0, 1.0], mask=[True] * 3), ValueError, "mask: expected"),
        (lambda: gk.categorical(KEY, [0.0, 1.0], n=-1), gk.Error, "n: expected from 0"),
        (lambda: gk.categorical(KEY, [0.0, 1.0], n=1.5), TypeError, "n: expected an integer"),
        (lambda: gk.categorical(KEY, [0.0, 1.0], replace=False), TypeError, "n: expected"),
        (lambda: gk.categorical(KEY, [0.0, 1.0], n=3, replace=False), gk.Error, "possible classes"),
        (lambda: gk.categorical(KEY, [0.0, 1.0], temperature=0), gk.Error, "temperature: expected"),
        (lambda: gk.categorical(KEY, [0.0, 1.0], axis=2), IndexError, "axis 2"),
        (lambda: gk.categorical(KEY.fold_in(np.arange(2)), [0.0]), ValueError, "each of 1 rows"),
        (lambda: gk.top_k(KEY, 0, [0.0]), gk.Error, "k: expected from 1"),
        (lambda: gk.top_k(KEY, 1, [[0.0], [1.0]]), gk.Error, "one row"),
        (lambda: gk.categorical(7, [0.0, 1.0]), TypeError, "key: expected a Key, found int"),
        (lambda: gk.permutation(KEY, -1), gk.Error, "n: expected from 0"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
