"""What screen tests share: waiting for what should be seen, and the screen as text."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, cast

from textual.pilot import Pilot

from flyte_cli.ops.engine import Engine
from flyte_cli.ops.host import Host
from flyte_cli.tui.app import FlyteApp
from flyte_cli.tui.key_line import KeyLine
from flyte_cli.tui.wishes import Wishes
from tests.cli.conftest import Recorded
from tests.cli.fakes import START, Row

PATIENCE = 60
"""Seconds after which something that should be seen is not."""
NOW = START + 600.0


def screen_text(app: FlyteApp) -> str:
    """What stands on the screen, without the blanks at the ends of lines."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


def said(app: FlyteApp) -> str:
    """What the last line says in place of keys."""
    return "".join(each.said for each in app.screen.query(KeyLine))


async def until(pilot: Pilot[None], holds: Callable[[], bool], what: str) -> None:
    """Let the application work until it holds."""
    deadline = monotonic() + PATIENCE
    while not holds():
        assert monotonic() < deadline, f"never: {what}\n{screen_text(cast(FlyteApp, pilot.app))}"
        await pilot.pause(0.01)


async def sees(pilot: Pilot[None], *texts: str) -> None:
    """Wait until all of these are on the screen."""
    app = cast(FlyteApp, pilot.app)
    await until(pilot, lambda: all(text in screen_text(app) for text in texts), f"{texts} on the screen")


async def typed(pilot: Pilot[None], text: str) -> None:
    """Press the keys of a text."""
    names = {" ": "space", ":": "colon", ">": "greater_than_sign", "/": "slash", "-": "minus", ".": "full_stop"}
    await pilot.press(*(names.get(character, character) for character in text))


@dataclass
class Listing(Recorded):
    """An engine that lists made-up runs, and counts how often it was asked."""

    asked: int = 0
    removed: list[str] = field(default_factory=list)

    def runs(self, project: str | None, limit: int) -> list[Row]:
        self.asked += 1
        return super().runs(project, limit)

    def remove(self, name: str) -> bool:
        self.removed.append(name)
        return super().remove(name)

    def stamp(self) -> tuple[int, ...]:
        return tuple(hash((row.name, row.phase)) for row in self.rows)


def some_runs() -> list[Row]:
    """Seven runs of two tasks: one goes on, one failed, one was started elsewhere."""
    return [
        Row("r7k2m9q", phase="running", started_at=NOW - 14.2, ended_at=None, counts={}, note="n=20"),
        Row(
            "r5c2vwd", task="train.fit", started_at=NOW - 130, ended_at=NOW - 6, counts={"succeeded": 3}, note="lr=0.1"
        ),
        Row(
            "r3k9a2e",
            phase="failed",
            started_at=NOW - 480,
            ended_at=NOW - 470.2,
            counts={"succeeded": 5, "failed": 1},
            note="ValueError: item 3 is poisoned",
        ),
        Row("r9f2k7b", started_at=NOW - 720, ended_at=NOW - 715.8, counts={"succeeded": 31}, note="n=2 mode='x y'"),
        Row(
            "r4m6n8p",
            phase="aborted",
            started_at=NOW - 3700,
            ended_at=NOW - 3669,
            counts={"succeeded": 12, "aborted": 3},
            note="n=1 mode='x y'",
        ),
        Row("r8d6s2j", started_at=NOW - 90_000, ended_at=NOW - 89_999.9, counts={"succeeded": 1}, note="n=1 mode=''"),
        Row("relse22", project="/work/there", task="other.main", started_at=NOW - 200_000, note="x=1"),
    ]


def listing_app(engine: Listing, **settings: Any) -> FlyteApp:
    """The application over made-up runs, at a fixed time."""
    environment = {"TERM": "xterm-256color", "HOME": "/work", **settings.pop("environment", {})}
    host = Host(cast(Engine, engine), lambda: NOW, environment, lambda: "/work/here")
    return FlyteApp(host, None, Wishes(**settings))
