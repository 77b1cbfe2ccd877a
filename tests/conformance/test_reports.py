"""Reports of tasks that really run: who writes one and when, per attempt, from async tasks and threads."""

from pathlib import Path

from tests.conformance.program import Programs, Ran
from tests.report.conftest import tabs_of


def reports(ran: Ran) -> dict[tuple[str, int], dict[str, str]]:
    """The tabs of every report, by the action's label and the attempt."""
    folder = Path(ran.tree.folder) / "reports"
    labels = {action.name: action.path for action in ran.actions}
    return {
        (labels[file.parent.name], int(file.stem)): tabs_of(file.read_text())
        for file in sorted(folder.glob("*/*.html"))
    }


def test_tasks_with_report_write_one_at_their_end_and_others_when_they_flush(program: Programs) -> None:
    ran = program("""
        @env.task(report=True)
        def kept() -> None: flyte.report.log("<p>kept</p>")

        @env.task(report=True)
        def empty() -> None: flyte.report.get_tab("t")

        @env.task
        def dropped() -> None: flyte.report.log("<p>dropped</p>")

        @env.task
        def flushed() -> None:
            flyte.report.log("<p>flushed</p>", do_flush=True)
            flyte.report.log("<p>later</p>")

        @env.task(report=True)
        async def main() -> None:
            for task in (kept, empty, dropped, flushed):
                await task.aio()
            flyte.report.log("<p>main</p>")
    """)
    assert ran.status == 0, ran.stderr
    found = reports(ran)
    assert set(found) == {("main", 0), ("kept.0", 0), ("flushed.0", 0)}
    assert "<p>kept</p>" in found["kept.0", 0]["main"]
    assert "<p>later</p>" not in found["flushed.0", 0]["main"]


def test_each_attempt_has_its_own_and_a_failed_one_keeps_it(program: Programs) -> None:
    ran = program("""
        @env.task(report=True, retries=1)
        def main() -> None:
            attempt = flyte.ctx().attempt_number
            flyte.report.log(f"<p>attempt {attempt}</p>")
            if attempt == 0:
                raise ValueError("once more")
    """)
    assert ran.status == 0, ran.stderr
    found = reports(ran)
    assert set(found) == {("main", 0), ("main", 1)}
    assert "<p>attempt 0</p>" in found["main", 0]["main"]
    assert "<p>attempt 1</p>" in found["main", 1]["main"]
    assert "attempt 0" not in found["main", 1]["main"]


def test_async_tasks_in_one_worker_and_their_threads_keep_theirs_apart(program: Programs) -> None:
    ran = program("""
        @env.task(report=True)
        async def child(i: int) -> int:
            for step in range(3):
                await flyte.report.log.aio(f"<p>{i}/{step}</p>", do_flush=True)
                await asyncio.to_thread(flyte.report.get_tab("thread").log, f"<i>{i}/{step}</i>")
            return os.getpid()

        @env.task
        async def main() -> int:
            return len(await asyncio.gather(*[child(i) for i in range(12)]))
    """)
    assert ran.status == 0, ran.stderr
    found = reports(ran)
    assert len(found) == 12
    for i in range(12):
        tabs = found[f"child.{i}", 0]
        lines = [line for tab in ("main", "thread") for line in tabs[tab].splitlines() if "/" in line[3:7]]
        assert lines == [f"<p>{i}/{s}</p>" for s in range(3)] + [f"<i>{i}/{s}</i>" for s in range(3)]


def test_a_report_can_be_read_while_the_task_runs(program: Programs) -> None:
    ran = program("""
        import glob

        def seen() -> bool:
            files = glob.glob(os.environ["FLYTE_HOME"] + "/runs/*/reports/*/0.html")
            return any("<p>half</p>" in open(file).read() for file in files)

        @env.task
        async def main() -> bool:
            await flyte.report.log.aio("<p>half</p>", do_flush=True)
            return seen()
    """)
    assert ran.result is True


def test_nothing_else_is_on_the_disk_after_many_flushes(program: Programs) -> None:
    ran = program("""
        @env.task(report=True)
        def main() -> None:
            for step in range(50):
                flyte.report.replace(f"<p>{step}</p>", do_flush=True)
    """)
    assert ran.status == 0, ran.stderr
    (file,) = (Path(ran.tree.folder) / "reports").rglob("*.*")
    assert "<p>49</p>" in file.read_text()
    assert file.name == "0.html"
