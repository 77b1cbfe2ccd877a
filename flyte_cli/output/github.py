"""Plain lines as GitHub Actions folds them: what a fan-out says is a group, a failure marks its line of code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flyte_cli.output.actions import short_type
from flyte_cli.output.failure import chain
from flyte_cli.output.paper import Paper
from flyte_cli.output.progress import Plain, Printed
from flyte_cli.sources import shown_path

if TYPE_CHECKING:
    from flyte._core import Event, Fold, RunTree

MOST_HELD = 1000
"""Lines of a fan-out that are kept back for its group; more make a group of their own."""

Key = tuple[int, str]


@dataclass
class Desk:
    """Keeps back what belongs to a group; everything else goes out at once."""

    current: Key | None = None
    held: dict[Key, list[tuple[Paper, str]]] = field(default_factory=dict)

    def write(self, paper: Paper, text: str) -> None:
        """Write now, or with the group that is current."""
        if self.current is None:
            paper.write(text)
        else:
            self.held.setdefault(self.current, []).append((paper, text))


@dataclass
class OnDesk(Paper):
    """A stream whose lines pass over the desk."""

    desk: Desk = field(default_factory=Desk)
    under: Paper | None = None

    def write(self, text: str) -> None:
        """Hand it to the desk."""
        if self.under is not None and text:
            self.desk.write(self.under, text)


def github(stderr: Paper, printed: Printed, clock: Callable[[], float], here: str) -> GitHub:
    """Progress in the log of a workflow."""
    desk = Desk()

    def on_desk(paper: Paper | None) -> OnDesk | None:
        return None if paper is None else OnDesk(paper.stream, paper.look, paper.terminal, desk, paper)

    lines = on_desk(stderr)
    assert lines is not None
    return GitHub(lines, Printed(on_desk(printed.stdout), lines), clock, desk=desk, real=stderr, here=here)


@dataclass
class GitHub(Plain):
    """Plain lines with groups and annotations."""

    desk: Desk = field(default_factory=Desk)
    real: Paper | None = None
    here: str = ""

    def finish(self) -> None:
        """Let go what is left, and mark the line that failed."""
        for key in list(self.desk.held):
            self._group(key, key[1])
        for text in marked_lines(self.tree, self.here):
            self._write(text)

    def _event(self, event: Event) -> None:
        self.desk.current = self._fan_out_of(event.ordinal)
        super()._event(event)
        key, self.desk.current = self.desk.current, None
        if key is not None and len(self.desk.held.get(key, ())) >= MOST_HELD:
            self._group(key, key[1])

    def _ended(self, parent: int, fold: Fold, name: str) -> None:
        key = (parent, fold.key)
        if key not in self.desk.held:
            return super()._ended(parent, fold, name)
        about = (-1, "")
        self.desk.current = about
        super()._ended(parent, fold, name)
        self.desk.current = None
        title = "".join(text for _, text in self.desk.held.pop(about, [])).strip()
        self._group(key, title or name)

    def _fan_out_of(self, ordinal: int) -> Key | None:
        """The outermost fan-out or group that an action is in."""
        found = None
        action = self.tree.action(ordinal)
        while action.parent is not None:
            for fold in self.tree.folds(action.parent):
                if fold.key in (action.group, action.short_name) and (fold.total > 1 or fold.is_group):
                    found = (action.parent, fold.key)
            action = self.tree.action(action.parent)
        return found

    def _group(self, key: Key, title: str) -> None:
        self._write(f"::group::{_message(title)}")
        for paper, text in self.desk.held.pop(key, []):
            paper.write(text)
        self._write("::endgroup::")

    def _write(self, text: str) -> None:
        if self.real is not None:
            self.real.write(f"{text}\n")


def marked_lines(tree: RunTree, here: str) -> list[str]:
    """`::error file=fan.py,line=18,title=flaky.3::ValueError: ...` for the error that ended the run."""
    found = chain(tree) if tree.phase == "failed" else None
    if found is None or found.origin.error is None:
        return []
    error = found.origin.error
    own = [frame for frame in error.frames if frame[4]]
    where = f"file={_property(shown_path(own[-1][0], here))},line={own[-1][1]}," if own else ""
    message = _message(f"{short_type(error)}: {error.message}" if error.message else short_type(error))
    return [f"::error {where}title={_property(found.origin.path)}::{message}"]


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
