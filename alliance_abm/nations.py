"""Nations as Mesa agents: thin views on their rows, with the questions one asks of a nation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel


class Nation(mesa.Agent):
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
