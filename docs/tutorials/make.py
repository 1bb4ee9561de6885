"""Execute the tutorials and keep their outputs: `python docs/tutorials/make.py [NAME…]`.

Each notebook runs in an empty folder, on the Python that runs this file.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LONGEST = 300  # seconds of one cell, on a busy machine
NOTEBOOKS = sorted(HERE.glob("*.ipynb"))


def executed(path: Path, folder: Path) -> nbformat.NotebookNode:
    """The notebook as it is after a run in `folder`; raises CellExecutionError at an error.

    The kernel is that of this Python, whatever kernels the user has registered, and sees the
    package of this checkout.
    """
    notebook = nbformat.read(path, as_version=4)
    specs = KernelSpecManager(kernel_dirs=[])
    client = NotebookClient(
        notebook,
        km=AsyncKernelManager(kernel_name="python3", kernel_spec_manager=specs),
        resources={"metadata": {"path": str(folder)}},
        timeout=LONGEST,
        coalesce_streams=True,
        record_timing=False,
    )
    client.execute(env=_environment(folder), cleanup_kc=True)
    return notebook


def _environment(folder: Path) -> dict[str, str]:
    """The user's environment, as if this Python's had been activated."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    programs = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(paths),
        "PATH": os.pathsep.join(programs),
        "IPYTHONDIR": str(folder / ".ipython"),
    }


def main(names: list[str]) -> None:
    """Execute the notebooks whose names begin with one of `names`, or all, and store them."""
    for path in NOTEBOOKS:
        if names and not path.name.startswith(tuple(names)):
            continue
        with tempfile.TemporaryDirectory() as folder:
            notebook = executed(path, Path(folder))
        notebook.metadata["language_info"] = {"name": "python"}
        path.write_text(nbformat.writes(notebook, indent=1) + "\n", encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
