"""The parts of a hosted run that need neither a terminal nor a run."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from flyte_cli.errors import Misuse
from flyte_cli.tui.hosting import Aside
from flyte_cli.tui.terminal import needs_terminal


@dataclass
class Happened:
    """An event of a run."""

    kind: str
    text: bytes = b""


@dataclass
class Told:
    """What would follow a run on the terminal, writing down what it hears."""

    heard: list[Any] = field(default_factory=list)

    def started(self, tree: Any) -> None:
        self.heard.append("started")

    def tick(self, events: list[Any]) -> None:
        self.heard += [event.kind for event in events]

    def interrupted(self, count: int) -> None:
        self.heard.append(count)

    def finish(self) -> None: ...


def aside(told: Told) -> Aside:
    made = Aside(told)
    made.started("a tree")  # type: ignore[arg-type]  # it is only handed on
    return made


def tick(made: Aside, *events: Happened) -> None:
    made.tick(list(events))  # type: ignore[arg-type]  # they have what is looked at


def test_nothing_is_written_below_a_screen_and_everything_after_it() -> None:
    told = Told()
    made = aside(told)
    tick(made, Happened("log"))
    made.interrupted(1)
    assert told.heard == []
    made.is_asked = True
    tick(made, Happened("failed"))
    made.interrupted(2)
    assert told.heard == ["started", "failed", 2]


def test_what_the_engine_says_below_a_screen_is_kept_for_people() -> None:
    made = aside(Told())
    tick(made, Happened("notice", b"the disk is \x1b[2J full"), Happened("log", b"mine"))
    (kept,) = made.kept
    assert "the disk is" in kept
    assert "\x1b" not in kept
    made.is_asked = True
    tick(made, Happened("notice", b"told by the one that follows"))
    assert len(made.kept) == 1


@dataclass
class Stream:
    """A stream that is a terminal or not."""

    terminal: bool

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize(
    ("terminals", "environment", "said"),
    [
        ((False, True, True), {"TERM": "xterm"}, "stdin is none"),
        ((True, False, False), {"TERM": "xterm"}, "stdout, stderr are none"),
        ((True, True, True), {"TERM": "dumb"}, "`TERM` is `dumb`"),
        ((True, True, True), {}, "`TERM` is not set"),
    ],
)
def test_what_cannot_be_drawn_on_is_named(
    monkeypatch: pytest.MonkeyPatch, terminals: tuple[bool, ...], environment: dict[str, str], said: str
) -> None:
    _have(monkeypatch, terminals)
    with pytest.raises(Misuse) as refused:
        needs_terminal("--tui", environment, "leave it out")
    assert said in refused.value.message
    assert refused.value.help == ("leave it out",)


def test_three_terminals_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    _have(monkeypatch, (True, True, True))
    needs_terminal("--tui", {"TERM": "xterm"}, "leave it out")


def _have(monkeypatch: pytest.MonkeyPatch, terminals: tuple[bool, ...]) -> None:
    for name, terminal in zip(("stdin", "stdout", "stderr"), terminals, strict=True):
        monkeypatch.setattr(f"sys.{name}", Stream(terminal))
