"""Fixtures shared by all tests, and the option that renews golden files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from alliance_abm import AllianceModel, load_scenario
from alliance_abm.scenario import Scenario

ROOT = Path(__file__).parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew", action="store_true", help="rewrite golden files, then review them")


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def renew(request: pytest.FixtureRequest) -> bool:
    """Were golden files to be rewritten?"""
    return bool(request.config.getoption("--renew"))


@pytest.fixture(scope="session")
def tiny() -> Scenario:
    """The tiny scenario: three nations, two domains."""
    return load_scenario("tiny")


@pytest.fixture(scope="session")
def run_tiny(tiny: Scenario) -> Callable[..., AllianceModel]:
    """A finished run of the tiny scenario by seed, made afresh at each call."""

    def run(seed: int = 1) -> AllianceModel:
        return AllianceModel(tiny, rng=seed).run()

    return run


@pytest.fixture(scope="session")
def tiny_run(run_tiny: Callable[..., AllianceModel]) -> AllianceModel:
    """One finished run of the tiny scenario, shared: look at it, do not step it."""
    return run_tiny()
