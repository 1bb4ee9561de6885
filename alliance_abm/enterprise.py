"""The U.S. security-cooperation enterprise as a Mesa agent: a view on desks and staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alliance_abm.layout import N_CASES
from alliance_abm.members import Member

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel


class SecurityCooperationEnterprise(Member):
    """Staff and queues that serve FMS cases and DCS licences."""

    model: AllianceModel

    def __init__(self, model: AllianceModel) -> None:
        super().__init__(model)

    @property
    def staff(self) -> float:
        """Staff, experts and novices, against the start (1)."""
        office = self.model.state.office
        return float(office["experts"][0] + office["novices"][0])

    @property
    def open_cases(self) -> int:
        """Cases in administration, all routes."""
        return int(self.model.state.counts[N_CASES])

    def expected_days(self) -> dict[str, float]:
        """Expected days at each desk for a case that arrives now."""
        names = [f"offer preparation: {d}" for d in self.model.world.domains]
        names += ["release and disclosure", "licensing"]
        return dict(zip(names, self.model.state.desks["expected_days"].tolist(), strict=True))
