"""Long calls after a fork: the threads of the parent are not there."""

import hashlib
import multiprocessing
import threading
import time

import numpy as np

import gumbelkit as gk
from gumbelkit import Key

N = 300_000


def hash_of(text):
    return hashlib.sha256(text).hexdigest()


def drawn(_):
    return gk.gumbel(Key(7), N).tobytes()


def test_a_forked_process_draws_the_same_and_does_not_hang():
    parent = drawn(0)  # starts the pool of the parent
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as pool:
        children = pool.map_async(drawn, range(4)).get(timeout=60)
    assert all(child == parent for child in children)
    # A fork of a fork.
    with context.Pool(1) as pool:
        assert pool.apply_async(grandchild).get(timeout=60) == parent


def grandchild():
    with_own_pool = drawn(0)
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    process = context.Process(target=lambda: queue.put(hash_of(drawn(0))), daemon=False)
    multiprocessing.current_process()._config["daemon"] = False
    process.start()
    process.join(timeout=40)
    if process.is_alive():
        process.kill()
    assert process.exitcode == 0
    assert queue.get() == hash_of(with_own_pool)
    return with_own_pool


def test_other_threads_of_python_run_meanwhile():
    counted = 0
    stop = threading.Event()

    def count():
        nonlocal counted
        while not stop.is_set():
            counted += 1

    thread = threading.Thread(target=count)
    out = np.empty(40_000_000, np.float32)
    thread.start()
    time.sleep(0.05)
    before = counted
    gk.gumbel(Key(7), out=out)
    during = counted - before
    stop.set()
    thread.join()
    # With the lock held for the whole call the other thread would count nothing but the switches.
    assert during > 1000


def test_many_threads_of_python_draw_at_once():
    found = {}
    wanted = gk.gumbel_softmax(Key(7), np.zeros((300, 1000), np.float32)).tobytes()

    def draw(i):
        found[i] = gk.gumbel_softmax(Key(7), np.zeros((300, 1000), np.float32)).tobytes()

    threads = [threading.Thread(target=draw, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found[i] == wanted for i in range(8))
