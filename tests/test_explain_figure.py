"""The figure of an explained choice."""

from __future__ import annotations

import matplotlib
import pytest
from explained_searches import some_explained, some_searches
from figure_texts import beyond_the_edge, collisions

from alliance_abm.explain import explain
from viz import charts
from viz.theme import RC


def test_the_texts_of_the_figure_keep_apart():
    """No text of the figure covers another or leaves the slide; bars say what the terms say."""
    drawable = [e for e in some_explained() if len(e.offers) > 3][::8]
    assert drawable
    for each in drawable:
        with matplotlib.rc_context(dict(RC)):
            figure = charts.explained_choice(each)
            assert collisions(figure) == []
            assert beyond_the_edge(figure) == []
        assert "home advantage" in figure.texts[1].get_text().replace("\n", " ")


def test_a_figure_without_offers_is_refused():
    """There is nothing to compare when only waiting was left."""
    one = explain(next(s for s in some_searches() if len(s.decide().offers) == 1))
    with pytest.raises(ValueError, match="no offer passed"):
        charts.explained_choice(one)
