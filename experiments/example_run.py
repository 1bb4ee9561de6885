"""One run looked at closely: what a nation asks for, what is under way, and why it chose.

It is an example of what can happen, never an answer.  A choice is explained by replaying the run
up to its quarter, which takes less time than the run itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_abm.explain import explain_choices, explain_order, order_row
from alliance_abm.explanation import Explanation
from alliance_abm.layout import CANCELLED
from alliance_abm.quarters import Quarter
from alliance_abm.routes import ROUTES
from alliance_abm.scenario import Scenario
from alliance_abm.state import ledger

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel

KEPT_RUNS, KEPT_CHOICES = 4, 64
CHOICES = ["order", "quarter", "domain", "domain_name", "supplier", "route", "volume", "price"]
UNDER_WAY = [
    "order", "domain", "domain_name", "supplier", "route", "volume", "awarded", "quoted", "first",
    "completed",
]  # fmt: skip
NEEDS = ["domain", "domain_name", "since", "volume", "met"]


@dataclass(frozen=True)
class ExampleRun:
    """One finished run of a scenario (with its levers) and a seed."""

    model: AllianceModel

    @property
    def seed(self) -> int:
        """The run's seed."""
        return self.model.run_seed

    def choices(self, nation: str) -> pd.DataFrame:
        """What a nation ordered in the run, in order of time; columns CHOICES.

        `quarter` is that of the choice, `price` in million constant 2024 US$. ValueError when the
        nation is unknown.
        """
        rows, numbers = self._orders(nation)
        chosen = (rows["initial"] == 0) & (rows["awarded"] >= 0)
        rows, numbers = rows[chosen], numbers[chosen]
        found = self._named(rows, numbers).assign(
            quarter=[str(Quarter(at)) for at in rows["awarded"]],
            price=rows["price_quoted"] * rows["volume"],
            at=rows["awarded"],
        )
        return found.sort_values(["at", "order"], ignore_index=True)[CHOICES]

    def under_way(self, nation: str, quarter: Quarter) -> pd.DataFrame:
        """Orders of a nation placed by the end of a quarter and not complete; columns UNDER_WAY.

        `quoted` and `first` are the first delivery as it was quoted and as it came, quarters as
        labels, empty where the run does not come to it or where it began before the run. Orders
        that are cancelled in the end are left out.
        """
        rows, numbers = self._orders(nation)
        begun = (rows["awarded"] <= quarter) & (rows["status"] != CANCELLED)
        open_ = begun & ((rows["completed"] < 0) | (rows["completed"] > quarter))
        rows, numbers = rows[open_], numbers[open_]
        columns = {"awarded": "awarded", "quoted": "promised", "first": "first_delivery",
                   "completed": "completed"}  # fmt: skip
        labels = {name: _labels(rows[field]) for name, field in columns.items()}
        found = self._named(rows, numbers).assign(**labels)
        return found.sort_values(["domain", "order"], ignore_index=True)[UNDER_WAY]

    def needs(self, nation: str, quarter: Quarter) -> pd.DataFrame:
        """What a nation has asked for by the end of a quarter and not ordered; columns NEEDS.

        `met` is the quarter in which it orders, empty where the run does not come to it.
        """
        rows, numbers = self._orders(nation)
        new = (rows["initial"] == 0) & (rows["part"] == 0) & (rows["requested"] <= quarter)
        waits = new & (rows["awarded"] > quarter)
        mine, volume = rows[waits], rows["volume"][waits].copy()
        for place, order in enumerate(mine):  # the other half of a split award
            same = (rows["part"] == 1) & (rows["awarded"] == order["awarded"])
            volume[place] += rows["volume"][same & (rows["domain"] == order["domain"])].sum()
        found = self._named(mine, numbers[waits]).assign(
            since=_labels(mine["requested"]), met=_labels(mine["awarded"]), volume=volume
        )
        still = self._still_open(nation, quarter)
        return pd.concat([found[NEEDS], still], ignore_index=True) if len(still) else found[NEEDS]

    def _still_open(self, nation: str, quarter: Quarter) -> pd.DataFrame:
        """Searches that the run leaves open, begun by a quarter."""
        cells = self.model.state.cells[self.model.world.nation_index(nation)]
        open_ = np.flatnonzero((cells["open"] == 1) & (cells["opened"] <= quarter))
        world = self.model.world
        return pd.DataFrame(
            {
                "domain": [world.domains[at] for at in open_],
                "domain_name": [world.domain_names[at] for at in open_],
                "since": _labels(cells["opened"][open_]),
                "volume": cells["volume"][open_],
                "met": "",
            },
            columns=NEEDS,
        )

    def explain(self, nation: str, order: int) -> Explanation:
        """Why a nation chose the supplier of an order (`choices`).

        Raises FieldProblems (a ValueError) for an order that is not the nation's, or was under
        way at the start.
        """
        order_row(self.model, order, nation)
        return _explained(self.model, nation, order)

    def searches(self, nation: str, quarter: Quarter) -> list[Explanation]:
        """Every search of a nation that was decided in a quarter, deferrals included."""
        return explain_choices(self.model.scenario, nation, quarter, seed=self.seed)

    def _orders(self, nation: str) -> tuple[NDArray[np.void], NDArray[np.int64]]:
        """A nation's rows of the ledger, and their numbers."""
        rows = ledger(self.model.state)
        numbers = np.flatnonzero(rows["buyer"] == self.model.world.nation_index(nation))
        return rows[numbers], numbers

    def _named(self, rows: NDArray[np.void], numbers: NDArray[np.int64]) -> pd.DataFrame:
        world = self.model.world
        return pd.DataFrame(
            {
                "order": numbers,
                "domain": np.array(world.domains)[rows["domain"]],
                "domain_name": np.array(world.domain_names)[rows["domain"]],
                "supplier": np.array(world.nations)[rows["supplier"]],
                "route": np.array([route.id for route in ROUTES])[rows["route"]],
                "volume": rows["volume"],
            }
        )


def _labels(quarters: NDArray[np.integer]) -> NDArray[np.object_]:
    return np.array([str(Quarter(at)) if at >= 0 else "" for at in quarters], object)


@lru_cache(maxsize=KEPT_RUNS)
def example_run(scenario: Scenario, seed: int) -> ExampleRun:
    """The run of a scenario and a seed; the last ones are kept."""
    from alliance_abm.model import AllianceModel

    return ExampleRun(AllianceModel(scenario, rng=seed).run())


@lru_cache(maxsize=KEPT_CHOICES)
def _explained(model: AllianceModel, nation: str, order: int) -> Explanation:
    return explain_order(model, order, nation)
