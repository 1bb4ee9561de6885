"""Every number has unit, range, grade and source; values reach the kernels as they were set."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from alliance_abm.catalogue import CatalogueError, load_catalogue
from alliance_abm.datafiles import DOMAINS, source_keys
from alliance_abm.parameters import (
    CATALOGUE,
    DOMAIN_DTYPE,
    PARAMETER_DTYPE,
    Parameters,
    counts_by_grade,
)
from alliance_abm.problems import FieldProblems

CAP = "budgets.carry_over_cap_quarters"
LIFE = "domains.service_life_years"
ENTRY = """
thing:
  value: 2
  unit: years
  low: 1
  high: 3
  grade: C
  source: project_estimate
  leverable: false
  text: A thing.
"""
BY_DOMAIN = ENTRY.replace("value: 2", f"by_domain: {{{', '.join(f'{d}: 2' for d in DOMAINS)}}}")


def catalogue_of(folder, **rooms):
    (folder / "parameters").mkdir()
    for room, text in rooms.items():
        (folder / "parameters" / f"{room}.yaml").write_text(text, encoding="utf-8")
    return load_catalogue(folder)


def test_every_source_is_in_the_table_of_sources():
    """No parameter names a source that `sources.csv` does not hold."""
    assert {entry.source for entry in CATALOGUE.values()} <= source_keys()


def test_every_uncertain_parameter_has_a_range():
    """What is bounded or assumed can be swept; only a published figure may be fixed."""
    fixed = [path for path, entry in CATALOGUE.items() if entry.low == entry.high]
    assert [path for path in fixed if CATALOGUE[path].grade != "A"] == []


def test_a_field_of_the_record_is_one_parameter():
    """The record and the table by domain together hold every parameter once, by its own name."""
    names = [*(PARAMETER_DTYPE.names or ()), *(DOMAIN_DTYPE.names or ())]
    assert sorted(names) == sorted({entry.name for entry in CATALOGUE.values()})
    assert len(set(names)) == len(names)


def test_the_grades_are_counted_once_a_name():
    """The published counts add up to the number of names."""
    assert sum(counts_by_grade().values()) == len({e.name for e in CATALOGUE.values()})


def test_the_record_holds_the_values_as_set():
    """A value set by its path stands in its field, and in no other."""
    default, changed = Parameters.default(), Parameters.of({CAP: 8})
    before, after = default.as_record()[0], changed.as_record()[0]
    assert after["carry_over_cap_quarters"] == 8
    others = [name for name in PARAMETER_DTYPE.names if name != "carry_over_cap_quarters"]
    assert [name for name in others if before[name] != after[name]] == []


def test_the_table_by_domain_follows_the_order_asked_for():
    """Rows are those of the domains asked for, in that order."""
    values = Parameters.of({f"{LIFE}.naval": 34, f"{LIFE}.land": 22})
    table = values.by_domain(("naval", "land"))
    assert table["service_life_years"].tolist() == [34, 22]
    assert values.by_domain().shape == (len(DOMAINS),)


@pytest.mark.parametrize(
    "given",
    [
        {f"{LIFE}.land": 22},
        {LIFE: {"land": 22}},
        {"domains": {"service_life_years": {"land": 22}}},
        {"domains": {"service_life_years.land": 22}},
    ],
)
def test_dotted_and_nested_overrides_are_the_same(given):
    """A path may be written with dots, as nested mappings, or both."""
    assert Parameters.of(given) == Parameters.of({f"{LIFE}.land": 22})


def test_one_number_sets_all_domains_within_the_range_of_each():
    """A number for a parameter that differs by domain holds for all, if each domain allows it."""
    table = Parameters.of({"domains.fms_only_share": 0.3}).by_domain()
    assert set(table["fms_only_share"]) == {0.3}
    with pytest.raises(FieldProblems, match="out of range"):
        Parameters.of({"domains.fms_only_share": 0.95})


@pytest.mark.parametrize("value", [True, "8", None, [8], float("nan"), float("inf"), 3.9, 20.1])
def test_a_value_that_is_no_number_in_range_is_refused(value):
    """The range includes both ends and nothing beyond."""
    with pytest.raises(FieldProblems) as caught:
        Parameters.of({CAP: value})
    assert "from 4 to 20 (quarters of income)" in str(caught.value)


def test_both_ends_of_a_range_may_be_set():
    """Low and high themselves are allowed, also as numpy numbers."""
    assert Parameters.of({CAP: 4})[CAP] == 4
    assert Parameters.of({CAP: np.float64(20)})[CAP] == 20


def test_equal_values_are_equal_however_they_were_set():
    """Parameters are values: equal, hashable, hashed by content, and the same after pickling."""
    one, other = Parameters.of({CAP: 8}), Parameters.default().with_set({"budgets": {CAP[8:]: 8}})
    assert one == other
    assert len({one, other, Parameters.default()}) == 2
    assert one.content_hash == other.content_hash != Parameters.default().content_hash
    assert pickle.loads(pickle.dumps(one)) == one
    assert one.overrides() == {CAP: 8.0}


def test_a_value_set_back_is_no_override():
    """Setting the shipped value changes nothing."""
    assert Parameters.of({CAP: CATALOGUE[CAP].value}) == Parameters.default()


def test_the_catalogue_cannot_be_changed():
    """Entries are read-only: a scenario changes values, never the catalogue."""
    with pytest.raises(TypeError):
        CATALOGUE[CAP] = CATALOGUE[CAP]
    with pytest.raises(AttributeError):
        CATALOGUE[CAP].value = 3


def test_an_entry_is_read_as_written(tmp_path):
    """Value, range and words of an entry arrive; a switch takes true and false."""
    switch = ENTRY.replace("thing", "flag").replace("value: 2", "value: true")
    found = catalogue_of(tmp_path, room=ENTRY + switch, other=BY_DOMAIN.replace("thing", "x"))
    entry = found["room.thing"]
    assert (entry.value, entry.low, entry.high, entry.unit) == (2, 1, 3, "years")
    assert found["room.flag"].checked(False) == 0
    with pytest.raises(FieldProblems, match="true or false"):
        found["room.flag"].checked(1)
    assert [path for path in found if path.startswith("other")] == [
        f"other.x.{domain}" for domain in DOMAINS
    ]


def test_a_whole_number_stays_whole(tmp_path):
    """An entry marked whole refuses fractions."""
    entry = catalogue_of(tmp_path, room=ENTRY + "  whole: true\n")["room.thing"]
    assert entry.checked(3) == 3
    with pytest.raises(FieldProblems, match="not a whole number"):
        entry.checked(2.5)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("value: 2", "value: 9", "9 is out of range"),
        ("value: 2", "value: two", "'two' is not a number"),
        ("  value: 2\n", "", "exactly one of value and by_domain"),
        ("grade: C", "grade: D", "grade is one of A, B, C"),
        ("unit: years", "unit:", "unit must say something"),
        ("text: A thing.", "", "missing text"),
        ("leverable: false", "leverable: no", "leverable is true or false"),
        ("low: 1", "low: .inf", "finite"),
        ("text: A thing.", "text: x\n  remark: y", "unknown key remark"),
        ("thing:", "a thing:", "a name has letters"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_place(old, new, words, tmp_path):
    """A shipped file with a mistake stops the program with file, line and column."""
    with pytest.raises(CatalogueError, match=r"room\.yaml:2:1: ") as caught:
        catalogue_of(tmp_path, room=ENTRY.replace(old, new))
    assert words in str(caught.value)


def test_a_missing_domain_is_refused(tmp_path):
    """A parameter that differs by domain names all eight."""
    with pytest.raises(CatalogueError, match="needs exactly the domains"):
        catalogue_of(tmp_path, room=BY_DOMAIN.replace("land: 2, ", ""))


def test_a_name_is_used_by_one_room_only(tmp_path):
    """Leaf names are unique, because kernels read them without the room."""
    with pytest.raises(CatalogueError, match="thing is already a parameter of one"):
        catalogue_of(tmp_path, one=ENTRY, two=ENTRY)
