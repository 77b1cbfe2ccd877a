"""A program that already runs threads gets workers that import it afresh; what goes wrong there is said."""

import ast
import sys

import pytest

from tests.faults.scene import PATIENCE, Scene, ended, none_is_left

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every worker is spawned")

THREAD = """
threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
"""

TASKS = """
class Mine(Exception):
    def __init__(self, number):
        super().__init__(f"number {number}")
        self.number = number

@env.task
async def child(n: int) -> int:
    return n + 1

@env.task
def sync_child(n: int) -> int:
    return n + 100

@env.task
async def broken() -> None:
    raise Mine(7)

@env.task
async def main() -> list[int]:
    found = await asyncio.gather(child(1), sync_child.aio(1), child(2))
    try:
        await broken()
    except Mine as error:
        found.append(error.number)
    return found
"""

GUARDED = """
if __name__ == "__main__":
    print(flyte.run(main).result)
    try:
        flyte.run(broken)
    except Mine as error:
        print("caught", error.number)
"""


@pytest.mark.parametrize("words", [("program.py",), ("-m", "program"), ("-m", "package.program")])
def test_a_program_with_threads_at_import_gets_right_results(scene: Scene, words: tuple[str, ...]) -> None:
    scene.write(THREAD + TASKS + GUARDED)
    (scene.folder / "package").mkdir()
    scene.write(THREAD + TASKS + GUARDED, "package/program.py")
    assert ended(scene.python(*words)) == "[2, 101, 3, 7]\ncaught 7\n"


def test_a_thread_started_at_import_serves_the_tasks_of_every_worker(scene: Scene) -> None:
    scene.write("""
        import queue

        questions, answers = queue.Queue(), queue.Queue()

        def serve():
            while True:
                answers.put(2 * questions.get())

        threading.Thread(target=serve, daemon=True).start()

        @env.task
        def ask(n: int) -> int:
            questions.put(n)
            return answers.get()

        @env.task
        async def main() -> list[int]:
            return list(await asyncio.gather(*[ask.aio(n) for n in range(6)]))
    """)
    assert ast.literal_eval(scene.run()) == [0, 2, 4, 6, 8, 10]


def test_the_tool_runs_a_file_with_threads_at_import(scene: Scene) -> None:
    scene.write(THREAD + TASKS)
    assert ast.literal_eval(scene.run()) == [2, 101, 3, 7]


def test_a_task_of_a_package_with_relative_imports_runs_in_spawned_workers(scene: Scene) -> None:
    (scene.folder / "package").mkdir()
    (scene.folder / "package" / "__init__.py").touch()
    (scene.folder / "package" / "numbers.py").write_text("ONE = 1\n")
    scene.write(
        "from .numbers import ONE\n"
        + THREAD
        + """
@env.task
async def main() -> int:
    return ONE
""",
        "package/program.py",
    )
    (scene.folder / "start.py").write_text(
        "import flyte\nfrom package.program import main\n"
        "if __name__ == '__main__':\n    print(flyte.run(main).result)\n"
    )
    assert ended(scene.python("start.py")) == "1\n"


def test_a_program_without_a_main_guard_says_what_to_write_instead_of_starting_itself_again(scene: Scene) -> None:
    scene.write(
        THREAD
        + TASKS
        + """
with open("times", "a") as file:
    file.write("x")
print(flyte.run(main).result)
"""
    )
    program = scene.python("program.py")
    _, err = program.communicate(timeout=PATIENCE)
    assert program.returncode == 1
    assert 'if __name__ == "__main__":' in err
    assert err.count("Traceback") == 1
    assert len((scene.folder / "times").read_text()) == 2


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("import no_such_module", "no_such_module"),
        ("exec(compile('def (', 'broken.py', 'exec'))", "SyntaxError"),
        ("sys.exit('not today')", "not today"),
        ("raise ValueError('wrong place')", "wrong place"),
        ("os._exit(9)", "no worker process could be started"),
    ],
)
def test_a_module_that_fails_when_a_worker_imports_it_fails_the_run_with_the_reason(
    scene: Scene, trouble: str, words: str
) -> None:
    scene.write(
        THREAD
        + f"""
if __name__ != "__main__":
    {trouble}
"""
        + TASKS
        + GUARDED
    )
    program = scene.python("program.py")
    _, err = program.communicate(timeout=PATIENCE)
    assert program.returncode == 1
    assert words in err
    assert err.count("Traceback") == 1, "the program's own"
    assert "runpy" not in err
    assert scene.tree.phase == "failed"


def test_a_spawned_zygote_takes_over_from_a_forked_one_that_was_killed(scene: Scene) -> None:
    scene.write(
        TASKS.replace("async def main() -> list[int]:", "async def main() -> list[int]:\n    kill_zygote()")
        + """
def kill_zygote():
    if not os.path.exists("killed"):
        open("killed", "w").close()
        os.kill(os.getppid(), signal.SIGKILL)
"""
        + GUARDED
    )
    assert ended(scene.python("program.py")) == "[2, 101, 3, 7]\ncaught 7\n"


def test_threads_at_run_time_do_not_reach_the_workers_of_the_next_run(scene: Scene) -> None:
    scene.write(
        TASKS
        + """
if __name__ == "__main__":
    for _ in range(3):
        flyte.run(main)
        thread = threading.Thread(target=time.sleep, args=(0.01,))
        thread.start()
        flyte.run(main)
        thread.join()
    print(os.getpid())
"""
    )
    none_is_left([int(ended(scene.python("program.py")))])


def test_a_module_is_imported_once_per_process_and_not_by_a_forked_worker(scene: Scene) -> None:
    scene.write(
        """
with open("imports", "a") as file:
    file.write("x")
"""
        + TASKS
        + GUARDED
    )
    ended(scene.python("program.py"))
    assert (scene.folder / "imports").read_text() == "x"
