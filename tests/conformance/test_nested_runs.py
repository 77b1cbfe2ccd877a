"""`flyte.run` in tasks, in running loops, and several at a time."""

from tests.conformance.program import HEAD, Programs

TASKS = """
@env.task
async def child(x: int) -> int:
    return x + 1

@env.task
def sync_child(x: int) -> int:
    return x + 100

@env.task
async def broken() -> None:
    raise ValueError("inner")
"""

RUNNER = 'runner = flyte.with_runcontext(executor=os.environ["EXECUTOR"])\n'


def test_tasks_start_runs_of_their_own(program: Programs) -> None:
    ran = program(
        TASKS
        + """
@env.task
def blocking() -> list[int]:
    return [flyte.run(child, 1).result, flyte.run(sync_child, x=2).result, asyncio.run(flyte.run.aio(child, 3)).result]

@env.task
async def main() -> list[list[int]]:
    inside = [(await flyte.run.aio(child, 10)).result, flyte.run(child, 11).result, flyte.run(sync_child, 1).result]
    together = await asyncio.gather(*[flyte.run.aio(child, n) for n in range(3)])
    return [inside, await blocking.aio(), [run.result for run in together]]
"""
    )
    assert ran.result == [[11, 12, 101], [2, 102, 4], [1, 2, 3]]
    assert len(ran.trees) == 10
    assert {tree.phase for tree in ran.trees} == {"succeeded"}


def test_a_nested_run_that_fails_raises_its_error_and_is_recorded(program: Programs) -> None:
    ran = program(
        TASKS
        + """
@env.task
async def main() -> list[str]:
    found = []
    try:
        await flyte.run.aio(broken)
    except ValueError as error:
        found += [str(error), error.run.phase]
    try:
        flyte.run(broken)
    except ValueError as error:
        found += [str(error), error.run.phase]
    return found
"""
    )
    assert ran.result == ["inner", "failed", "inner", "failed"]
    assert sorted(tree.phase for tree in ran.trees) == ["failed", "failed", "succeeded"]


def test_a_name_that_is_taken_is_told_to_the_task_that_asked(program: Programs) -> None:
    ran = program(
        TASKS
        + """
@env.task
async def main() -> str:
    runner = flyte.with_runcontext(name="twice")
    runner.run(child, 1)
    try:
        await runner.run.aio(child, 1)
    except (OSError, ValueError) as error:
        return str(error)
"""
    )
    assert "there is a run named `twice` already" in ran.result


def test_flyte_run_works_inside_a_running_loop(program: Programs) -> None:
    ran = program.start(
        HEAD
        + TASKS
        + f"""
async def on_a_loop():
    {RUNNER}
    return [runner.run(child, 1).result, (await runner.run.aio(child, 2)).result, runner.run(sync_child, 3).result]

if __name__ == "__main__":
    open("result", "w").write(repr(asyncio.run(on_a_loop())))
"""
    )
    assert ran.result == [2, 3, 103]


def test_two_runs_at_the_same_time_do_not_mix(program: Programs) -> None:
    ran = program.start(
        HEAD
        + TASKS
        + f"""
@env.task
async def main(n: int) -> list[int]:
    return list(await asyncio.gather(*[child(n) for _ in range(50)]))

async def on_a_loop():
    {RUNNER}
    return [run.result for run in await asyncio.gather(*[runner.run.aio(main, n) for n in range(3)])]

if __name__ == "__main__":
    open("result", "w").write(repr(asyncio.run(on_a_loop())))
"""
    )
    assert ran.result == [[n + 1] * 50 for n in range(3)]
    assert [len(tree) for tree in ran.trees] == [51] * 3


def test_a_program_may_run_again_and_again(program: Programs) -> None:
    ran = program.start(
        HEAD
        + TASKS
        + f"""
if __name__ == "__main__":
    {RUNNER}
    results = []
    for n in range(5):
        results.append(runner.run(child, n).result)
        try:
            runner.run(broken)
        except ValueError as error:
            results.append(str(error))
    open("result", "w").write(repr(results))
"""
    )
    assert ran.result == [1, "inner", 2, "inner", 3, "inner", 4, "inner", 5, "inner"]


def test_a_run_that_its_caller_cancels_is_aborted(program: Programs) -> None:
    ran = program.start(
        HEAD
        + f"""
@env.task
async def main() -> None:
    await asyncio.Event().wait()

async def on_a_loop():
    {RUNNER}
    try:
        await asyncio.wait_for(runner.run.aio(main), 0.5)
    except asyncio.TimeoutError:
        return "too long"

if __name__ == "__main__":
    open("result", "w").write(repr(asyncio.run(on_a_loop())))
"""
    )
    assert ran.result == "too long"
    assert ran.tree.phase == "aborted"


def test_outside_a_run_tasks_are_plain_functions(program: Programs) -> None:
    ran = program.start(
        HEAD
        + TASKS
        + """
if __name__ == "__main__":
    found = [asyncio.run(child(1)), sync_child(1), asyncio.run(sync_child.aio(2)), list(flyte.map(sync_child, [3]))]
    open("result", "w").write(repr(found))
"""
    )
    assert ran.result == [2, 101, 102, [103]]
    assert not (ran.folder / "home").exists()
