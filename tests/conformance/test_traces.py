"""Traced functions, durable time and checkpoints: what a task that starts again finds."""

import subprocess
import sys

from tests.conformance.program import Programs

NOTE = """
def note(text: str) -> None:
    with open("notes", "a") as file:
        file.write(text + "\\n")
"""


def notes(program: Programs) -> list[str]:
    return (program.folder / "notes").read_text().split("\n")[:-1]


def test_every_kind_of_function_is_recorded_and_not_called_again(program: Programs) -> None:
    ran = program(f"""{NOTE}
@flyte.trace
async def fetch(x: int) -> int:
    note(f"fetch {{x}}")
    return 2 * x

@flyte.trace
def plain(x: int) -> None:
    note(f"plain {{x}}")

@flyte.trace
def count(n: int):
    for i in range(n):
        note(f"count {{i}}")
        yield i

@flyte.trace
async def count_async(n: int):
    for i in range(n):
        note(f"async {{i}}")
        yield i

class Client:
    @flyte.trace
    def get(self, *names, **options):
        note("get")
        return [*names, *options]

@env.task(retries=1)
async def main() -> list[str]:
    @flyte.trace
    async def inner(x: int) -> int:
        note("inner")
        return await fetch(x)

    got = [await fetch(1), await fetch(1), await inner(5), plain(3), *count(2), *[i async for i in count_async(2)]]
    got += Client().get("a", b=1)
    if flyte.ctx().attempt_number == 0:
        raise ValueError("once")
    return [str(each) for each in got]
""")
    assert ran.result == ["2", "2", "10", "None", "0", "1", "0", "1", "a", "b"]
    assert notes(program) == [
        "fetch 1",
        "fetch 1",
        "inner",
        "fetch 5",
        "plain 3",
        "count 0",
        "count 1",
        "async 0",
        "async 1",
        "get",
    ]
    assert ("fetch.0", "succeeded") in ran.phases
    fetched = next(action for action in ran.actions if action.label == "fetch.0")
    assert (fetched.inputs, fetched.outputs) == ([("x", "1")], [("o0", "2")])


def test_a_sync_task_traces_too(program: Programs) -> None:
    ran = program(f"""{NOTE}
@flyte.trace
def step(x: int) -> int:
    note(f"step {{x}}")
    return x + 1

@env.task(retries=1)
def main() -> int:
    got = step(1) + step(2)
    if flyte.ctx().attempt_number == 0:
        raise ValueError("once")
    return got
""")
    assert (ran.result, notes(program)) == (5, ["step 1", "step 2"])


def test_an_exception_passes_through_unchanged_and_the_function_runs_again(program: Programs) -> None:
    ran = program(f"""{NOTE}
error = KeyError("it")

@flyte.trace
async def step(x: int) -> int:
    note("step")
    raise error

@env.task(retries=1)
async def main() -> bool:
    try:
        await step(1)
    except KeyError as found:
        if flyte.ctx().attempt_number == 0:
            raise ValueError("once")
        return found is error
    return False
""")
    assert (ran.result, notes(program)) == (True, ["step", "step"])
    assert ("step.0", "failed") in ran.phases


def test_a_task_cannot_be_called_in_a_traced_function_but_its_function_can(program: Programs) -> None:
    ran = program("""
        @env.task
        async def other(x: int) -> int:
            return x + 1

        @flyte.trace
        async def step(x: int) -> int:
            return await other(x)

        @flyte.trace
        async def forward(x: int) -> int:
            return await other.forward(x)

        @env.task
        async def main() -> list[str]:
            try:
                await step(1)
            except flyte.errors.TraceDoesNotAllowNestedTasksError as error:
                return [error.code, str(await forward(1)), str(await other(2))]
            return []
    """)
    assert ran.result == ["TraceDoesNotAllowNestedTasksError", "2", "3"]


def test_values_of_the_wrong_type_are_errors_as_those_of_tasks_are(program: Programs) -> None:
    ran = program("""
        @flyte.trace
        async def step(x: int) -> int:
            return "text"

        @env.task
        async def main() -> list[str]:
            found = []
            for value in ("text", 1):
                try:
                    await step(value)
                except Exception as error:
                    found.append(type(error).__name__)
            return found
    """)
    assert ran.result == ["TypeError", "RuntimeDataValidationError"]


def test_a_generator_that_is_closed_early_is_not_taken_for_whole(program: Programs) -> None:
    ran = program(f"""{NOTE}
@flyte.trace
def count(n: int):
    for i in range(n):
        note(str(i))
        yield i

@env.task(retries=1)
def main() -> int:
    for i in count(3):
        if i == 1:
            break
    if flyte.ctx().attempt_number == 0:
        raise ValueError("once")
    return i
""")
    assert (ran.result, notes(program)) == (1, ["0", "1", "0", "1"])
    assert ("count.0", "failed") in ran.phases


def test_outside_a_run_a_traced_function_is_itself() -> None:
    import flyte

    @flyte.trace
    def plain(x: int) -> str:
        return f"{x}!"

    assert plain(1) == "1!"


def test_durable_time_is_the_same_when_a_task_starts_again(program: Programs) -> None:
    ran = program(f"""{NOTE}
import flyte.durable

@env.task(retries=1)
async def main() -> bool:
    seen = [flyte.durable.time(), (await flyte.durable.now.aio()).isoformat()]
    await flyte.durable.sleep.aio(0.01)
    note(repr(seen))
    if flyte.ctx().attempt_number == 0:
        raise ValueError("once")
    return True
""")
    assert ran.result is True
    first, second = notes(program)
    assert first == second
    assert ("sleep.0", "succeeded") in ran.phases


def test_a_checkpoint_survives_a_retry(program: Programs) -> None:
    ran = program("""
        @env.task(retries=2)
        async def main() -> int:
            checkpoint = flyte.ctx().checkpoint
            found = await checkpoint.load()
            at = int(found.read_text()) if found else 0
            await checkpoint.save(str(at + 1).encode())
            if at < 2:
                raise ValueError("again")
            return at
    """)
    assert ran.result == 2


def test_a_task_that_asks_for_other_things_each_time_is_reported(program: Programs) -> None:
    ran = program("""
        @env.task
        async def child(x: int) -> int:
            return x

        @env.task(retries=1)
        async def main() -> int:
            got = await child(flyte.ctx().attempt_number)
            if flyte.ctx().attempt_number == 0:
                raise ValueError("once")
            return got
    """)
    assert ran.result == 1
    assert "`main` is not deterministic" in ran.stderr
    assert "`child(x=1)` (program.py:" in ran.stderr


def test_a_run_that_was_killed_goes_on_with_its_recorded_steps(program: Programs) -> None:
    (program.folder / "killed.py").write_text(f"""
import os, signal
import flyte, flyte.durable
env = flyte.TaskEnvironment("e")
{NOTE}
@flyte.trace
async def step(x: int) -> int:
    note(f"step {{x}}")
    return x * 10

@env.task
async def child(x: int) -> int:
    return x + await step(7)

@env.task
async def main() -> list[int]:
    got = [await step(1), await child(1)]
    checkpoint = flyte.ctx().checkpoint
    if await checkpoint.load() is None:
        await checkpoint.save(b"saved")
        await flyte.durable.sleep.aio(0.05)
        os.kill(int(os.environ["DRIVER"]), signal.SIGKILL)
        await flyte.durable.sleep.aio(60)
    return [*got, len((await checkpoint.load()).read_bytes())]

if __name__ == "__main__":
    os.environ["DRIVER"] = str(os.getpid())
    flyte.with_runcontext(name="first", executor=os.environ["EXECUTOR"]).run(main)
""")
    first = _python(program, "killed.py")
    assert first.returncode == -9, first.stderr
    again = _python(program, "-c", RECOVER)
    assert again.returncode == 0, again.stderr
    assert again.stdout.split("\n")[-2] == "[10, 71, 5]"
    assert notes(program) == ["step 1", "step 7"]


RECOVER = """
import os
from flyte.runtime.session import RunRequest, execute
import killed
signature = killed.main.signature
os.environ["DRIVER"] = "0"
request = RunRequest(killed.main, signature.bind((), {}), executor=os.environ["EXECUTOR"], recover_from="first")
outcome = execute(request)
print(signature.decode_outputs(outcome.outputs) if outcome.outputs is not None else outcome.exception)
"""


def _python(program: Programs, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *words],
        cwd=program.folder,
        env=program.environment,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
