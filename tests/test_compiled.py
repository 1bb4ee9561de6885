"""Compiled kernels on disk never outlive the source they were made from."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

import alliance_abm
from alliance_abm.compiled import digest, keep_apart, kernel_rooms

PACKAGE = Path(alliance_abm.__file__).parent


def names_in_kernels(tree: ast.Module) -> set[str]:
    """Every name used in a function that numba compiles."""
    return {
        node.id
        for function in tree.body
        if isinstance(function, ast.FunctionDef)
        and any("njit" in ast.unparse(decorator) for decorator in function.decorator_list)
        for node in ast.walk(function)
        if isinstance(node, ast.Name)
    }


@pytest.mark.parametrize("room", sorted(kernel_rooms(PACKAGE)))
def test_kernels_are_made_of_the_rooms_that_key_their_cache(room):
    """What a kernel takes from another room comes from a room whose change renews the cache."""
    tree = ast.parse(kernel_rooms(PACKAGE)[room])
    used = names_in_kernels(tree)
    taken = {
        (node.module, alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("alliance_abm.")
        for alias in node.names
        if (alias.asname or alias.name) in used
    }
    known = kernel_rooms(PACKAGE)
    assert {pair for pair in taken if pair[0].removeprefix("alliance_abm.") not in known} == set()


@pytest.fixture
def checkout(tmp_path):
    """A folder that looks like a checkout: a room with a kernel, one with a constant, one plain."""
    package = tmp_path / "package"
    package.mkdir()
    (tmp_path / "pyproject.toml").touch()
    (package / "kernel.py").write_text("from numba import njit")
    (package / "constants.py").write_text("LIMIT: Final = 1")
    (package / "plain.py").write_text("x = 1")
    return package


@pytest.mark.parametrize(("room", "renewed"), [("kernel", 1), ("constants", 1), ("plain", 0)])
def test_the_key_changes_with_kernels_and_their_constants_alone(checkout, room, renewed):
    """A change of a kernel or of a constant gives another folder; a change elsewhere does not."""
    before = digest(checkout)
    with (checkout / f"{room}.py").open("a") as file:
        file.write("\n# changed")
    assert (digest(checkout) != before) == renewed


def test_a_checkout_gets_a_folder_of_its_own(checkout, monkeypatch):
    """Beside a pyproject.toml the cache goes to the folder named by the key."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr("numba.config.CACHE_DIR", "")
    keep_apart(checkout)
    folder = Path(os.environ.pop("NUMBA_CACHE_DIR"))
    assert folder == checkout.parent / ".numba_cache" / digest(checkout)


def test_an_installed_package_keeps_numbas_own_cache(checkout, monkeypatch):
    """Without a pyproject.toml beside the package, the environment stays as it is."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    (checkout.parent / "pyproject.toml").unlink()
    keep_apart(checkout)
    assert "NUMBA_CACHE_DIR" not in os.environ


def test_a_cache_folder_that_the_user_chose_stays(checkout, monkeypatch):
    """NUMBA_CACHE_DIR, once set, is not changed."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", "mine")
    keep_apart(checkout)
    assert os.environ["NUMBA_CACHE_DIR"] == "mine"
