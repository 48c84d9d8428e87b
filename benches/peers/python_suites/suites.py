"""The suites: what is run, from where, and through which adapter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Where = Callable[["Places"], "Path | None"]


@dataclass(frozen=True)
class Places:
    """Where the suites of the peers are."""

    packages: Path
    """The folder of the installed packages, some of which contain their tests."""
    sources: Path
    """The folder with the unpacked source distributions."""
    pytorch: tuple[Path, ...] = ()
    jax: tuple[Path, ...] = ()
    pyro: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Suite:
    """Files of a peer's tests, and the adapter that gives them our functions."""

    name: str
    peer: str
    """The package whose version the table shows."""
    adapter: str
    where: Where
    """The folder of the files, if it is there."""
    files: tuple[str, ...]
    tests: str = ""
    """A regular expression; empty: all tests."""
    missing: str = ""
    """What to do if the folder is not there."""
    options: tuple[str, ...] = ()
    prepare: str = ""
    """A module in `adapters` for both runs, with our functions and without."""
    needs: str = "gumbelkit"
    """The module of ours that must be there."""


def _installed(folder: str) -> Where:
    return lambda places: places.packages / folder


def _source(package: str, folder: str) -> Where:
    def where(places: Places) -> Path | None:
        found = sorted(places.sources.glob(f"{package}-*/{folder}"))
        return found[-1] if found else None

    return where


def _given(peer: str, *folders: str, holding: str) -> Where:
    """The first folder, in one of the user's checkouts, that has the file."""

    def where(places: Places) -> Path | None:
        for checkout in getattr(places, peer):
            for folder in folders:
                if (checkout / folder).is_dir() and list((checkout / folder).glob(holding)):
                    return checkout / folder
        return None

    return where


# PyTorch's own conftest.py is written for the version of pytest that its CI pins.
_TORCH = ("--noconftest",)
_CHECKOUT = "give a checkout of {0}: --{1}-tests DIR"
SUITES = (
    Suite(
        "NumPy Generator",
        "numpy",
        "numpy_generator",
        _installed("numpy/random/tests"),
        (
            "test_generator_mt19937.py",
            "test_generator_mt19937_regressions.py",
            "test_smoke.py",
        ),
    ),
    Suite(
        "SciPy gumbel_r, gumbel_l",
        "scipy",
        "scipy_gumbel",
        _installed("scipy/stats/tests"),
        (
            "test_continuous_basic.py",
            "test_distributions.py",
            "test_continuous_fit_censored.py",
            "test_fast_gen_inversion.py",
            "test_fit.py",
            "test_morestats.py",
        ),
        r"(?i)gumbel|extreme1",
    ),
    Suite(
        "PyTorch gumbel_softmax",
        "torch",
        "torch_gumbel_softmax",
        _given("pytorch", "test", "test/xpu", holding="test_nn*.py"),
        ("test_nn.py", "test_nn_xpu.py"),
        r"gumbel_softmax",
        _CHECKOUT.format("PyTorch", "pytorch"),
        _TORCH,
        "torch_on_cpu",
        needs="gumbelkit.torch",
    ),
    Suite(
        "PyTorch multinomial",
        "torch",
        "torch_multinomial",
        _given("pytorch", "test", "test/xpu", holding="test_torch*.py"),
        ("test_torch.py", "test_torch_xpu.py"),
        r"multinomial",
        _CHECKOUT.format("PyTorch", "pytorch"),
        _TORCH,
        "torch_on_cpu",
        needs="gumbelkit.torch",
    ),
    Suite(
        "PyTorch distributions",
        "torch",
        "torch_distributions",
        _given("pytorch", "test/distributions", holding="test_distributions.py"),
        ("test_distributions.py",),
        # Slow ones of laws that have no part in ours.
        r"^(?!.*(vonmises|wishart|lkj|studentT))",
        _CHECKOUT.format("PyTorch", "pytorch"),
        _TORCH,
        "torch_on_cpu",
        needs="gumbelkit.torch",
    ),
    Suite(
        "Pyro",
        "pyro-ppl",
        "torch_distributions",
        _given("pyro", "tests/distributions", holding="test_relaxed_straight_through.py"),
        (
            "test_relaxed_straight_through.py",
            "test_categorical.py",
            "test_one_hot_categorical.py",
        ),
        "",
        _CHECKOUT.format("Pyro", "pyro"),
        needs="gumbelkit.torch",
    ),
    Suite(
        "JAX random",
        "jax",
        "jax_random",
        _given("jax", "tests", holding="random_lax_test.py"),
        ("random_lax_test.py",),
        r"(?i)gumbel|categorical|choice|exponential|logistic|normal|uniform",
        _CHECKOUT.format("JAX", "jax"),
        needs="gumbelkit.jax",
    ),
    Suite(
        "numpyro",
        "numpyro",
        "jax_random",
        _source("numpyro", "test"),
        ("test_distributions.py",),
        r"(?i)gumbel|categorical|relaxed",
        "the source distribution could not be fetched",
        needs="gumbelkit.jax",
    ),
)
