"""Conditions: who asks waits without a core, and somebody answers."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from flyte._core import RunTree
from flyte.runtime.questions import open_questions
from flyte.runtime.signals import leave_answer, leave_failure
from tests.conformance.program import Programs

HEAD = """
import asyncio, os
import flyte, flyte.errors
from flyte import new_condition

env = flyte.TaskEnvironment("e")

def note(text: str) -> None:
    with open("notes", "a") as file:
        file.write(text + "\\n")
"""

FOOT = """
if __name__ == "__main__":
    run = flyte.with_runcontext(name="asking", executor=os.environ["EXECUTOR"]).run(main)
    print(repr(run.result))
"""

Answer = Callable[[Path], None]


def test_an_answer_is_what_the_task_gets(program: Programs) -> None:
    ran = _asked(
        program,
        """
        @env.task
        async def main() -> list[str]:
            first = await new_condition.aio("size", prompt="How many?", data_type=int)
            second = await new_condition.aio("name", data_type=str)
            return [repr(await first.wait.aio()), repr(await second.wait.aio())]
        """,
        lambda run: (leave_answer(run, "size", 3, "int"), leave_answer(run, "name", "x y", "str")),  # type: ignore[func-returns-value]
        ["size", "name"],
    )
    assert ran == "['3', \"'x y'\"]"


def test_a_sync_task_asks_too(program: Programs) -> None:
    ran = _asked(
        program,
        """
        @env.task
        def main() -> bool:
            return new_condition("approve").wait()
        """,
        lambda run: leave_answer(run, "approve", True, "bool"),
        ["approve"],
    )
    assert ran == "True"


def test_a_condition_that_nobody_answers_raises(program: Programs) -> None:
    ran = _asked(
        program,
        """
        @env.task
        async def main() -> str:
            condition = await new_condition.aio("approve", timeout=0.05)
            try:
                await condition.wait.aio()
            except flyte.errors.ConditionTimedoutError as error:
                return error.code
            return ""
        """,
    )
    assert ran == "'ConditionTimedoutError'"


def test_a_condition_of_a_name_that_waits_already_is_refused(program: Programs) -> None:
    ran = _asked(
        program,
        """
        @env.task
        async def main() -> str:
            await new_condition.aio("approve")
            try:
                await new_condition.aio("approve")
            except flyte.errors.ConditionAlreadyExistsError as error:
                return error.code
            return ""
        """,
    )
    assert ran == "'ConditionAlreadyExistsError'"


def test_the_end_of_input_fails_the_task(program: Programs) -> None:
    ran = _asked(
        program,
        """
        @env.task
        async def main() -> str:
            condition = await new_condition.aio("approve")
            try:
                return str(await condition.wait.aio())
            except flyte.errors.RuntimeUserError as error:
                return error.code
        """,
        lambda run: leave_failure(run, "approve", "EOFError", "nobody there"),
        ["approve"],
    )
    assert ran == "'EOFError'"


def test_an_answer_is_not_asked_for_again_when_the_task_starts_again(program: Programs) -> None:
    ran = _asked(
        program,
        """
        @env.task(retries=1)
        async def main() -> int:
            condition = await new_condition.aio("size", data_type=int)
            size = await condition.wait.aio()
            if flyte.ctx().attempt_number == 0:
                raise ValueError("once")
            return size
        """,
        lambda run: leave_answer(run, "size", 3, "int"),
        ["size"],
    )
    assert ran == "3"


def test_a_webhook_is_told_once(program: Programs) -> None:
    ran = _asked(
        program,
        """
        import http.server, threading

        class Hook(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                note(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args):
                pass

        @env.task(retries=1)
        async def main() -> str:
            server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{os.environ.get('PORT', server.server_port)}/"
            os.environ["PORT"] = str(server.server_port)
            hook = flyte.ConditionWebhook(url, {"text": "look"})
            try:
                await (await new_condition.aio("approve", timeout=0.05, webhook=hook)).wait.aio()
            except flyte.errors.ConditionTimedoutError:
                return "told"
        """,
    )
    assert ran == "'told'"
    assert (program.folder / "notes").read_text() == '{"text": "look"}\n'


@pytest.mark.parametrize("kind", ["async", "sync"])
def test_a_task_that_only_waits_gives_up_its_process(process_program: Programs, kind: str) -> None:
    wait, ask = (
        ("await (await new_condition.aio('approve')).wait.aio()", "async def")
        if kind == "async"
        else ("new_condition('approve').wait()", "def")
    )
    ran = _asked(
        process_program,
        f"""
        @flyte.trace
        def step() -> int:
            note("step")
            return 1

        @env.task
        {ask} main() -> str:
            step()
            note(str(os.getpid()))
            return str({wait})
        """,
        lambda run: leave_answer(run, "approve", True, "bool"),
        ["approve"],
        until=lambda tree: not _lives(process_program.folder / "notes"),
        FLYTE_PARK_AFTER="0",
    )
    assert ran == "'True'"
    step, first, second = (process_program.folder / "notes").read_text().split()
    assert step == "step"
    assert first != second


def test_an_answer_that_came_while_nobody_drove_the_run_is_there_for_the_next_one(program: Programs) -> None:
    process = _start(
        program,
        """
        @env.task
        async def main() -> int:
            return await (await new_condition.aio("size", data_type=int)).wait.aio()
        """,
    )
    run = _wait_for(program, ["size"])
    process.kill()
    process.communicate()
    leave_answer(run, "size", 4, "int")
    code = """
import os, program
from flyte.runtime.session import RunRequest, execute
inputs, executor = program.main.signature.bind((), {}), os.environ["EXECUTOR"]
request = RunRequest(program.main, inputs, executor=executor, recover_from="asking")
print(program.main.signature.decode_outputs(execute(request).outputs))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=program.folder,
        env=program.environment,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert done.stdout == "4\n", done.stderr


def _start(program: Programs, body: str, **variables: str) -> "subprocess.Popen[str]":
    (program.folder / "program.py").write_text(HEAD + textwrap.dedent(body) + FOOT)
    return subprocess.Popen(
        [sys.executable, "program.py"],
        cwd=program.folder,
        env=program.environment | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _wait_for(program: Programs, names: list[str], until: Callable[[RunTree], bool] = lambda _: True) -> Path:
    """Until the run waits for conditions of these names: its folder."""
    run = program.folder / "home" / "runs" / "asking"
    while not (run / "journal.db").exists():
        pass
    tree = RunTree.open(str(run))
    while [question.name for question in open_questions(tree)] != names or not until(tree):
        tree.refresh()
    return run


def _asked(
    program: Programs,
    body: str,
    answer: Answer | None = None,
    names: list[str] | None = None,
    until: Callable[[RunTree], bool] = lambda _: True,
    **variables: str,
) -> str:
    """What the program prints in the end."""
    process = _start(program, body, **variables)
    try:
        if answer is not None:
            answer(_wait_for(program, names or [], until))
        stdout, stderr = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, stderr
    return stdout.rstrip("\n")


def _lives(notes: Path) -> bool:
    """Whether the process lives that noted its number last."""
    try:
        os.kill(int(notes.read_text().split()[-1]), 0)
    except ProcessLookupError:
        return False
    return True
