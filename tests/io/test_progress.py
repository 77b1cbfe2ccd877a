"""A transfer that takes long says so in the log of its task, and says how fast it was."""

import logging
import threading
from collections.abc import Iterator
from typing import cast

import pytest

from flyte.context import ActionContext, Host, current
from flyte.io.storage_progress import spelled_bytes, told


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.said = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        action = current.get()
        self.lines.append(f"{action and action.label}: {record.getMessage()}")
        self.said.set()


@pytest.fixture
def log() -> Iterator[Lines]:
    logger, handler = logging.getLogger("flyte.user"), Lines()
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


@pytest.fixture
def action() -> Iterator[None]:
    token = current.set(ActionContext(cast("Host", None), "rabc", "a0", "train"))
    yield
    current.reset(token)


def clock(*times: float) -> Iterator[float]:
    return iter(times)


@pytest.mark.usefixtures("action")
def test_a_long_transfer_is_told_with_its_size_and_rate_when_it_is_over(log: Lines) -> None:
    times = clock(100.0, 112.5)
    with told("sending to", "sent to", "s3://b/model", 1_260_000_000, clock=lambda: next(times)):
        pass
    assert log.lines == ["train: sent to s3://b/model: 1.3 GB in 12.5 s, 100.8 MB/s"]


@pytest.mark.usefixtures("action")
def test_a_transfer_that_goes_on_is_told_in_the_log_of_its_task(log: Lines) -> None:
    times = clock(0.0, 0.0)
    with told("fetching", "fetched", "s3://b/model", 2_000, silent=0.0, clock=lambda: next(times)):
        assert log.said.wait(30)
    assert log.lines == ["train: fetching s3://b/model: 2.0 kB"]


@pytest.mark.usefixtures("action")
def test_a_short_transfer_is_not_worth_a_line(log: Lines) -> None:
    times = clock(0.0, 1.9)
    with told("fetching", "fetched", "s3://b/model", 2_000, clock=lambda: next(times)):
        pass
    assert log.lines == []


@pytest.mark.usefixtures("action")
def test_a_transfer_that_fails_is_not_told_as_done(log: Lines) -> None:
    times = clock(0.0, 60.0)
    with pytest.raises(OSError, match="gone"), told("fetching", "fetched", "s3://b", 2, clock=lambda: next(times)):
        raise OSError("gone")
    assert log.lines == []


def test_outside_a_run_nothing_is_told(log: Lines) -> None:
    with told("fetching", "fetched", "s3://b/model", 2_000, silent=0.0):
        pass
    assert log.lines == []


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (999_949, "999.9 kB"), (999_950, "1.0 MB"), (10**13, "10.0 TB")],
)
def test_sizes_are_spelled_for_people(count: int, text: str) -> None:
    assert spelled_bytes(count) == text
