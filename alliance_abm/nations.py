"""Nations as Mesa agents: thin views on their rows, with the questions one asks of a nation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alliance_abm.members import Member

if TYPE_CHECKING:
    from alliance_abm.explanation import Explanation
    from alliance_abm.model import AllianceModel
    from alliance_abm.quarters import Quarter


class Nation(Member):
    """One buyer and supplier; the last one is the rest of the world."""

    model: AllianceModel

    def __init__(self, model: AllianceModel, row: int) -> None:
        super().__init__(model)
        self.row = row
        self.iso3 = model.world.nations[row]
        self.name = model.world.names[row]

    @property
    def balance(self) -> float:
        """Money in hand, million constant 2024 US$."""
        return float(self.model.state.nations["balance"][self.row])

    @property
    def burden(self) -> float:
        """Military spending as a share of GDP."""
        return float(self.model.state.nations["burden"][self.row])

    def portfolio(self) -> dict[str, float]:
        """Share of the capability stock by origin (iso3 to share, own industry included)."""
        stock = self.model.state.stock[self.row].sum(axis=0)
        total = float(stock.sum())
        if total <= 0.0:
            return {}
        names = self.model.world.nations
        return {names[o]: float(stock[o] / total) for o in stock.argsort()[::-1] if stock[o] > 0}

    def explain(self, order: int) -> Explanation:
        """Why this nation chose the supplier of one of its orders.

        `order` is the row in the ledger, as in the column `order` of `model.orders()`. The choice
        is replayed from the scenario and the seed. Raises ValueError when there is no such order
        of this nation, when it was under way at the start, or when the run's state was changed by
        hand.
        """
        from alliance_abm.explain import explain_order

        return explain_order(self.model, order, self.iso3)

    def choices(self, quarter: Quarter | str) -> list[Explanation]:
        """Every search of this nation that was decided in a quarter, deferrals included.

        They are replayed from the scenario and the run's seed, whether or not this run has come
        to that quarter. Raises ValueError when the quarter is none of the run's.
        """
        from alliance_abm.explain import explain_choices

        return explain_choices(self.model.scenario, self.iso3, quarter, seed=self.model.run_seed)
