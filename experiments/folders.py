"""Result folders, and single files, that are there whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alliance_abm.problems import ConfigError

MANIFEST = "manifest.json"
_MANIFEST_KEYS = {"command", "config_hash", "seeds"}
Check = Callable[[Path, bool, Path], None]


@dataclass
class InMaking:
    """A temporary sibling of `target`, which the user named `called`."""

    target: Path
    temporary: Path
    overwrite: bool
    called: Path
    committed: bool = False


@dataclass
class FolderInMaking(InMaking):
    """A folder to fill; `commit()` moves it to its place."""

    def commit(self) -> None:
        """Put the folder in its place; what it replaces is put back if that fails."""
        check_target(self.target, self.overwrite, self.called)
        if not self.target.exists():
            self.temporary.rename(self.target)
            self.committed = True
            return
        old = self.temporary.with_name(self.temporary.name + ".old")
        self.target.rename(old)
        try:
            self.temporary.rename(self.target)
        except BaseException:
            old.rename(self.target)
            raise
        self.committed = True
        shutil.rmtree(old, ignore_errors=True)


@dataclass
class FileInMaking(InMaking):
    """A file to write; `commit()` moves it to its place."""

    def commit(self) -> None:
        """Put the file in its place; raises ConfigError when it is taken by now."""
        check_file(self.target, self.overwrite, self.called)
        self.temporary.replace(self.target)
        self.committed = True


def check_file(target: Path, overwrite: bool, called: Path) -> None:
    """Raise ConfigError unless a file may be put at `target`, which the user named `called`."""
    if target.is_dir():
        raise ConfigError(f"--out {called}: is a folder; allowed: a file to write")
    if (target.exists() or target.is_symlink()) and not overwrite:
        raise ConfigError(f"--out {called}: exists; allowed: a new file, or --overwrite")


def is_result_folder(folder: Path) -> bool:
    """Does `folder` hold a manifest that this program wrote?"""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and set(manifest) >= _MANIFEST_KEYS


def check_target(target: Path, overwrite: bool, called: Path) -> None:
    """Raise ConfigError unless results may be put at `target`, which the user named `called`."""
    if target.is_dir() and overwrite:
        if not is_result_folder(target):
            raise ConfigError(
                f"--out {called}: is a folder without results of this program; allowed: a new "
                "folder, or one that a run wrote"
            )
    elif target.is_dir():
        raise ConfigError(
            f"--out {called}: exists; allowed: a new folder, or --overwrite to replace its results"
        )
    elif target.exists() or target.is_symlink():
        raise ConfigError(f"--out {called}: is a file; allowed: a folder")


@contextmanager
def new_folder(out: Path, overwrite: bool = False) -> Iterator[FolderInMaking]:
    """A folder to fill; on leaving without `commit()` nothing is left of it.

    Raises ConfigError, before anything is made, when `out` exists (without `overwrite`), is no
    result folder, or cannot be written.
    """
    target, temporary, made = _begun(out, overwrite, check_target, _empty_folder)
    folder = FolderInMaking(target, temporary, overwrite, out)
    try:
        temporary.chmod(0o755)
        yield folder
    finally:
        if not folder.committed:
            shutil.rmtree(temporary, ignore_errors=True)
            _remove_empty(made)


@contextmanager
def new_file(out: Path, overwrite: bool = False) -> Iterator[FileInMaking]:
    """A file to write; on leaving without `commit()` nothing is left of it.

    Raises ConfigError, before anything is made, when `out` exists (without `overwrite`), is a
    folder, or cannot be written.
    """
    target, temporary, made = _begun(out, overwrite, check_file, _empty_file)
    file = FileInMaking(target, temporary, overwrite, out)
    try:
        file.temporary.chmod(0o644)
        yield file
    finally:
        if not file.committed:
            file.temporary.unlink(missing_ok=True)
            _remove_empty(made)


def _begun(
    out: Path, overwrite: bool, check: Check, make: Callable[[Path], Path]
) -> tuple[Path, Path, list[Path]]:
    """Target, a temporary sibling of it, and the folders that were made for them.

    Raises ConfigError, and leaves nothing, when it may not or cannot be written.
    """
    target = _resolved(out)
    try:
        check(target, overwrite, out)
    except OSError as error:
        raise _unwritable(out, error) from None
    made = _make_parents(target.parent, out)
    try:
        return target, make(target), made
    except OSError as error:
        _remove_empty(made)
        raise _unwritable(out, error) from None


def _empty_folder(target: Path) -> Path:
    return Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))


def _empty_file(target: Path) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    os.close(handle)
    return Path(name)


def _resolved(out: Path) -> Path:
    if not str(out).strip() or "\0" in str(out):
        raise ConfigError("--out: the name is empty; allowed: a folder to make")
    try:
        return out.resolve()
    except (OSError, RuntimeError) as error:
        raise ConfigError(f"--out {out}: cannot be resolved ({error})") from None


def _make_parents(parent: Path, out: Path) -> list[Path]:
    """Make the folders above; returns those that are new, the innermost first."""
    missing = [folder for folder in (parent, *parent.parents) if not folder.exists()]
    made: list[Path] = []
    try:
        for folder in reversed(missing):
            folder.mkdir()
            made.insert(0, folder)
    except OSError as error:
        _remove_empty(made)
        raise _unwritable(out, error) from None
    return made


def _remove_empty(folders: list[Path]) -> None:
    with contextlib.suppress(OSError):
        for folder in folders:
            folder.rmdir()


def _unwritable(out: Path, error: OSError) -> ConfigError:
    why = error.strerror or str(error)
    return ConfigError(f"--out {out}: cannot be written ({why}); allowed: a writable folder")
