"""Every promise of the table is kept, by both executors where they can."""

from pathlib import Path
from typing import Any

import pytest

from tests.conformance.promises.promise import Promise, scene_of
from tests.conformance.promises.table import TABLE

PAGE = Path(__file__).parents[3] / "docs" / "promises.md"
EXECUTORS = ("process", "inline")


def rows() -> list[Any]:
    """Every promise for each executor; those that one cannot show are there with the reason."""
    return [
        pytest.param(promise, executor, id=f"{promise.name}-{executor}", marks=marks(promise, executor))
        for promise in TABLE
        for executor in EXECUTORS
    ]


def marks(promise: Promise, executor: str) -> list[pytest.MarkDecorator]:
    if promise.broken:
        return [pytest.mark.xfail(reason=promise.broken, raises=AssertionError, strict=True)]
    if not promise.steps_for(executor):
        return [pytest.mark.skip(reason=f"needs a process: {promise.needs_process}")]
    return []


@pytest.mark.parametrize(("promise", "executor"), rows())
def test_a_promise_is_kept(promise: Promise, executor: str, tmp_path: Path) -> None:
    with scene_of(promise, tmp_path, executor) as scene:
        for step in promise.steps_for(executor):
            step.do(scene)


def test_every_row_is_on_the_page_as_it_is_in_the_table() -> None:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert lines == [line_of(promise) for promise in TABLE]


def line_of(promise: Promise) -> str:
    """A row of the page."""
    where = (
        f"[{promise.documented}]({promise.documented})" if promise.documented.endswith(".md") else promise.documented
    )
    return f"| `{promise.name}` | {promise.says} | {where} | {inline_of(promise)} |"


def inline_of(promise: Promise) -> str:
    if promise.broken:
        return f"not kept: {promise.broken}"
    return f"no: {promise.needs_process}" if promise.needs_process else "yes"


def test_pages_that_rows_name_are_there_and_no_name_is_used_twice() -> None:
    pages = {promise.documented for promise in TABLE if promise.documented.endswith(".md")}
    assert [page for page in pages if not (PAGE.parent / page).is_file()] == []
    assert len({promise.name for promise in TABLE}) == len(TABLE)
