"""Where the interpreted part of a baseline run spends its time (`make profile`)."""

from __future__ import annotations

import cProfile
import pstats

from alliance_abm import AllianceModel, load_scenario

SHOWN = 30


def main() -> None:
    """Profile a second run, so that compilation and set-up caches are not counted."""
    scenario = load_scenario("baseline")
    AllianceModel(scenario, rng=1).run()
    profile = cProfile.Profile()
    profile.runcall(lambda: AllianceModel(scenario, rng=2).run())
    pstats.Stats(profile).strip_dirs().sort_stats("tottime").print_stats(SHOWN)


if __name__ == "__main__":
    main()
