"""Real runs to watch, each recorded once: small programs in fresh interpreters, all in one state folder."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flyte._core import RunTree
from flyte.runtime.signals import leave_answer
from flyte_cli.ops.host import Host
from flyte_cli.tui.app import FlyteApp
from flyte_cli.tui.source import Source
from flyte_cli.tui.wishes import Wishes

PATIENCE = 120
"""Seconds after which a program that hangs fails its test."""

HEAD = """\
import asyncio, os, sys, time
from pathlib import Path
import flyte

env = flyte.TaskEnvironment("tui", cache="disable")
"""

FOOT = """

if __name__ == "__main__":
    try:
        flyte.with_runcontext(name=sys.argv[1], executor=sys.argv[2]).run(main, **eval(sys.argv[3]))
    except Exception as error:
        sys.exit(3)
"""

EMPTY = """
@env.task
async def main() -> None: ...
"""

SMALL = """
@env.task
async def square(x: int) -> int:
    print("square", x)
    await asyncio.sleep(0.01 * x)
    return x * x

@env.task
async def total(numbers: list[int], label: str = "sum") -> int:
    print("adding", len(numbers), "numbers")
    return sum(numbers)

@env.task
async def main(n: int = 4) -> int:
    squares = await asyncio.gather(*[square(x) for x in range(n)])
    return await total(list(squares))
"""

FAILED = """
kept = flyte.TaskEnvironment("kept", cache=flyte.Cache("override", version_override="v1"))
flaky_env = flyte.TaskEnvironment("flaky", cache="disable")
env = flyte.TaskEnvironment("tui", cache="disable", depends_on=[kept, flaky_env])

@kept.task
async def load(uri: str) -> int:
    return 1200

@env.task
async def leaf(depth: int) -> str:
    return "bottom"

@env.task
async def branch(depth: int) -> str:
    return await (branch(depth - 1) if depth else leaf(0))

@flyte.trace
async def look_up(word: str) -> str:
    await asyncio.sleep(0.01)
    return word.upper()

@env.task
async def prepare(rows: int, note: str = "all of them") -> int:
    await look_up("alpha")
    await look_up("beta")
    return rows

@flaky_env.task(retries=2)
async def flaky(i: int, seed: int = 7) -> int:
    print(f"flaky {i} begins", [i], "[bold]not markup[/bold]")
    tries = Path(os.environ["FLYTE_HOME"], f"tries-{sys.argv[1]}-{i}")
    count = int(tries.read_text()) if tries.exists() else 0
    tries.write_text(str(count + 1))
    await asyncio.sleep(0.02 * (i + 1))
    if i == 7:
        print("about to fail", file=sys.stderr)
        raise ValueError(f"item {i} is poisoned: expected > 0, got {-i}")
    if i % 4 == 0 and count < 1:
        raise RuntimeError(f"transient failure on item {i}")
    return i * i

@env.task
async def epoch(number: int) -> float:
    await asyncio.sleep(0.05)
    return 1 / (number + 1)

@env.task
async def train(lr: float, epochs: int) -> float:
    return min([await epoch(number) for number in range(epochs)])

@env.task
async def main(n: int = 9) -> int:
    await load("s3://b/x.csv")
    await prepare(1200)
    await branch(2)
    with flyte.group("sweep"):
        await asyncio.gather(train(0.1, 3), train(0.2, 2))
    results = await asyncio.gather(*[flaky(i) for i in range(n)], return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return sum(results)
"""
"""Retries, a failure for good, a group, traces, nesting, a chain of only children, a value from the cache."""

LIVE = """
@env.task
async def step(i: int) -> int:
    print("step", i)
    return i

@env.task(retries=2)
async def stubborn(i: int) -> int:
    raise RuntimeError("not this time")

@env.task
async def long(minutes: int) -> str:
    print("long begins")
    while not Path(os.environ["FLYTE_HOME"], "stop-" + sys.argv[1]).exists():
        await asyncio.sleep(0.05)
    return "done"

@env.task
async def ask(size: int) -> bool:
    answer = await flyte.new_condition.aio("approve", prompt="Go on?", data_type=bool)
    return await answer.wait.aio()

@env.task
async def main(n: int = 3) -> str:
    await asyncio.gather(*[step(i) for i in range(n)])
    await asyncio.gather(stubborn(0), return_exceptions=True)
    return str(await asyncio.gather(long(5), ask(n)))
"""
"""One action goes on until it is told to stop, another waits for an answer, a third has failed."""

BIG = """
@env.task
async def leaf(i: int) -> int:
    if i % 2500 == 7:
        raise ValueError(f"leaf {i} fell")
    return i

@env.task
async def main(n: int = 10_000) -> int:
    results = await asyncio.gather(*[leaf(i) for i in range(n)], return_exceptions=True)
    return sum(result for result in results if isinstance(result, int))
"""

HOSTILE = """
@env.task
async def main(text: str = "") -> int:
    print("[bold]not markup[/bold] [/] [red", "\\x1b[31mred\\x1b[0m", "a\\tb", "界界界", "שלום עולם")
    print("x" * 10_000)
    sys.stdout.buffer.write(bytes(range(256)) + b"\\n")
    sys.stdout.flush()
    with flyte.group("[red]" + "界" * 40 + "שלום" + "g" * 10_000):
        await told("[bold]" + "w" * 10_000)
    raise ValueError("[/bold] \\x1b[2J " + "界" * 200 + " שלום\\nsecond line\\x07")

@env.task
async def told(text: str) -> str:
    return text
"""
"""Text that a terminal, or a library for them, would obey."""


def _environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYTE", "PYTEST"))}
    return kept | {"FLYTE_HOME": str(home)}


@dataclass(frozen=True)
class Recorded:
    """A run that is over, in its state folder."""

    home: Path
    name: str

    @property
    def folder(self) -> Path:
        """The run's own folder."""
        return self.home / "runs" / self.name

    def tree(self, until: float | None = None) -> RunTree:
        """All that was recorded, read anew; or as it stood at a moment."""
        return RunTree.open(str(self.folder)) if until is None else RunTree.open(str(self.folder), until)

    def source(self) -> Source:
        """What a screen looks at."""
        return Source(self.tree())

    def app(self, source: Source | None = None, **settings: object) -> FlyteApp:
        """The application over this run; `theme`, `keys`, `clock`, `environment`, `folder` as settings."""
        return app_of(self.home, source or self.source(), **settings)


@dataclass(frozen=True)
class LiveRun(Recorded):
    """A run that goes on: `long` until `stop`, `ask` until `answer`."""

    process: "subprocess.Popen[bytes]" = field(repr=False)

    def stop(self) -> None:
        """Let `long` end."""
        (self.home / f"stop-{self.name}").touch()

    def answer(self, value: bool = True) -> None:
        """Answer what `ask` waits for."""
        leave_answer(self.folder, "approve", value, "bool")

    def end(self) -> None:
        """Let it come to its end, and wait for that."""
        self.stop()
        self.answer()
        self.process.wait(PATIENCE)

    def kill(self) -> None:
        """Make sure that nothing is left of it."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)


def app_of(home: Path, source: Source | None, **settings: object) -> FlyteApp:
    """The application, where nothing is taken from whoever runs the tests."""
    environment = settings.pop("environment", {"TERM": "xterm-256color"})
    assert isinstance(environment, Mapping)
    clock = settings.pop("clock", time.time)
    assert callable(clock)
    folder = str(settings.pop("folder", home))
    surroundings = {"FLYTE_HOME": str(home), **environment}
    host = Host(clock=clock, environment=surroundings, folder=lambda: folder, browse=lambda address: True)
    return FlyteApp(host, source, Wishes(**settings))  # type: ignore[arg-type]  # Wishes refuses what it does not know


def record(home: Path, name: str, body: str, executor: str = "inline", inputs: str = "{}", status: int = 0) -> Recorded:
    """Run a program to its end: `main` of `body`, with inputs as a dict is written in Python."""
    done = subprocess.run(
        [sys.executable, str(_written(home, name, body)), name, executor, inputs],
        cwd=home,
        env=_environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
    )
    assert done.returncode == status, done.stderr.decode(errors="replace")
    return Recorded(home, name)


def start_live(home: Path, name: str = "live", executor: str = "inline") -> LiveRun:
    """Start a run that goes on, and wait until it is where it stays: see `LIVE`."""
    process = subprocess.Popen(
        [sys.executable, str(_written(home, name, LIVE)), name, executor, "{}"],
        cwd=home,
        env=_environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    run = LiveRun(home, name, process)
    wait_until(lambda: _is_settled(run), f"{name} waits")
    return run


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Look again and again, until it holds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)


def _is_settled(run: LiveRun) -> bool:
    assert run.process.poll() is None, "the live run ended by itself"
    try:
        counts = run.tree().counts()
    except (OSError, ValueError):
        return False  # not begun
    return counts.get("paused") == 1 and counts.get("running", 0) >= 1 and counts.get("failed") == 1


def _written(home: Path, name: str, body: str) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    program = home / f"{name}.py"
    program.write_text(HEAD + body + FOOT, encoding="utf-8")
    return program
