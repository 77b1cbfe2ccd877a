"""The result of a run as text: bare for one output, `name = value` for several, cut when it is long."""

from __future__ import annotations

import json
import pprint
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flyte_cli.output.documents import plain_value
from flyte_cli.output.visible import visible
from flyte_cli.quantities import size

LONGEST = 5
STORED = {("flyte.io.file", "File"), ("flyte.io.directory", "Dir"), ("flyte.io.frame", "DataFrame")}


def result_lines(outputs: Mapping[str, Any], width: int, more: str) -> list[str]:
    """What a person wants to see of the outputs."""
    if len(outputs) == 1:
        return _cut(_readable(next(iter(outputs.values())), width), more)
    lines: list[str] = []
    for name, value in outputs.items():
        first, *rest = _cut(_readable(value, width - len(name) - 3), more)
        lines += [f"{name} = {first}", *rest]
    return lines


def bare(outputs: Mapping[str, Any]) -> list[str]:
    """What a script wants: text as it is, everything else as JSON, one line per output."""
    values = [plain_value(value) for value in outputs.values()]
    return [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values]


def _readable(value: Any, width: int) -> list[str]:
    kind = _stored(value)
    if kind:
        return [visible(_reference(kind, value))]
    text = value if isinstance(value, str) else pprint.pformat(value, width=max(width, 20), sort_dicts=False)
    return [visible(each) for each in text.splitlines()] or [""]


def _cut(lines: list[str], more: str) -> list[str]:
    return lines if len(lines) <= LONGEST else [*lines[:LONGEST], more]


def _stored(value: Any) -> str:
    """`File`, `Dir` or `DataFrame` for what only refers to data; the classes are not imported to find out."""
    return next((each.__name__ for each in type(value).__mro__ if (each.__module__, each.__name__) in STORED), "")


def _reference(kind: str, value: Any) -> str:
    """`File  1.2 kB  /path`: the size where it is at hand."""
    place = str(getattr(value, "path", None) or getattr(value, "uri", None) or "")
    path = Path(place)
    held = [each for each in (path.rglob("*") if path.is_dir() else [path]) if each.is_file()] if place else []
    facts = [kind, size(sum(each.stat().st_size for each in held)) if held else "", place]
    return "  ".join(fact for fact in facts if fact)
