"""One run of a campaign: start, misfortunes, recovery, and a look at everything that is left."""

from __future__ import annotations

import fcntl
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from flyte._core import RunTree, find_runs
from tests.faults.chaos import programs
from tests.faults.chaos.machine import Machine, shim
from tests.faults.chaos.misfortunes import FullDisk, Misfortune, Moment, misfortunes
from tests.faults.chaos.programs import LINE, PROGRAMS, Program
from tests.faults.scene import PATIENCE, Scene, family, is_alive

NEVER = 10**9
ROUNDS = 6
"""Misfortunes come in the first ones; the last always has none."""
LITTER = ("**/*.tmp", "**/.arriving-*", "**/.building-*", "**/.*.part", "**/scratch/*", "runs/*/abort", "*.damaged*")
"""Temporary files of ours, below the state folder: see docs/journal.md and docs/storage.md."""

NO_ROOM = ("is full", "No space left", "too large", "disk I/O error", "unable to open database")
"""How the system and SQLite say that something cannot be written."""

Snapshot: TypeAlias = tuple[set[str], Counter[tuple[str, str]]]
"""The actions that a journal reports done, and how often each action of each run had begun by then."""

SYNCING = """\
# The run of a program that syncs every commit: the tool has no option for it.
import sys
import program
from flyte.runtime.session import RunRequest, execute

task, size, name, recover_from = sys.argv[1:]
task = getattr(program, task)
inputs = task.signature.bind((), {"size": int(size)})
request = RunRequest(task, inputs, name, "process", file="program.py", recover_from=recover_from or None,
                     durability="full")
try:
    outcome = execute(request)
except OSError as error:
    sys.exit(f"{error}; set FLYTE_HOME to another folder")
if outcome.error is not None:
    print(outcome.error.message, file=sys.stderr)
    sys.exit(4 if outcome.error.code == "EngineFailed" else 1)
if outcome.phase != "succeeded":
    sys.exit(1)
print(task.signature.decode_outputs(outcome.outputs))
"""


class Wrong(AssertionError):
    """A promise that was not kept."""


@dataclass
class Round:
    """One driver, from its start to its end."""

    scene: Scene
    machine: Machine
    name: str
    planned: tuple[Misfortune, ...]
    driver: subprocess.Popen[str]
    environment: dict[str, str]
    begun_before: int
    struck: list[Misfortune] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    snapshots: list[Snapshot] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.scene.home / "runs" / self.name

    def suffer(self) -> None:
        """Let every misfortune come at its moment, if the driver lives to see it."""
        for misfortune in self.planned:
            self.await_moment(misfortune.moment)
            self.seen.update(family(self.driver.pid))
            if self.driver.poll() is None:
                self.snapshots.append((succeeded(self.folder), effects(self.scene)))
                if misfortune.strike(self):
                    self.struck.append(misfortune)
        self.hold(NEVER)

    def await_moment(self, moment: Moment) -> None:
        """Wait until the round is so far, or will not come so far."""
        is_held = moment.kind == "begun"
        count = self.begun if is_held else self.finished
        self.hold(moment.count if is_held else NEVER)
        self.wait(lambda: count() >= moment.count)

    def hold(self, begun: int) -> None:
        """Let bodies go on up to this number."""
        place = self.scene.folder / "hold"
        fresh = place.with_suffix(".new")
        fresh.write_text(str(self.begun_before + begun))
        fresh.replace(place)

    def release(self, more: int) -> None:
        """Let so many more bodies begin."""
        self.hold(self.begun() + more)

    def begun(self) -> int:
        return size_of(self.scene.folder / "effects") // LINE - self.begun_before

    def finished(self) -> int:
        return len(succeeded(self.folder, {"succeeded"}))

    def wait(self, done: Callable[[], bool]) -> None:
        """Until it is so, the driver is gone, or nothing has moved for so long that it will not come to it."""
        deadline = time.monotonic() + PATIENCE
        still, last = 0, -1
        while not done() and self.driver.poll() is None and still < 150:
            if time.monotonic() > deadline:
                raise Wrong(f"nothing came of {self.name} in {PATIENCE} seconds")
            begun = self.begun()
            still, last = (still + 1 if begun == last and begun > 0 else 0), begun
            time.sleep(0.002)  # between two looks; nothing depends on how long it is

    def wait_a_little(self) -> None:
        """A while that is long for a computer; nothing depends on how long it is."""
        time.sleep(0.03)


@dataclass
class Story:
    """What happened in one run of a campaign."""

    seed: int
    program: Program
    size: int
    seconds: float = 0.0
    rounds: list[str] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    bodies: int = 0
    recoveries: int = 0
    problem: str | None = None
    folder: Path | None = None

    def __str__(self) -> str:
        return "\n".join([f"seed {self.seed}: {self.program.name} --size {self.size}", *self.rounds])

    @property
    def reproduce(self) -> str:
        return f".venv/bin/python -m tests.faults.chaos --runs 1 --seed {self.seed}"


def tell(seed: int, keep: bool = False) -> Story:
    """Do the run of a seed; `problem` says what is wrong with it. `keep` leaves its folder behind when there is one."""
    chance = random.Random(seed)
    story = Story(seed, chance.choice(PROGRAMS), chance.randrange(6, 31))
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    scene = Scene(folder)
    began = time.monotonic()
    try:
        live(story, scene, chance)
    except Wrong as problem:
        story.problem = str(problem)
    finally:
        story.seconds = time.monotonic() - began
        story.bodies = size_of(folder / "effects") // LINE
        scene.close()
        if keep and story.problem:
            story.folder = folder
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return story


def live(story: Story, scene: Scene, chance: random.Random) -> None:
    """Run, recover until it is done, and check."""
    shutil.copy(programs.__file__, scene.folder / "program.py")
    (scene.folder / "syncing.py").write_text(SYNCING)
    (scene.folder / "hold").write_text(str(NEVER))
    machine = Machine(scene.folder, scene.home)
    bodies = story.program.bodies(story.size)
    recorded: list[str] = []
    seen: set[int] = set()
    reported: list[Snapshot] = []
    left = bodies
    for number in range(ROUNDS + 1):
        is_last = number == ROUNDS or (number > 0 and chance.random() < 0.4)
        planned = () if is_last else misfortunes(left, chance, shim() is not None)
        round = start(story, scene, machine, f"r{number}", planned, recorded[-1] if recorded else None)
        round.suffer()
        out, err = end(round)
        status = round.driver.returncode
        seen |= round.seen
        struck = [each for each in round.struck if each.struck(round)]
        story.struck.update(type(each).__name__ for each in struck)
        story.ends[ended_how(status)] += 1
        story.rounds.append(f"  {round.name} {', '.join(map(str, planned)) or 'in peace'}: {ended_how(status)}")
        machine.heal()
        for snapshot in [*reported, *round.snapshots]:
            nobody_again(scene, snapshot)
        if has_begun(round.folder):
            recorded.append(round.name)
            reported.append((succeeded(round.folder), effects(scene)))
            left = max(1, bodies - len(set().union(*(done for done, _ in reported))))
        told_clearly(round, struck, status, out, err)
        if status == 0:
            break
        if not struck:
            raise Wrong(f"{round.name} ended with {status} although nothing befell it\n{out}\n{err}")
    if status != 0:
        raise Wrong(f"it was never done\n{err}")
    answer = str(story.program.answer(story.size))
    if out.strip() != answer:
        raise Wrong(f"the answer is {out.strip()}, not {answer}")
    look_over(scene, recorded, seen)


def start(
    story: Story, scene: Scene, machine: Machine, name: str, planned: tuple[Misfortune, ...], recover_from: str | None
) -> Round:
    """Start a driver: of a new run, or of the recovery of one."""
    begun = size_of(scene.folder / "effects") // LINE
    environment = {
        "EFFECTS": str(scene.folder / "effects"),
        "HOLD": str(scene.folder / "hold"),
        "TMPDIR": "",
        **machine.variables,
    }
    for count in ("refused", "delayed", "shifted"):
        machine[count] = 0
    task = story.program.name
    if planned and planned[0].moment.kind == "begun":
        (scene.folder / "hold").write_text(str(begun + planned[0].moment.count))
    if any(each.needs_sync for each in planned):
        words = ("syncing.py", task, str(story.size), name, recover_from or "")
        driver = scene.python(*words, **environment)
    elif recover_from is None:
        words = ("run", "program.py", task, "--size", str(story.size), "--name", name, "-of", "value", "--grace", "1")
        driver = scene.flyte(*words, **environment)
    else:
        words = ("rerun", recover_from, "--recover", "--name", name, "-of", "value", "--grace", "1")
        driver = scene.flyte(*words, **environment)
    story.recoveries += recover_from is not None
    return Round(scene, machine, name, planned, driver, environment, begun)


def end(round: Round) -> tuple[str, str]:
    """Wait for the driver's end."""
    try:
        return round.driver.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise Wrong(f"{round.name} did not end in {PATIENCE} seconds") from None


def ended_how(status: int) -> str:
    """A status in words."""
    names = {0: "succeeded", 1: "failed or aborted (1)", 2: "refused (2)", 4: "cannot record (4)", 130: "aborted (130)"}
    return names.get(status, f"killed ({-status})" if status < 0 else f"status {status}")


# --- checks --------------------------------------------------------------------------------------------------------


def told_clearly(round: Round, struck: list[Misfortune], status: int, out: str, err: str) -> None:
    """A full disk is named, with its folder and what to do; nobody sees our own insides."""
    # Interrupted so early that there was no Python yet, Python says so.
    is_fatal = "Fatal Python error" in err and not err.rstrip().endswith("KeyboardInterrupt")
    if "panicked" in err or is_fatal or "bug in flyte" in err or status == 70:
        raise Wrong(f"{round.name} shows a bug of ours\n{err}")
    is_told = any(word in err for word in NO_ROOM)
    if status == 1 and struck and all(type(each) is FullDisk for each in struck) and not is_told:
        # A task was refused: its error says so, as that of any task does.
        raise Wrong(f"{round.name} does not say that the disk is full\n{err}")
    if status == 4:
        home = str(round.scene.home)
        if home not in err or "FLYTE_HOME" not in err:
            raise Wrong(f"{round.name} does not say which folder is full\n{err}")
        if has_begun(round.folder) and f"flyte rerun {round.name} --recover" not in err:
            raise Wrong(f"{round.name} does not say how to go on\n{err}")
        if not is_told:
            raise Wrong(f"{round.name} does not say what is wrong\n{err}")
    if status not in (0, 1, 4, 130, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT):
        raise Wrong(f"{round.name} ended with {status}\n{out}\n{err}")


def nobody_again(scene: Scene, snapshot: Snapshot) -> None:
    """No action that was reported done has begun since."""
    done, before = snapshot
    now = bodies_of_actions(effects(scene))
    earlier = bodies_of_actions(before)
    again = sorted(action for action in done if now[action] != earlier[action])
    if again:
        raise Wrong(f"ran again although reported done: {again[:5]}")


def look_over(scene: Scene, recorded: list[str], seen: set[int]) -> None:
    """Nothing is left behind, and what is listed is true."""
    deadline = time.monotonic() + PATIENCE
    while left := [process for process in seen | belonging_to(scene.home) if is_alive(process)]:
        if time.monotonic() > deadline:
            raise Wrong(f"processes are left: {[command(process) for process in left]}")
        time.sleep(0.005)
    for run in scene.runs:
        if (run / "lock").exists():
            with (run / "lock").open("r+b") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    raise Wrong(f"somebody still holds {run / 'lock'}") from None
    litter = [str(path.relative_to(scene.home)) for pattern in LITTER for path in scene.home.glob(pattern)]
    if litter:
        raise Wrong(f"temporary files are left: {litter[:8]}")
    for database in scene.home.rglob("*.db"):
        with sqlite3.connect(database) as opened:
            found = opened.execute("PRAGMA integrity_check").fetchone()[0]
        opened.close()
        if found != "ok":
            raise Wrong(f"{database.relative_to(scene.home)} is damaged: {found}")
    for name in recorded:
        is_listed_rightly(scene, name)


def is_listed_rightly(scene: Scene, name: str) -> None:
    tree = RunTree.open(str(scene.home / "runs" / name))
    rows = [row for row in find_runs(str(scene.home), name) if row.name == name]
    if len(rows) != 1:
        raise Wrong(f"{name} is listed {len(rows)} times")
    if rows[0].phase != tree.phase:
        raise Wrong(f"{name} is listed as {rows[0].phase}, and is {tree.phase}")
    if tree.phase != "interrupted" and rows[0].counts != tree.counts():
        raise Wrong(f"{name} is listed with {rows[0].counts}, and has {tree.counts()}")


# --- what is seen from outside -------------------------------------------------------------------------------------


def has_begun(run: Path) -> bool:
    """Whether anything of a run was recorded before its end."""
    try:
        return len(RunTree.open(str(run))) > 0
    except (OSError, ValueError):
        return False


def succeeded(run: Path, phases: Collection[str] = ("succeeded", "recovered")) -> set[str]:
    """The names of the actions that a journal reports done."""
    try:
        tree = RunTree.open(str(run))
    except (OSError, ValueError):
        return set()
    views = (tree.action(ordinal) for ordinal in range(1, len(tree)))
    return {view.name for view in views if view.phase in phases}


def effects(scene: Scene) -> Counter[tuple[str, str]]:
    """How often each action of each run of this scene's own has begun; runs that tasks started are left out."""
    file = scene.folder / "effects"
    lines = file.read_text().splitlines() if file.exists() else []
    words = (line.split() for line in lines)
    return Counter((run, action) for run, action, _ in words if run[1:].isdigit() and len(run) == 2)


def bodies_of_actions(begun: Counter[tuple[str, str]]) -> Counter[str]:
    """The same over all runs: an action keeps its name when its run is recovered."""
    total: Counter[str] = Counter()
    for (_, action), count in begun.items():
        total[action] += count
    return total


def size_of(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def belonging_to(home: Path) -> set[int]:
    """Every process that was told of this state folder."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                variables = (entry / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if f"FLYTE_HOME={home}".encode() in variables:
                found.add(int(entry.name))
    return found


def command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return "gone"


if sys.platform != "linux":
    raise ImportError("campaigns read /proc and preload a library: they are for Linux")
