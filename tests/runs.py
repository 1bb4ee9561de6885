"""Runs to a quarter, and what they ordered."""

from __future__ import annotations

import numpy as np

from alliance_abm import AllianceModel
from alliance_abm.scenario import Scenario
from alliance_abm.state import State, ledger


def run(scenario: Scenario, seed: int = 1, quarters: int | None = None) -> AllianceModel:
    """A run to a quarter, or to the end."""
    model = AllianceModel(scenario, rng=seed)
    return step_to(model, scenario.horizon.quarters if quarters is None else quarters)


def step_to(model: AllianceModel, quarter: int) -> AllianceModel:
    """The same model, stepped until a quarter begins."""
    while model.state.quarter < quarter:
        model.step()
    return model


def new_orders(state: State) -> np.ndarray:
    """Orders awarded in the run."""
    rows = ledger(state)
    return rows[rows["initial"] == 0]
