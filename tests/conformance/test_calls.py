"""How tasks call tasks."""

from flyte._core import history
from tests.conformance.program import Programs


def test_every_kind_of_parent_calls_every_kind_of_child(program: Programs) -> None:
    ran = program("""
        @env.task
        def sync_child(x: int) -> int:
            return x + 1

        @env.task
        async def async_child(x: int) -> int:
            return x + 10

        @env.task
        def sync_parent() -> list[int]:
            return [sync_child(0), asyncio.run(async_child(0)), asyncio.run(sync_child.aio(5))]

        @env.task
        async def async_parent() -> list[int]:
            return [await sync_child.aio(0), await async_child(0), await async_child.aio(5)]

        @env.task
        async def main() -> list[list[int]]:
            return [await sync_parent.aio(), await async_parent()]
    """)
    assert ran.result == [[1, 10, 6], [1, 10, 15]]
    assert len(ran.tree) == 9
    assert ran.tree.counts() == {"succeeded": 9}


def test_a_gather_gives_results_in_order(program: Programs) -> None:
    ran = program("""
        @env.task
        async def double(x: int) -> int:
            return 2 * x

        @env.task
        async def main() -> list[int]:
            return list(await asyncio.gather(*[double(x) for x in range(50)]))
    """)
    assert ran.result == [2 * x for x in range(50)]


def test_a_gather_may_return_exceptions(program: Programs) -> None:
    ran = program("""
        @env.task
        async def odd(x: int) -> int:
            if x % 2 == 0:
                raise ValueError(f"{x} is even")
            return x

        @env.task
        async def main() -> list[str]:
            return [repr(r) for r in await asyncio.gather(*[odd(x) for x in range(4)], return_exceptions=True)]
    """)
    assert ran.result == ["ValueError('0 is even')", "1", "ValueError('2 is even')", "3"]


def test_a_task_group_waits_for_its_calls_and_stops_them_when_one_fails(program: Programs) -> None:
    ran = program("""
        @env.task
        async def double(x: int) -> int:
            return 2 * x

        @env.task
        async def endless() -> None:
            await asyncio.Event().wait()

        @env.task
        async def broken() -> None:
            raise KeyError("lost")

        @env.task
        async def main() -> tuple[list[int], list[str]]:
            if not hasattr(asyncio, "TaskGroup"):
                return [0, 2, 4], ["KeyError"]
            async with asyncio.TaskGroup() as group:
                calls = [group.create_task(double(x)) for x in range(3)]
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(endless())
                    group.create_task(broken())
            except BaseExceptionGroup as errors:
                return [call.result() for call in calls], [type(error).__name__ for error in errors.exceptions]
    """)
    assert ran.result == ([0, 2, 4], ["KeyError"])
    if len(ran.tree) > 1:
        assert ("endless.0", "aborted") in ran.phases


def test_create_task_starts_a_call_that_is_awaited_later(program: Programs) -> None:
    ran = program("""
        @env.task
        async def child(x: int) -> int:
            return x

        @env.task
        async def main() -> int:
            calls = [asyncio.create_task(child(x)), asyncio.ensure_future(child(10))] if (x := 1) else []
            return await calls[1] + await calls[0]
    """)
    assert ran.result == 11


def test_a_call_that_takes_too_long_is_cancelled_and_recorded_as_aborted(program: Programs) -> None:
    ran = program("""
        @env.task
        async def endless() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                open("cleaned", "w").close()

        @env.task
        async def main() -> str:
            try:
                await asyncio.wait_for(endless(), 0.3)
            except asyncio.TimeoutError:
                while not os.path.exists("cleaned"):  # it is stopped now, not when the run ends
                    await asyncio.sleep(0.01)
                return "too long"
    """)
    assert ran.result == "too long"
    assert ran.phases == [("endless.0", "aborted"), ("main", "succeeded")]
    assert (ran.folder / "cleaned").exists()


def test_cancelling_a_parent_cancels_its_children(program: Programs) -> None:
    ran = program("""
        @env.task
        async def endless(n: int) -> None:
            try:
                open(f"begun-{n}", "w").close()
                await asyncio.Event().wait()
            finally:
                os.rename(f"begun-{n}", f"cleaned-{n}")

        @env.task
        async def parent() -> None:
            await asyncio.gather(endless(0), endless(1))

        async def there(*files):
            while not all(map(os.path.exists, files)):
                await asyncio.sleep(0.01)

        @env.task
        async def quick() -> int:
            return 1

        @env.task
        async def main() -> int:
            call = asyncio.create_task(parent())
            await there("begun-0", "begun-1")
            call.cancel()
            try:
                await call
            except asyncio.CancelledError:
                await there("cleaned-0", "cleaned-1")
                return await quick()
            return 0
    """)
    assert ran.result == 1
    phases = dict(ran.phases)
    assert phases.pop("main") == phases.pop("quick.0") == "succeeded"
    assert set(phases.values()) == {"aborted"}


def test_threads_of_a_task_call_tasks(program: Programs) -> None:
    ran = program("""
        from concurrent.futures import ThreadPoolExecutor

        @env.task
        def child(x: int) -> int:
            return x * x

        @env.task
        def in_threads() -> list[int]:
            with ThreadPoolExecutor(4) as pool:
                return list(pool.map(child, range(8)))

        @env.task
        def in_a_thread_of_its_own() -> list[int]:
            found = []
            thread = threading.Thread(target=lambda: found.append(child(9)))
            thread.start()
            thread.join()
            return found

        @env.task
        async def main() -> tuple[list[int], list[int], list[int]]:
            three = await asyncio.gather(*[asyncio.to_thread(child, x) for x in range(3)])
            return list(three), await in_threads.aio(), await in_a_thread_of_its_own.aio()
    """)
    assert ran.result == ([0, 1, 4], [x * x for x in range(8)], [81])
    parents = {action.parent for action in ran.actions if action.short_name == "child"}
    assert len(parents) == 3


def test_a_sync_call_on_a_running_loop_is_refused_with_the_way_out(program: Programs) -> None:
    ran = program("""
        @env.task
        def child() -> int:
            return 1

        @env.task
        async def main() -> str:
            try:
                child()
            except flyte.errors.SyncTaskCallInAsyncContextError as error:
                return str(error)
            return ""
    """)
    assert "await child.aio(...)" in ran.result


def test_a_call_that_is_never_awaited_warns_and_runs_nothing(program: Programs) -> None:
    ran = program("""
        @env.task
        async def forgotten() -> None:
            pass

        @env.task
        async def main() -> int:
            forgotten()
            return 1
    """)
    assert ran.result == 1
    assert len(ran.tree) == 1
    assert "RuntimeWarning: the call of task `forgotten` was never awaited" in ran.stderr


def test_tasks_made_in_functions_are_called_with_what_they_close_over(program: Programs) -> None:
    ran = program("""
        def adder(n):
            @env.task(short_name=f"add_{n}")
            async def add(x: int) -> int:
                return x + n
            return add

        @env.task
        async def main() -> list[int]:
            add_1, add_2 = adder(1), adder(2)
            return [await add_1(10), await add_2(10), await add_1(20)]
    """)
    assert ran.result == [11, 12, 21]


def test_functions_called_with_a_task_or_that_make_calls_in_lambdas_work(program: Programs) -> None:
    ran = program("""
        @env.task
        def child(x: int) -> int:
            return x + 1

        class Helper:
            def __init__(self, by: int) -> None:
                self.by = by

            def apply(self, task, x):
                return task(x * self.by)

        @env.task
        def main() -> list[int]:
            later = lambda x: child(x)
            return [later(1), Helper(10).apply(child, 1), *map(child, [5, 6])]
    """)
    assert ran.result == [2, 11, 6, 7]


def test_an_overridden_task_is_the_same_task_with_other_settings(program: Programs) -> None:
    ran = program("""
        from datetime import timedelta

        @env.task
        async def flaky() -> int:
            attempt = flyte.ctx().attempt_number
            if attempt < 2:
                raise ValueError("not yet")
            return attempt

        @env.task
        async def main() -> int:
            quick = flyte.RetryStrategy(count=2, backoff=flyte.Backoff(base=timedelta(milliseconds=1)))
            return await flaky.override(retries=quick, short_name="patient")()
    """)
    assert ran.result == 2
    assert ran.actions[1].short_name == "patient"
    assert ran.actions[1].task == "conformance.flaky"
    assert ran.actions[1].attempts == 3


def test_async_tasks_recurse_two_hundred_deep(program: Programs) -> None:
    ran = program("""
        @env.task
        async def count(n: int) -> int:
            return 0 if n == 0 else 1 + await count(n - 1)

        @env.task
        async def main() -> int:
            return await count(200)
    """)
    assert ran.result == 200
    assert len(ran.tree) == 202


def test_sync_tasks_recurse_sixty_deep(program: Programs) -> None:
    ran = program("""
        @env.task
        def count(n: int) -> int:
            return 0 if n == 0 else 1 + count(n - 1)

        @env.task
        def main() -> int:
            return count(60)
    """)
    assert ran.result == 60


def test_plain_functions_and_forward_run_where_they_are_called(program: Programs) -> None:
    ran = program("""
        @env.task
        def child(x: int) -> int:
            return x

        @env.task
        def main() -> int:
            return child.forward(3) + child.func(4)
    """)
    assert ran.result == 7
    assert len(ran.tree) == 1


def test_wrong_arguments_of_a_call_name_every_problem_and_start_nothing(program: Programs) -> None:
    ran = program("""
        @env.task
        async def child(number: int, text: str) -> int:
            return number

        async def refused(*args, **kwargs):
            try:
                await child(*args, **kwargs)
            except (TypeError, ValueError) as error:
                return f"{type(error).__name__}: {error}"
            return "accepted"

        @env.task
        async def main() -> list[str]:
            return [
                await refused(1),
                await refused(1, "a", extra=2, other=3),
                await refused(1, "a", "b"),
                await refused("one", "a"),
                await refused(number=1, text=5),
            ]
    """)
    missing, unknown, too_many, wrong, wrong_too = ran.result
    assert "text" in missing
    assert "extra" in unknown
    assert "other" in unknown
    assert not too_many.startswith("accepted")
    assert wrong.startswith("TypeError")
    assert "number" in wrong
    assert "int" in wrong
    assert "text" in wrong_too
    assert len(ran.tree) == 1


def test_a_result_of_the_wrong_type_fails_the_action_and_names_the_task(program: Programs) -> None:
    ran = program("""
        @env.task
        async def child() -> int:
            return "many"

        @env.task
        async def main() -> str:
            try:
                await child()
            except flyte.errors.RuntimeUserError as error:
                return f"{error.code}: {error}"
            return ""
    """)
    assert ran.result.startswith("DataValidationError")
    assert "conformance.child" in ran.result
    assert "int" in ran.result
    assert "many" in ran.result
    assert dict(ran.phases)["child.0"] == "failed"


def test_asyncio_run_in_a_sync_task_fans_out(program: Programs) -> None:
    ran = program("""
        @env.task
        async def child(x: int) -> int:
            return x

        async def all_of_them():
            return sum(await asyncio.gather(*[child(x) for x in range(10)]))

        @env.task
        def main() -> int:
            return asyncio.run(all_of_them()) + asyncio.run(all_of_them())
    """)
    assert ran.result == 90
    assert len(ran.tree) == 21


def test_a_list_that_a_child_changes_stays_as_it_was_for_the_parent(program: Programs) -> None:
    ran = program("""
        @env.task
        async def grow(items: list[int]) -> list[int]:
            items.append(4)
            return items

        @env.task
        async def main() -> tuple[list[int], list[int]]:
            items = [1, 2, 3]
            return await grow(items), items
    """)
    assert ran.result == ([1, 2, 3, 4], [1, 2, 3])


def test_a_call_that_is_made_a_future_is_under_way(program: Programs) -> None:
    ran = program("""
        @env.task
        async def first() -> str:
            open("first", "w").close()
            return "first"

        @env.task
        async def second() -> str:
            while not os.path.exists("first"):
                await asyncio.sleep(0.001)
            return "second"

        @env.task
        async def main() -> list[str]:
            begun = asyncio.ensure_future(first())
            return [await second(), await begun]
    """)
    assert ran.result == ["second", "first"]


def test_a_wide_fan_out_is_started_about_once(program: Programs) -> None:
    ran = program("""
        @env.task
        async def leaf(n: int) -> int:
            return n

        @env.task
        async def main() -> int:
            return sum(await asyncio.gather(*[leaf(n) for n in range(2000)]))
    """)
    assert ran.result == 1999000
    starts = [each.ordinal for each in history(ran.tree.folder) if each.kind == "started"]
    assert set(starts) == set(range(2001))
    assert len(starts) < 1.5 * 2001  # a worker may hand back what would wait too long, and does so seldom
