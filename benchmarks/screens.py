"""What a screen costs a run that goes on at full speed, and how soon it answers on a run of 100,000 actions.

Each command draws on a terminal that is read as fast as it writes; what was drawn is looked at when it is over.
"""

import json
import statistics
import subprocess
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from cost import CommandFailed, wait_until
from figures import Impossible
from sides import PROGRAMS, Side
from terminal import SIZE, Grid, Terminal, first_with, telling

PAGE_DOWN, DOWN, INTO, LEAVE = b"\x1b[6~", b"\x1b[B", b"\x1b[C", b"q"
LOOK_EVERY = 0.2
"""Seconds between two looks at what threads have used."""
ROWS = SIZE[0] // 2
"""Columns on the left that hold rows of the tree, whatever is beside it."""


@dataclass(frozen=True)
class Watched:
    """A run that went on below a screen."""

    seconds: float
    """From its recorded start to its recorded end; of the peer, as its parent saw it."""
    redraws: int
    """Times that something else stood there than before, while the run went on."""
    pause: float
    """Seconds of the longest time between two of them."""
    cpu: float
    """Seconds that the screen's threads ran, while the run went on."""


def below_screen(side: Side, quick: bool) -> dict[str, float]:
    """The same run without a screen, below one, and without one again."""
    runs = _Waves(side, quick)
    before, watched, after = runs.alone(), runs.below_screen(), runs.alone()
    return _figures(runs, watched, (before + after) / 2)


def attached(side: Side, quick: bool) -> dict[str, float]:
    """The same run without a screen, watched by a command of its own, and without one again."""
    if not side.is_ours:
        raise Impossible("cannot watch a run that was started elsewhere")
    runs = _Waves(side, quick)
    before, watched, after = runs.alone(), runs.attached(), runs.alone()
    return _figures(runs, watched, (before + after) / 2)


def one_wave(side: Side, quick: bool) -> dict[str, float]:
    """10,000 actions once: how often the screen was drawn before they were over."""
    runs = _Waves(side, quick, waves=1)
    watched = runs.below_screen()
    return {"redraws": watched.redraws, "rate": runs.actions / watched.seconds}


def large(side: Side, quick: bool) -> dict[str, float]:
    """A finished run with very many siblings: until it is there, and until a key is answered."""
    if not side.is_ours:
        raise Impossible("opens past runs from a list only")
    n = 10_000 if quick else 100_000
    side.program("fan_out.py", n)
    terminal = Terminal([side.flyte, "tui", "@"], PROGRAMS, side.environment)
    try:
        terminal.wait_until_shown(f"×{n:,}")
        terminal.wait_until_quiet()
        opened = first_with(terminal.frames(), f"×{n:,}", "below it").at - terminal.started_at
        for _ in range(3):  # to the fan-out, its durations, those that succeeded
            _answered(terminal, DOWN)
        _answered(terminal, INTO)
        times = 5 if quick else 50
        page = statistics.median(_answered(terminal, PAGE_DOWN) for _ in range(times))
        row = statistics.median(_answered(terminal, DOWN) for _ in range(times))
    finally:
        terminal.end(LEAVE)
    return {"opens": opened, "page": page * 1e3, "row": row * 1e3}


def _figures(runs: "_Waves", watched: Watched, plain: float) -> dict[str, float]:
    return {
        "redraws": watched.redraws / watched.seconds,
        "cpu": 100 * watched.cpu / watched.seconds,
        "slower": watched.seconds / plain,
        "pause": watched.pause * 1e3,
        "rate": runs.actions / plain,
    }


def _answered(terminal: Terminal, key: bytes) -> float:
    """Seconds from a key to the frame after which other rows stood there, or the same ones look different."""
    seen = len(terminal.frames())
    pressed = terminal.press(key)
    terminal.wait_for(lambda: len(terminal.frames()) > seen, "the key is answered")
    terminal.wait_until_quiet()
    grid = Grid()
    for number, frame in enumerate(terminal.frames()):
        before = grid.text_left_of(ROWS)
        grid.feed(frame.data)
        if number >= seen and (key == DOWN or grid.text_left_of(ROWS) != before):
            return frame.at - pressed
    raise CommandFailed(f"{key!r} changed nothing: {grid.text}")


class _Waves:
    """Runs of one program with one size, all alike."""

    def __init__(self, side: Side, quick: bool, waves: int = 0) -> None:
        self._side = side
        self._took = side.home / "took"
        n = 10_000 if side.is_ours and not quick else 1_000
        waves = waves or ((20 if quick else 60) if side.is_ours else 3)
        self.actions = n * waves
        arguments = ["--n", str(n), "--waves", str(waves), "--took", str(self._took)]
        self._program = ["waves.py", "main", *arguments]
        self._run = [str(side.flyte), "run", *([] if side.is_ours else ["--local"])]

    def alone(self) -> float:
        """Its seconds without any screen."""
        self._took.unlink(missing_ok=True)
        self._side.spend(*self._run, *self._program)
        return self._recorded()[1]

    def below_screen(self) -> Watched:
        """Started with a screen, in the same process."""
        self._took.unlink(missing_ok=True)
        with _Usage() as usage:
            terminal = Terminal([*self._run, "--tui", *self._program], PROGRAMS, self._side.environment)
            try:
                is_ours = self._side.is_ours
                usage.look_at(_only_child(terminal.pid) if is_ours else terminal.pid, also_others=is_ours)
                terminal.wait_for(self._took.exists, "the run ends")
                terminal.wait_until_quiet()
            finally:
                terminal.end(LEAVE)
        return self._watched(terminal, usage)

    def attached(self) -> Watched:
        """Started without one, and watched from another process as soon as there is something to watch."""
        self._took.unlink(missing_ok=True)
        known = self._folders()
        command = [*self._run, *self._program]
        with (
            _Usage() as usage,
            subprocess.Popen(
                command,
                cwd=PROGRAMS,
                env=self._side.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            ) as run,
        ):
            wait_until(lambda: self._folders() != known, "the run begins")
            (folder,) = self._folders() - known
            terminal = Terminal([self._side.flyte, "tui", folder], PROGRAMS, self._side.environment)
            try:
                usage.look_at(terminal.pid, also_others=True)
                terminal.wait_for(self._took.exists, "the run ends")
                terminal.wait_until_quiet()
            finally:
                terminal.end(LEAVE)
                run.wait()
        return self._watched(terminal, usage)

    def _watched(self, terminal: Terminal, usage: "_Usage") -> Watched:
        started, seconds = self._recorded()
        drawn = [frame.at for frame in telling(terminal.frames()) if frame.at <= started + seconds]
        pauses = [later - earlier for earlier, later in pairwise([*drawn, started + seconds])]
        return Watched(seconds, len(drawn), max(pauses, default=seconds), usage.between(started, started + seconds))

    def _recorded(self) -> tuple[float, float]:
        """When the last run started, and its seconds. The peer records none: what its parent saw."""
        if not self._side.is_ours:
            seconds = float(self._took.read_text())
            return self._took.stat().st_mtime - seconds, seconds
        listed = self._side.spend(self._side.flyte, "get", "run", "--json", "--all", "--limit", "1").output
        (run,) = json.loads(listed)["runs"]
        if run["phase"] != "succeeded":
            raise CommandFailed(f"run {run['name']} {run['phase']}")
        started, ended = (datetime.fromisoformat(run[key]).timestamp() for key in ("started_at", "ended_at"))
        return started, ended - started

    def _folders(self) -> set[str]:
        runs = self._side.home / ".flyte" / "runs"
        return {each.name for each in runs.iterdir()} if runs.exists() else set()


class _Usage:
    """What the threads of a screen have used, looked at now and then while it is there."""

    def __init__(self) -> None:
        self._seen: list[tuple[float, float]] = []
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "_Usage":
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        if self._thread is not None:
            self._thread.join()

    def look_at(self, pid: int, also_others: bool) -> None:
        """Begin to look at a process: at its main thread, or also at those that have the same name."""
        self._thread = threading.Thread(target=self._look, args=(pid, also_others), daemon=True)
        self._thread.start()

    def between(self, start: float, end: float) -> float:
        """Seconds used from one moment to another."""
        return self._at(end) - self._at(start)

    def _look(self, pid: int, also_others: bool) -> None:
        while not self._is_over.wait(LOOK_EVERY):
            used = _seconds_of_threads(pid, also_others)
            if used is not None:
                self._seen.append((time.time(), used))

    def _at(self, moment: float) -> float:
        """Between two looks, as if it had been used evenly."""
        before, used = 0.0, 0.0
        for at, seconds in self._seen:
            if at >= moment:
                return used + (seconds - used) * (moment - before) / (at - before) if before else 0.0
            before, used = at, seconds
        return used


def _seconds_of_threads(pid: int, also_others: bool) -> float | None:
    """Threads of the engine have names of their own; those that Python makes have that of the main thread."""
    tasks = Path(f"/proc/{pid}/task")
    try:
        name = (tasks / str(pid) / "comm").read_bytes()
        found = tasks.iterdir() if also_others else [tasks / str(pid)]
        return sum(_nanoseconds(task) for task in found if (task / "comm").read_bytes() == name) / 1e9
    except OSError:  # a thread, or all of it, has ended meanwhile
        return None


def _nanoseconds(task: Path) -> int:
    return int((task / "schedstat").read_text().split()[0])


def _only_child(pid: int) -> int:
    """The process below one that only waits for it."""
    found: list[str] = []

    def is_there() -> bool:
        found[:] = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return bool(found)

    wait_until(is_there, "the run has a process of its own")
    return int(found[0])
