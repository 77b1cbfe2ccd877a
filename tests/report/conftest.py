"""An attempt of an action, without an engine: a context, and the folder its run has."""

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast

import pytest

from flyte.context import ActionContext, current


@dataclass(frozen=True)
class Attempt:
    """A running attempt, and where its report will be."""

    action: ActionContext
    file: Path

    @property
    def tabs(self) -> dict[str, str]:
        """The documents in the written report, by the name of their tab."""
        return tabs_of(self.file.read_text(encoding="utf-8"))


@pytest.fixture
def attempt(tmp_path: Path) -> Iterator[Attempt]:
    """The second attempt of an action is running."""
    action = attempt_of(tmp_path, "wire1", 1)
    token = current.set(action)
    yield Attempt(action, tmp_path / "runs" / "r1" / "reports" / "wire1" / "1.html")
    current.reset(token)


def attempt_of(home: Path, action: str, attempt: int = 0) -> ActionContext:
    """The context that a worker makes for an attempt."""
    nobody = cast(Any, None)  # reports ask nothing of the host
    return ActionContext(nobody, "r1", action, "train", attempt, home=str(home))


class Strict(HTMLParser):
    """Reads a page, and notices tags that are closed wrongly or never."""

    VOID = ("meta", "base", "input", "img", "br", "hr", "link")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(page: str) -> Strict:
    """The page, which has to be well-formed."""
    reader = Strict()
    reader.feed(page)
    reader.close()
    assert (reader.open, reader.wrong) == ([], [])
    return reader


def tabs_of(page: str) -> dict[str, str]:
    """The documents in a page, by the name of their tab."""
    frames = [attributes for tag, attributes in read(page).found if tag == "iframe"]
    return {str(each["title"]): str(each["srcdoc"]) for each in frames}
