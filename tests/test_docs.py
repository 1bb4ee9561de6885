"""What the documents say is true: generated parts, commands, Python and links.

In a document, every line of a `bash` block is run here (`make` targets are looked up instead) and
every `python` block is run as a script; a block marked `sh` or `text` is only for reading.
"""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.batch.plan import planned
from experiments.batch.runner import run_batch

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
REPEATED = {"run", "hindcast", "compare", "expectations", "interactions"}
FEW = "2"
BATCH = "results/batch-tiny"  # a folder that documents read from


def blocks(kind: str) -> list[tuple[str, str]]:
    """Document and text of every fenced block of a kind."""
    return [
        (str(path.relative_to(ROOT)), match[2])
        for path in DOCUMENTS
        for match in FENCE.finditer(path.read_text(encoding="utf-8"))
        if match[1] == kind
    ]


def command_lines() -> list[str]:
    """Every line of every bash block once, without comments."""
    lines = [
        " ".join(shlex.split(line, comments=True))
        for _, block in blocks("bash")
        for line in block.replace("\\\n", " ").splitlines()
    ]
    return sorted({line for line in lines if line})


def quick(words: list[str]) -> list[str]:
    """The command with few replications, whatever number it names."""
    if "--replications" in words:
        words[words.index("--replications") + 1] = FEW
    elif words[0] in REPEATED and "--help" not in words:
        words += ["--replications", FEW]
    return words


@pytest.fixture(scope="module")
def batch(tmp_path_factory) -> Path:
    """The folder of the experiment `tiny`, run once."""
    folder = tmp_path_factory.mktemp("batch") / "tiny"
    run_batch(planned("tiny"), folder, jobs=1)
    return folder


def beside(folder: Path, text: str, batch: Path) -> Path:
    """A folder to work in; it holds the batch where the text names one."""
    if BATCH in text:
        shutil.copytree(batch, folder / BATCH)
    return folder


@pytest.fixture(scope="module")
def generator():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_parts_are_up_to_date(generator):
    """The generated tables are those of the registries (`make docs` renews them)."""
    assert [str(path.relative_to(ROOT)) for path in generator.stale()] == []


def test_every_generated_part_stands_in_one_document(generator):
    """Each part that the generator can write stands in one document, once."""
    texts = [path.read_text(encoding="utf-8") for path in DOCUMENTS]
    parts = [match[2] for text in texts for match in generator.PART.finditer(text)]
    assert sorted(parts) == sorted(generator.PARTS)


def test_a_stale_part_is_noticed(generator):
    """A table changed by hand is put right, and the text around it stays."""
    text = "before\n<!-- generated: domains -->\nwrong\n<!-- end of domains -->\nafter\n"
    new = generator.renewed(text)
    assert "wrong" not in new
    assert "combat_aviation" in new
    assert new.startswith("before\n")
    assert new.endswith("\nafter\n")


@pytest.mark.parametrize("line", command_lines())
def test_documented_commands_run(line, tmp_path, batch):
    """Each documented command ends well in an empty folder, but for a batch that it reads; each
    documented target exists."""
    program, *words = shlex.split(line)
    if program == "make":
        assert {word for word in words if "=" not in word} <= TARGETS
        return
    assert program == "alliance-abm", "a bash block holds make and alliance-abm; use sh for others"
    run = subprocess.run(
        [sys.executable, "-m", "alliance_abm", *quick(words)],
        cwd=beside(tmp_path, line, batch),
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(("document", "block"), blocks("python"))
def test_documented_python_runs(document, block, tmp_path, batch):
    """Each block of Python in a document runs by itself in an empty folder."""
    run = subprocess.run(
        [sys.executable, "-c", block],
        cwd=beside(tmp_path, block, batch),
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, f"{document}: {run.stderr}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document):
    """Every relative link of a document names a file that exists."""
    links = LINK.findall(document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []
