"""A task finds its secrets, nobody else does, and no value is printed or recorded. For both executors."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flyte.secret_store import SecretStore
from tests.conformance.logs import lines_of
from tests.conformance.program import Programs, Ran
from tests.secrets.conftest import VALUE

HEAD = """
import base64, subprocess
from pathlib import Path

other = flyte.TaskEnvironment("other")
keyed = flyte.TaskEnvironment("keyed", secrets=[flyte.Secret("api-key")])
"""


@pytest.fixture(autouse=True)
def stored(store: SecretStore) -> None:
    store.set("api-key", VALUE.encode(), 1.0)
    store.set("lines", b"first line\nsecond line\n", 1.0)


def printed(ran: Ran) -> list[str]:
    return [line.text.decode() for line in lines_of(ran.tree, ran.folder / "home" / "runs" / ran.tree.name)]


def assert_nowhere(ran: Ran, value: str = VALUE) -> None:
    """No byte of the state folder, nor of what the program said, is the value's."""
    spellings = [value.encode(), base64.b64encode(value.encode()), value.encode().hex().encode()]
    files = [path for path in (ran.folder / "home").rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"secrets.json", "key", "journal.db"}
    assert [path for path in files if any(spelling in path.read_bytes() for spelling in spellings)] == []
    assert value not in ran.stdout + ran.stderr


def test_a_task_sees_its_secret_and_a_task_of_another_environment_does_not(program: Programs) -> None:
    ran = program(
        HEAD
        + """
@keyed.task
def its() -> str:
    return os.environ["API_KEY"][::-1]

@keyed.task
async def its_async() -> str:
    return os.environ["API_KEY"][::-1]

@other.task
def others() -> bool:
    return "API_KEY" in os.environ

@keyed.task(secrets=[])
def declined() -> bool:
    return "API_KEY" in os.environ

@env.task
async def main() -> list:
    return [await its.aio(), await its_async(), await others.aio(), await declined.aio(), "API_KEY" in os.environ]
"""
    )
    assert ran.result == [VALUE[::-1], VALUE[::-1], False, False, False]
    assert_nowhere(ran)


def test_tasks_may_have_secrets_of_their_own_and_overrides_win(program: Programs) -> None:
    ran = program(
        HEAD
        + """
@other.task(secrets=flyte.Secret("api-key", as_env_var="ONE"))
def own() -> list[bool]:
    return ["ONE" in os.environ, "TWO" in os.environ]

@env.task
async def main() -> list:
    return [
        await own.aio(),
        await own.override(secrets=[flyte.Secret("api-key", as_env_var="TWO")]).aio(),
        await own.aio(),
    ]
"""
    )
    assert ran.result == [[True, False], [False, True], [True, False]]


def test_a_mounted_secret_is_a_file_that_is_gone_afterwards(program: Programs) -> None:
    ran = program(
        HEAD
        + """
@keyed.task(secrets=[flyte.Secret("lines", mount="/etc/flyte/secrets", as_env_var="AT"), flyte.Secret("api-key")])
def reads() -> list:
    folder = Path(os.environ["FLYTE_SECRETS_DEFAULT_DIR"])
    file = folder / "lines"
    assert str(file) == os.environ["AT"]
    return [file.read_text(), oct(file.stat().st_mode)[-3:], oct(folder.stat().st_mode)[-3:], str(folder)]

@env.task
async def main() -> list:
    return [*await reads.aio(), "AT" in os.environ]
"""
    )
    text, file_mode, folder_mode, folder, seen_by_main = ran.result
    assert (text, file_mode, folder_mode, seen_by_main) == ("first line\nsecond line\n", "600", "700", False)
    assert not Path(folder).exists()


def test_what_a_killed_worker_had_mounted_is_removed(process_program: Programs) -> None:
    ran = process_program(
        HEAD
        + """
import signal

@keyed.task(secrets=[flyte.Secret("lines", mount="/etc/flyte/secrets")])
def dies(path: str) -> None:
    Path(path).write_text(os.environ["FLYTE_SECRETS_DEFAULT_DIR"])
    os.kill(os.getpid(), signal.SIGKILL)

@env.task
async def main() -> str:
    try:
        await dies.aio("folder")
    except flyte.errors.BaseRuntimeError as error:
        return type(error).__name__
"""
    )
    assert ran.result != "None"
    assert not Path((ran.folder / "folder").read_text()).exists()


def test_a_printed_secret_is_masked(program: Programs) -> None:
    ran = program(
        HEAD
        + """
import logging

def everywhere() -> None:
    value = os.environ["API_KEY"]
    print("text", value)
    print("partly", end=" "); sys.stdout.write(value); sys.stdout.write("\\n")
    print("base64", base64.b64encode(b"user:" + value.encode()).decode())
    sys.stdout.buffer.write(b"bytes " + value.encode() + b"\\n")
    thread = threading.Thread(target=print, args=("thread", value)); thread.start(); thread.join()
    logging.warning("logged %s", value)
    sys.stderr.write("last " + value)

@keyed.task
def speaks() -> None:
    everywhere()

@keyed.task
async def speaks_async() -> None:
    everywhere()

@env.task
async def main() -> int:
    await speaks.aio()
    await speaks_async()
    return 1
"""
    )
    assert ran.result == 1
    assert_nowhere(ran)
    said = printed(ran)
    for line in ("text ***", "partly ***", "bytes ***", "thread ***", "last ***"):
        assert said.count(line) == 2, said
    assert sum("logged ***" in line for line in said) == 2
    assert sum(line.startswith("base64 ") and "***" in line for line in said) == 2


def test_what_does_not_pass_through_python_is_masked_too(process_program: Programs) -> None:
    ran = process_program(
        HEAD
        + """
@keyed.task
def speaks() -> None:
    os.write(1, b"raw " + os.environ["API_KEY"].encode() + b"\\n")
    os.system("echo shell $API_KEY")
    subprocess.run(["sh", "-c", "echo child $API_KEY >&2"])
    value = os.environ["API_KEY"].encode()
    os.write(1, b"in two " + value[:4]); os.write(1, value[4:] + b"\\n")
    os.write(1, b"without end " + value)
    sys.stdout.write("python " + value.decode()[:4]); sys.stdout.write(value.decode()[4:] + "\\n")

@keyed.task
async def speaks_async() -> None:
    subprocess.run(["sh", "-c", "echo async child $API_KEY"])

@env.task
async def main() -> int:
    await speaks.aio()
    await speaks_async()
    return 1
"""
    )
    assert ran.result == 1
    assert_nowhere(ran)
    paths = {line.text.decode(): line.action for line in lines_of(ran.tree, ran.folder / "home/runs" / ran.tree.name)}
    assert paths == dict.fromkeys(
        ["raw ***", "shell ***", "child ***", "in two ***", "without end ***", "python ***"], "speaks.0"
    ) | {"async child ***": "speaks_async.0"}


def test_a_long_line_without_end_is_masked_wherever_it_is_cut(process_program: Programs) -> None:
    ran = process_program(
        HEAD
        + """
@keyed.task
def speaks() -> None:
    value = os.environ["API_KEY"]
    for _ in range(5000):
        sys.stdout.write("x" * 29 + value)
    sys.stdout.flush()
    data = (b"y" * 29 + value.encode()) * 5000
    while data:
        data = data[os.write(1, data):]

@env.task
async def main() -> int:
    await speaks.aio()
    return 1
"""
    )
    assert ran.result == 1
    assert_nowhere(ran)
    assert "".join(printed(ran)) == ("x" * 29 + "***") * 5000 + ("y" * 29 + "***") * 5000


def test_an_error_with_a_secret_is_masked_and_is_not_stored_as_it_is(program: Programs) -> None:
    ran = program(
        HEAD
        + f"""
class Odd(ValueError):
    def __init__(self, value):
        super().__init__("no")
        self.value = value

@keyed.task
async def in_text() -> None:
    raise ValueError("no " + os.environ["API_KEY"])

@keyed.task
def in_an_attribute() -> None:
    raise Odd(os.environ["API_KEY"])

@keyed.task
def in_the_source() -> None:
    raise ValueError("{VALUE}"[:2])

@keyed.task
def in_a_cause() -> None:
    try:
        raise KeyError(os.environ["API_KEY"])
    except KeyError as error:
        raise ValueError("no") from error

@keyed.task
def in_no_part() -> None:
    raise ValueError("no")

@env.task
async def main() -> list:
    seen = []
    for task in (in_text, in_an_attribute, in_the_source, in_a_cause, in_no_part):
        try:
            await task.aio()
        except flyte.errors.RuntimeUserError as error:
            seen.append([isinstance(error, ValueError), str(error), error.code])
    return seen
"""
    )
    assert ran.result == [
        [False, "no ***", "ValueError"],
        [False, "no", "Odd"],
        [True, VALUE[:2], "ValueError"],
        [False, "no", "ValueError"],
        [True, "no", "ValueError"],
    ]
    errors = [action.error for action in ran.actions if action.error is not None]
    assert 'raise ValueError("***"[:2])' in [frame[3].strip() for error in errors for frame in error.frames]
    assert ("KeyError", "'***'") in [cause for error in errors for cause in error.causes]
    assert_nowhere(ran)


def test_the_last_words_of_a_crash_are_there_and_masked(process_program: Programs) -> None:
    ran = process_program(
        HEAD
        + """
@keyed.task
def dies(how: str) -> None:
    os.write(1, b"out " + os.environ["API_KEY"].encode())
    os.write(2, b"dying of " + os.environ["API_KEY"].encode())
    if how == "exit":
        os._exit(3)
    os.kill(os.getpid(), 11)

@env.task
async def main() -> list:
    seen = []
    for how in ("exit", "signal"):
        try:
            await dies.aio(how)
        except flyte.errors.BaseRuntimeError as error:
            seen.append(str(error))
    return seen
"""
    )
    exited, killed = ran.result
    assert "3" in exited
    assert "segmentation fault" in killed
    assert "dying of ***" in exited
    assert "dying of ***" in killed
    assert printed(ran).count("out ***") == 2
    assert_nowhere(ran)


def test_a_report_with_a_secret_is_masked(program: Programs) -> None:
    ran = program(
        HEAD
        + """
import flyte.report

@keyed.task(report=True)
def reports() -> None:
    flyte.report.log("key " + os.environ["API_KEY"])

@env.task
async def main() -> int:
    await reports.aio()
    return 1
"""
    )
    assert ran.result == 1
    assert_nowhere(ran)
    (report,) = (ran.folder / "home").rglob("*.html")
    assert "key ***" in report.read_text()


def test_secrets_that_are_missing_are_told_all_at_once_and_nothing_starts(program: Programs) -> None:
    (program.folder / "helpers.py").write_text("async def helper(task):\n    await task()\n")
    ran = program("""
    from helpers import helper

    env2 = flyte.TaskEnvironment("env2", secrets=["api-key", "API_KEI", flyte.Secret("token", "vault")])

    @env2.task
    async def fetch() -> None: ...

    @env.task(secrets="never-used")
    async def not_called() -> None: ...

    @env.task(secrets="wanted")
    async def main() -> None:
        print("started")
        await helper(fetch)
    """)
    assert ran.status == 1
    assert "started" not in ran.stdout
    told = ran.stderr[ran.stderr.index("SecretNotFoundError") :]
    assert "3 secrets are missing: `wanted` (needed by `main`, program.py:" in told
    assert "`API_KEI` (needed by `fetch`, program.py:" in told
    assert "`vault/token`" in told
    assert "never-used" not in told
    assert "api-key` (" not in told
    if sys.version_info >= (3, 11):
        assert "flyte create secret vault/token" in told
        assert "flyte create secret API_KEI   did you mean `api-key`?" in told
    assert not (ran.folder / "home" / "runs").exists()


def test_a_secret_that_only_the_running_task_knows_of_fails_its_action(program: Programs) -> None:
    ran = program(
        HEAD
        + """
@other.task(retries=3)
def needs() -> None: ...

@other.task(retries=3)
async def needs_async() -> None: ...

@env.task
async def main() -> list:
    seen = []
    for task in (needs, needs_async):
        try:
            await task.override(secrets=["not-there", "nor-this"]).aio()
        except flyte.errors.SecretNotFoundError as error:
            seen.append(str(error).partition("\\n")[0])
    return seen
"""
    )
    assert ran.result == ["2 secrets are missing: `not-there`, `nor-this`"] * 2
    assert [action.attempts for action in ran.actions] == [1, 1, 1]


def test_a_variable_stands_in_for_a_secret_that_no_store_has_and_is_masked(
    program: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FROM_CI", "a value of the pipeline")
    monkeypatch.setenv("API_KEY", "not the one that is meant")
    ran = program(
        HEAD
        + """
@keyed.task(secrets=["from-ci", "api-key"])
def its() -> str:
    print(os.environ["FROM_CI"])
    return os.environ["FROM_CI"][::-1] + os.environ["API_KEY"][::-1]

@env.task
async def main() -> list:
    return [await its.aio(), os.environ["API_KEY"]]
"""
    )
    assert ran.result == ["a value of the pipeline"[::-1] + VALUE[::-1], "not the one that is meant"]
    assert printed(ran) == ["***"]


def test_a_secret_of_a_group_is_found_under_the_group_first(program: Programs, store: SecretStore) -> None:
    store.set("vault/token", b"of the group", 1.0)
    store.set("token", b"of nobody", 1.0)
    store.set("plain", b"without a group", 1.0)
    ran = program(
        HEAD
        + """
@keyed.task(secrets=[flyte.Secret("token", "vault"), flyte.Secret("plain", "vault")])
def its() -> list[int]:
    return [len(os.environ["VAULT_TOKEN"]), len(os.environ["VAULT_PLAIN"])]

@env.task
async def main() -> list:
    return await its.aio()
"""
    )
    assert ran.result == [len("of the group"), len("without a group")]


def test_a_store_that_is_damaged_fails_the_run_before_it_starts(program: Programs, store: SecretStore) -> None:
    store.file.write_text("{")
    ran = program(
        HEAD
        + """
@keyed.task
async def main() -> None:
    print("started")
"""
    )
    assert ran.status == 1
    assert "SecretStoreError: the file of secrets is damaged" in ran.stderr
    assert "started" not in ran.stdout
    assert store.file.read_text() == "{"


def test_workers_that_import_the_program_afresh_have_their_secrets(process_program: Programs) -> None:
    ran = process_program(
        HEAD
        + """
ticking = threading.Event()
threading.Thread(target=ticking.wait, daemon=True).start()  # with it, no process is forked off this one

@keyed.task
def its() -> list:
    os.write(1, b"raw " + os.environ["API_KEY"].encode() + b"\\n")
    print("said", os.environ["API_KEY"])
    return [len(os.environ["API_KEY"]), threading.active_count() > 1]

@env.task
async def main() -> list:
    return await its.aio()
"""
    )
    assert ran.result == [len(VALUE), True]
    assert sorted(printed(ran)) == ["raw ***", "said ***"]
    assert_nowhere(ran)


def test_a_task_that_hangs_with_a_secret_is_killed_with_its_run(process_program: Programs) -> None:
    """The process in front of the worker must not outlive it, nor keep its pipes open."""
    text = """\
import os, signal, threading, time
import flyte

keyed = flyte.TaskEnvironment("keyed", secrets="api-key")

@keyed.task
def main() -> None:
    with open("processes", "w") as file:
        file.write(f"{os.getpid()} {os.getppid()}")
    print("ready", flush=True)
    time.sleep(600)

if __name__ == "__main__":
    flyte.with_runcontext(executor="process").run(main)
"""
    (process_program.folder / "program.py").write_text(text)
    driver = subprocess.Popen(
        [sys.executable, "program.py"],
        cwd=process_program.folder,
        env=process_program.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert driver.stdout is not None
    assert driver.stdout.readline() == b"ready\n"
    worker, mask = map(int, (process_program.folder / "processes").read_text().split())
    handles = [os.pidfd_open(process) for process in (worker, mask)]
    driver.kill()
    driver.wait()
    driver.stdout.close()
    import select

    for handle in handles:
        waiting = select.poll()
        waiting.register(handle, select.POLLIN)
        assert waiting.poll(20_000), "a process was left"
        os.close(handle)


def test_programs_without_secrets_have_one_process_per_worker(process_program: Programs) -> None:
    ran = process_program("""
        @env.task
        def child() -> list[int]:
            return [os.getpid(), os.getpgid(0), os.getppid()]

        @env.task
        async def main() -> list:
            return [await child.aio(), os.getppid()]
    """)
    (process, group, parent), zygote = ran.result
    assert (process, parent) == (group, zygote)
