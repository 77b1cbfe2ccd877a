"""Runs to watch, recorded once for all tests of the screens."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.runs import BIG, EMPTY, FAILED, HOSTILE, SMALL, LiveRun, Recorded, record, start_live


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder that has the recorded runs; also where their programs are. Nobody changes it."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def empty_home(tmp_path: Path) -> Path:
    """A state folder without runs."""
    return tmp_path / "empty"


@pytest.fixture(scope="session")
def empty_run(home: Path) -> Recorded:
    """A run of one action that takes, prints and returns nothing."""
    return record(home, "empty", EMPTY)


@pytest.fixture(scope="session")
def small_run(home: Path) -> Recorded:
    """Four squares and their sum, in worker processes."""
    return record(home, "small", SMALL, "process")


@pytest.fixture(scope="session")
def failed_run(home: Path) -> Recorded:
    """A failure after three attempts beside retries, a group, traces, nesting, a chain, a cached value."""
    record(home, "before", FAILED, inputs="{'n': 1}")  # fills the cache
    return record(home, "failed", FAILED, status=3)


@pytest.fixture(scope="session")
def hostile_run(home: Path) -> Recorded:
    """Names, values, prints and an error that a terminal would obey."""
    return record(home, "hostile", HOSTILE, status=3)


@pytest.fixture(scope="session")
def big_run(home: Path) -> Recorded:
    """Ten thousand siblings, of which four failed."""
    return record(home, "big", BIG)


@pytest.fixture(scope="session")
def live_run(home: Path) -> Iterator[LiveRun]:
    """A run that goes on, for tests that only look: see `runs.LIVE`."""
    run = start_live(home)
    yield run
    run.kill()


@pytest.fixture
def own_live_run(tmp_path: Path) -> Iterator[LiveRun]:
    """A run that goes on, for a test that aborts, answers or kills it."""
    run = start_live(tmp_path / "own")
    yield run
    run.kill()


@pytest.fixture(scope="session")
def pictured_run(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """The run that pictures are of: recorded long ago, so that every time in it stays the same."""
    home = tmp_path_factory.mktemp("pictured")
    shutil.copytree(Path(__file__).parent / "recorded" / "r7k2m9q", home / "runs" / "r7k2m9q")
    return Recorded(home, "r7k2m9q")
