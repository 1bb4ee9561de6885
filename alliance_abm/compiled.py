"""Where the compiled kernels of a source checkout are kept.

Numba renews a kernel on disk when the kernel's own file changes, but not when a kernel or a
constant that it takes from another room does. In a checkout, where rooms do change, the cache
therefore has one folder per content of the rooms that kernels are made of: those that hold
kernels, and those that hold constants marked Final.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path


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


def kernel_rooms(package: Path) -> dict[str, bytes]:
    """Name and content of the rooms that kernels are made of."""
    contents = {path.stem: path.read_bytes() for path in sorted(package.glob("*.py"))}
    return {name: text for name, text in contents.items() if b"njit" in text or b"Final" in text}


def digest(package: Path) -> str:
    """Hash of the rooms that kernels are made of."""
    content = b"\0".join(name.encode() + text for name, text in kernel_rooms(package).items())
    return hashlib.sha256(content).hexdigest()[:16]
