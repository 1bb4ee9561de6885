"""The headlines by quarter for Mesa's tools, computed when asked for from what a run records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from numpy.typing import NDArray

from alliance_abm.nations import Nation
from alliance_abm.quarters import QUARTERS_A_YEAR, Quarter, quarter_labels
from alliance_abm.recorder import column, nation_column, trailing

if TYPE_CHECKING:
    import pandas as pd

    from alliance_abm.model import AllianceModel

Floats = NDArray[np.float64]
SMALLEST = 1e-9  # stands for nothing where a share is taken
NATION_COLUMNS = ("burden", "balance")


def _recorded(name: str, model: AllianceModel, quarters: int) -> Floats:
    return column(model.state, name)[:quarters]


def _share(model: AllianceModel, quarters: int, rows: Any) -> Floats:
    """Share of some suppliers in cross-border deliveries of the last four quarters."""
    state = model.state
    registered = state.cells["registered"][0] == 1
    volume = trailing(state.flow_domain[:quarters][:, :, registered].sum(axis=2))
    return np.asarray(volume[:, rows].sum(axis=1) / np.maximum(volume.sum(axis=1), SMALLEST))


def _us_share(model: AllianceModel, quarters: int) -> Floats:
    return _share(model, quarters, [model.world.usa])


def _competitor_share(model: AllianceModel, quarters: int) -> Floats:
    return _share(model, quarters, model.world.competitor)


def _allied_share(model: AllianceModel, quarters: int) -> Floats:
    allied = _recorded("allied_stock", model, quarters)
    return np.asarray(allied / (allied + _recorded("us_stock", model, quarters)))


def _us_unit_cost(model: AllianceModel, quarters: int) -> Floats:
    output = trailing(_recorded("us_output", model, quarters))
    return trailing(_recorded("us_cost", model, quarters)) / np.maximum(output, SMALLEST)


def _burden(model: AllianceModel, quarters: int) -> Floats:
    buyers = model.world.is_buyer
    burden = nation_column(model.state, "burden")[:quarters, buyers]
    gdp = model.outside.gdp[buyers].T[np.arange(quarters) // QUARTERS_A_YEAR]
    return np.asarray((burden * gdp).sum(axis=1) / gdp.sum(axis=1))


# The number of quarters is handed on, for another thread may be stepping the model meanwhile.
SERIES: Mapping[str, Callable[[AllianceModel, int], Floats]] = MappingProxyType(
    {
        "us_share_deliveries": _us_share,
        "competitor_share_deliveries": _competitor_share,
        "allied_capability_share": _allied_share,
        "gap": partial(_recorded, "gap"),
        "us_unit_cost": _us_unit_cost,
        "burden_mean": _burden,
        "open_cases": partial(_recorded, "open_cases"),
    }
)
QUARTER = "quarter"


def headlines(model: AllianceModel, quarters: int) -> dict[str, list[Any]]:
    """Labels and headlines of the first quarters, by name.

    The shares of deliveries and the unit cost are of the last four quarters, the burden is a mean
    over the buyers weighted by the year's GDP, the rest is of the end of the quarter.
    """
    found: dict[str, list[Any]] = {QUARTER: quarter_labels(quarters)}
    return found | {name: series(model, quarters).tolist() for name, series in SERIES.items()}


def latest(name: str, model: AllianceModel) -> Any:
    """A headline of the last quarter done; None before the first."""
    quarters = model.state.quarter
    if not quarters:
        return None
    if name == QUARTER:
        return str(Quarter(quarters - 1))
    return float(SERIES[name](model, quarters)[-1])


class HeadlineCollector(mesa.DataCollector):
    """Mesa's data collector over the record that every run keeps: a row for each quarter done.

    Nothing has to be collected, and going back to a snapshot goes back to its rows.  The
    `model_reporters` give the last quarter's figures and serve in a collector of one's own.
    """

    def __init__(self, model: AllianceModel) -> None:
        self._model = model
        self._known: tuple[Any, int, dict[str, list[Any]]] = (None, 0, {})
        super().__init__(
            model_reporters={name: partial(latest, name) for name in (QUARTER, *SERIES)}
        )

    @property
    def model_vars(self) -> dict[str, list[Any]]:
        """Lists by name, one value for each quarter done; computed once a quarter if at all."""
        panel, quarters = self._model.state.panel, self._model.state.quarter
        known, until, found = self._known
        if known is not panel or until != quarters:
            found = headlines(self._model, quarters)
            self._known = (panel, quarters, found)
        return found

    @model_vars.setter
    def model_vars(self, cleared: object) -> None:
        """Mesa empties what it collects at the start; here there is nothing to empty."""

    def _new_model_reporter(self, name: str, reporter: Any) -> None:
        self.model_reporters[name] = reporter

    @property
    def _collection_steps(self) -> list[int]:
        return list(range(1, self._model.state.quarter + 1))

    @_collection_steps.setter
    def _collection_steps(self, cleared: object) -> None:
        """Newer Mesa notes when it collected; here that is every quarter."""

    def collect(self, model: AllianceModel) -> None:
        """Nothing to do: the quarter has been recorded."""

    def get_agenttype_vars_dataframe(self, agent_type: type[mesa.Agent]) -> pd.DataFrame:
        """Burden and balance by step and nation for Nation; as in Mesa for other types."""
        if agent_type is not Nation:
            return super().get_agenttype_vars_dataframe(agent_type)
        import pandas as pd

        state, steps = self._model.state, self._collection_steps
        names = [nation.unique_id for nation in self._model.nations.values()]
        index = pd.MultiIndex.from_product([steps, names], names=["Step", "AgentID"])
        columns = {name: nation_column(state, name)[: len(steps)] for name in NATION_COLUMNS}
        return pd.DataFrame({name: part.ravel() for name, part in columns.items()}, index=index)
