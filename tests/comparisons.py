"""Policies that tests compare in the tiny world."""

from __future__ import annotations

from alliance_abm.policies import PolicyChoice, policy_of_text
from alliance_abm.quarters import Quarter

START = Quarter.parse("2014Q1")
LEVER = "dcs_tracked"


def policy(text: str, start: Quarter = START) -> PolicyChoice:
    """The policy of the words of --lever, from a quarter inside the tiny world."""
    return policy_of_text(text, start)
