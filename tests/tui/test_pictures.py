"""Pictures of the run screen: live, failed, as a timeline; each size, each theme."""

import time
from collections.abc import Iterator

import pytest
from syrupy.assertion import SnapshotAssertion

from flyte_cli.tui.app import FlyteApp
from flyte_cli.tui.source import Source
from tests.tui.pictures import picture_of, text_of
from tests.tui.runs import Recorded

SIZES = [(80, 24), (120, 36), (200, 60)]
THEMES = ["flyte-dark", "flyte-light", "flyte-mono"]
HERE = "/home/ada/fan"
"""Where it was recorded."""


@pytest.fixture(autouse=True)
def in_one_time_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Screens show the time of day where somebody is."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def at(run: Recorded, seconds: float | None = None, **settings: object) -> FlyteApp:
    """The run as it was so long after its start, or at its end. Whoever looks is where it ran."""
    tree = run.tree()
    now = tree.ended_at if seconds is None else tree.started_at + seconds
    assert now is not None
    source = Source(tree if seconds is None else run.tree(until=now))
    return run.app(source, clock=lambda: now, folder=HERE, **settings)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(("state", "seconds"), [("live", 3.1), ("failed", None)])
async def test_the_run_screen_looks_like_this(
    pictured_run: Recorded,
    snapshot: SnapshotAssertion,
    state: str,
    seconds: float | None,
    size: tuple[int, int],
    theme: str,
) -> None:
    app = at(pictured_run, seconds, theme=theme)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert picture_of(app) == snapshot


@pytest.mark.parametrize(
    ("what", "keys"),
    [
        ("timeline", ["t"]),
        ("zoomed", ["t", "plus", "plus"]),
        ("critical", ["t", "c"]),
        ("find", ["slash", *"i=1", "enter"]),
        ("filter", ["ampersand", *"state:failed", "enter"]),
        ("folded", ["z"]),
        ("full", ["enter"]),
    ],
)
async def test_what_keys_do_looks_like_this(
    pictured_run: Recorded, snapshot: SnapshotAssertion, what: str, keys: list[str]
) -> None:
    app = at(pictured_run)
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert text_of(app) == snapshot


async def test_only_ascii_is_drawn_where_only_that_shows(pictured_run: Recorded, snapshot: SnapshotAssertion) -> None:
    app = at(pictured_run, 3.1, environment={"TERM": "xterm", "FLYTE_ASCII": "1"})
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        await pilot.press("t")
        await pilot.pause()
        assert text_of(app).isascii()
        assert text_of(app) == snapshot
