"""The command `brief`: what it writes, runs, refuses and leaves behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from alliance_abm import AllianceModel
from alliance_abm.cli import app

LEVER = "dcs_tracked"
QUICK = ["--replications", "2", "--jobs", "1", "--quiet"]
TINY = ["--lever", f"{LEVER}=50", "--start", "2014Q1", *QUICK]


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def call(*words: str):
    return CliRunner().invoke(app, list(words))


def config_with_levers(name: str = "mine") -> str:
    """A config of the tiny world with a lever of its own."""
    text = (Path(__file__).parent.parent / "configs" / "tiny.yaml").read_text(encoding="utf-8")
    text = text.replace("name: tiny", f"name: {name}")
    text += f"\nlevers:\n  - {{lever: {LEVER}, size: 50, start: 2014Q1}}\n"
    Path(f"{name}.yaml").write_text(text, encoding="utf-8")
    return f"{name}.yaml"


def test_results_and_config_give_the_same_document():
    """From the folder of compare and from the config itself, but for when it was run."""
    assert call("compare", "tiny", *TINY, "--out", "r", "--no-figures").exit_code == 0
    done = call("brief", "r", "-o", "a.html")
    assert (done.exit_code, done.stdout) == (0, ""), done.stderr
    assert done.stderr == "written: a.html\n"
    done = call("brief", "tiny", *TINY, "-o", "new/b.html")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")
    one, two = (Path(name).read_text(encoding="utf-8").split("<th scope=\"row\">Run</th>")
                for name in ("a.html", "new/b.html"))  # fmt: skip
    assert one[0] == two[0]
    assert "N = 2 pairs of runs" in one[0]
    assert sorted(path.name for path in Path().iterdir()) == ["a.html", "new", "r"]


def test_the_levers_of_a_config_are_the_policy():
    """Without a policy the baseline is the config without its levers; the policy has its name."""
    pytest.importorskip("pptx")
    done = call("brief", config_with_levers(), *QUICK, "-o", "own.pptx", "--title", "My title")
    assert done.exit_code == 0, done.stderr
    from pptx import Presentation

    deck = Presentation("own.pptx")
    assert deck.slides[0].shapes.title.text_frame.text == "My title"
    cells = [cell.text for shape in deck.slides[1].shapes if shape.has_table
             for row in shape.table.rows for cell in row.cells]  # fmt: skip
    assert any("Size: 50 percentage points" in text for text in cells)
    assert "from 2014Q1" in cells


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["tiny", "-o", "a.html"], "the config has no levers, and no policy is given"),
        (["tiny", *TINY, "-o", "a.pdf"], "--out a.pdf: is no briefing; allowed: a file ending in"),
        (["tiny", *TINY, "-o", "there.html"], "--out there.html: exists"),
        (["tiny", *TINY, "-o", "folder.html"], "--out folder.html: is a folder"),
        (["tiny", *TINY, "-o", "there.html/a.html"], "cannot be written"),
        (["tiny", *TINY, "-o", "a.html", "--title", " "], "--title: the text is empty"),
        (["tiny", *TINY, "-o", "a.html", "--question", "x" * 201], "--question: the text has 201"),
        (["tiny", "--lever", "dcs_tracke", "-o", "a.html"], "did you mean 'dcs_tracked'?"),
        (["tiny", *TINY, "--world", "baselin", "-o", "a.html"], "did you mean 'baseline'?"),
        (["tiny", *TINY, "--draws", "-1", "-o", "a.html"], "--draws"),
        (["tiny", "--lever", LEVER, "--start", "soon", "-o", "a.html"], "--start: 'soon' is not"),
        (["no-such-config", *TINY, "-o", "a.html"], "no config is named 'no-such-config'"),
        (["empty", "-o", "a.html"], "empty: holds no results"),
        (["empty", "--seed", "0", "-o", "a.html"], "--seed: empty holds results, which are not"),
        (["empty", "--lever", LEVER, "-o", "a.html"], "--lever: empty holds results"),
        (["tiny", *TINY], "--out"),
    ],
)
def test_a_mistake_gets_one_message_and_nothing_is_written(words, message, monkeypatch):
    """Exit 2, no traceback, no run, no file."""
    Path("there.html").write_text("mine", encoding="utf-8")
    Path("folder.html").mkdir()
    Path("empty").mkdir()
    monkeypatch.setattr(AllianceModel, "run", None)
    done = call("brief", *words)
    assert done.exit_code == 2, done.stderr
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    names = sorted(path.name for path in Path().iterdir())
    assert names == ["empty", "folder.html", "there.html"]
    assert Path("there.html").read_text(encoding="utf-8") == "mine"


def test_an_interrupted_briefing_leaves_nothing(monkeypatch):
    """Exit 130; neither the file nor its folder stays."""

    def interrupt(self: AllianceModel) -> AllianceModel:
        raise KeyboardInterrupt

    monkeypatch.setattr(AllianceModel, "run", interrupt)
    done = call("brief", "tiny", *TINY, "-o", "new/a.html")
    assert done.exit_code == 130
    assert list(Path().iterdir()) == []


def test_overwrite_replaces_the_file():
    """With --overwrite what was there is gone, without it it stays."""
    Path("a.html").write_text("mine", encoding="utf-8")
    done = call("brief", "tiny", *TINY, "-o", "a.html", "--overwrite", "--question", "Is it <b>?")
    assert done.exit_code == 0, done.stderr
    assert "Is it &lt;b&gt;?" in Path("a.html").read_text(encoding="utf-8")


def test_a_folder_may_share_the_name_of_a_config():
    """A folder without results beside a config of that name does not hide the config."""
    Path("tiny").mkdir()
    done = call("brief", "tiny", *TINY, "-o", "a.html")
    assert done.exit_code == 0, done.stderr
