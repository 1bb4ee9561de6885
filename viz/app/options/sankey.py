"""Supplier to route to buyer: where what is delivered comes from, and how it is bought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_abm.layout import DEVELOP, DOMESTIC, FMS, POOLED
from alliance_abm.routes import ROUTES as MODEL_ROUTES
from experiments.nation_ensemble import band, ratio
from viz.app.chart import Chart
from viz.app.options.nation_parts import (
    BASE_COLOUR,
    FONT,
    NO_NAME,
    UNITS,
    Option,
    Shown,
    empty_option,
    first_up,
    with_range,
)
from viz.observed import UNITED_STATES
from viz.policy_words import PER_CENT, counted
from viz.theme import ROUTES

SUPPLIERS, BUYERS = 7, 10  # shown by name
NARROW = 17  # letters of a line beside a route, so that buyers' names have room
LEAST_LINK, LEAST_ROUTE = 0.002, 0.004  # of all volume: what is thinner is left out
OWN = "Own industry"
SHORT: Mapping[str, str] = MappingProxyType(
    {
        "fms": "Foreign Military Sales",
        "dcs": "Direct commercial sales",
        "hybrid": "Co-operative programmes",
        "third_party_friendly": "Bought from a friendly nation",
        "third_party_competitor": "Bought from a competitor",
        "domestic": "Own line",
        "licensed": "Built under licence",
        "develop": "New national line",
    }
)
Floats = NDArray[np.float64]


def sankey(shown: Shown, nation: str | None = None) -> Chart:
    """Volume from supplier over route to buyer, mean of runs; pooled cases count as FMS.

    Args:
        shown: the ensemble, the policy and the years.
        nation: iso3 of one buyer, with its own industry; default all buyers, imports only.
    """
    volume = _volume(shown, nation)
    ident = "sankey" if nation is None else f"sankey_{nation}"
    total = volume.sum(axis=(1, 2, 3))
    what = f"{shown.what}, without space{'' if nation else ', across borders'}"
    if not total.any():
        text = f"No {shown.what} in {shown.when} ({shown.runs})."
        return Chart(
            f"{ident}_empty", empty_option(text), text, shown.ground, _table(shown, volume), text
        )
    grouped, suppliers, buyers = _grouped(shown, volume, nation)
    option = _option(shown, grouped, suppliers, buyers)
    headline = _headline(shown, volume, nation)
    note = (
        f"Width: mean {what}, in {UNITS}; labels: share of the total, median and 10–90 % "
        f"range of runs. {shown.ground}"
    )
    if shown.n == 1:
        note = f"Width: {what}, in {UNITS}; labels: share of the total. {shown.ground}"
    alt = f"Flow chart from suppliers over routes to buyers. {headline}"
    return Chart(ident, option, headline, note, _table(shown, volume), alt)


def _volume(shown: Shown, nation: str | None) -> Floats:
    """(runs, suppliers, routes, buyers): of one buyer all, of all buyers the imports."""
    ensemble = shown.ensemble
    found = ensemble.volumes(shown.policy, shown.years, shown.clock).transpose(0, 2, 3, 1).copy()
    found[:, :, FMS] += found[:, :, POOLED]
    found[:, :, POOLED] = 0.0
    keep = np.zeros(len(ensemble.nations), bool)
    keep[shown.rows if nation is None else ensemble.nations.index(nation)] = True
    found[:, :, :, ~keep] = 0.0
    if nation is None:
        found[:, :, [DOMESTIC, DEVELOP]] = 0.0
        own = np.arange(len(ensemble.nations))
        found[:, own, :, own] = 0.0
    return np.asarray(found)


def _grouped(
    shown: Shown, volume: Floats, nation: str | None
) -> tuple[Floats, list[str], list[str]]:
    """The largest suppliers and buyers by name, the others of a kind together."""
    names = shown.ensemble.nations
    mean = volume.mean(axis=0)
    suppliers = _largest(mean.sum(axis=(1, 2)), SUPPLIERS)
    buyers = _largest(mean.sum(axis=(0, 1)), BUYERS)
    order = [shown.names[names[at]] for at in suppliers]
    rest = [at for at in np.flatnonzero(mean.sum(axis=(1, 2))) if at not in suppliers]
    parts = [volume[:, at] for at in suppliers]
    if nation is not None and names.index(nation) in suppliers:
        order[suppliers.index(names.index(nation))] = OWN
    if rest:
        order.append(f"{counted(len(rest), 'other', 'others')}")
        parts.append(volume[:, rest].sum(axis=1))
    found = np.stack(parts, axis=1)
    ends = [shown.names[names[at]] for at in buyers]
    others = [at for at in np.flatnonzero(mean.sum(axis=(0, 1))) if at not in buyers]
    columns = [found[..., at] for at in buyers]
    if others:
        ends.append(f"{counted(len(others), 'other buyer', 'other buyers')}")
        columns.append(found[..., others].sum(axis=3))
    return np.stack(columns, axis=3), order, ends


def _largest(volume: Floats, most: int) -> list[int]:
    found = [int(at) for at in np.argsort(-volume, kind="stable") if volume[at] > 0.0]
    return found if len(found) == most + 1 else found[:most]


def _option(
    shown: Shown, grouped: Floats, suppliers: Sequence[str], buyers: Sequence[str]
) -> Option:
    total = grouped.sum(axis=(1, 2, 3), keepdims=True)
    share = ratio(grouped, total)
    routes = [one.id for one in MODEL_ROUTES]
    seen = share.sum(axis=(1, 3)).mean(axis=0)
    used = [at for at, name in enumerate(routes) if name in SHORT and seen[at] >= LEAST_ROUTE]
    ways = [SHORT[routes[at]] for at in used]
    nodes = []
    for depth, labels, parts in (
        (0, suppliers, share.sum(axis=(2, 3))),
        (1, ways, share.sum(axis=(1, 3))[:, used]),
        (2, [buyer + NO_NAME for buyer in buyers], share.sum(axis=(1, 2))),
    ):
        edges = band(parts)
        colours = _colours(shown, depth, labels, [routes[at] for at in used])
        for place, label in enumerate(labels):
            row = {edge: edges[edge][place] for edge in ("low", "median", "high", "n")}
            name = label.rstrip(NO_NAME)
            told = f"{fill(name, NARROW)}\n" if depth == 1 else f"{name}  "
            nodes.append(
                {
                    "name": label, "depth": depth, "itemStyle": {"color": colours[place]},
                    "label": {"formatter": f"{told}{with_range(row)}", "lineHeight": 15,
                              "position": "left" if depth == 2 else "right"},
                }
            )  # fmt: skip
    return {
        "animation": False,
        "tooltip": {"trigger": "item", "confine": True, "textStyle": {"fontSize": FONT},
                    "formatter": "{b}<br>{c} " + UNITS},
        "series": [
            {
                "name": "deliveries", "type": "sankey", "data": nodes,
                "links": _links(grouped, suppliers, ways, buyers, used),
                "left": 8, "right": 12, "top": 10, "bottom": 10, "nodeGap": 9, "nodeWidth": 18,
                "layoutIterations": 0, "draggable": False,
                "lineStyle": {"color": "source", "opacity": 0.35, "curveness": 0.5},
                "label": {"fontSize": FONT}, "emphasis": {"focus": "adjacency"},
            }
        ],
    }  # fmt: skip


def _links(
    grouped: Floats,
    suppliers: Sequence[str],
    routes: Sequence[str],
    buyers: Sequence[str],
    used: Sequence[int],
) -> list[Option]:
    mean = grouped.mean(axis=0)[:, used]
    least = LEAST_LINK * mean.sum()
    found = []
    for values, starts, ends in (
        (mean.sum(axis=2), suppliers, routes),
        (mean.sum(axis=0), routes, [buyer + NO_NAME for buyer in buyers]),
    ):
        for start, row in zip(starts, values, strict=True):
            for end, value in zip(ends, row, strict=True):
                if value > least:
                    digits_ = round(float(value), 0 if value >= 100 else 1)
                    found.append({"source": start, "target": end, "value": digits_})
    return found


def _colours(shown: Shown, depth: int, labels: Sequence[str], routes: Sequence[str]) -> list[str]:
    """Suppliers by the source they count as, routes as everywhere, buyers grey."""
    if depth == 1:
        return [ROUTES[route].colour for route in routes]
    if depth == 2:
        return [BASE_COLOUR] * len(labels)
    codes = {name: code for code, name in shown.names.items()}
    own = ROUTES["domestic"].colour
    return [
        own if label == OWN else shown.style(codes[label]).colour if label in codes else BASE_COLOUR
        for label in labels
    ]


def _headline(shown: Shown, volume: Floats, nation: str | None) -> str:
    share = ratio(volume.sum(axis=(2, 3)), volume.sum(axis=(1, 2, 3))[:, None])
    edges = band(share)
    first = int(np.nanargmax(edges["median"]))
    row = {edge: edges[edge][first] for edge in ("low", "median", "high", "n")}
    code = shown.ensemble.nations[first]
    whose = "buyers' imports" if nation is None else f"what {shown.the(nation)} receives"
    who = "Own industry" if code == nation else first_up(shown.the(code))
    text = f"{who} supplies most of {whose} in {shown.when}: {with_range(row)}"
    if row["median"] <= 0.5:
        text = f"{who} is the largest supplier of {whose} in {shown.when}, with {with_range(row)}"
    usa = shown.ensemble.nations.index(UNITED_STATES)
    bought = volume[:, usa].sum(axis=(1, 2))
    through = band(ratio(volume[:, usa, FMS].sum(axis=1), bought)[:, None])
    part = {edge: float(through[edge][0]) for edge in ("low", "median", "high", "n")}
    if part["n"]:
        text += f"; {with_range(part)} of U.S. volume is sold government to government (FMS)"
    return f"{text} ({shown.runs})."


def _table(shown: Shown, volume: Floats) -> pd.DataFrame:
    """buyer, supplier, route, mean, low, median, high, n and share of the mean total, per cent."""
    supplier, route, buyer = np.nonzero(volume.any(axis=0))
    values = volume[:, supplier, route, buyer]
    names = np.array(shown.ensemble.nations)
    found = pd.DataFrame(
        {
            "buyer": names[buyer],
            "supplier": names[supplier],
            "route": np.array([one.id for one in MODEL_ROUTES])[route],
            "mean": values.mean(axis=0),
            **band(values),
        }
    )
    share = PER_CENT * found["mean"] / max(found["mean"].sum(), 1e-9)
    return shown.stamped(found.assign(share_percent=share), UNITS)
