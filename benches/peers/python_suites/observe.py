"""The plugin of pytest that runs a suite with our functions, or with its own, and writes what happened.

It takes its orders from the environment, because it must change the peer before the tests are imported:

| variable | content |
|---|---|
| GUMBEL_SUITE_RESULT | the JSON file to write |
| GUMBEL_SUITE_ADAPTER | the module in `adapters` to install; empty: the peer alone |
| GUMBEL_SUITE_PREPARE | a module in `adapters` to install first, with our functions and without |
| GUMBEL_SUITE_TESTS | a regular expression; tests whose name has no match are not run |
| GUMBEL_SUITE_SALT | a number: what the tests leave without a seed is seeded with it, and our draws depend on it |
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import random
import re
import sys
from pathlib import Path
from typing import Any, Callable

SALT = int(os.environ.get("GUMBEL_SUITE_SALT", "0"))

_calls = 0
_tests: dict[str, dict[str, Any]] = {}
_broken: list[str] = []


def ours(function: Callable[..., Any], like: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """The function, counted: a test in which nothing is counted says nothing about us."""

    @functools.wraps(like or function)
    def counted(*args: Any, **kwargs: Any) -> Any:
        global _calls
        _calls += 1
        return function(*args, **kwargs)

    return counted


def salted(key: Any) -> Any:
    """The key of a draw in this run: another one for another salt."""
    return key.fold_in(SALT) if SALT else key


def pytest_configure(config: Any) -> None:
    for variable in ("GUMBEL_SUITE_PREPARE", "GUMBEL_SUITE_ADAPTER"):
        if adapter := os.environ.get(variable, ""):
            importlib.import_module(f"adapters.{adapter}").install()


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    wanted = re.compile(os.environ.get("GUMBEL_SUITE_TESTS", ""))
    dropped = [item for item in items if not wanted.search(_name(item.nodeid))]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if wanted.search(_name(item.nodeid))]


def pytest_runtest_setup(item: Any) -> None:
    global _calls
    _calls = 0
    random.seed(SALT)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(SALT)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(SALT)


def pytest_runtest_logreport(report: Any) -> None:
    name = _name(report.nodeid)
    test = _tests.setdefault(name, {"outcome": "passed", "calls": 0, "message": ""})
    if hasattr(report, "wasxfail"):
        # A failure that the peer expects is no pass, and none of ours.
        test["outcome"] = "skipped"
    elif report.failed:
        test["outcome"] = "failed"
        test["message"] = _message(report)
    elif report.skipped and test["outcome"] == "passed":
        test["outcome"] = "skipped"
        test["message"] = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""
    if report.when == "call":
        test["calls"] = _calls


def pytest_collectreport(report: Any) -> None:
    if report.failed:
        _broken.append(f"{report.nodeid}: {str(report.longrepr).strip().splitlines()[-1]}")


def pytest_sessionfinish(session: Any, exitstatus: int) -> None:
    result = {"tests": _tests, "broken": _broken}
    Path(os.environ["GUMBEL_SUITE_RESULT"]).write_text(json.dumps(result, indent=1))


def _name(nodeid: str) -> str:
    """The file, class and name of the test, without the folders, which differ from machine to machine."""
    path, _, rest = nodeid.partition("::")
    return f"{path.rsplit('/', 1)[-1]}::{rest}"


def _message(report: Any) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else str(report.longrepr)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines)[:400]
