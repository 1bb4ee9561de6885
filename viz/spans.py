"""The first and the last reported years of runs, which charts compare."""

from __future__ import annotations

import pandas as pd

from alliance_abm.deliveries import LAST_YEARS
from viz.bands import with_time
from viz.page import About, years_label

Span = tuple[float, float]
YEAR = 1.0


def spans(about: About) -> dict[str, Span]:
    """Label and limits in decimal years of the first reported years and of the last ones.

    The last ones alone when the run is too short for both.
    """
    last = max(about.end - LAST_YEARS, about.start), about.end
    first = about.report_from, about.report_from + LAST_YEARS
    found = (first, last) if first[1] <= last[0] else (last,)
    return {years_label(start // YEAR, end // YEAR - YEAR): (start, end) for start, end in found}


def yearly(series: pd.DataFrame, about: About) -> pd.DataFrame:
    """Rows of the last quarter of each whole year of the run, with `time` the end of that year.

    >>> about = About("a", 1, 2010.0, 2010.0, 2011.5, 2024, 1, True)
    >>> yearly(pd.DataFrame({"quarter": ["2010Q2", "2010Q4", "2011Q2"]}), about).time.tolist()
    [2011.0]
    """
    rows = with_time(series)
    return rows[(rows["time"] % YEAR == 0.0) & (rows["time"] > about.start)]


def run_means(series: pd.DataFrame, about: About) -> pd.DataFrame:
    """Mean of each run's yearly values by span: columns span, entity, outcome, replication, value.

    Spans as in `spans`; a value that is missing in a year does not count.
    """
    rows, parts = yearly(series, about), []
    for label, (start, end) in spans(about).items():
        inside = rows[(rows["time"] > start) & (rows["time"] <= end)]
        means = inside.groupby(["entity", "outcome", "replication"])["value"].mean()
        parts.append(means.reset_index().assign(span=label))
    return pd.concat(parts, ignore_index=True)


def reported_periods(table: pd.DataFrame, about: About) -> list[str]:
    """The first period of a table that begins when reporting has begun, and the last one."""
    names = list(dict.fromkeys(table["period"]))
    reported = [name for name in names if int(name[:4]) >= about.report_from]
    return list(dict.fromkeys([*reported[:1], names[-1]])) if names else []


def dashed(period: str) -> str:
    """A period as it is written: 2015–19."""
    return period.replace("-", "–")


def period_end(period: str) -> str:
    """The year, or quarter, that a period ends with.

    >>> period_end("2041-45"), period_end("2010"), period_end("2010Q1-2011Q2")
    ('2045', '2010', '2011Q2')
    """
    first, _, last = period.rpartition("-")
    return last if not first or len(last) > 2 else first[:2] + last
