"""Where the compiled kernels of a source checkout are kept.

Numba renews a kernel on disk when the kernel's own file changes, but not when a kernel or a
constant that it takes from another room does. In a checkout, where rooms do change, the cache
therefore has one folder per content of the rooms that kernels are made of.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from pathlib import Path

_IMPORT = re.compile(r"^\s*from alliance_abm(?:\.(\w+) import|\s+import (\w+))", re.MULTILINE)


def keep_apart(package: Path) -> None:
    """Point numba's cache at the folder for this content of `package`, if it is a checkout.

    Does nothing for an installed package, or where NUMBA_CACHE_DIR is already set.
    """
    root = package.parent
    if "NUMBA_CACHE_DIR" in os.environ or not (root / "pyproject.toml").is_file():
        return
    folder = str(root / ".numba_cache" / digest(package))
    os.environ["NUMBA_CACHE_DIR"] = folder
    if "numba" in sys.modules:
        sys.modules["numba"].config.CACHE_DIR = folder


def digest(package: Path) -> str:
    """Hash of the rooms of `package` that hold kernels, and of the rooms those import."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in package.glob("*.py")}
    waiting = [name for name, text in texts.items() if "njit" in text]
    taken: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in texts and name not in taken:
            taken.add(name)
            waiting += [first or second for first, second in _IMPORT.findall(texts[name])]
    content = "\0".join(f"{name}\0{texts[name]}" for name in sorted(taken))
    return hashlib.sha256(content.encode()).hexdigest()[:16]
