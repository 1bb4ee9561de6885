"""The figure of a hindcast shows every target that can be judged, hit or missed."""

from __future__ import annotations

import matplotlib
from figure_texts import collisions, headline

from viz import charts, figures
from viz.theme import RC


def target(model: float, low: float | None = 1.0, high: float | None = 3.0, **more: object) -> dict:
    inside = (low is None or model >= low) and (high is None or model <= high)
    row = {
        "kind": "target", "id": "us_share_deliveries", "window": "2015-19", "model": model,
        "model_low": model - 0.1, "model_high": model + 0.1, "n": 5, "target": 2.0,
        "target_low": low, "target_high": high, "inside": inside, "use": "calibrate", "unit": "",
    }  # fmt: skip
    return {**row, **more}


def test_the_hindcast_shows_hits_and_misses_alike(tmp_path):
    """Inside means within one half band; what has no band or value is left out and counted."""
    rows = [
        target(2.5),
        target(3.2),
        target(9.0, high=None, id="supplier_hhi"),
        target(2.0, use="initial state", window="2010-14"),
        target(2.0, None, None, inside=None),
        {"kind": "score", "window": "2015-19"},
    ]
    with matplotlib.rc_context(dict(RC)):
        figure = charts.hindcast_targets(rows)
    assert headline(figure).startswith("2 of 3 targets after the start are inside their bands, 1")
    assert headline(figure).endswith("of the initial state 1 of 1")
    assert "1 target without a band or a value is left out" in figure.texts[1].get_text().replace(
        "\n", " "
    )
    assert collisions(figure) == []
    written = figures.draw_hindcast(rows, tmp_path)
    assert [path.name for path in written] == ["hindcast.svg", "hindcast.png"]


def test_the_distance_to_a_band_agrees_with_the_verdict():
    """A target is inside exactly when it is drawn inside the band, one-sided bands too."""
    from viz.hindcast import standardised

    rows = [target(value, low, high) for value in (0.5, 1.0, 1.5, 2.0, 3.0, 3.5)
            for low, high in ((1.0, 3.0), (1.9, 3.0), (None, 3.0), (1.0, None))]  # fmt: skip
    found = standardised(rows)
    assert ((found["model"].abs() <= 1.0 + 1e-12) == found["inside"]).all()


def test_a_hindcast_without_targets_says_so():
    """No target to judge is no error."""
    with matplotlib.rc_context(dict(RC)):
        figure = charts.hindcast_targets([{"kind": "score"}])
    assert "No target" in figure.axes[0].texts[0].get_text()
