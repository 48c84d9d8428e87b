"""What all tests share: one thread for PyTorch, whose own pool would wait for busy processors."""

import sys

import pytest


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
