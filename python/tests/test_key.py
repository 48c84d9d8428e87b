"""Keys: values that can be stored, compared, and derived from the sources of NumPy."""

import copy
import pickle

import numpy as np
import pytest

from gumbelkit import Key, Keys


def test_a_key_is_a_value():
    key = Key(7, 9)
    assert key == Key(7, 9) != Key(7)
    assert hash(key) == hash(Key(7, 9))
    assert key.parts == (7, 9)
    assert Key(*key.parts) == key
    for same in (copy.copy(key), copy.deepcopy(key), pickle.loads(pickle.dumps(key))):
        assert same == key
    assert eval(repr(key)) == key and eval(repr(Key(7))) == Key(7)
    with pytest.raises(AttributeError):
        key.parts = (1, 2)


def test_seeds_are_integers_modulo_two_to_the_64():
    assert Key(-1) == Key(2**64 - 1) == Key(2**128 - 1)
    assert Key(np.int64(-1)) == Key(-1) and Key(np.uint64(2**63)) == Key(2**63)
    for bad in (True, 1.0, "7", None, np.float64(1), [7]):
        with pytest.raises(TypeError, match="seed: expected an integer"):
            Key(bad)
        with pytest.raises(TypeError):
            Key(7).fold_in(bad)


def test_children_differ():
    key = Key(7)
    children = [key, *key.split(3), *(key.fold_in(i) for i in range(3)), key.fold_in(-1)]
    assert len(set(children)) == len(children)
    assert key.split(5)[:2] == key.split()
    assert key.split(0) == ()
    for bad in (-1, 2**40, 1.5):
        with pytest.raises((ValueError, OverflowError, TypeError)):
            key.split(bad)


def test_keys_of_rows_are_the_children():
    key = Key(7)
    keys = key.fold_in(np.array([0, 5, -1]))
    assert isinstance(keys, Keys)
    assert list(keys) == [key.fold_in(0), key.fold_in(5), key.fold_in(-1)]
    assert keys[1:] == key.fold_in(np.array([5, -1])) and keys[-1] == key.fold_in(-1)
    assert list(keys.fold_in(3)) == [k.fold_in(3) for k in keys]
    assert key.fold_in(np.arange(0)).parts.shape == (0, 2)
    assert key.fold_in(np.array(5)) == key.fold_in(5)
    for bad, error in ((np.array([1.5]), TypeError), (np.zeros((2, 2), int), ValueError)):
        with pytest.raises(error, match="data"):
            key.fold_in(bad)
    with pytest.raises(ValueError, match=r"parts: expected an array \[n, 2\]"):
        Keys(np.zeros(4, np.uint64))
    with pytest.raises(TypeError, match="parts"):
        Keys(np.zeros((4, 2)))


def test_a_key_comes_from_the_sources_of_numpy():
    rng = np.random.default_rng(3)
    a, b = Key.of(rng), Key.of(rng)
    assert a != b and Key.of(np.random.default_rng(3)) == a
    assert Key.of(np.random.RandomState(3)) == Key.of(np.random.RandomState(3))
    assert Key.of(7) == Key(7) and Key.of(Key(7)) == Key(7)
    assert Key.of() != Key.of(None)
    for bad in ("seed", 1.5, True, object()):
        with pytest.raises(TypeError, match="source: expected"):
            Key.of(bad)
