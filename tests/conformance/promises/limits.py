"""Promises about limits: slots, devices, memory, variables, secrets and sizes."""

from __future__ import annotations

from tests.conformance.promises.endurance import actions
from tests.conformance.promises.promise import Promise, Runs, Says, Scene, Sees, Types, With, Writes

VALUE = "hunter2-swordfish"
SPAN = """
async def a_moment():
    start = time.monotonic()
    await asyncio.sleep(0.02)
    return [start, time.monotonic()]

def most_at_once(spans):
    most = now = 0
    for _, change in sorted([(start, 1) for start, _ in spans] + [(end, -1) for _, end in spans]):
        now += change
        most = max(most, now)
    return most
"""
HUNGRY = """
@env.task(resources=flyte.Resources(memory="{memory}"))
def hungry() -> int:
    held = [b"x" * (32 << 20) for _ in range({parts})]
    time.sleep(0.1)
    return len(held)
"""
NOT_MEASURED = "the memory of one thread cannot be told from that of the program: no limit is enforced"


def nowhere(scene: Scene) -> bool:
    """Whether no file of the state folder holds the secret's value."""
    files = [path for path in scene.home.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"secrets.json", "journal.db"}
    return not any(VALUE.encode() in path.read_bytes() for path in files)


LIMITS = (
    Promise(
        "slots",
        "requests are slots, clamped to the machine with one line of notice",
        "slots.md",
        SPAN
        + """
heavy = flyte.TaskEnvironment("heavy", resources=flyte.Resources(cpu=64_000, memory="9000Ti"))

@heavy.task
async def big() -> list[float]:
    return await a_moment()

@env.task
async def small() -> list[float]:
    return await a_moment()

@env.task
async def main() -> list[bool]:
    alone = most_at_once(await asyncio.gather(big(), big(), big())) == 1
    together = most_at_once(await asyncio.gather(*[small() for _ in range(6)])) > 1
    return [alone, together]
""",
        (Runs([True, True], told=("task `big` asks for more than this machine has",), once=("asks for more",)),),
    ),
    Promise(
        "gpus",
        "each action finds the GPUs of its own slots in `CUDA_VISIBLE_DEVICES`",
        "slots.md",
        """
        @env.task(resources=flyte.Resources(gpu=1))
        async def visible() -> str:
            await asyncio.sleep(0)
            return os.environ["CUDA_VISIBLE_DEVICES"]

        @env.task
        async def main() -> list[str]:
            return sorted(await asyncio.gather(visible(), visible()))
        """,
        (With({"CUDA_VISIBLE_DEVICES": "3,5"}), Runs(["3", "5"])),
    ),
    Promise(
        "out-of-memory",
        "a sync action beyond its memory fails with `OOMError`, a `MemoryError` that knows peak and limit, and its "
        "parent may try again with more",
        "limits.md",
        HUNGRY.format(memory="150Mi", parts=8)
        + """
@env.task
async def main() -> list[str]:
    try:
        return [str(await hungry.aio())]
    except MemoryError as error:
        more = hungry.override(resources=flyte.Resources(memory="4Gi"))
        return [error.code, str(error.peak > error.limit == 150 << 20), str(await more.aio())]
""",
        (Runs(["OOMError", "True", "8"]),),
        needs_process=NOT_MEASURED,
        inline=(Runs(["8"]),),
    ),
    Promise(
        "automatic-memory",
        '`memory="auto"` climbs by itself after running out',
        "limits.md",
        HUNGRY.format(memory="auto", parts=20)
        + """
@env.task
async def main() -> int:
    return await hungry.aio()
""",
        (Runs(20), Sees(lambda scene: scene.trees()[0].retries, 1)),
        needs_process=NOT_MEASURED,
        inline=(Runs(20), Sees(lambda scene: scene.trees()[0].retries, 0)),
    ),
    Promise(
        "usage",
        "peak memory and processor time of what ran are recorded",
        "limits.md",
        """
        @env.task
        def computes() -> None:
            began = time.thread_time()
            while time.thread_time() < began + 0.1:
                sum(range(1000))

        @env.task
        async def main() -> None:
            await computes.aio()
        """,
        (
            Runs(None),
            Sees(lambda scene: 0.1 <= actions(scene)[1].cpu_time < 5),
            Sees(lambda scene: all(action.peak_memory > 5 << 20 for action in actions(scene))),
        ),
    ),
    Promise(
        "variables",
        "`env_vars` of environment, task, call and run are set, the later one wins",
        "limits.md",
        """
        env = flyte.TaskEnvironment("layers", env_vars={"A": "environment", "B": "environment", "C": "environment"})

        @env.task(env_vars={"B": "task"})
        async def seen() -> list[str]:
            return [os.environ.get(name, "-") for name in "ABCD"]

        @env.task
        async def main() -> list[list[str]]:
            return [await seen(), await seen.override(env_vars={"D": "override"})()]
        """,
        (
            Runs(
                [["environment", "task", "run", "-"], ["-", "-", "run", "override"]],
                "env_vars={'C': 'run'}",
            ),
        ),
    ),
    Promise(
        "secrets",
        "a secret is kept as a value, from a file or from a prompt, and only tasks that name it have it",
        "secrets.md",
        """
        keyed = flyte.TaskEnvironment("keyed", secrets=["GIVEN", "FILED", "TYPED"])

        @keyed.task
        async def its() -> list[int]:
            return [len(os.environ[name]) for name in ("GIVEN", "FILED", "TYPED")]

        @env.task
        async def main() -> list[int]:
            return [*await its(), sum(name in os.environ for name in ("GIVEN", "FILED", "TYPED"))]
        """,
        (
            Says("create secret GIVEN the-value"),
            Writes("value", VALUE),
            Says("create secret FILED --from-file value"),
            Types("create secret TYPED", "TYPED", "typed\n"),
            Runs([len("the-value"), len(VALUE), len("typed"), 0]),
            Says("get secret", told=("GIVEN", "FILED", "TYPED"), not_told=(VALUE, "the-value")),
        ),
    ),
    Promise(
        "secrets-masked",
        "a secret is encrypted, never in the journal, and masked in logs and errors",
        "secrets.md",
        """
        keyed = flyte.TaskEnvironment("keyed", secrets="API_KEY")

        @keyed.task
        def main() -> None:
            print("said", os.environ["API_KEY"], flush=True)
            raise ValueError("failed with " + os.environ["API_KEY"])
        """,
        (
            Says(f"create secret API_KEY {VALUE}"),
            Says("run program.py main", status=1, told=("said ***", "failed with ***"), not_told=(VALUE,)),
            Says("get run @", told=("failed with ***",), not_told=(VALUE,)),
            Sees(nowhere),
        ),
    ),
    Promise(
        "inline-sizes",
        "values beyond `max_inline_io_bytes` are refused, those that go in and those that come out",
        "limits.md",
        """
        @env.task(max_inline_io_bytes=10_000)
        async def echo(text: str, times: int) -> str:
            return text * times

        @env.task
        async def main() -> list[str]:
            said = []
            for text, times in (("x" * 20_000, 1), ("x", 20_000), ("x", 5)):
                try:
                    said.append(await echo(text, times))
                except flyte.errors.InlineIOMaxBytesBreached as error:
                    said.append(str(error)[:11])
            return said
        """,
        (Runs(["the inputs ", "the outputs", "xxxxx"]),),
    ),
    Promise(
        "concurrency",
        "a task, an environment and a run may limit how many of their actions go on at once",
        "slots.md",
        SPAN
        + """
narrow = flyte.TaskEnvironment("narrow", max_concurrency=2)

@env.task(max_concurrency=1)
async def alone() -> list[float]:
    return await a_moment()

@narrow.task
async def one() -> list[float]:
    return await a_moment()

@narrow.task
async def other() -> list[float]:
    return await a_moment()

@env.task
async def free() -> list[float]:
    return await a_moment()

async def most(*tasks):
    return most_at_once(await asyncio.gather(*[task() for _ in range(4) for task in tasks]))

@env.task
async def main() -> list[bool]:
    return [await most(alone) == 1, await most(one, other) <= 2, await most(free) <= 2]
""",
        (Runs([True, True, False]), Runs([True, True, True], "max_action_concurrency=2")),
    ),
    Promise(
        "priorities",
        "of actions that wait, those of higher priority go first",
        "slots.md",
        """
        narrow = flyte.TaskEnvironment("narrow", max_concurrency=1)

        @narrow.task
        async def first() -> None:
            while not os.path.exists("go"):
                await asyncio.sleep(0.001)

        @narrow.task
        async def low() -> None:
            note("low")

        @narrow.task(priority=5)
        async def high() -> None:
            note("high")

        @env.task
        async def release() -> None:
            open("go", "w").close()

        @env.task
        async def main() -> str:
            await asyncio.gather(first(), low(), low(), high(), release())
            return open("notes").read()
        """,
        (Runs("high\nlow\nlow\n"),),
    ),
)
