"""`flyte.map`, groups, custom context and what `flyte.ctx()` says."""

from tests.conformance.program import Programs

MAPPED = """
@env.task
def half(x: int) -> int:
    if x % 2:
        raise ValueError(f"{x} is odd")
    return x // 2

@env.task
async def double(x: int, by: int = 2) -> int:
    return x * by
"""


def test_a_sync_task_maps_and_returns_the_map_as_its_list(program: Programs) -> None:
    ran = program(
        MAPPED
        + """
@env.task
def main() -> list[int]:
    return flyte.map(double, range(30), concurrency=3)
"""
    )
    assert ran.result == [2 * x for x in range(30)]
    assert len(ran.tree) == 31


def test_an_async_task_maps_with_async_for(program: Programs) -> None:
    ran = program(
        MAPPED
        + """
@env.task
async def main() -> list[int]:
    return [result async for result in flyte.map.aio(double, range(30), concurrency=3)]
"""
    )
    assert ran.result == [2 * x for x in range(30)]


def test_an_async_task_may_map_without_awaiting(program: Programs) -> None:
    ran = program(
        MAPPED
        + """
@env.task
async def main() -> list[int]:
    return list(flyte.map(double, range(5)))
"""
    )
    assert ran.result == [0, 2, 4, 6, 8]


def test_what_a_blocking_map_waits_for_never_waits_for_the_map(program: Programs) -> None:
    ran = program(
        MAPPED
        + """
@env.task
def relay(x: int) -> int:
    return list(flyte.map(double, [x]))[0]

@env.task
async def main() -> int:
    first = await double(1)  # from here on its worker's loop is known to be free
    return first + sum(flyte.map(relay, range(40)))
"""
    )
    assert ran.result == 2 + 2 * sum(range(40))


def test_a_map_gives_failures_in_their_place_or_raises_the_first(program: Programs) -> None:
    ran = program(
        MAPPED
        + """
@env.task
async def main() -> tuple[list[str], list[str], str]:
    blocking = [repr(result) for result in flyte.map(half, range(4))]
    awaited = [repr(result) async for result in flyte.map.aio(half, range(4))]
    try:
        async for _ in flyte.map.aio(half, range(4), return_exceptions=False):
            pass
    except ValueError as error:
        return blocking, awaited, str(error)
    return blocking, awaited, ""
"""
    )
    expected = ["0", "ValueError('1 is odd')", "1", "ValueError('3 is odd')"]
    assert ran.result == (expected, expected, "1 is odd")


def test_a_map_takes_several_iterables_and_partials(program: Programs) -> None:
    ran = program(
        MAPPED
        + """
import functools

@env.task
def main() -> list[list[int]]:
    return [list(flyte.map(double, [1, 2, 3], [10, 20, 30])), list(flyte.map(functools.partial(double, by=5), [1, 2]))]
"""
    )
    assert ran.result == [[10, 40, 90], [5, 10]]


def test_a_map_has_no_more_calls_unfinished_than_its_concurrency(program: Programs) -> None:
    ran = program("""
        @env.task
        async def enter(i: int, gate: str) -> int:
            name = f"{gate}/{i}"
            open(name, "w").close()
            inside = len(os.listdir(gate))
            await asyncio.sleep(0.02)
            os.remove(name)
            return inside

        @env.task
        def blocking() -> int:
            os.mkdir("gate1")
            return max(flyte.map(enter, range(20), ["gate1"] * 20, concurrency=3))

        @env.task
        async def main() -> list[int]:
            os.mkdir("gate2")
            inside = [n async for n in flyte.map.aio(enter, range(20), ["gate2"] * 20, concurrency=3)]
            return [await blocking.aio(), max(inside)]
    """)
    assert all(1 <= inside <= 3 for inside in ran.result), ran.result


def test_a_map_over_an_endless_iterable_starts_only_what_is_asked_for(program: Programs) -> None:
    ran = program("""
        import itertools

        @env.task
        async def same(x: int) -> int:
            return x

        @env.task
        def main() -> list[int]:
            return list(itertools.islice(flyte.map(same, itertools.count(), concurrency=4), 10))
    """)
    assert ran.result == list(range(10))
    assert len(ran.tree) < 10_000


def test_groups_and_custom_context_reach_the_children(program: Programs) -> None:
    ran = program("""
        @env.task
        async def leaf() -> dict[str, str]:
            return flyte.ctx().custom_context

        @env.task
        async def middle() -> dict[str, str]:
            with flyte.custom_context(depth="2", extra="e"):
                return await leaf()

        @env.task
        def blocking() -> dict[str, str]:
            with flyte.group("inner"):
                return asyncio.run(leaf())

        @env.task
        async def main() -> list[dict[str, str]]:
            with flyte.custom_context(user="ada", depth="1"), flyte.group("outer"):
                inside = [await middle(), await leaf(), await blocking.aio()]
            return [*inside, await leaf()]
    """)
    shared = {"user": "ada", "depth": "1"}
    assert ran.result == [{"user": "ada", "depth": "2", "extra": "e"}, shared, shared, {}]
    groups = {action.path: action.group for action in ran.actions}
    assert groups["middle.0"] == groups["blocking.0"] == groups["leaf.0"] == "outer"
    assert groups["middle.0/leaf.0"] is None
    assert groups["blocking.0/leaf.0"] == "inner"
    assert groups["leaf.1"] is None


def test_a_context_given_to_the_run_reaches_its_tasks(program: Programs) -> None:
    ran = program.start("""
import os
import flyte

env = flyte.TaskEnvironment("conformance")

@env.task
async def main() -> dict[str, str]:
    return flyte.ctx().custom_context

if __name__ == "__main__":
    with flyte.custom_context(a="1", b="1"):
        run = flyte.with_runcontext(executor=os.environ["EXECUTOR"], custom_context={"b": "2"}).run(main)
    open("result", "w").write(repr(run.result))
""")
    assert ran.result == {"a": "1", "b": "2"}


def test_an_action_knows_who_it_is(program: Programs) -> None:
    ran = program("""
        @env.task
        async def who() -> list[str]:
            ctx = flyte.ctx()
            return [ctx.action.name, ctx.action.run_name, str(ctx.attempt_number), ctx.version]

        @env.task
        def who_sync() -> list[str]:
            return asyncio.run(who.func())

        @env.task
        async def main() -> list[list[str]]:
            async def later():
                await asyncio.sleep(0)
                return flyte.ctx().action.name
            mine = await asyncio.gather(later(), asyncio.to_thread(lambda: flyte.ctx().action.name))
            return [await who(), await who_sync.aio(), await who.func(), mine]
    """)
    child, sync_child, root, mine = ran.result
    recorded = {action.label: action.name for action in ran.actions}
    assert [child[0], sync_child[0], root[0]] == [recorded["who.0"], recorded["who_sync.0"], "a0"]
    assert {child[1], sync_child[1], root[1]} == {ran.tree.name}
    assert child[2] == root[2] == "0"
    assert child[3]
    assert mine == ["a0", "a0"]


def test_outside_a_run_there_is_no_context(program: Programs) -> None:
    ran = program("""
        assert not flyte.ctx()

        @env.task
        async def main() -> bool:
            return bool(flyte.ctx())
    """)
    assert ran.result is True


def test_maps_that_block_async_tasks_nest(program: Programs) -> None:
    ran = program("""
        @env.task
        async def tree(depth: int) -> int:
            return 1 + sum(flyte.map(tree, [depth - 1] * 2)) if depth else 1

        @env.task
        async def main() -> list[int]:
            return [await tree(3), sum(flyte.map(tree, [1, 1]))]
    """)
    assert ran.result == [15, 6]
