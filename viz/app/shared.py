"""What all visitors of a server share: the engine. Nothing of one visitor is kept here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viz.app.ensembles import Engine


@dataclass
class Shared:
    """The parts of the running server that pages use."""

    engine: Engine | None = None

    def running(self) -> Engine:
        """The engine; RuntimeError when no server runs in this process."""
        if self.engine is None:
            raise RuntimeError("the app's engine is not running")
        return self.engine


SHARED = Shared()
