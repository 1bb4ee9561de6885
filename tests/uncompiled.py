"""Runs scenarios in a process of its own and leaves their last states, for `test_forks.py`.

    python uncompiled.py FOLDER < scenarios.json

With NUMBA_DISABLE_JIT=1 the kernels run as plain Python. Every random number's address is noted
too, which only plain Python can do.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
from collections import Counter
from pathlib import Path

import numpy as np

from alliance_abm import AllianceModel, draws, load_scenario

PLAIN = os.environ.get("NUMBA_DISABLE_JIT") == "1"


def main(folder: Path) -> None:
    """Run every scenario of standard input with seed 1."""
    for name, overrides in json.load(sys.stdin).items():
        addresses: Counter[tuple[int, ...]] = Counter()
        if PLAIN:
            note_addresses(addresses)
        with np.errstate(over="raise", invalid="raise"):
            model = AllianceModel(load_scenario("tiny", overrides), rng=1)
            addresses.clear()  # the inversion is made once for many runs
            model = AllianceModel(model.scenario, rng=1).run()
        content = {"state": model.state, "addresses": addresses}
        (folder / f"{name}.pickle").write_bytes(pickle.dumps(content))


def note_addresses(addresses: Counter[tuple[int, ...]]) -> None:
    """Count every address at which the generator is asked for numbers."""
    generator = getattr(draws.threefry, "generator", draws.threefry)

    def threefry(*words: int) -> tuple[int, int, int, int]:
        addresses[words] += 1
        return generator(*words)

    threefry.generator = generator  # type: ignore[attr-defined]
    draws.threefry = threefry


if __name__ == "__main__":
    main(Path(sys.argv[1]))
