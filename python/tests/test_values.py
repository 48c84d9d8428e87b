"""Values that are stored, sent, shared by threads and given as arguments: keys, laws, fits, generators."""

import copy
import pickle
import threading

import numpy as np
import pytest
from scipy.special import logsumexp

import gumbelkit as gk
from gumbelkit import Generator, Gumbel, Key, Keys, Lcg


def lcg():
    generator = Lcg(7, 1103515245, 12345, 2**31)
    generator.next_state()
    return generator


def state_of(value):
    if isinstance(value, Lcg):
        return value.state, value.period, copy.copy(value).next_state()
    if isinstance(value, Generator):
        return value.key, value.calls
    if isinstance(value, Gumbel):
        return value.loc, value.scale
    return value


@pytest.mark.parametrize(
    "value",
    [
        Key(7, 9),
        Key(7).fold_in(np.arange(3)),
        Gumbel(1.0, 2.0),
        Gumbel.fit([61.0, 48.0, 55.0, 70.0, 52.0]),
        Gumbel.fit([61.0, 48.0, 55.0, 70.0, 52.0], fscale=6),
        lcg(),
        Generator(7, calls=3),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_is_the_same_in_a_file_and_as_a_copy(value):
    for same in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value)):
        assert state_of(same) == state_of(value)


def test_threads_that_share_a_generator_repeat_no_draw():
    rng, drawn = Generator(7), [[] for _ in range(8)]

    def work(mine):
        mine.extend(rng.random() for _ in range(5000))

    threads = [threading.Thread(target=work, args=(mine,)) for mine in drawn]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rng.calls == 40_000
    # Two equal numbers of 53 bits among 40,000 by chance: once in 10^7.
    assert len({x for mine in drawn for x in mine}) == 40_000


def test_keys_are_values_that_nobody_can_write_to():
    parts = np.zeros((3, 2), np.uint64)
    keys = Keys(parts)
    parts[0, 0] = 5
    assert keys[0] == Key(0)
    for same in (keys, pickle.loads(pickle.dumps(keys)), copy.deepcopy(keys)):
        with pytest.raises(ValueError):
            same.parts[0, 0] = 5


def test_children_of_keys_for_one_integer_and_for_one_of_each():
    keys = Key(7).fold_in(np.arange(4))
    assert list(keys.fold_in(-1)) == [key.fold_in(-1) for key in keys]
    each = keys.fold_in(np.array([3, 1, 2, -5]))
    assert list(each) == [key.fold_in(i) for key, i in zip(keys, (3, 1, 2, -5), strict=True)]
    assert len(keys[:0].fold_in(3)) == 0
    with pytest.raises(ValueError, match="data: expected an integer for each of 4 keys, found 3"):
        keys.fold_in(np.arange(3))


def test_sources_of_numpy_give_keys():
    for source in (np.random.SeedSequence(3), np.random.PCG64(3), np.random.default_rng(3)):
        assert isinstance(Key.of(source), Key)
    assert Key.of(np.random.PCG64(3)) == Key.of(np.random.default_rng(3))


def test_choices_take_no_time_for_what_is_not_drawn():
    rng = Generator(7)
    assert len(set(rng.choice(10**15, 1000, replace=False).tolist())) == 1000
    many = rng.choice(10**15, 1000)
    assert many.min() >= 0 and many.max() < 10**15 and many.mean() > 4e14
    counts = np.zeros((5, 5))
    for _ in range(4000):
        first, second = rng.choice(5, 2, replace=False)
        counts[first, second] += 1
    assert np.diag(counts).sum() == 0
    # 20 pairs, 200 each, standard deviation 13.8: six of these are a false alarm in 10^7.
    assert np.abs(counts[~np.eye(5, dtype=bool)] - 200).max() < 83
    with pytest.raises(ValueError):
        rng.choice(5, 6, replace=False)


def test_a_mask_of_fewer_axes_is_that_of_the_values_along_every_axis():
    values = np.zeros((3, 2, 4))
    mask = np.array([[True, True, False, True], [False, True, True, True]])
    for axis in (0, 1, 2, -2):
        whole = np.broadcast_to(mask, values.shape)
        allowed = gk.categorical(Key(7), values, axis=axis, mask=whole) if axis != 0 else None
        if axis == 0:  # in some rows no class is left
            for given in (mask, whole):
                with pytest.raises(gk.Error):
                    gk.categorical(Key(7), values, axis=0, mask=given)
        else:
            assert np.array_equal(gk.categorical(Key(7), values, axis=axis, mask=mask), allowed)


def test_indices_go_into_the_array_of_the_caller():
    logits = gk.logistic(Key(8), (5, 7))
    for options in ({}, {"n": 3}, {"n": 3, "replace": False}):
        wanted = gk.categorical(Key(7), logits, **options)
        out = np.full_like(wanted, -1)
        assert gk.categorical(Key(7), logits, out=out, **options) is out
        assert np.array_equal(out, wanted)
    with pytest.raises(ValueError, match=r"out: expected an array \[5\], found \[4\]"):
        gk.categorical(Key(7), logits, out=np.empty(4, np.int64))
    with pytest.raises(ValueError, match="out: expected an array in C order"):
        gk.categorical(Key(7), logits, out=np.empty(10, np.int64)[::2])


def test_log_probabilities_of_picks_refuse_the_sum_of_another_temperature():
    logits, tau = np.array([0.0, 1.0, 2.0]), 0.5
    picks = gk.top_k(Key(7), 2, logits, temperature=tau)
    total = gk.ln_sum(logits, temperature=tau)
    assert abs(total - logsumexp(logits / tau)) < 1e-12
    first = logits[picks.indices[0]] / tau - total
    second = logits[picks.indices[1]] / tau - np.log(np.exp(total) - np.exp(first + total))
    assert np.allclose(picks.log_probs(total), [first, second])
    for bad in (logsumexp(logits), -5.0, np.nan):
        with pytest.raises(gk.Error, match="ln_sum: expected the logarithm"):
            picks.log_probs(bad)
    mask = [True, False, True]
    assert abs(gk.ln_sum(logits, mask=mask) - np.log(1 + np.exp(2))) < 1e-12
    assert gk.ln_sum(logits[:, None] * [1, 2], axis=0).shape == (2,)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Key(7).split(-1), gk.Error, "n: expected from 0"),
        (lambda: Lcg(-1), gk.Error, "seed: expected from 0"),
        (lambda: gk.set_num_threads(-1), gk.Error, "n: expected from 1"),
        (lambda: gk.gumbel_softmax(Key(7), [0.0], 10**400), gk.Error, "temperature: expected"),
        (lambda: gk.uniform(Key(7), 3, dtype="f2"), TypeError, "dtype: expected"),
        (
            lambda: gk.gumbel_given_argmax(Key(7), np.zeros(3, "f2"), 0),
            TypeError,
            "logits: expected an array of float32 or float64",
        ),
    ],
)
def test_errors_name_what_the_caller_gave(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_refused_location_leaves_the_array_as_it_was():
    out = np.full(3, 7, np.float32)
    with pytest.raises(gk.Error, match="loc, scale"):
        gk.gumbel(Key(7), loc=np.nan, out=out)
    assert (out == 7).all()
