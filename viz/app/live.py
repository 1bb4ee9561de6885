"""One run that goes on quarter by quarter: the baseline and the first reform on one seed.

It is the first of the ensemble's pairs, so that it shows nothing that the bands do not hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from alliance_abm.collector import headlines
from alliance_abm.model import AllianceModel
from alliance_abm.policies import with_policy
from alliance_abm.worlds import in_world
from experiments.runner import POLICY, replication_seed
from viz.app.settings import Settings

LINES = ("us_share_deliveries", "allied_capability_share", "us_unit_cost")
Lines = Mapping[str, Mapping[str, list[float]]]


@dataclass(frozen=True, eq=False)
class LiveRun:
    """Models that are stepped together, and what they have recorded.

    `lines` maps a policy (`baseline` and the reform's name) and a series to values by quarter.
    """

    settings: Settings
    models: Mapping[str, AllianceModel] = field(default_factory=dict)
    lines: Lines = field(default_factory=dict)
    seed: int = 0

    def until(self, quarter: int) -> LiveRun:
        """The run when `quarter` is the last one done; what was recorded is not run again."""
        models = dict(self.models) or self._begun()
        for model in models.values():
            while model.running and model.state.quarter <= quarter:
                model.step()
        lines = {name: _lines(model) for name, model in models.items()}
        return LiveRun(self.settings, models, lines, replication_seed(self.settings.seed, 0))

    def _begun(self) -> dict[str, AllianceModel]:
        world = in_world(self.settings.scenario(), self.settings.world)
        policy = self.settings.policies()[0]
        seed = replication_seed(self.settings.seed, 0)
        return {
            POLICY: AllianceModel(world, rng=seed),
            policy.name: AllianceModel(with_policy(world, policy), rng=seed),
        }


def _lines(model: AllianceModel) -> dict[str, list[float]]:
    found = headlines(model, model.state.quarter)
    return {name: found[name] for name in LINES}
