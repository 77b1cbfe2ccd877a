"""What people say about a run when they start it: labels, and what it belongs to. The journal keeps it as one text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RunAttributes:
    """Words to find a run by. None of them changes what the run does."""

    labels: Mapping[str, str] = field(default_factory=dict)
    project: str | None = None
    domain: str | None = None
    version: str | None = None

    def to_text(self) -> str | None:
        """A JSON object of what was said; None when nothing was."""
        said = {name: value for name in _FIELDS if (value := getattr(self, name))}
        if not said:
            return None
        import json  # deferred: most runs have none

        return json.dumps(said, sort_keys=True)


_FIELDS = ("labels", "project", "domain", "version")
NOTHING = RunAttributes()


def attributes_of(text: str | None) -> RunAttributes:
    """What `to_text` wrote; what a later version added to it is left out."""
    if text is None:
        return NOTHING
    import json  # deferred, as above

    said = json.loads(text)
    return RunAttributes(**{name: said[name] for name in _FIELDS if name in said})
