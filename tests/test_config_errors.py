"""A mistake in a config gives one clear message: place, field, value, what is allowed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alliance_abm.cli import app
from alliance_abm.config_files import parse_assignments
from alliance_abm.problems import LISTED, ConfigError
from alliance_abm.scenario import Scenario, load_scenario
from alliance_abm.yaml_source import DEEPEST, MOST_BYTES

EVENT = "events:\n  - {kind: suspension, supplier: USA, buyer: EGY, start: 2013Q4"
POL = "strategy:\n  POL: {sovereignty: .5, core: .25, diversification: .25"
ALIAS_BOMB = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in ("ab", "bc", "cd"))

# name: (text of the config, line:column, words that the message must hold)
MISTAKES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "misspelt key": ("seed: 1\nreplicatons: 3\n", "2:1", ("replicatons", "'replications'")),
    "unknown key inside": ("horizon: {edn: 2020Q4}\n", "1:11", ("horizon.edn", "'end'")),
    "unknown key, none near": ("zzz: 1\n", "1:1", ("zzz: unknown key", "horizon, seed")),
    "key of another event": (EVENT + ", level: 1}\n", "2:66", ("events[0].level", "share")),
    "text for a number": ("seed: abc\n", "1:7", ("seed: 'abc'", "from 0 to")),
    "quoted number": ('seed: "3"\n', "1:7", ("seed: '3' is not a whole number",)),
    "number for text": ("description: 3\n", "1:14", ("description: 3 is not text",)),
    "fraction for whole": ("seed: 1.5\n", "1:7", ("seed: 1.5 is not a whole number",)),
    "true for a number": ("seed: true\n", "1:7", ("seed: true is not a whole number",)),
    "nothing for a number": ("seed:\n", "1:6", ("seed: nothing is not a whole number",)),
    "list for a mapping": ("horizon: [1]\n", "1:10", ("horizon: a list is not a mapping",)),
    "mapping for a list": ("events: {a: 1}\n", "1:9", ("events: a mapping is not a list",)),
    "number for a name": ("name: 3\n", "1:7", ("name: 3 is not a name",)),
    "path for a name": ("name: ../x\n", "1:7", ("name: '../x' is not a name", "64 letters")),
    "off for false": ("outputs: {orders: off}\n", "1:19", ("'off' is not true or false",)),
    "unknown word": ("outputs: {series: some}\n", "1:19", ("'some'", "headlines or all")),
    "out of range": ("replications: 0\n", "1:15", ("replications: 0 is out of range", "from 1")),
    "negative seed": ("seed: -1\n", "1:7", ("seed: -1 is out of range",)),
    "seed too large": (f"seed: {2**63}\n", "1:7", ("is out of range",)),
    "very long number": (f"seed: {'9' * 5000}\n", "1:7", ("is not a whole number",)),
    "not a number": (EVENT + ", share: .nan}\n", "2:73", ("share: nan is not a finite number",)),
    "infinite": (EVENT + ", share: -.inf}\n", "2:73", ("-inf is not a finite number",)),
    "too large to say": (EVENT + ", share: 1e999}\n", "2:73", ("is not a finite number",)),
    "weights that do not sum": (POL.replace(".5", ".6") + "}\n", "2:8", ("POL", "sum to 1.1")),
    "weight missing": ("strategy: {POL: {core: 1}}\n", "1:17", ("POL.sovereignty: is missing",)),
    "weight out of range": (POL.replace(".5", "1.5") + "}\n", "2:22", ("1.5 is out of range",)),
    "weight that is true": (POL.replace(".5", "true") + "}\n", "2:22", ("true is not a number",)),
    "weight that is yes": (POL.replace(".5", "yes") + "}\n", "2:22", ("'yes' is not a number",)),
    "unknown core domain": (POL + ", core_domains: [lnd]}\n", "2:74", ("'lnd'", "'land'")),
    "core domains not a list": (POL + ", core_domains: land}\n", "2:73", ("not a list",)),
    "unknown nation in strategy": (POL.replace("POL", "PLO") + "}\n", "2:3", ("PLO", "'POL'")),
    "unknown nation": ("world: {nations: [USA, UK]}\n", "1:24", ("'UK' is not a nation", "41")),
    "Norway": ("world: {nations: [USA, NO]}\n", "1:24", ("'NO' is not a nation", "'NOR'")),
    "country by name": ("world: {nations: [USA, Poland]}\n", "1:24", ("'Poland'", "'POL'")),
    "no United States": ("world: {nations: [FRA, POL]}\n", "1:18", ("world.nations", "USA")),
    "United States alone": ("world: {nations: [USA]}\n", "1:18", ("at least one allied",)),
    "no buyer": ("world: {nations: [USA, CHN]}\n", "1:18", ("at least one allied",)),
    "unknown source": (
        "events: [{kind: sanctions_risk, supplier: RUS, start: 2017Q3, level: 0.1, source: x}]\n",
        "1:83",
        ("'x' is no source", "sources.csv"),
    ),
    "nation twice": ("world: {nations: [USA, FRA, FRA]}\n", "1:18", ("FRA is named twice",)),
    "no domain": ("world: {domains: []}\n", "1:18", ("the list is empty",)),
    "unknown domain": ("world: {domains: [air]}\n", "1:19", ("'air' is not a domain", "naval")),
    "misspelt domain": ("world: {domains: [navel]}\n", "1:19", ("'navel'", "'naval'")),
    "end before start": ("horizon: {end: 2010Q1}\n", "1:16", ("horizon.end", "2011Q1")),
    "end too late": ("horizon: {end: 2046Q1}\n", "1:16", ("2046Q1 is outside", "2045Q4")),
    "end before the data": ("horizon: {end: 2009Q4}\n", "1:16", ("2009Q4 is outside",)),
    "start not at the data": ("horizon: {start: 2011Q1}\n", "1:18", ("2011Q1 has no", "2010Q1")),
    "report after the end": (
        "horizon: {report_from: 2020Q1, end: 2019Q4}\n",
        "1:24",
        ("report_from: 2020Q1 is outside the run",),
    ),
    "quarter syntax": ("horizon: {end: 2020-Q4}\n", "1:16", ("not a quarter", "'2020Q4'")),
    "fifth quarter": ("horizon: {end: 2020Q5}\n", "1:16", ("'2020Q5' is not a quarter",)),
    "year for a quarter": ("horizon: {end: 2020}\n", "1:16", ("2020 is not a quarter",)),
    "event ends first": (EVENT + ", end: 2013Q1}\n", "2:71", ("events[0].end: 2013Q1 is before",)),
    "event kind": (EVENT.replace("nsion", "sion") + "}\n", "2:12", ("'suspesion'", "suspension'")),
    "event without kind": ("events: [{supplier: USA}]\n", "1:10", ("events[0].kind: is missing",)),
    "event without start": (
        "events: [{kind: sanctions_risk, supplier: RUS, level: .1}]\n",
        "1:10",
        ("events[0].start: is missing",),
    ),
    "event is text": ("events: [embargo]\n", "1:10", ("events[0]",)),
    "event on itself": (EVENT.replace("EGY", "USA") + "}\n", "2:46", ("buyer: 'USA' is also",)),
    "unknown supplier": (EVENT.replace("USA", "US") + "}\n", "2:34", ("supplier: 'US'", "'USA'")),
    "unknown programme": (
        "events: [{kind: programme_removal, programme: F35, member: TUR, start: 2019Q3}]\n",
        "1:47",
        ("'F35' is not a programme", "'F-35'"),
    ),
    "not a member": (
        "events: [{kind: programme_removal, programme: F-35, member: FRA, start: 2019Q3}]\n",
        "1:61",
        ("'FRA' is not a member of F-35", "TUR"),
    ),
    "unknown region": (
        "events: [{kind: threat_surge, regions: [europ], domains: {land: 1}, start: 2022Q1}]\n",
        "1:41",
        ("'europ' is not a region", "'europe'"),
    ),
    "unknown threat domain": (
        "events: [{kind: threat_surge, regions: all, domains: {lan: 1}, start: 2022Q1}]\n",
        "1:55",
        ("'lan' is not a domain", "'land'"),
    ),
    "threat out of range": (
        "events: [{kind: threat_surge, regions: all, domains: {land: 9}, start: 2022Q1}]\n",
        "1:61",
        ("domains.land: 9 is out of range", "-1 to 5"),
    ),
    "unknown surge domain": (
        "events: [{kind: case_surge, domains: [spce], factor: 6, start: 2024Q1}]\n",
        "1:39",
        ("'spce' is not a domain", "'space'"),
    ),
    "surge out of range": (
        "events: [{kind: case_surge, domains: [space], factor: 0, start: 2024Q1}]\n",
        "1:55",
        ("factor: 0 is out of range", "from 1 to 20"),
    ),
    "surge of no domain": (
        "events: [{kind: case_surge, domains: [], factor: 6, start: 2024Q1}]\n",
        "1:38",
        ("domains: the list is empty",),
    ),
    "surge without a factor": (
        "events: [{kind: case_surge, domains: [space], start: 2024Q1}]\n",
        "1:10",
        ("events[0].factor: is missing",),
    ),
    "unknown buyer of a shock": (
        "events: [{kind: alignment_shock, supplier: USA, buyers: {CN: 0}, start: 2025Q1}]\n",
        "1:58",
        ("'CN' is not a nation",),
    ),
    "half-life of nothing": (
        "events: [{kind: credibility_shock, supplier: USA, size: 0, start: 2025Q1, "
        "half_life_years: 0}]\n",
        "1:92",
        ("half_life_years: 0 is out of range", "above 0"),
    ),
    "nation outside the world": (
        "world: {nations: [USA, FRA]}\n" + POL + "}\n",
        "3:8",
        ("strategy.POL: 'POL' is not in world.nations", "USA, FRA"),
    ),
    "event outside the world": (
        "world: {nations: [USA, FRA]}\n" + EVENT + "}\n",
        "3:46",
        ("events[0].buyer: 'EGY' is not in world.nations",),
    ),
    "domain outside the world": (
        "world: {domains: [land]}\n" + POL + ", core_domains: [naval]}\n",
        "3:74",
        ("'naval' is not in world.domains",),
    ),
    "unknown parameter": (
        "parameters: {budgets.carry_over_cap_quarter: 8}\n",
        "1:14",
        ("unknown parameter", "'budgets.carry_over_cap_quarters'"),
    ),
    "parameter without its room": (
        "parameters: {carry_over_cap_quarters: 8}\n",
        "1:14",
        ("unknown parameter", "'budgets.carry_over_cap_quarters'"),
    ),
    "unknown nested parameter": (
        "parameters:\n  budgets:\n    carry_over: 8\n",
        "3:5",
        ("parameters.budgets.carry_over: unknown parameter",),
    ),
    "parameter out of range": (
        "parameters: {budgets.carry_over_cap_quarters: 99}\n",
        "1:47",
        ("99 is out of range", "4 to 20 (quarters of income)"),
    ),
    "parameter that is text": (
        "parameters: {budgets: {carry_over_cap_quarters: many}}\n",
        "1:49",
        ("parameters.budgets.carry_over_cap_quarters: 'many' is not a number",),
    ),
    "parameter that is true": (
        "parameters: {budgets.carry_over_cap_quarters: true}\n",
        "1:47",
        ("true is not a number",),
    ),
    "parameter of an unknown domain": (
        "parameters: {domains.service_life_years: {lnd: 20}}\n",
        "1:43",
        ("unknown domain", "'land'"),
    ),
    "parameter set twice": (
        "parameters:\n  budgets.carry_over_cap_quarters: 8\n  budgets:\n"
        "    carry_over_cap_quarters: 9\n",
        "4:30",
        ("budgets.carry_over_cap_quarters is set twice",),
    ),
    "parameters as a list": ("parameters: [1]\n", "1:13", ("parameters: a list is not a mapping",)),
    "key given twice": ("seed: 1\nname: x\nseed: 2\n", "3:1", ("seed: key is given twice", ":1:1")),
    "not YAML": ("seed: [1\n", "2:1", ("is not valid YAML",)),
    "tab": ("horizon:\n\tend: 2020Q4\n", "2:1", ("is not valid YAML",)),
    "control character": ("seed: \x07\n", "", ("is not valid YAML",)),
    "tag": ("seed: !!int 3\n", "1:7", ("tag 'tag:yaml.org,2002:int' is refused",)),
    "tag that runs code": ("seed: !!python/object/apply:os.getcwd []\n", "1:7", ("is refused",)),
    "own tag": ("seed: !x 3\n", "1:7", ("tag '!x' is refused",)),
    "anchor": ("seed: &s 3\n", "1:7", ("anchor &s is refused",)),
    "alias": ("seed: *s\n", "1:7", ("alias *s is refused",)),
    "alias bomb": (ALIAS_BOMB, "1:4", ("anchor &a is refused",)),
    "merge key": ("<<: {seed: 1}\n", "1:1", ("<<: unknown key",)),
    "deep nesting": ("[" * 50_000, f"1:{DEEPEST + 1}", ("nested too deeply",)),
    "deep mapping": ("{a: " * 1_000, f"1:{4 * DEEPEST + 1}", ("nested too deeply",)),
    "list as a key": ("? [a]\n: 1\n", "1:3", ("a key must be plain text",)),
    "two documents": ("seed: 1\n---\nseed: 2\n", "2:1", ("a second document",)),
    "a list": ("- seed\n", "1:1", ("a list is not a mapping", "horizon")),
    "a number": ("7\n", "1:1", ("7 is not a mapping",)),
}


def message(path: Path, overrides: dict | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load_scenario(str(path), overrides)
    return str(caught.value)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_said_with_place_field_value_and_remedy(name, tmp_path, monkeypatch):
    """The first line of the message stands by itself and points at the mistake."""
    monkeypatch.chdir(tmp_path)
    text, place, words = MISTAKES[name]
    Path("my.yaml").write_text(text, encoding="utf-8")
    first = message(Path("my.yaml")).split("\n")[0]
    assert first.startswith(f"my.yaml:{place}: " if place else "my.yaml: ")
    assert [word for word in words if word not in first] == []


@pytest.mark.parametrize("name", MISTAKES)
def test_the_command_answers_a_mistake_with_exit_2_and_writes_nothing(name, tmp_path, monkeypatch):
    """Running a wrong config prints the message on standard error, and leaves no file."""
    monkeypatch.chdir(tmp_path)
    Path("my.yaml").write_text(MISTAKES[name][0], encoding="utf-8")
    done = CliRunner().invoke(app, ["run", "my.yaml"])
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith("my.yaml:")
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["my.yaml"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"# only a comment\n", "is empty"),
        (b"{}\n", "is empty"),
        (b"---\n", "is empty"),
        (b"seed: 1\x00\n", "is not a text file"),
        (bytes(range(256)), "is not a text file"),
        ("seed: 1".encode("utf-16"), "is not a text file"),
        (b"seed: 1\nname: caf\xe9\n", ":2:10: is not UTF-8 text (byte 0xe9)"),
        (b"a" * (MOST_BYTES + 1), "allowed: at most"),
    ],
)
def test_a_file_that_is_no_config_is_refused(content, words, tmp_path):
    """Empty, binary, wrongly encoded and huge files are named as what they are."""
    path = tmp_path / "my.yaml"
    path.write_bytes(content)
    assert words in message(path)


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    """UTF-8 with a byte order mark, as some editors write it, is read."""
    path = tmp_path / "my.yaml"
    path.write_bytes(b"\xef\xbb\xbfseed: 3\n")
    assert load_scenario(path).seed == 3


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("", "the name is empty"),
        ("baselin", "did you mean 'baseline'?"),
        ("nothing-like-it", "allowed: a path or baseline, tiny"),
        ("missing.yaml", "missing.yaml: no such file"),
        ("./folder", "is a folder"),
        ("folder.yaml", "is a folder"),
        ("x" * 300 + ".yaml", "cannot be read"),
        ("a\0b", "the name is empty"),
    ],
)
def test_a_config_that_is_not_there_is_said(config, words, tmp_path, monkeypatch):
    """A missing file, a folder and an unknown name are refused, the name with its nearest."""
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("folder.yaml").mkdir()
    assert words in message(config)


def test_a_device_is_refused_without_reading_it(tmp_path):
    """A config that is no regular file, such as a pipe, does not block."""
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    assert "is not a regular file" in message(pipe)


def test_an_own_config_stands_before_the_shipped_one(tmp_path, monkeypatch):
    """A name is looked up in ./configs first."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "baseline.yaml").write_text("seed: 7\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert load_scenario("baseline").seed == 7
    assert load_scenario("tiny").name == "tiny"


def test_all_problems_are_listed_in_the_order_of_the_file(tmp_path):
    """Several mistakes come one a line, as they stand in the file, the count bounded."""
    path = tmp_path / "my.yaml"
    path.write_text("seed: x\nhorizon: {end: never}\nreplications: 0\n", encoding="utf-8")
    lines = message(path).split("\n")
    assert [line.split(":")[1] for line in lines] == ["1", "2", "3"]
    path.write_text("".join(f"key{n}: 1\n" for n in range(LISTED + 5)), encoding="utf-8")
    lines = message(path).split("\n")
    assert len(lines) == LISTED + 1
    assert lines[-1] == "… and 5 more"


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("seed=abc", "--set seed=abc: seed: 'abc' is not a whole number"),
        ("sed=1", "--set sed=1: sed: unknown key"),
        ("horizon.edn=2020Q4", "did you mean 'end'?"),
        ("horizon.end=2009Q1", "--set horizon.end=2009Q1: horizon.end: 2009Q1 is outside"),
        ("budgets.carry_over_cap_quarters=99", "99 is out of range; allowed: a number from 4"),
        ("budget.carry_over_cap_quarters=9", "'budgets.carry_over_cap_quarters'?"),
        ("parameters.budgets.carry_over=9", "unknown parameter"),
        ("seed", "is no assignment; allowed: path=value"),
        ("=3", "is no assignment"),
        ("seed=", "the value is missing"),
        ("seed=[1", "--set seed=[1: is not valid YAML"),
        ("seed=!!int 3", "--set seed=!!int 3: tag"),
        ("seed.x=3", "seed: a mapping is not a whole number"),
        ("events.99.share=1", "events[99] does not exist"),
        ("events.x.share=1", "does not exist"),
        ("a..b=1", "is not a path"),
        (".".join("a" * 5000) + "=1", "is not a path"),
        ("world.nations=[USA, FRA]", "events[0].buyer: 'EGY' is not in world.nations"),
    ],
)
def test_a_mistake_in_an_option_names_the_option(setting, words):
    """--set is checked as the config is, and its errors say --set where that is the cause."""
    with pytest.raises(ConfigError) as caught:
        load_scenario("baseline", parse_assignments([setting]))
    assert words in str(caught.value)


def test_an_option_given_twice_is_refused():
    """Two --set options for one path contradict each other."""
    with pytest.raises(ConfigError, match="seed is set twice"):
        parse_assignments(["seed=1", "seed=2"])


def test_an_option_replaces_what_the_config_says(tmp_path):
    """--set wins over the config, in whatever form the config gives a parameter."""
    path = tmp_path / "my.yaml"
    path.write_text(
        "seed: 1\nparameters:\n  budgets: {carry_over_cap_quarters: 5}\n", encoding="utf-8"
    )
    name = "budgets.carry_over_cap_quarters"
    for settings in ([f"{name}=8"], [f"parameters.{name}=8"], [f"parameters={{{name}: 8}}"]):
        scenario = load_scenario(path, parse_assignments([*settings, "seed=4"]))
        assert (scenario.parameters[name], scenario.seed) == (8, 4)


def test_a_wrong_value_in_the_file_that_an_option_replaces_is_no_mistake(tmp_path):
    """Only what is used is judged."""
    path = tmp_path / "my.yaml"
    path.write_text("seed: wrong\n", encoding="utf-8")
    assert load_scenario(path, {"seed": 2}).seed == 2


def test_empty_sections_mean_the_defaults(tmp_path):
    """A section whose lines are all commented out leaves the defaults."""
    path = tmp_path / "my.yaml"
    path.write_text("seed: 2\nparameters:\nevents:\nworld:\nstrategy:\n", encoding="utf-8")
    assert load_scenario(path) == Scenario(name="my", seed=2)
