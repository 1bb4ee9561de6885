"""What ships with the app: the runs of the story, so that the first chart waits for nothing."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from experiments.compare_read import read_comparison
from viz.app.ensembles import Results
from viz.app.settings import Settings

DATA = Path(__file__).parent / "data"
STORY = DATA / "story"
HINDCAST = DATA / "hindcast.json"


@cache
def story_results() -> Results:
    """The results of the settings that the page begins with, without what nations did.

    Raises ConfigError when the files are missing or damaged.
    """
    comparison = read_comparison(STORY)
    return Results(Settings(), comparison, None, comparison.replications, comparison.replications)
