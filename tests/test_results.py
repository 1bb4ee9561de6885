"""A result folder is there whole or not at all, and reads back as it was written."""

from __future__ import annotations

import json
from pathlib import Path

import doubles
import numpy as np
import pandas as pd
import pytest

from alliance_abm.problems import ConfigError
from alliance_abm.scenario import load_scenario
from experiments.folders import MANIFEST, is_result_folder, new_folder
from experiments.provenance import git_state
from experiments.results import read_results, write_results
from experiments.runner import run_replications
from experiments.summaries import summary_rows

COMMAND = ["alliance-abm", "run", "tiny"]


@pytest.fixture(scope="module")
def results():
    return run_replications(load_scenario("tiny"), 4, jobs=1, run_one=doubles.raising)


def write(results, out: Path, overwrite: bool = False) -> Path:
    with new_folder(out, overwrite) as folder:
        write_results(results, folder.temporary, COMMAND)
        folder.commit()
    return out


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_reads_back_as_it_was_written(results, tmp_path):
    """Tables and manifest come back equal; nothing else is left beside the folder."""
    stored = read_results(write(results, tmp_path / "new" / "r"))
    for name in ("outcomes", "series", "orders", "failures"):
        pd.testing.assert_frame_equal(getattr(stored, name), getattr(results, name))
    assert names(tmp_path / "new") == ["r"]
    assert stored.manifest["config_hash"] == results.scenario.config_hash
    assert stored.manifest["config"] == results.scenario.resolved()
    assert stored.manifest["seeds"] == results.seeds
    assert (stored.manifest["runs"], stored.manifest["failed"]) == (4, 1)


def test_a_folder_holds_the_files_promised(results, tmp_path):
    """The files of the interface, failures only where a run failed, orders only on request."""
    always = {MANIFEST, "outcomes.parquet", "series.parquet", "figures", "summary.md"}
    assert set(names(write(results, tmp_path / "a"))) == always | {
        "orders.parquet",
        "failures.parquet",
    }
    fine = run_replications(load_scenario("tiny"), 1, jobs=1, run_one=doubles.steady)
    fine.orders = None
    assert set(names(write(fine, tmp_path / "b"))) == always


def test_the_manifest_says_where_results_come_from(results, tmp_path):
    """Command, versions, git state, data hashes, seeds, times and host are written."""
    manifest = json.loads((write(results, tmp_path / "r") / MANIFEST).read_text(encoding="utf-8"))
    keys = "command config config_hash code_version git_commit git_dirty data_hashes packages seeds"
    assert set((keys + " seed_rule started finished host").split()) <= set(manifest)
    assert manifest["command"] == COMMAND
    assert "nations.csv" in manifest["data_hashes"]
    assert {"numpy", "numba", "mesa"} <= set(manifest["packages"])


def test_outside_a_checkout_the_commit_is_unknown(tmp_path):
    """An installed package has no commit."""
    assert git_state(tmp_path) == {"git_commit": None, "git_dirty": None}


def test_equal_runs_write_equal_tables(results, tmp_path):
    """The same runs give the same bytes."""
    one, two = (write(results, tmp_path / name) / "outcomes.parquet" for name in "ab")
    assert one.read_bytes() == two.read_bytes()


def test_the_summary_names_runs_that_failed(results, tmp_path):
    """The readable summary lists each failed run with its seed and error."""
    text = (write(results, tmp_path / "r") / "summary.md").read_text(encoding="utf-8")
    assert f"replication 1 (seed {results.seeds[1]}): ValueError: no such quarter" in text


def test_an_existing_folder_is_refused_before_anything_is_made(results, tmp_path):
    """Without --overwrite what is there stays, and no temporary folder is made."""
    out = write(results, tmp_path / "r")
    with pytest.raises(ConfigError, match=r"r: exists; .*--overwrite"), new_folder(out):
        pytest.fail("the folder was made")
    assert names(tmp_path) == ["r"]


def test_overwriting_replaces_results_only_at_the_end(results, tmp_path):
    """Until the new results are complete the old ones stay; then they are gone."""
    out = write(results, tmp_path / "r")
    (out / "mine.txt").write_text("old", encoding="utf-8")
    with new_folder(out, overwrite=True) as folder:
        write_results(results, folder.temporary, COMMAND)
        assert (out / "mine.txt").exists()
        folder.commit()
    assert "mine.txt" not in names(out)
    assert names(tmp_path) == ["r"]


def test_an_interrupted_overwrite_leaves_the_old_results(results, tmp_path):
    """What is interrupted half-way changes nothing."""
    out = write(results, tmp_path / "r")
    before = (out / MANIFEST).read_bytes()
    with pytest.raises(KeyboardInterrupt), new_folder(out, overwrite=True) as folder:
        (folder.temporary / "half").touch()
        raise KeyboardInterrupt
    assert (out / MANIFEST).read_bytes() == before
    assert names(tmp_path) == ["r"]


def test_a_failed_replacement_puts_the_old_results_back(results, tmp_path, monkeypatch):
    """If the new folder cannot take its place, the old one stays there."""
    out = write(results, tmp_path / "r")
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if Path(target) == out and not self.name.endswith(".old"):
            raise OSError("no")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="no"):
        write(results, out, overwrite=True)
    assert is_result_folder(out)
    assert names(tmp_path) == ["r"]


@pytest.mark.parametrize("manifest", [None, "not json", "[]", '{"name": "a web app"}'])
def test_only_a_folder_of_results_is_replaced(manifest, tmp_path):
    """--overwrite never removes what this program did not write."""
    out = tmp_path / "precious"
    out.mkdir()
    (out / "thesis.md").touch()
    if manifest is not None:
        (out / MANIFEST).write_text(manifest, encoding="utf-8")
    with pytest.raises(ConfigError, match="without results of this program"):
        new_folder(out, overwrite=True).__enter__()
    assert "thesis.md" in names(out)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_in_the_way_is_refused(overwrite, tmp_path):
    """The name of a file, or a place under one, is no place for results."""
    (tmp_path / "file").touch()
    for out, words in (("file", "is a file"), ("file/r", "cannot be written")):
        with pytest.raises(ConfigError, match=words):
            new_folder(tmp_path / out, overwrite).__enter__()
    assert names(tmp_path) == ["file"]


def test_a_place_that_cannot_be_written_is_refused_and_left_as_it_was(tmp_path, monkeypatch):
    """Without the right to write, the refusal comes before the run; new parents are removed."""

    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with pytest.raises(ConfigError, match=r"cannot be written \(Permission denied\)"):
        new_folder(tmp_path / "a" / "b" / "r").__enter__()
    assert names(tmp_path) == []


@pytest.mark.parametrize("out", ["", "x" * 300, "a\0b"])
def test_a_name_that_is_none_is_refused(out, tmp_path, monkeypatch):
    """An empty, endless or impossible name is the user's mistake."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="--out"):
        new_folder(Path(out) if out else Path(" ")).__enter__()
    assert names(tmp_path) == []


def test_a_link_to_a_folder_keeps_pointing_at_its_results(results, tmp_path):
    """Overwriting through a link replaces the folder it points at."""
    out = write(results, tmp_path / "r")
    link = tmp_path / "link"
    link.symlink_to(out)
    write(results, link, overwrite=True)
    assert link.is_symlink()
    assert is_result_folder(link)


def test_reading_what_is_no_result_folder_is_refused(tmp_path):
    """A folder without results is named as that."""
    with pytest.raises(ConfigError, match="holds no results"):
        read_results(tmp_path)


def test_the_interval_holds_ninety_percent_of_the_runs():
    """Median and 5 and 95 % quantiles of the finite values; runs without a value do not count."""
    values = [*range(101), float("nan")]
    rows = [("baseline", "w", 0, r, r, "x", float(v)) for r, v in enumerate(values)]
    frame = pd.DataFrame(
        rows, columns=["policy", "world", "draw", "replication", "seed", "outcome", "value"]
    )
    (row,) = summary_rows(frame)
    assert (row["median"], row["low"], row["high"], row["n"]) == (50, 5, 95, 101)
    frame["value"] = np.nan
    (row,) = summary_rows(frame)
    assert (row["median"], row["n"]) == (None, 0)
