"""What is offered while somebody types where to go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.suggester import Suggester

if TYPE_CHECKING:
    from flyte_cli.ops.host import Host

MOST = 200
PLACES = ("runs", "tasks")


class Destinations(Suggester):
    """Screens, then names of runs, those of this folder first."""

    def __init__(self, host: Host, places: Sequence[str] = PLACES) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.host = host
        self.places = places
        self._names: list[str] | None = None

    async def get_suggestion(self, value: str) -> str | None:
        """What begins so."""
        if not value:
            return None
        if self._names is None:
            here = self.host.engine.runs(self.host.folder(), MOST)
            rows = [*here, *self.host.engine.runs(None, MOST)]
            self._names = list(dict.fromkeys(row.name for row in rows))
        return next((each for each in (*self.places, *self._names) if each.startswith(value)), None)
