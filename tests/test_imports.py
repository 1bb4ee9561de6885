"""The rooms keep their order, their size and their one source of randomness."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FORBIDDEN = {"alliance_abm": {"experiments", "viz"}, "experiments": {"viz"}, "viz": set()}
MOST_LINES = 400
HEAVY = ("numba", "mesa", "pandas", "pyarrow", "matplotlib", "seaborn", "networkx")
MACHINE_PATH = re.compile(
    r"(?<![\w.:/~*-])/(?:home|root|Users|work|tmp|opt|mnt)/\w|\b[A-Z]:\\\\?Users"
)


def rooms(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(tree: ast.AST) -> Iterator[tuple[ast.stmt, str]]:
    """Every import statement with the full names that it imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield node, f"{node.module}.{alias.name}"


def when_needed(tree: ast.AST) -> set[int]:
    """Nodes inside functions, and inside `if TYPE_CHECKING`, which never runs."""
    late = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    ]
    return {id(node) for outer in late for node in ast.walk(outer)}


def wrong_imports(source: str, package: str, is_front_door: bool = False) -> list[str]:
    """Imports against the order: the model imports neither neighbour, experiments no charts.

    The front door may import the neighbours inside a function, when a command needs them.
    """
    tree = ast.parse(source)
    spared = when_needed(tree) if is_front_door else set()
    return [
        name
        for node, name in imports(tree)
        if name.split(".")[0] in FORBIDDEN[package] and id(node) not in spared
    ]


def own_randomness(source: str) -> list[str]:
    """Uses of random, numpy.random, or a model's random and rng."""
    tree = ast.parse(source)
    found = [
        name
        for _, name in imports(tree)
        if name.split(".")[0] in {"random", "secrets"} or name.startswith("numpy.random")
    ]
    found += [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"random", "rng"}
    ]
    return found


@pytest.mark.parametrize("package", FORBIDDEN)
def test_packages_import_in_one_direction(package):
    """The model imports neither neighbour (its front door only when a command asks), and
    experiments import no charts."""
    found = {
        str(path.relative_to(ROOT)): wrong
        for path in rooms(package)
        if (
            wrong := wrong_imports(
                path.read_text(encoding="utf-8"), package, path.name.startswith("cli")
            )
        )
    }
    assert not found


@pytest.mark.parametrize(
    ("source", "is_front_door", "wrong"),
    [
        ("import viz", False, ["viz"]),
        ("from experiments.runner import run", False, ["experiments.runner.run"]),
        ("def f():\n    from viz import charts", False, ["viz.charts"]),
        ("def f():\n    from viz import charts", True, []),
        ("from viz import charts", True, ["viz.charts"]),
        ("if TYPE_CHECKING:\n    from viz import charts", True, []),
        ("from alliance_abm import model", False, []),
    ],
)
def test_the_import_reader_tells_right_from_wrong(source, is_front_door, wrong):
    """Imports of a neighbour are found wherever they stand; the front door's late ones pass."""
    assert wrong_imports(source, "alliance_abm", is_front_door) == wrong


def test_random_numbers_come_from_addressed_draws_alone():
    """No room of the model but draws.py uses random, numpy.random, model.random or model.rng."""
    found = {
        path.name: used
        for path in rooms("alliance_abm")
        if path.name != "draws.py" and (used := own_randomness(path.read_text(encoding="utf-8")))
    }
    assert not found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import random", True),
        ("from numpy.random import default_rng", True),
        ("import numpy as np\nnp.random.default_rng(1)", True),
        ("def step(model):\n    return model.rng.normal()", True),
        ("class M(Model):\n    def __init__(self, rng):\n        super().__init__(rng=rng)", False),
        ("from alliance_abm.draws import uniform", False),
    ],
)
def test_the_randomness_reader_tells_right_from_wrong(source, found):
    """Handing Mesa its seed passes; drawing from a generator of numpy, Python or Mesa does not."""
    assert bool(own_randomness(source)) == found


def test_rooms_of_the_model_stay_small():
    """Every room of the model has fewer than 400 lines."""
    sizes = {
        path.name: len(path.read_text(encoding="utf-8").splitlines())
        for path in rooms("alliance_abm")
    }
    assert {name: lines for name, lines in sizes.items() if lines >= MOST_LINES} == {}


def test_nothing_shipped_names_a_place_on_one_machine():
    """No file of the packages, configs, benchmarks or documents holds an absolute home path."""
    folders = [ROOT / name for name in (*FORBIDDEN, "configs", "docs", "benchmarks")]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    files += [path for path in ROOT.iterdir() if path.is_file()]
    texts = {".py", ".yaml", ".yml", ".csv", ".md", ".toml", ".txt", ".cff", ".json", ""}
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in files
        if path.suffix in texts
        for match in MACHINE_PATH.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_importing_the_package_loads_no_heavy_library():
    """Importing alliance_abm brings in none of numba, Mesa, pandas and the charts, and its names
    are there all the same."""
    check = (
        "import sys, alliance_abm; "
        f"print([m for m in {HEAVY!r} if m in sys.modules]); "
        "print(set(alliance_abm.__all__) <= set(dir(alliance_abm)))"
    )
    run = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert run.stdout.split("\n")[:2] == ["[]", "True"]


def test_the_lowest_versions_tried_are_the_lower_bounds():
    """constraints-lowest.txt names every core dependency at the lower bound of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bounds = dict(re.split(r">=|,", text)[:2] for text in project["dependencies"])
    pins = dict(
        line.split("==")
        for line in (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    )
    assert pins == bounds
