"""Settings with where they come from, for people and for pipes, and changes of them. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, bold, clipped, dim, line, padded, trimmed
from flyte_cli.output.visible import clip, visible, width_of
from flyte_cli.sources import shown_path

if TYPE_CHECKING:
    from flyte.settings.resolve import Origin, Place
    from flyte_cli.ops.config import ConfigChange, ConfigRow, ConfigView
    from flyte_cli.ops.created_config import CreatedConfig

GAP = 2
MOST_VALUE = 40
LEAST_VALUE = 12
STATES = {"read": "", "absent": " (absent)", "hidden": " (not read)", "foreign": " (holds no settings)"}


@dataclass(frozen=True)
class Whereabouts:
    """The folder one is in, and one's home: paths are shown from there."""

    here: str
    home: str = ""

    def shown(self, path: str | Path) -> str:
        """The path as one would type it."""
        text = shown_path(str(path), self.here)
        home = f"{self.home.rstrip('/')}/"
        return f"~/{text[len(home) :]}" if self.home and text.startswith(home) else text


def shown_value(value: Any) -> str:
    """The value as one would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False, default=str)


def shown_origin(origin: Origin, where: Whereabouts) -> str:
    """`config.yaml:3`, `$FLYTE_TASK_PROJECT`, `--project`, `default`."""
    if origin.kind == "file":
        profile = f" (profile {visible(origin.profile)})" if origin.profile else ""
        return f"{visible(where.shown(origin.name))}:{origin.line}{profile}"
    return f"${origin.name}" if origin.kind == "variable" else origin.name or "default"


def config_page(view: ConfigView, look: Look, where: Whereabouts) -> Iterator[Line]:
    """The table, and where settings were looked for."""
    of_project = [row for row in view.rows if row.key.startswith("project.")]
    for rows in ([row for row in view.rows if row not in of_project], of_project):
        if rows:
            yield from _table(rows, look, where)
            yield ()
    looked = [_looked_at(place, where) for place in view.places if place.state != "hidden"]
    steps = ["options", "$FLYTE_*", *looked, "defaults"]
    yield from _wrapped("Looked at, first wins: ", steps, look)
    hidden = [_looked_at(place, where) for place in view.places if place.state == "hidden"]
    if hidden:
        yield from _wrapped("There, and not read: ", [each.removesuffix(STATES["hidden"]) for each in hidden], look)
    if view.profiles:
        yield from _wrapped("Profiles: ", [visible(each) for each in view.profiles], look)
    if view.project is not None:
        yield from _wrapped("Project file: ", [visible(where.shown(view.project))], look)


def _table(rows: Sequence[ConfigRow], look: Look, where: Whereabouts) -> Iterator[Line]:
    names = max(width_of("SETTING"), *(width_of(visible(row.key)) for row in rows)) + GAP
    widest = max(width_of("VALUE"), *(width_of(visible(shown_value(row.value))) for row in rows))
    values = min(widest, max(LEAST_VALUE, min(MOST_VALUE, look.width - names - 24))) + GAP
    titles = line("  ", padded((dim("SETTING"),), names), padded((dim("VALUE"),), values), dim("FROM"))
    yield trimmed(clipped(titles, look.width - 1, look.glyph("…")))
    for row in rows:
        value = clip(visible(shown_value(row.value)), values - GAP, look.glyph("…"))
        cells = line(padded((bold(visible(row.key)),), names), padded(line(value), values), _from(row, where))
        yield trimmed(clipped(line("  ", cells), look.width - 1, look.glyph("…")))


def _from(row: ConfigRow, where: Whereabouts) -> Line:
    origin = shown_origin(row.origin, where)
    if not row.hides:
        return line(dim(origin) if row.origin.kind == "default" else origin)
    first = row.hides[0]
    hidden = f"   hides {shown_origin(first.origin, where)} ({visible(shown_value(first.value))})"
    more = f" and {len(row.hides) - 1} more" if len(row.hides) > 1 else ""
    return line(origin, dim(hidden + more))


def _looked_at(place: Place, where: Whereabouts) -> str:
    return visible(where.shown(place.file)) + STATES[place.state]


def _wrapped(title: str, steps: Sequence[str], look: Look) -> Iterator[Line]:
    """The steps with dots between them, on as many lines as they need."""
    dot = f" {look.glyph('·')} "
    text = title
    for place, step in enumerate(steps):
        piece = step if place == 0 else dot + step
        if text.strip() and text != title and width_of(text + piece) > look.width - 1:
            yield line(dim(text))
            text, piece = "  ", step
        text += piece
    yield line(dim(text))


def config_lines(view: ConfigView, where: Whereabouts) -> Iterator[Line]:
    """Setting, value, origin: tab-separated."""
    for row in view.rows:
        value = visible(shown_value(row.value).replace("\t", " "))
        yield line("\t".join([visible(row.key), value, shown_origin(row.origin, where)]))


def change_line(change: ConfigChange, where: Whereabouts) -> Line:
    """What was done, and what was there before."""
    file = visible(where.shown(change.file))
    at = f"{file}:{change.line}" if change.line else file
    key, value = visible(change.key), visible(shown_value(change.value))
    if change.change == "unset":
        return line(f"unset {key} in {file}")
    if change.change == "kept":
        return line(f"{key} is {value} already, {at}")
    before = "" if change.before is None else f" (was {visible(shown_value(change.before))})"
    return line(f"set {key} to {value}{before}, {at}")


def change_notes(change: ConfigChange, where: Whereabouts) -> Iterator[Line]:
    """What somebody should know besides."""
    if change.also_written is not None:
        yield line(f"wrote {visible(where.shown(change.also_written))}, which editors complete by")
    if change.hidden_by is not None:
        yield line(Span("warning: ", "yellow"), f"{visible(change.hidden_by)} wins over it")


def created_lines(created: CreatedConfig, where: Whereabouts) -> Iterator[Line]:
    """What was written, and what to type next."""
    file = visible(where.shown(created.file))
    if created.change == "kept":
        yield line(f"{file} says so already")
        return
    yield line(f"{created.change} {file}")
    yield line(dim("  next  "), "flyte get config", dim("   what counts here, and why"))


def difference_lines(lines: Sequence[str]) -> Iterator[Line]:
    """A unified diff, in colours where there are any."""
    for each in lines:
        style = "bold" if each.startswith(("---", "+++")) else {"-": "red", "+": "green", "@": "cyan"}.get(each[:1], "")
        yield (Span(visible(each), style),)


def warning_lines(texts: Sequence[str]) -> Iterator[Line]:
    """One line each."""
    for text in texts:
        yield line(Span("warning: ", "yellow"), visible(text))
