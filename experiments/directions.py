"""Which way of an outcome is better: only where every nation would agree."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

BETTER: Mapping[str, int] = MappingProxyType(  # 1 higher, -1 lower
    {
        "gap_years": -1, "n1_resilience": 1, "leak_exposure": -1, "us_unit_cost": -1,
        "fms_months_to_contract": -1, "dcs_months_to_contract": -1, "wait_years_us": -1,
        "wait_years_third_party": -1,
    }
)  # fmt: skip
