"""Every block of Python in the pages runs, and every example in a docstring."""

import doctest
import importlib
import importlib.util
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gumbelkit

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "python/README.md",
    *sorted((ROOT / "docs/python").glob("*.md")),
]
OPTIONS = doctest.ELLIPSIS
# What the blocks of a whole page need; in other pages each block is looked at for itself.
NEEDS = {"from-pytorch.md": {"torch"}, "from-jax.md": {"jax"}, "from-numpy.md": {"scipy"}}
FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def installed(library):
    return importlib.util.find_spec(library) is not None


def blocks(page):
    """The Python blocks of a page, each with the number of lines before it."""
    text = page.read_text()
    return [(match[1], text[: match.start(1)].count("\n")) for match in FENCE.finditer(text)]


def missing(page, block):
    needed = NEEDS.get(page.name) or set(re.findall(r"\b(torch|jax|scipy|matplotlib)\b", block))
    return sorted(library for library in needed if not installed(library))


def examples(text, names, name, file, line):
    """Runs the examples of a text; the names that they define are kept for the next ones."""
    test = doctest.DocTestParser().get_doctest(text, names, name, str(file), line)
    output = []
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    runner.run(test, out=output.append, clear_globs=False)
    names.update(test.globs)
    assert runner.failures == 0, "".join(output)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_blocks_of_a_page_run(page):
    found = blocks(page)
    assert found, f"{page}: no block of Python"
    absent = [missing(page, text) for text, _ in found]
    if all(absent):
        pytest.skip(f"not installed: {', '.join(absent[0])}")
    # A process of its own: a page that forks does not follow one that has started the threads of JAX.
    command = [sys.executable, __file__, str(page)]
    settings = {
        "OMP_NUM_THREADS": "1",
        "PYTHONWARNINGS": "ignore",
        "JAX_TRACEBACK_FILTERING": "off",
    }
    done = subprocess.run(
        command, env=os.environ | settings, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr


def run_page(page):
    names = {"__name__": "__main__"}
    for text, line in blocks(page):
        if missing(page, text):
            continue
        if ">>>" in text:
            examples(text, names, page.name, page, line)
        else:
            exec(compile("\n" * line + text, str(page), "exec"), names)


def modules():
    packages = pkgutil.walk_packages(gumbelkit.__path__, "gumbelkit.", onerror=lambda name: None)
    return ["gumbelkit", *(module.name for module in packages)]


@pytest.mark.parametrize("name", modules())
def test_the_examples_of_a_module_run(name):
    for library in ("torch", "jax"):
        if f".{library}" in name and not installed(library):
            pytest.skip(f"not installed: {library}")
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=OPTIONS).failed == 0


NATIVE = ["Key", "Lcg", "TopK", "GumbelFit", "ReturnLevel", "num_threads", "set_num_threads"]


@pytest.mark.parametrize("name", NATIVE)
def test_the_examples_of_a_native_name_run(name):
    native = getattr(gumbelkit, name)
    parts = [(name, native)]
    if isinstance(native, type):
        parts += [(f"{name}.{member}", getattr(native, member)) for member in vars(native)]
    assert native.__doc__, f"{name} has no documentation"
    for part, value in parts:
        if ">>>" in (text := getattr(value, "__doc__", None) or ""):
            examples(text, {}, part, "_native", 0)


def test_every_public_name_has_documentation():
    for name in gumbelkit.__all__:
        value = getattr(gumbelkit, name)
        if callable(value):
            assert value.__doc__, f"{name} has no documentation"


def test_the_pages_link_to_files_that_exist():
    for page in PAGES[1:]:
        text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)]+)\)", text):
            if not target.startswith("https://"):
                assert (page.parent / target.split("#")[0]).exists(), f"{page}: {target}"


def test_the_lines_of_the_pages_are_short():
    for page in PAGES[1:]:
        for number, line in enumerate(page.read_text().splitlines(), 1):
            assert len(line) <= 120 or line.startswith("|"), f"{page}:{number}: {len(line)} columns"


if __name__ == "__main__":
    run_page(Path(sys.argv[1]))
