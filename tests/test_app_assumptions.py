"""What the pages say of data and assumptions is what the tables hold."""

from __future__ import annotations

from alliance_abm.lever_data import LEVERS
from alliance_abm.parameters import CATALOGUE
from viz.app import assumptions
from viz.app.sources import coverage_list, lever_list


def test_hits_and_misses_are_those_of_the_hindcast():
    """Counts on the page are counted from its rows; misses stand first."""
    rows = [row for row in assumptions.hindcast_rows() if row["kind"] == "target"]
    judged = [row for row in rows if row["inside"] is not None]
    told = assumptions.hindcast_list()
    assert f"{sum(row['inside'] for row in judged)} of {len(judged)} targets" in told
    assert told.index("OUTSIDE") < told.index(">inside<")
    assert "U.S. 49 %" in assumptions.record_words()


def test_every_parameter_and_lever_is_found_by_its_name():
    """A search finds what it names, and tells how many there are."""
    for path in list(CATALOGUE)[::40]:
        assert path in assumptions.parameter_list(path)
    assert f"{len(CATALOGUE)}: " in assumptions.parameter_list("")
    for lever in LEVERS.values():
        assert lever.bill_text.split("'")[0][:20] in lever_list(lever.id)
    assert "R-Q12" in coverage_list("R-Q12")


def test_what_a_visitor_types_stays_text():
    """Markup in a search is shown, not obeyed."""
    assert "<script>" not in lever_list("<script>")


def test_owners_of_data_are_credited():
    """SIPRI's terms and the map's stand on the page."""
    assert "non-commercial" in assumptions.notices()
    assert any("Natural Earth" in text for text in assumptions.CAVEATS)
