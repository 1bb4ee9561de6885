"""A comparison read back: equal tables, and a clear refusal of everything else."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from alliance_abm.levers import LeverUse
from alliance_abm.policies import choice_of, policy_of_text
from alliance_abm.problems import ConfigError
from alliance_abm.quarters import Quarter
from alliance_abm.scenario import load_scenario
from experiments.compare import compare, planned
from experiments.compare_again import command_of
from experiments.compare_files import TABLES, write_comparison
from experiments.compare_read import read_comparison
from experiments.compare_text import summary_text
from experiments.comparison import Comparison

START = Quarter.parse("2014Q1")


@pytest.fixture(scope="module")
def found(tiny) -> Comparison:
    policies = [policy_of_text(text, START) for text in ("dcs_tracked=50", "placebo")]
    return compare(planned(tiny, policies, replications=2, draws=1), jobs=1, half_width=5.0)


@pytest.fixture
def folder(found, tmp_path) -> Path:
    made = tmp_path / "results"
    made.mkdir()
    write_comparison(found, made, ["alliance-abm", "compare"])
    return made


def test_what_is_read_equals_what_was_written(found, folder):
    """Every table with its types, the scenario, the policies, and the summary word for word."""
    read = read_comparison(folder)
    for name in TABLES:
        written = getattr(found, name)
        pd.testing.assert_frame_equal(getattr(read, name), written, check_dtype=len(written) > 0)
    assert read.scenario == found.scenario
    assert read.scenario.config_hash == found.scenario.config_hash
    assert read.policies == found.policies
    for name in ("worlds", "replications", "draws", "seeds", "started", "finished", "half_width"):
        assert getattr(read, name) == getattr(found, name)
    assert summary_text(read, [], []) == summary_text(found, [], [])
    assert (folder / "summary.md").read_text(encoding="utf-8") == summary_text(read, [], [])


def changed(folder: Path, **values: object) -> None:
    """Put values into the manifest; None takes a key away."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8")) | values
    kept = {key: value for key, value in manifest.items() if value is not None}
    path.write_text(json.dumps(kept), encoding="utf-8")


def shortened(folder: Path) -> None:
    path = folder / "outcomes.parquet"
    pd.read_parquet(path).head(3).to_parquet(path)


def without_a_column(folder: Path) -> None:
    path = folder / "series.parquet"
    pd.read_parquet(path).rename(columns={"quarter": "quarters"}).to_parquet(path)


DAMAGE = {
    "nothing there": (lambda at: (at / "manifest.json").unlink(), "holds no results"),
    "another command": (
        lambda at: changed(at, policies=None, command=["alliance-abm", "run"]),
        "holds results of `alliance-abm run`",
    ),
    "another version": (lambda at: changed(at, code_version="0.0.1"), "by version 0.0.1"),
    "other data": (lambda at: changed(at, config_hash="0" * 16), "other data"),
    "no policy": (lambda at: changed(at, policies=[]), "names no policy"),
    "a damaged policy": (lambda at: changed(at, policies=[{"name": "x"}]), "a policy is damaged"),
    "an unknown lever": (
        lambda at: changed(at, policies=[{"name": "x", "title": "x", "levers": ["dcs_trackd"]}]),
        "did you mean 'dcs_tracked'?",
    ),
    "a damaged config": (lambda at: changed(at, config={"horizon": 3}), "horizon"),
    "no seeds": (lambda at: changed(at, seeds="many"), "seeds: is missing or damaged"),
    "an empty list of seeds": (lambda at: changed(at, seeds=[]), "seeds: is damaged"),
    "a seed in words": (lambda at: changed(at, seeds=["x"]), "seeds: is damaged"),
    "half a seed": (lambda at: changed(at, seeds=[1, 2.5]), "seeds: is damaged"),
    "a seed that is no number": (lambda at: changed(at, seeds=[True]), "seeds: is damaged"),
    "a missing table": (lambda at: (at / "tiers.parquet").unlink(), "tiers.parquet: is missing"),
    "a missing bill": (lambda at: (at / "bills.parquet").unlink(), "bills.parquet: is missing"),
    "a damaged table": (
        lambda at: (at / "stages.parquet").write_bytes(b"PAR1 and no more"),
        "stages.parquet: cannot be read",
    ),
    "an empty file": (lambda at: (at / "lost.parquet").write_bytes(b""), "lost.parquet: cannot be"),
    "a missing column": (without_a_column, "column quarter is missing (there is 'quarters')"),
    "missing rows": (shortened, "outcomes.parquet: has 3 rows"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_a_folder_that_is_not_whole_is_refused(case, folder):
    """One message in one line, which names the file or the key."""
    damage, words = DAMAGE[case]
    damage(folder)
    with pytest.raises(ConfigError) as error:
        read_comparison(folder)
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert folder.name in str(error.value)


def test_no_folder_and_a_file_are_refused(tmp_path):
    """A path that is not there, or no folder, is named."""
    (tmp_path / "file").touch()
    for name, words in (("none", "does not exist"), ("file", "is a file")):
        with pytest.raises(ConfigError, match=words):
            read_comparison(tmp_path / name)


def test_the_command_makes_the_same_comparison_again(found):
    """Config, policies, seed, replications and draws of the command are those of the comparison."""
    words = shlex.split(command_of(found))
    assert words[:3] == ["alliance-abm", "compare", "tiny"]
    assert words[3:7] == ["--lever", "dcs_tracked=50", "--lever", "placebo"]
    options = dict(zip(words[7::2], words[8::2], strict=True))
    assert options == {"--start": "2014Q1", "--seed": "1", "--replications": "2", "--draws": "1"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"budgets.carry_over_cap_quarters": 7}, "--set budgets.carry_over_cap_quarters=7.0"),
        ({"seed": 9}, "--seed 9"),
        ({"name": "unknown-config"}, None),
        ({"horizon.end": "2018Q4"}, None),
    ],
)
def test_the_command_says_what_was_set_or_nothing_at_all(found, changes, words):
    """Parameters come back as --set; what no option says gives no command, not a wrong one."""
    command = command_of(replace(found, scenario=load_scenario("tiny", changes)))
    assert (words in command) if words else command is None


def test_a_lever_that_options_cannot_say_gives_no_command(found):
    """A lever that ends has no word on the command line."""
    ends = choice_of("x", "x", (LeverUse(lever="dcs_tracked", start="2014Q1", end="2016Q1"),))
    assert command_of(replace(found, policies=(ends,))) is None
