"""The notebook runs from top to bottom, without a kernel, and shows what it should."""

import ast
import json
from pathlib import Path

import pytest

pytest.importorskip("torch")
matplotlib = pytest.importorskip("matplotlib")

FILE = Path(__file__).parents[1] / "notebooks/gumbel_softmax.ipynb"
NOTEBOOK = json.loads(FILE.read_text())
CODE = ["".join(cell["source"]) for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]


def shown_by(cell, names):
    """Runs a cell; gives the value of its last line if that is an expression."""
    tree = ast.parse(cell)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, FILE.name, "exec"), names)
    if last is not None:
        return eval(compile(ast.Expression(last.value), FILE.name, "eval"), names)
    return None


def test_the_notebook_runs():
    matplotlib.use("Agg")
    names, drawings = {"__name__": "__main__"}, 0
    for cell in CODE:
        shown = shown_by(cell, names)
        if hasattr(shown, "_repr_svg_"):
            assert shown._repr_svg_().startswith("<svg")
            drawings += 1
    assert drawings == sum(cell.startswith("gk.figure(") for cell in CODE) >= 5
    assert names["mean_cost"](names["after"]) < names["mean_cost"](names["before"]) / 4
    matplotlib.pyplot.close("all")


def test_the_notebook_is_committed_without_outputs():
    for cell in NOTEBOOK["cells"]:
        assert not cell.get("outputs") and cell.get("execution_count") is None, cell["id"]


def test_the_links_of_the_notebook_exist():
    for cell in NOTEBOOK["cells"]:
        if cell["cell_type"] == "markdown":
            for part in "".join(cell["source"]).split("](")[1:]:
                target = part.split(")")[0]
                assert (FILE.parent / target).exists(), target
