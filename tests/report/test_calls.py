"""What tasks do with reports: add, replace, flush, in tabs, from async tasks and threads; outside a run nothing."""

import asyncio
import contextvars
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import flyte
from flyte import report
from flyte.context import current
from flyte.report.attempt import write_at_end
from tests.report.conftest import Attempt, attempt_of, tabs_of


def test_a_flush_writes_what_was_added_in_order(attempt: Attempt) -> None:
    report.log("<h1>one</h1>")
    report.log("<p>two</p>")
    assert not attempt.file.exists()
    report.flush()
    assert "<h1>one</h1>\n<p>two</p>" in attempt.tabs["main"]


def test_each_flush_replaces_the_file_with_all_there_is(attempt: Attempt) -> None:
    for number in range(3):
        report.log(f"<p>{number}</p>", do_flush=True)
    assert [f"<p>{number}</p>" in attempt.tabs["main"] for number in range(3)] == [True] * 3
    assert [each.name for each in attempt.file.parent.iterdir()] == ["1.html"]


def test_replace_drops_what_was_there(attempt: Attempt) -> None:
    report.log("<p>old</p>")
    report.replace("<p>new</p>", do_flush=True)
    assert "<p>new</p>" in attempt.tabs["main"]
    assert "old" not in attempt.tabs["main"]


def test_tabs_are_made_when_asked_for_and_kept(attempt: Attempt) -> None:
    report.get_tab("Loss & <more>").log("<p>falls</p>")
    report.get_tab("Loss & <more>").log("<p>rises</p>")
    report.get_tab("empty")
    report.log("<p>main</p>", do_flush=True)
    assert list(attempt.tabs) == ["main", "Loss & <more>"]
    assert "<p>falls</p>\n<p>rises</p>" in attempt.tabs["Loss & <more>"]


def test_a_tab_that_is_not_to_be_made_is_refused_with_those_there_are(attempt: Attempt) -> None:
    with pytest.raises(ValueError, match="the report has no tab `loss`; it has `main`"):
        report.get_tab("loss", create_if_missing=False)


async def test_the_async_forms_do_the_same(attempt: Attempt) -> None:
    await report.log.aio("<p>a</p>")
    await report.replace.aio("<p>b</p>")
    await report.log.aio("<p>c</p>", do_flush=True)
    assert "<p>b</p>\n<p>c</p>" in attempt.tabs["main"]
    await report.replace.aio("<p>d</p>")
    await report.flush.aio()
    assert "<p>d</p>" in attempt.tabs["main"]


def test_outside_a_run_every_call_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    report.log("<p>a</p>", do_flush=True)
    report.replace("<p>a</p>", do_flush=True)
    report.get_tab("x").log("<p>a</p>")
    report.Timeline("x").row(label="a")
    report.flush()
    asyncio.run(report.log.aio("<p>a</p>", do_flush=True))
    assert list(report.current_report().tabs) == ["main"]
    assert not report.current_report().has_content()
    assert list(tmp_path.iterdir()) == []


def test_inside_a_group_it_is_the_same_report(attempt: Attempt) -> None:
    with flyte.group("g"), flyte.custom_context(a="b"):
        report.log("<p>inside</p>")
        inside = report.current_report()
    assert report.current_report() is inside
    assert report.current_report().tabs["main"].get_html() == "<p>inside</p>"


def test_the_context_of_the_task_has_the_report(attempt: Attempt) -> None:
    assert flyte.ctx().report is report.current_report()  # type: ignore[union-attr]


async def test_concurrent_actions_of_one_worker_keep_theirs_apart(tmp_path: Path) -> None:
    async def work(number: int) -> None:
        current.set(attempt_of(tmp_path, f"wire{number}"))
        for step in range(5):
            await report.log.aio(f"<p>{number}/{step}</p>", do_flush=True)
            await asyncio.sleep(0)

    await asyncio.gather(*[work(number) for number in range(8)])
    for number in range(8):
        file = tmp_path / "runs" / "r1" / "reports" / f"wire{number}" / "0.html"
        main = tabs_of(file.read_text())["main"]
        assert [line for line in main.splitlines() if line.startswith("<p>")] == [
            f"<p>{number}/{s}</p>" for s in range(5)
        ]


def test_threads_of_one_task_lose_nothing(attempt: Attempt) -> None:
    def work(number: int) -> None:
        for step in range(50):
            report.get_tab(f"tab{step % 3}").log(f"<p>{number}/{step}</p>")
            if step % 10 == 0:
                report.flush()

    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(contextvars.copy_context().run, work, number) for number in range(8)]
        for each in waiting:
            each.result()
    report.flush()
    written = "\n".join(attempt.tabs.values()).splitlines()
    assert sorted(line for line in written if line.startswith("<p>")) == sorted(
        f"<p>{number}/{step}</p>" for number in range(8) for step in range(50)
    )


def test_at_the_end_an_empty_report_is_not_written(attempt: Attempt) -> None:
    report.get_tab("empty")
    write_at_end(attempt.action)
    assert not attempt.file.exists()
    report.get_tab("full").log("<p>a</p>")
    write_at_end(attempt.action)
    assert list(attempt.tabs) == ["full"]


@pytest.mark.parametrize("spoil", [lambda: report.current_report().tabs.update(main=5), None], ids=["tabs", "disk"])
def test_a_report_that_cannot_be_written_at_the_end_does_not_fail_the_task(
    attempt: Attempt, spoil: Any, caplog: pytest.LogCaptureFixture
) -> None:
    report.get_tab("full").log("<p>a</p>")
    if spoil is None:
        attempt.file.parents[1].mkdir(parents=True)
        attempt.file.parent.write_text("a file where a folder should be")
    else:
        spoil()
    flyte.system_logger.addHandler(caplog.handler)
    write_at_end(attempt.action)
    flyte.system_logger.removeHandler(caplog.handler)
    assert "the report of train could not be written" in caplog.text
