"""The tutorials: every notebook runs, and what is stored in them may be published."""

from __future__ import annotations

import importlib.util
import re
import socket
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook, new_output

TUTORIALS = Path(__file__).parent.parent / "docs" / "tutorials"
NOTEBOOKS = sorted(TUTORIALS.glob("*.ipynb"))
ABSOLUTE = re.compile(r"(?<![\w.:/<])/(?!/)\w[\w.+-]*/[\w./+-]+|\b[A-Z]:\\\w+")
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


def name_of(path: Path) -> str:
    return path.stem


def texts(output: nbformat.NotebookNode) -> list[str]:
    """What can be read of an output; pictures are left out."""
    if output.output_type == "stream":
        return [output.text]
    if output.output_type == "error":
        return [output.ename, output.evalue, *output.traceback]
    data = output.get("data", {})
    return ["".join(text) for kind, text in data.items() if not kind.startswith("image/")]


def problems(notebook: nbformat.NotebookNode) -> list[str]:
    """What may not stand in a published notebook."""
    found = []
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if [cell.execution_count for cell in cells] != list(range(1, len(cells) + 1)):
        found.append("not run from top to bottom")
    outputs = [output for cell in cells for output in cell.outputs]
    found += [f"an error: {one.ename}" for one in outputs if one.output_type == "error"]
    for text in (text for one in outputs for text in texts(one)):
        if "Traceback" in text:
            found.append("a traceback")
        found += [f"an absolute path: {match[0]}" for match in ABSOLUTE.finditer(text)]
        if re.search(rf"\b{re.escape(socket.gethostname())}\b", text):
            found.append("the name of a machine")
    return found


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_tutorials", TUTORIALS / "make.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_a_tutorial_runs(maker, path, tmp_path):
    """Every cell ends without an error in an empty folder, and every cell that has an output in
    the stored notebook has one again."""
    found = maker.executed(path, tmp_path)
    assert problems(found) == []
    stored = nbformat.read(path, as_version=4)
    silent = [
        new.id
        for old, new in zip(stored.cells, found.cells, strict=True)
        if old.get("outputs") and not new.get("outputs")
    ]
    assert silent == []


def test_a_cell_that_raises_ends_the_run(maker, tmp_path):
    """An error in a notebook is an error of `executed`; so is a shell command that fails."""
    for source in ("1 / 0", "%%sh\nexit 2"):
        path = tmp_path / "wrong.ipynb"
        nbformat.write(new_notebook(cells=[new_code_cell(source)]), path)
        with pytest.raises(CellExecutionError):
            maker.executed(path, tmp_path)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_what_is_stored_may_be_published(path):
    """It was run from top to bottom; no error, traceback, absolute path or machine's name."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert problems(notebook) == []
    assert notebook.metadata.kernelspec.name == "python3"


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (new_output("stream", name="stdout", text="written: /srv/data/x.csv"), "absolute path"),
        (new_output("display_data", {"text/html": "<td>/opt/a/b</td>"}), "absolute path"),
        (new_output("stream", name="stderr", text="Traceback (most recent …"), "a traceback"),
        (new_output("error", ename="KeyError", evalue="x", traceback=[]), "an error: KeyError"),
    ],
)
def test_what_may_not_be_published_is_seen(output, said):
    """A path, a traceback and an error are each found, and so is a cell that was not run."""
    cells = [new_code_cell("1", execution_count=1, outputs=[output])]
    assert [said in one for one in problems(new_notebook(cells=cells))] == [True]
    assert problems(new_notebook(cells=[new_code_cell("1")])) == ["not run from top to bottom"]


def test_the_list_of_tutorials_is_whole():
    """The README links every notebook, and no other."""
    links = LINK.findall((TUTORIALS / "README.md").read_text(encoding="utf-8"))
    assert sorted(link for link in links if link.endswith(".ipynb")) == [
        path.name for path in NOTEBOOKS
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_links_of_a_tutorial_lead_somewhere(path):
    """Every relative link in its text names a file that exists."""
    cells = nbformat.read(path, as_version=4).cells
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    links = [link for text in texts for link in LINK.findall(text)]
    assert [link for link in links if not (path.parent / link).exists()] == []
