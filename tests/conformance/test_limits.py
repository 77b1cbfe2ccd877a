"""Limits of time, memory and size, the variables of tasks, and what attempts used."""

import pytest

from tests.conformance.program import Programs

HEAD = """
from flyte import Resources, Timeout
"""


# --- time ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelled", ["0.3", "timedelta(seconds=0.3)", '"300ms"', "Timeout(max_runtime=0.3)"])
def test_an_endless_async_task_ends_at_its_limit_and_says_where_it_was(program: Programs, spelled: str) -> None:
    ran = program(f"""
from datetime import timedelta
from flyte import Timeout

@env.task(timeout={spelled})
async def endless() -> None:
    await asyncio.sleep(1000)  # here

@env.task
async def main() -> list[str]:
    try:
        await endless()
    except TimeoutError as error:
        here = next(n for n, text in enumerate(open(__file__), 1) if "# here" in text)
        return [type(error).__name__, error.code, str(f":{{here}} in endless" in str(error)), str(error)]
""")
    kind, code, is_told_where, text = ran.result
    assert (kind, code, is_told_where) == ("MaxRuntimeExceededError", "MAX_RUNTIME_EXCEEDED", "True"), text
    assert "its max_runtime is 0.3 s" in text
    assert ran.phases == [("endless.0", "failed"), ("main", "succeeded")]


def test_an_endless_sync_task_ends_at_its_limit(program: Programs) -> None:
    ran = program("""
@env.task(timeout=0.3)
def endless() -> None:
    threading.Event().wait(1000)

@env.task
def main() -> list[str]:
    try:
        endless()
    except flyte.errors.MaxRuntimeExceededError as error:
        return [str(error)]
""")
    assert "its max_runtime is 0.3 s" in ran.result[0]


def test_code_that_neither_yields_nor_listens_ends_at_its_limit(process_program: Programs) -> None:
    ran = process_program("""
@env.task(timeout=0.3)
def spins() -> None:
    while True:
        try:
            sum(range(1000))
        except BaseException:
            pass

@env.task
async def main() -> str:
    try:
        await spins.aio()
    except TimeoutError as error:
        return error.code
""")
    assert ran.result == "MAX_RUNTIME_EXCEEDED"


@pytest.mark.parametrize("keyword", ["", "async "])
def test_an_attempt_beyond_its_limit_may_be_repeated(program: Programs, keyword: str) -> None:
    wait = "await asyncio.sleep(1000)" if keyword else "threading.Event().wait(1000)"
    ran = program(f"""
@env.task(timeout=0.3, retries=1)
{keyword}def second_time() -> int:
    if flyte.ctx().attempt_number == 0:
        {wait}
    return flyte.ctx().attempt_number

@env.task
async def main() -> int:
    return await second_time.aio()
""")
    assert ran.result == 1
    assert ran.actions[1].attempts == 2


def test_a_deadline_ends_a_task_that_fails_again_and_again(program: Programs) -> None:
    ran = program("""
from datetime import timedelta

again = flyte.RetryStrategy(count=1000, backoff=flyte.Backoff(base=timedelta(seconds=0.05)))

@env.task(timeout=flyte.Timeout(deadline=0.5), retries=again)
async def failing() -> None:
    raise ValueError("again")

@env.task
async def main() -> str:
    try:
        await failing()
    except flyte.errors.DeadlineExceededError as error:
        return error.code
""")
    assert ran.result == "DEADLINE_EXCEEDED"


def test_a_deadline_takes_the_children_along(program: Programs) -> None:
    ran = program("""
@env.task
async def endless() -> None:
    await asyncio.sleep(1000)

@env.task(timeout=flyte.Timeout(deadline=0.5))
async def parent() -> None:
    await endless()

@env.task
async def main() -> str:
    try:
        await parent()
    except flyte.errors.DeadlineExceededError as error:
        return error.code
""")
    assert ran.result == "DEADLINE_EXCEEDED"
    assert ran.phases == [("endless.0", "aborted"), ("main", "succeeded"), ("parent.0", "failed")]


def test_a_task_that_no_worker_takes_in_time_ends(process_program: Programs) -> None:
    ran = process_program("""
@env.task
def holds() -> None:
    while not os.path.exists("done"):
        sum(range(10000))

@env.task(timeout=flyte.Timeout(max_queued_time=0.2))
def waits() -> None:
    pass

@env.task
async def main() -> str:
    holding = [asyncio.ensure_future(holds.aio()) for _ in range(200)]
    for future in holding:
        future.add_done_callback(lambda _: None)
    await asyncio.sleep(0)
    try:
        return await waits.aio() or "it ran"
    except flyte.errors.MaxQueuedTimeExceededError as error:
        return error.code
    finally:
        open("done", "w").close()
        await asyncio.gather(*holding)
""")
    assert ran.result == "QUEUED_TIMEOUT_EXCEEDED"


def test_a_limit_that_is_not_passed_changes_nothing(program: Programs) -> None:
    ran = program("""
limits = flyte.Timeout(max_runtime=100, max_queued_time=100, deadline=100)

@env.task(timeout=limits)
async def child(x: int) -> int:
    return x + 1

@env.task(timeout=limits)
def main() -> list[int]:
    return list(flyte.map(child, range(20)))
""")
    assert ran.result == list(range(1, 21))


# --- memory -------------------------------------------------------------------------------------------------------


def test_a_task_beyond_its_memory_fails_and_may_be_tried_with_more(process_program: Programs) -> None:
    ran = process_program("""
@env.task(resources=flyte.Resources(memory="150Mi"))
def hungry() -> int:
    held = []
    for _ in range(40):
        held.append(b"x" * (8 << 20))
        time.sleep(0.02)
    return len(held)

@env.task
async def main() -> list[str]:
    try:
        await hungry.aio()
    except MemoryError as error:
        assert isinstance(error, flyte.errors.OOMError)
        more = hungry.override(resources=flyte.Resources(memory="4Gi"))
        return [error.code, str(error.peak > error.limit == 150 << 20), str(await more.aio())]
""")
    assert ran.result == ["OOMError", "True", "40"]
    assert ran.actions[1].peak_memory > 150 << 20
    assert ran.actions[2].peak_memory > 320 << 20


def test_memory_of_child_processes_counts(process_program: Programs) -> None:
    ran = process_program("""
import subprocess

@env.task(resources=flyte.Resources(memory="200Mi"))
def hungry() -> None:
    subprocess.run([sys.executable, "-c", "import time; held = b'x' * (300 << 20); time.sleep(1000)"])

@env.task
async def main() -> str:
    try:
        await hungry.aio()
    except flyte.errors.OOMError as error:
        return error.code
""")
    assert ran.result == "OOMError"


def test_one_giant_allocation_fails_as_out_of_memory(process_program: Programs) -> None:
    ran = process_program("""
@env.task(resources=flyte.Resources(memory="200Mi"))
def greedy() -> int:
    return len(bytearray(1 << 33))

@env.task
async def main() -> list[str]:
    try:
        await greedy.aio()
    except flyte.errors.OOMError as error:
        return [error.code, str(error.limit)]
""")
    assert ran.result == ["OOMError", str(200 << 20)]


def test_a_failed_allocation_is_out_of_memory_for_whoever_waits(program: Programs) -> None:
    ran = program("""
@env.task
async def greedy() -> int:
    raise MemoryError("no more")

@env.task
async def main() -> list[str]:
    try:
        await greedy()
    except flyte.errors.OOMError as error:
        return [error.code, str(isinstance(error, MemoryError)), str(error)]
""")
    assert ran.result == ["OOMError", "True", "no more"]


def test_automatic_memory_climbs_until_it_is_enough(process_program: Programs) -> None:
    ran = process_program("""
@env.task(resources=flyte.Resources(memory="auto"))
def hungry() -> int:
    held = [b"x" * (32 << 20) for _ in range(20)]
    time.sleep(0.2)
    return len(held)

@env.task
async def main() -> int:
    return await hungry.aio()
""")
    assert ran.result == 20
    assert ran.tree.retries == 1
    assert ran.actions[1].attempts == 1


# --- what attempts used -------------------------------------------------------------------------------------------


def test_processor_time_and_memory_of_each_action_are_recorded(program: Programs) -> None:
    ran = program("""
def compute():
    began = time.thread_time()
    while time.thread_time() < began + 0.2:
        sum(range(1000))

@env.task
def computes() -> None:
    compute()

@env.task
async def computes_and_waits() -> None:
    await asyncio.sleep(0.3)
    compute()

@env.task
async def only_waits() -> None:
    await asyncio.sleep(0.3)

@env.task
async def main() -> None:
    await asyncio.gather(computes.aio(), computes_and_waits(), only_waits())
""")
    by_name = {action.short_name: action for action in ran.actions}
    assert 0.2 <= by_name["computes"].cpu_time < 5
    assert 0.2 <= by_name["computes_and_waits"].cpu_time < 5
    assert 0 < by_name["only_waits"].cpu_time < 0.15
    assert all(action.peak_memory > 5 << 20 for action in ran.actions)


def test_what_all_attempts_used_adds_up(program: Programs) -> None:
    ran = program("""
@env.task(retries=1)
def twice() -> None:
    began = time.thread_time()
    while time.thread_time() < began + 0.2:
        sum(range(1000))
    if flyte.ctx().attempt_number == 0:
        raise ValueError("again")

@env.task
def main() -> None:
    twice()
""")
    assert ran.status == 0, ran.stderr
    assert ran.actions[1].cpu_time >= 0.4


# --- variables ----------------------------------------------------------------------------------------------------

LAYERS = """
env = flyte.TaskEnvironment("layers", env_vars={"A": "environment", "B": "environment", "C": "environment"})

def seen():
    return [os.environ.get(name, "-") for name in "ABCD"]

@env.task(env_vars={"B": "task"})
def in_sync() -> list[str]:
    return seen()

@env.task(env_vars={"B": "task"})
async def in_async() -> list[str]:
    await asyncio.sleep(0)
    return seen()
"""


def test_variables_come_from_environment_task_override_and_run(program: Programs) -> None:
    ran = program(
        LAYERS
        + """
@env.task
async def main() -> list[list[str]]:
    over = in_async.override(env_vars={"D": "override"})
    return [await in_sync.aio(), await in_async(), await over()]

with_options = flyte.with_runcontext
flyte.with_runcontext = lambda **options: with_options(env_vars={"C": "run"}, **options)
"""
    )
    assert ran.result == [
        ["environment", "task", "run", "-"],
        ["environment", "task", "run", "-"],
        ["-", "-", "run", "override"],
    ]


def test_nested_runs_add_to_the_variables_of_the_run(program: Programs) -> None:
    ran = program(
        LAYERS
        + """
@env.task
async def main() -> list[list[str]]:
    nested = await with_options(env_vars={"D": "nested"}).run.aio(in_async)
    plain = await flyte.run.aio(in_async)
    return [nested.result, plain.result]

with_options = flyte.with_runcontext
flyte.with_runcontext = lambda **options: with_options(env_vars={"C": "run"}, **options)
"""
    )
    assert ran.result == [["environment", "task", "run", "nested"], ["environment", "task", "run", "-"]]


def test_variables_longer_than_any_buffer_arrive(program: Programs) -> None:
    ran = program("""
env = flyte.TaskEnvironment("long", env_vars={"LONG": "x" * 100_000})

@env.task
async def main() -> int:
    return len(os.environ["LONG"])
""")
    assert ran.result == 100_000


# --- sizes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keyword", ["", "async "])
def test_values_beyond_the_inline_limit_are_refused(program: Programs, keyword: str) -> None:
    ran = program(f"""
@env.task(max_inline_io_bytes=10_000)
{keyword}def echo(text: str, times: int) -> str:
    return text * times

@env.task
async def main() -> list[str]:
    said = []
    for text, times in (("x" * 20_000, 1), ("x", 20_000), ("x", 5)):
        try:
            said.append(await echo.aio(text, times))
        except flyte.errors.InlineIOMaxBytesBreached as error:
            said.append(str(error))
    raised = echo.override(max_inline_io_bytes=1_000_000)
    return [*said, str(len(await raised.aio("x" * 20_000, 1)))]
""")
    inputs, outputs, small, raised = ran.result
    assert inputs.startswith("the inputs of task `conformance.echo` have 20,0")
    assert "is 10,000: pass" in inputs
    assert outputs.startswith("the outputs of task `conformance.echo` have 20,0")
    assert "flyte.io.File" in outputs
    assert (small, raised) == ("xxxxx", "20000")


def test_the_default_inline_limit_is_a_backends(program: Programs) -> None:
    ran = program("""
@env.task
async def main() -> int:
    return len(await echo("x" * (11 << 20)))

@env.task
async def echo(text: str) -> str:
    return text
""")
    assert ran.result == 11 << 20
