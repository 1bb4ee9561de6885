"""Production lines as Mesa agents: thin views on their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alliance_abm.members import Member

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel


class ProductionLine(Member):
    """The line of an owner nation in a domain, at a location."""

    model: AllianceModel

    def __init__(self, model: AllianceModel, row: int) -> None:
        super().__init__(model)
        self.row = row
        line = model.state.lines[row]
        self.owner = model.world.nations[line["owner"]]
        self.location = model.world.nations[line["location"]]
        self.domain = model.world.domains[line["domain"]]

    @property
    def backlog(self) -> float:
        """Volume contracted and not delivered, home and export."""
        line = self.model.state.lines[self.row]
        return float(line["backlog_home"] + line["backlog_export"])

    @property
    def capacity(self) -> float:
        """Volume a quarter, home and export."""
        line = self.model.state.lines[self.row]
        return float(line["capacity_home"] + line["capacity_export"])

    @property
    def unit_cost(self) -> float:
        """Unit cost, 1 at the start."""
        return float(self.model.state.lines["unit_cost"][self.row])
