"""Where results come from: code, packages, data and machine, for the manifest."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import alliance_abm
from alliance_abm.datafiles import data_hashes

PACKAGES = ("numpy", "numba", "mesa", "networkx", "pydantic", "pyyaml", "pandas", "pyarrow")
_PATIENCE = 10  # seconds for git to answer


def provenance() -> dict[str, Any]:
    """Code version, git commit and dirty flag (None outside a checkout), packages, data, host."""
    return {
        "code_version": alliance_abm.__version__,
        **git_state(Path(alliance_abm.__file__).resolve().parent.parent),
        "data_hashes": data_hashes(),
        "packages": {"python": platform.python_version(), **package_versions()},
        "host": {"name": platform.node(), "system": platform.platform()},
    }


def package_versions(packages: Sequence[str] = PACKAGES) -> dict[str, str]:
    """Versions of the packages that a result depends on."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def git_state(folder: Path) -> dict[str, Any]:
    """`git_commit` and `git_dirty` of the checkout at `folder`; None when it is none."""
    unknown = {"git_commit": None, "git_dirty": None}
    if not (folder / ".git").exists():
        return unknown
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        changes = _git(folder, "status", "--porcelain")
    except (OSError, subprocess.SubprocessError):
        return unknown
    return {"git_commit": commit.strip(), "git_dirty": bool(changes.strip())}


def _git(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=_PATIENCE)
    return done.stdout
