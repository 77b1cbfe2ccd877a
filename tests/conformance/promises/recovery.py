"""Promises about starting again: a run, what is left of it, or one of its actions."""

from __future__ import annotations

from tests.conformance.promises.promise import Edits, Noted, Promise, Python, Runs, Says, Sees

FLOW = """
@env.task
def leaf(x: int) -> int:
    note(f"leaf {x}")
    return x * 2

@env.task
def mid(x: int) -> int:
    note(f"mid {x}")
    return leaf(x)

@env.task
async def beside(x: int) -> int:
    note(f"beside {x}")
    return x

@env.task
async def main(n: int = 2, fail: bool = False) -> int:
    got = [await mid.aio(x) for x in range(n)] + [await beside(7)]
    if fail:
        raise ValueError("as asked")
    return sum(got)
"""
EVERYTHING = ("mid 0", "leaf 0", "mid 1", "leaf 1", "beside 7")

AGAIN = """
import os
import flyte, program

runner = flyte.with_runcontext(executor=os.environ["EXECUTOR"])
try:
    runner.run(program.main, fail=True)
except ValueError as error:
    name = error.run.name
print(runner.rerun(name, recover=True, fail=False).result)
print(runner.rerun(name, recover=True, fail=False, n=3).result)
print(runner.rerun(name, action_name="mid.1/leaf.0").result)
print(flyte.rerun(name, n=1, fail=False).result)
"""

RECOVERY = (
    Promise(
        "rerun",
        "`flyte rerun RUN` runs again with the same inputs",
        "when_it_goes_wrong.md",
        FLOW,
        (
            Says("run program.py main --n 1 -q", "7"),
            Noted(("mid 0", "leaf 0", "beside 7")),
            Says("rerun @ -q", "7"),
            Noted(("mid 0", "leaf 0", "beside 7")),
        ),
    ),
    Promise(
        "recover",
        "`--recover` redoes only what did not finish, also with new inputs beside it",
        "when_it_goes_wrong.md",
        FLOW,
        (
            Says("run program.py main --fail", status=1),
            Noted(EVERYTHING),
            Says("rerun @ --recover --no-fail -q", "9"),
            Noted(()),
            Says("rerun @ --recover --n 3 -q", "13"),
            Noted(("mid 2", "leaf 2")),
        ),
    ),
    Promise(
        "rerun-action",
        "`--action-name` runs only that action with its recorded inputs, and `--pdb` steps into it",
        "when_it_goes_wrong.md",
        FLOW,
        (
            Says("run program.py main -q", "9"),
            Noted(EVERYTHING),
            Says("rerun @ --action-name mid.1/leaf.0 -q", "2"),
            Noted(("leaf 1",)),
            Says(
                "rerun @2 --action-name mid.1/leaf.0 --pdb",
                told=('-> note(f"leaf {x}")', "('x is', 1)"),
                typed="p 'x is', x\nx = 5\nc\n",
            ),
            Noted(("leaf 5",)),
        ),
    ),
    Promise(
        "rerun-edited",
        "after an edit, changed tasks and what depends on their changed outputs run again, and the rest is reused",
        "when_it_goes_wrong.md",
        FLOW,
        (
            Says("run program.py main -q", "9"),
            Noted(EVERYTHING),
            Edits("return x * 2", "return x * 3"),
            Says("rerun @ --recover -q", "10"),
            Noted(("mid 0", "leaf 0", "mid 1", "leaf 1")),
            Edits("return leaf(x)", "return 1 + leaf(x)"),
            Says("rerun @ --recover -q", "12"),
            Noted(("mid 0", "mid 1")),
        ),
    ),
    Promise(
        "rerun-python",
        "`flyte.rerun` does the same from Python",
        "when_it_goes_wrong.md",
        FLOW,
        (
            Python(AGAIN, "9\n13\n2\n7"),
            Noted((*EVERYTHING, "mid 2", "leaf 2", "leaf 1", "mid 0", "leaf 0", "beside 7")),
        ),
    ),
    Promise(
        "non-determinism",
        "a task that asks for other things than before is told what was expected and what was asked",
        "traces.md",
        """
        @env.task
        async def child(x: int) -> int:
            return x

        @env.task(retries=1)
        async def main() -> int:
            got = await child(flyte.ctx().attempt_number)
            if flyte.ctx().attempt_number == 0:
                raise ValueError("once")
            return got
        """,
        (
            Runs(
                1,
                told=(
                    "`main` is not deterministic",
                    "did not ask for `child` that it had asked for before",
                    "but for `child(x=1)` (program.py:",
                ),
            ),
        ),
    ),
    Promise(
        "crash",
        "a run that a crash ended is told of at the next command, with the command to go on",
        "when_it_goes_wrong.md",
        """
        @env.task
        def step(x: int) -> int:
            note(f"step {x}")
            return x

        @env.task
        async def main() -> int:
            got = await step.aio(1)
            if not os.path.exists("crashed"):
                open("crashed", "w").close()
                os.kill(int(os.environ["DRIVER"]), 9)
                await asyncio.sleep(1000)
            return got + await step.aio(2)
        """,
        (
            Says("run program.py main --name crashing -q", status=-9),
            Says("get run", told=("was interrupted", "flyte rerun crashing --recover")),
            Noted(("step 1",)),
            Says("rerun crashing --recover -q", "3"),
            Noted(("step 2",)),
            Sees(lambda scene: scene.trees()[0].phase, "interrupted"),
        ),
    ),
)
