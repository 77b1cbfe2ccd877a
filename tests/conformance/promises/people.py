"""Promises about people: who is asked, who may stop a run, who is told, and where to look."""

from __future__ import annotations

import os
from collections.abc import Callable

from tests.conformance.promises.endurance import actions
from tests.conformance.promises.promise import (
    Ends,
    Kills,
    Noted,
    Promise,
    Runs,
    Says,
    Scene,
    Sees,
    Shows,
    Starts,
    Types,
    With,
    asks,
)

ASKING = """
@flyte.trace
def step() -> int:
    note("step")
    return 1

@env.task
async def main() -> int:
    step()
    note(os.getpid())
    size = await flyte.new_condition.aio("size", prompt="How many?", data_type=int)
    return await size.wait.aio()
"""
HOOK = """
import http.server

class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        note(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass

def served():
    server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"

def served_once():  # the same address in every process: the next attempt may be in another
    place = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hook")
    if not os.path.exists(place):
        with open(place, "w") as file:
            file.write(served())
    with open(place) as file:
        return file.read()
"""


def has_given_up_its_process(scene: Scene) -> bool:
    """Whether the run waits for its answer, and the process that asked is gone."""
    if not asks("size")(scene):
        return False
    try:
        os.kill(int(scene.file("notes").read_text().split()[-1]), 0)
    except ProcessLookupError:
        return True
    return False


def processes(scene: Scene) -> tuple[int, int]:
    """How often the traced step ran, and how many processes the task had."""
    notes = scene.file("notes").read_text().split()
    return notes.count("step"), len(set(notes) - {"step"})


def phases(scene: Scene) -> list[str]:
    """What became of every action of the latest run."""
    return sorted(f"{action.short_name} {action.phase}" for action in actions(scene))


def is_noted(*lines: str) -> Callable[[Scene], bool]:
    """Whether the program has noted these lines, in any order."""

    def holds(scene: Scene) -> bool:
        notes = scene.file("notes")
        return notes.exists() and sorted(notes.read_text().splitlines()) == sorted(lines)

    return holds


TREE = """
@env.task
async def leaf(x: int) -> int:
    note(f"leaf {x}")
    await asyncio.sleep(1000)
    return x

@env.task
async def mid(x: int) -> int:
    return await leaf(x)

@env.task
async def main() -> str:
    found = await asyncio.gather(mid(0), mid(1), return_exceptions=True)
    return " ".join(type(each).__name__ for each in found)
"""

PEOPLE = (
    Promise(
        "condition-signal",
        "`flyte signal RUN NAME VALUE` resolves what a run waits for",
        "conditions.md",
        ASKING,
        (
            Starts("run program.py main --name asking -q", asks("size")),
            Says("signal asking --list", told=("size", "How many?")),
            Says("signal asking size many", status=2, told=("takes a whole number",)),
            Says("signal asking size 7"),
            Ends("7"),
        ),
    ),
    Promise(
        "condition-prompt",
        "at a terminal, `flyte run` asks",
        "conditions.md",
        ASKING,
        (
            Types("run program.py main --name asking", "How many?", "7\n", told=("7",)),
            Sees(lambda scene: actions(scene)[0].outputs, [("o0", "7")]),
        ),
    ),
    Promise(
        "condition-slot",
        "a run that waits for an answer holds no slot",
        "conditions.md",
        """
        heavy = flyte.TaskEnvironment("heavy", resources=flyte.Resources(cpu=64_000), max_concurrency=1)

        @heavy.task
        async def asking() -> int:
            note("asking")
            return await (await flyte.new_condition.aio("size", data_type=int)).wait.aio()

        @heavy.task
        async def other() -> int:
            note("other")
            return 1

        @env.task
        async def main() -> list[int]:
            return await asyncio.gather(asking(), other())
        """,
        (
            Starts(
                "run program.py main --name asking -of value",
                lambda scene: asks("size")(scene) and is_noted("asking", "other")(scene),
            ),
            Says("signal asking size 7"),
            Ends("[7, 1]"),
        ),
    ),
    Promise(
        "condition-process",
        "a task that only waits gives up its process",
        "conditions.md",
        ASKING,
        (
            With({"FLYTE_PARK_AFTER": "0"}),
            Starts("run program.py main --name asking -q", has_given_up_its_process),
            Says("signal asking size 7"),
            Ends("7"),
            Sees(processes, (1, 2)),
        ),
        needs_process="the task is in the process of the run, which goes on",
        inline=(
            With({"FLYTE_PARK_AFTER": "0"}),
            Starts("run program.py main --name asking -q", asks("size")),
            Says("signal asking size 7"),
            Ends("7"),
            Sees(processes, (1, 1)),
        ),
    ),
    Promise(
        "condition-restart",
        "a condition survives a restart, and an answer that came meanwhile is there",
        "conditions.md",
        ASKING,
        (
            Starts("run program.py main --name asking -q", asks("size")),
            Kills(),
            Says("signal asking size 8", told=("flyte rerun asking --recover",)),
            Says("rerun asking --recover -q", "8"),
        ),
    ),
    Promise(
        "condition-timeout",
        "a condition that nobody answers in time raises, and its webhook was told once",
        "conditions.md",
        HOOK
        + """
@env.task(retries=1)
async def main() -> str:
    hook = flyte.ConditionWebhook(served_once(), {"text": "look"})
    try:
        await (await flyte.new_condition.aio("approve", timeout=0.05, webhook=hook)).wait.aio()
    except flyte.errors.ConditionTimedoutError as error:
        if flyte.ctx().attempt_number == 0:
            raise ValueError("once")
        return error.code
""",
        (Runs("ConditionTimedoutError"), Noted(('{"text": "look"}',))),
    ),
    Promise(
        "abort",
        "`flyte abort RUN` ends a run with all that it called",
        "journal.md",
        TREE,
        (
            Starts("run program.py main --name going -q", is_noted("leaf 0", "leaf 1")),
            Says("abort going --reason enough"),
            Ends("", status=1),
            Sees(phases, ["leaf aborted"] * 2 + ["main aborted"] + ["mid aborted"] * 2),
        ),
    ),
    Promise(
        "abort-action",
        "`flyte abort RUN ACTION` ends an action with all that it called, and the run goes on",
        "journal.md",
        TREE.replace("await asyncio.sleep(1000)", "await asyncio.sleep(1000 if x else 0)"),
        (
            Starts("run program.py main --name going -q", is_noted("leaf 0", "leaf 1")),
            Says("abort going mid.1"),
            Ends("int ActionAbortedError"),
            Sees(phases, ["leaf aborted", "leaf succeeded", "main succeeded", "mid aborted", "mid succeeded"]),
        ),
    ),
    Promise(
        "notifications",
        "notifications are sent at the phases they were asked for",
        "surface.md 2.14",
        HOOK
        + """
from flyte.models import ActionPhase

def hook(*phases):
    return flyte.notify.Webhook(on_phase=phases, url=served(), body={"phase": "{{.Phase}}"})

@env.task
def main() -> int:
    return 1
""",
        (
            Runs(1, "notifications=hook(ActionPhase.SUCCEEDED)"),
            Noted(('{"phase": "succeeded"}',)),
            Runs(1, "notifications=hook(ActionPhase.FAILED)"),
            Noted(()),
        ),
    ),
    Promise(
        "links",
        "links are asked for where an action starts, recorded and shown",
        "surface.md 2.21",
        """
        class Board:
            name, icon_uri = "board", ""

            def get_link(self, run_name, action_name, **rest):
                return f"http://boards/{run_name}/{action_name}"

        @env.task(links=Board())
        async def main() -> int:
            return 1
        """,
        (
            Says("run program.py main --name linked -q", "1"),
            Shows("get run linked", lambda found: found["links"][0]["uri"], "http://boards/linked/a0"),
            Says("get run linked", told=("board", "http://boards/linked/a0")),
        ),
    ),
)
