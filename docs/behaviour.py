"""Rerun what `docs/behaviour.md` reports, and rewrite its tables and its figure.

`--runs N` sets the runs of every study (default: those of `experiments/expected.yaml`).
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from alliance_abm.scenario import load_scenario
from experiments import expected, programmes
from experiments import expected_text as text
from viz.expected import expectations
from viz.figures import save, settle
from viz.theme import RC

ROOT = Path(__file__).parent
PART = re.compile(r"(<!-- measured: (\w+) -->\n).*?(<!-- end of \2 -->)", re.DOTALL)


def measured(runs: int | None) -> tuple[dict[str, str], Figure]:
    """The tables by name, and the figure."""
    study = expected.plan()["programmes"]
    twins, shocks = expected.twins(runs), expected.shocks(runs)
    orders = programmes.orders_of(load_scenario(study["config"]), runs or study["runs"])
    waits = programmes.waits(orders, study["last_award"])
    made = programmes.by_competence(orders, study["last_award"], study["competence"])
    tables = {
        "claims": text.claims(twins),
        "content": text.content(twins),
        "nations": text.nations(expected.nations(runs)),
        "shocks": text.shocks(shocks),
        "canada": text.canada(shocks),
        "waits": text.waits(waits),
        "programmes": text.by_competence(made),
    }
    settings = dict(RC)
    with matplotlib.rc_context(settings):
        figure = expectations(twins, shocks)
        settle(figure)
    return tables, figure


def main() -> None:
    """Rewrite the document and the figure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=None)
    tables, figure = measured(options.parse_args().runs)
    path = ROOT / "behaviour.md"
    old = path.read_text(encoding="utf-8")
    new = PART.sub(lambda match: match[1] + tables[match[2]] + match[3], old)
    path.write_text(new, encoding="utf-8")
    save(figure, ROOT / "img" / "behaviour.png")


if __name__ == "__main__":
    main()
