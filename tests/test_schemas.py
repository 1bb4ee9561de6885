"""Schemas take every shipped file of their kind, and refuse what the program refuses."""

from __future__ import annotations

import json

import jsonschema
import pytest
from typer.testing import CliRunner

from alliance_abm.cli import app
from alliance_abm.problems import ConfigError
from alliance_abm.yaml_source import parse_yaml, read_yaml
from experiments.schemas import check_file, kind_of, kinds, schema_of

WRONG = {
    "experiment": [
        "title: a\ndescription: b\ndesign: {method: moris, factors: assumed}\n",
        "title: a\ndescription: b\nworlds: [surg]\n",
        "title: a\ndescription: b\noutcomes: [gap_yeers]\n",
        "title: a\n",
        "title: a\ndescription: b\npolicys: []\n",
        "title: a\ndescription: b\nstart: 2026\n",
        "title: a\ndescription: b\ndesign: {method: grid, factors: [{lever: pooled}]}\n",
    ],
    "config": ["world: {nations: [USA, XXX]}\n", "horizon: {end: 2045}\n", "seed: -1\n"],
    "preset": ["title: a\ndescription: b\nlevers: [no_lever]\n"],
    "world": ["title: a\ndescription: b\nevents: [{kind: flood}]\n"],
    "search": [
        "title: a\ndescription: b\nlevers: [no_lever, placebo]\n",
        "title: a\ndescription: b\nlevers: [dcs_tracked]\nobjectives: [gap_yeers]\n",
        "title: a\ndescription: b\nlevers: [dcs_tracked]\nconstraints: [{outcome: x, most: 1}]\n",
        "title: a\ndescription: b\nlevers: [dcs_tracked]\npopulations: 8\n",
    ],
    "study": ["title: a\ndescription: b\nlevers: [no_lever, placebo]\n"],
}


@pytest.mark.parametrize("kind", kinds())
def test_shipped_files_fit_their_schema(kind):
    """Each is told by its keys, valid by the schema, and valid whole."""
    files = kinds()[kind].names().values()
    assert files
    for path in files:
        source = read_yaml(path)
        assert kind_of(source) == kind
        jsonschema.validate(source.data, schema_of(kind))
        assert check_file(kind, path)


@pytest.mark.parametrize("kind", WRONG)
def test_a_schema_refuses_wrong_files(kind):
    """Unknown names and keys, and values of another type."""
    for text in WRONG[kind]:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(parse_yaml(text, "x").data, schema_of(kind))


def test_the_command_prints_a_schema():
    """The schema is JSON and says which dialect it is of; an unknown kind is refused."""
    runner = CliRunner()
    found = json.loads(runner.invoke(app, ["schema", "experiment"]).stdout)
    jsonschema.Draft202012Validator.check_schema(found)
    assert "saltelli" in json.dumps(found)
    with pytest.raises(ConfigError, match="did you mean 'experiment'"):
        schema_of("experimnt")


def test_check_says_what_a_file_is():
    """Names of every kind are found; an experiment is told with its runs."""
    runner = CliRunner()
    for name, said in {
        "sensitivity": "valid experiment: 2036 runs",
        "rand-6": "valid preset: 1 levers",
        "surge": "valid world",
        "headlines": "valid search: 16 levers, 6 objectives",
        "interactions": "valid study: 11 levers",
        "tiny": "valid config",
    }.items():
        assert said in runner.invoke(app, ["check", name]).stdout
