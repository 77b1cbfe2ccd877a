"""A worker may end in any way: its actions get a proper error or another worker, and nobody else is harmed."""

import ast
import os
import signal
import sys

import pytest

from tests.faults.scene import Scene, ended, family, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

WAYS = {
    "exits": ("os._exit(3)", "user", "exited with status 3"),
    "exits as if all were well": ("os._exit(0)", "user", "exited with status 0"),
    "segfaults": ("ctypes.string_at(0)", "user", "segmentation fault"),
    "aborts": ("os.abort()", "user", "ended by signal 6"),
    "is killed": ("os.kill(os.getpid(), signal.SIGKILL)", "system", "was killed"),
    "is terminated": ("os.kill(os.getpid(), signal.SIGTERM)", "user", "ended by signal 15"),
    "closes everything": ("os.closerange(3, 256)", "system", "was killed"),
}


@pytest.mark.parametrize("kind", ["def", "async def"])
@pytest.mark.parametrize("way", WAYS)
def test_a_task_that_ends_its_process_fails_and_siblings_go_on(scene: Scene, way: str, kind: str) -> None:
    deed, whose_fault, words = WAYS[way]
    scene.write(f"""
        @env.task
        {kind} deadly() -> None:
            with open("tries", "a") as file:
                file.write("x")
            {deed}

        @env.task
        async def fine(n: int) -> int:
            await asyncio.sleep(0.05)
            return n

        @env.task
        async def main() -> list[str]:
            found = await asyncio.gather(deadly.aio(), *[fine(n) for n in range(20)], return_exceptions=True)
            error = found.pop(0)
            is_system = isinstance(error, flyte.errors.RuntimeSystemError)
            is_user = isinstance(error, flyte.errors.RuntimeUserError)
            assert (is_system, is_user) == (error.kind == "system", error.kind == "user")
            return [error.kind, str(error), str(found == list(range(20)))]
    """)
    fault, message, siblings = ast.literal_eval(scene.run())
    assert siblings == "True"
    assert words in message
    if fault != whose_fault:
        assert (kind, fault) == ("async def", "system"), "it took others with it each time"
        assert "died 4 times" in message
    actions = scene.actions()
    assert actions["deadly.0"].phase == "failed"
    assert {action.phase for label, action in actions.items() if label != "deadly.0"} == {"succeeded"}
    assert 1 <= len((scene.folder / "tries").read_text()) <= 4, "started again at most three times"


def test_actions_of_a_killed_worker_start_again_elsewhere_without_costing_a_retry(scene: Scene) -> None:
    scene.write("""
        @env.task
        async def held(n: int) -> int:
            open(f"started-{n}-{os.getpid()}", "w").close()
            while not os.path.exists("go"):
                await asyncio.sleep(0.01)
            return flyte.ctx().attempt_number

        @env.task
        async def main() -> list[int]:
            return list(await asyncio.gather(*[held(n) for n in range(6)]))
    """)
    run = scene.flyte("run", "program.py", "main", "-of", "value")
    held = lambda: [file.name.split("-") for file in scene.folder.glob("started-*")]  # noqa: E731
    wait_for(lambda: len({n for _, n, _ in held()}) == 6, "all six to start")
    processes = [int(process) for _, _, process in held()]
    victim = max(set(processes), key=processes.count)
    os.kill(victim, signal.SIGKILL)
    lost = {n for _, n, process in held() if int(process) == victim}
    wait_for(
        lambda: {n for _, n, process in held() if int(process) != victim} >= lost, "those it held to start elsewhere"
    )
    (scene.folder / "go").touch()
    assert ast.literal_eval(ended(run)) == [0] * 6
    assert {action.phase for action in scene.actions().values()} == {"succeeded"}


def test_a_killed_zygote_is_replaced_and_the_run_goes_on(scene: Scene) -> None:
    scene.write("""
        @env.task
        def work(n: int) -> int:
            open(f"working-{n}", "w").close()
            while not os.path.exists("go"):
                time.sleep(0.01)
            return n

        @env.task
        async def main() -> list[int]:
            first = await asyncio.gather(work.aio(0), work.aio(1))
            return [*first, *await asyncio.gather(*[work.aio(n) for n in range(2, 12)])]
    """)
    run = scene.flyte("run", "program.py", "main", "-of", "value")
    scene.file("working-0")
    zygote = family(run.pid)[1]
    os.kill(zygote, signal.SIGKILL)
    (scene.folder / "go").touch()
    assert ast.literal_eval(ended(run)) == list(range(12))


def test_a_root_whose_worker_dies_every_time_fails_the_run(scene: Scene) -> None:
    scene.write("""
        @env.task
        async def main() -> None:
            os._exit(7)
    """)
    run = scene.flyte("run", "program.py", "main")
    _, err = run.communicate(timeout=60)
    assert run.returncode == 1
    assert "exited with status 7" in err
    assert scene.tree.phase == "failed"


def test_a_worker_that_dies_while_a_parent_waits_in_it_takes_the_parent_elsewhere(scene: Scene) -> None:
    scene.write("""
        @env.task
        async def child(n: int) -> int:
            with open("children", "a") as file:
                file.write(f"{n} ")
            return n

        @env.task
        async def parent() -> int:
            total = sum(await asyncio.gather(*[child(n) for n in range(5)]))
            if not os.path.exists("died"):
                open("died", "w").close()
                os.kill(os.getpid(), signal.SIGKILL)
            return total

        @env.task
        async def main() -> int:
            return await parent()
    """)
    assert scene.run().strip() == "10"
    assert sorted((scene.folder / "children").read_text().split()) == list("01234"), "finished children ran once"
