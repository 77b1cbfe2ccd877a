"""The experiments of `make bench`. Each starts whole commands of one side and reads what they took.

None asserts anything: budgets are shown beside the figures, and a machine that is busy shows in both columns.
"""

import json
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import screens
from cost import reap_orphans, wait_until
from figures import Budget, Figure, Impossible, Measure
from s3_server import s3_server
from sides import PROGRAMS, Side


def fan_out(side: Side, quick: bool) -> dict[str, float]:
    """Rate inside the parent; CPU of the whole command minus the same command with one action."""
    n = 1_000 if quick else 10_000
    many, one = side.program("fan_out.py", n), side.program("fan_out.py", 1)
    return {"rate": n / many.measured(), "cpu": (many.cpu - one.cpu) / (n - 1) * 1e6}


def cached(side: Side, quick: bool) -> dict[str, float]:
    """Rate of a second process that finds every result of a first one."""
    n = 1_000 if quick else 10_000
    version = {"CACHED_VERSION": f"v{time.monotonic_ns()}"}
    first = side.program("cached.py", n, variables=version)
    again = side.program("cached.py", n, variables=version)
    return {"rate": n / again.measured(), "first": n / first.measured()}


def chain(side: Side, quick: bool) -> dict[str, float]:
    """Median time of one `await task()` inside the parent."""
    return {"latency": side.program("chain.py", 200 if quick else 1_000).measured() * 1e6}


def traces(side: Side, quick: bool) -> dict[str, float]:
    """Traced steps per second, one awaited after the other."""
    return {"rate": side.program("traces.py", 1_000 if quick else 20_000).measured()}


def cpu_bound(side: Side, quick: bool) -> dict[str, float]:
    """How much faster four sync actions are than four plain calls in the same process."""
    return {"speed_up": side.program("cpu_bound.py", 4_000_000 if quick else 20_000_000).measured()}


def waits(side: Side, quick: bool) -> dict[str, float]:
    """Seconds until a thousand one-second waits are over."""
    return {"wall": side.program("waits.py", 100 if quick else 1_000).measured()}


def memory(side: Side, quick: bool) -> dict[str, float]:
    """Peak memory over all processes, and how far from linear the time grows."""
    few = 1_000 if quick else 10_000
    small = side.program("fan_out.py", few, look_at_memory_every=0.05)
    large = side.program("fan_out.py", few * 10, look_at_memory_every=0.05)
    return {"peak": large.peak / 1e6, "growth": large.measured() / (10 * small.measured()), "wall": large.measured()}


def values(side: Side, quick: bool) -> dict[str, float]:
    """Median seconds of a call that takes one value and gives it back; for wide dataclasses seconds per action."""
    size = 1 if quick else 10
    sent = {
        "mebibyte": ("bytes", 1 << 20),
        "bytes": ("bytes", size * 10 << 20),
        "floats": ("floats", size * 100_000),
        "dict": ("dict", size * 10_000),
        "wide": ("wide", size * 1_000),
    }
    took = {key: side.program("values.py", kind, count).measured() for key, (kind, count) in sent.items()}
    return {key: seconds * 1e3 for key, seconds in took.items()} | {"wide": took["wide"] / sent["wide"][1] * 1e6}


def importing(side: Side, quick: bool) -> dict[str, float]:
    """Median over fresh interpreters of `import flyte`, minus the median of doing nothing."""
    pairs = []
    for _ in range(5 if quick else 20):
        bare, loaded = side.spend(side.python, "-c", "pass"), side.spend(side.python, "-c", "import flyte")
        pairs.append((loaded.wall - bare.wall, loaded.cpu - bare.cpu))
    return {
        "wall": statistics.median(wall for wall, _ in pairs) * 1e3,
        "cpu": statistics.median(cpu for _, cpu in pairs) * 1e3,
    }


def tool(side: Side, quick: bool) -> dict[str, float]:
    """Whole commands, from starting the process to its end."""
    calls = {"version": ["--version"], "help": ["--help"], "run": ["run", "--local", "no_op.py", "main"]}
    tab = ["__complete", "zsh", "3", "flyte", "run", "no_op.py", ""]
    if side.is_ours:
        return _medians(side, calls | {"tab": tab}, quick, {})
    asked = {"_FLYTE_COMPLETE": "zsh_complete", "COMP_WORDS": "flyte run no_op.py ", "COMP_CWORD": "3"}
    return _medians(side, calls, quick, {}) | _medians(side, {"tab": []}, quick, asked)


def recorded(side: Side, quick: bool) -> dict[str, float]:
    """Commands that look at runs of a state folder that has many; made once, which takes a minute."""
    if not side.is_ours:
        raise Impossible("lists runs of a backend only")
    variables = {"FLYTE_HOME": str(side.home / "recorded")}
    if not (side.home / "recorded").exists():
        side.program("recorded.py", 100 if quick else 10_000, variables=variables)
    calls = {
        "list": ["get", "run"],
        "fitting": ["get", "run", "--where", "state:failed"],
        "latest": ["get", "run", "@"],
        "logs": ["logs", "@"],
        "tab": ["__complete", "zsh", "3", "flyte", "get", "run", ""],
    }
    return _medians(side, calls, quick, variables)


def _medians(
    side: Side, calls: Mapping[str, Sequence[str]], quick: bool, variables: Mapping[str, str]
) -> dict[str, float]:
    """Median seconds of each command."""
    times = range(2 if quick else 5)
    return {
        key: statistics.median(side.spend(side.flyte, *words, variables=variables).wall for _ in times)
        for key, words in calls.items()
    }


def recover(side: Side, quick: bool) -> dict[str, float]:
    """Kill the driver in the middle of a run, recover it, and read from the actions' own marks what ran when."""
    return _recovered(side, 2_000 if quick else 10_000)


def _recovered(side: Side, n: int) -> dict[str, float]:
    if not side.is_ours:
        raise Impossible(_what_the_peer_says(side))
    marks = side.home / f"marks-{time.monotonic_ns()}"
    before = _kill_half_way(side, marks, n)
    recorded = _recorded_as_finished(side)
    restarted = time.time()
    side.spend(side.flyte, "rerun", "@", "--recover")
    lines = marks.read_text().splitlines()
    ran = [int(line.split()[0]) for line in lines]
    if set(ran) != set(range(n)):
        raise RuntimeError(f"{n - len(set(ran))} of {n} actions never ran")
    return {"first": float(lines[before].split()[1]) - restarted, "again": float(len(ran) - before - (n - recorded))}


def recover_many(side: Side, quick: bool) -> dict[str, float]:
    """The same with ten times as many: only when the first new action runs."""
    return {"first": _recovered(side, 20_000 if quick else 100_000)["first"]}


def rated(side: Side, quick: bool) -> dict[str, float]:
    """How well a rate is kept."""
    if not side.is_ours:
        raise Impossible("has no rates")
    n = 101 if quick else 251
    return {way: side.program("rated.py", n, way).measured() for way in ("most", "through")}


def _recorded_as_finished(side: Side) -> int:
    """How many actions the latest run's journal holds as succeeded; the rest must run, and no more than the rest."""
    document = json.loads(side.spend(side.flyte, "get", "run", "@", "-of", "json").output)
    finished = int(document["counts"].get("succeeded", 0))
    if not finished:
        raise RuntimeError("the kill came before anything was recorded: there is nothing to recover")
    return finished


def _kill_half_way(side: Side, marks: Path, n: int) -> int:
    """Start a run, kill its driver once half the actions left their mark; how many had when all was quiet."""
    command = [str(side.flyte), "run", "side_effects.py", "main", "--path", str(marks), "--n", str(n)]
    with subprocess.Popen(
        command, cwd=PROGRAMS, env=side.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as driver:
        wait_until(lambda: marks.exists() and marks.read_bytes().count(b"\n") >= n // 2, "half of the actions ran")
        driver.kill()
    reap_orphans()
    return marks.read_bytes().count(b"\n")


def _what_the_peer_says(side: Side) -> str:
    done = subprocess.run(
        [side.flyte, "rerun", "dry-run", "--recover"],
        cwd=PROGRAMS,
        env=side.environment,
        capture_output=True,
        text=True,
    )
    said = " ".join((done.stdout + done.stderr).split())
    return "needs a backend" if "not been initialized" in said else said[-80:]


def files(side: Side, quick: bool) -> dict[str, float]:
    """How many times as fast as `cp` a file is with the next task."""
    if not side.is_ours:
        raise Impossible("passes the path on: what a task returned changes with the file")
    size = 64 if quick else 1024
    return {way: side.program("file_through.py", size, way).measured() for way in ("copied", "moved")}


def files_in_s3(side: Side, quick: bool) -> dict[str, float]:
    """Rates to an S3 server and back."""
    size = 64 if quick else 1024
    found = {}
    for way in ("put", "get"):
        with s3_server() as variables:
            found[way] = size / side.program("s3_transfer.py", size, way, variables=variables).measured()
    return found


def file_to_many(side: Side, quick: bool) -> dict[str, float]:
    """Peak memory of a run whose parent passes a large file to a hundred children."""
    if not side.is_ours:
        raise Impossible("keeps every task in one process, which passes a path to itself")
    cost = side.program("file_to_many.py", 64 if quick else 1024, 100, look_at_memory_every=0.02)
    return {"peak": cost.peak / 1e6}


MEASURES = (
    Measure(
        "fan-out",
        (
            Figure("rate", "10,000 no-op async actions at once", "actions/s", True, Budget(factor=10)),
            Figure("cpu", "... CPU per action, all processes", "µs", budget=Budget(at_most=45)),
        ),
        fan_out,
        "ours records every action on disk and runs in worker processes; the peer keeps it in memory, in one process. "
        "CPU is the command's minus that of the same command with one action.",
    ),
    Measure(
        "cached",
        (
            Figure("rate", "10,000 cached actions at once, in a second process", "actions/s", True, Budget(factor=10)),
            Figure("first", "... computed and kept by the first one", "actions/s", True, Budget(factor=10)),
        ),
        cached,
        "both sides look every result up in an SQLite file; ours also records every action of the run.",
    ),
    Measure(
        "chain",
        (Figure("latency", "chain of 1,000 no-op awaits, median", "µs", budget=Budget(factor=3)),),
        chain,
        "one await after the other, each answered by another process on our side and recorded before it is answered.",
    ),
    Measure(
        "traces",
        (Figure("rate", "20,000 traced no-op steps in a row", "steps/s", True, Budget(at_least=20_000)),),
        traces,
        "ours are recorded on disk, below their action, and found again when it starts again; the peer's are not.",
    ),
    Measure(
        "cpu-bound",
        (Figure("speed_up", "4 CPU-bound sync actions, speed-up over 4 calls", "×", True, Budget(at_least=1.9)),),
        cpu_bound,
        "the bound is the number of free cores; serial is four plain function calls, without Flyte.",
    ),
    Measure(
        "waits",
        (Figure("wall", "1,000 async actions that each wait 1 s", "s", budget=Budget(at_most=2)),),
        waits,
        "seen from inside the parent; 1 s of it is the wait.",
    ),
    Measure(
        "memory",
        (
            Figure("peak", "100,000 actions in one run, peak memory", "MB", budget=Budget(at_most=300)),
            Figure("growth", "... time over 10 × the time of 10,000", "×", budget=Budget(at_most=1.25)),
            Figure("wall", "... time", "s"),
        ),
        memory,
        "sum of proportional set sizes over all processes, looked at twenty times a second: a shorter peak is missed.",
        rounds=1,
    ),
    Measure(
        "import",
        (
            Figure("wall", "`import flyte` above bare Python", "ms", budget=Budget(at_most=20)),
            Figure("cpu", "... CPU", "ms"),
        ),
        importing,
        "fresh interpreters with warm file caches and compiled bytecode, each side above its own bare Python. "
        "Nothing is used: ours loads parts when they are first named.",
    ),
    Measure(
        "tool",
        (
            Figure("version", "`flyte --version`", "s", budget=Budget(at_most=0.06)),
            Figure("tab", "TAB behind `flyte run no_op.py`", "s", budget=Budget(at_most=0.06)),
            Figure("help", "`flyte --help`", "s", budget=Budget(at_most=0.15)),
            Figure("run", "`flyte run --local` of a no-op task", "s", budget=Budget(at_most=0.35)),
        ),
        tool,
        "whole commands with warm file caches. Ours reads the file for TAB, the peer imports it.",
    ),
    Measure(
        "tool-recorded",
        (
            Figure("list", "`flyte get run` with 10,000 recorded runs", "s", budget=Budget(at_most=0.3)),
            Figure("fitting", "... `--where state:failed`", "s", budget=Budget(at_most=0.3)),
            Figure("latest", "`flyte get run @` among them", "s", budget=Budget(at_most=0.3)),
            Figure("logs", "`flyte logs @`", "s", budget=Budget(at_most=0.3)),
            Figure("tab", "TAB behind `flyte get run`", "s", budget=Budget(at_most=0.06)),
        ),
        recorded,
        "runs that were run, each with its own folder and journal.",
    ),
    Measure(
        "recover",
        (
            Figure("first", "SIGKILL in 10,000 actions, recover: first new action", "s", budget=Budget(at_most=1)),
            Figure("again", "... finished actions that ran again", "", budget=Budget(at_most=0)),
        ),
        recover,
        "from the start of the `flyte rerun` command. An action that was under way when the kill came is started anew: "
        "only what was recorded as finished counts as finished.",
    ),
    Measure(
        "recover-many",
        (Figure("first", "SIGKILL in 100,000 actions, recover: first new action", "s", budget=Budget(at_most=1)),),
        recover_many,
        "as above; the parent asks for all of them once more, half of which are answered from the journal.",
        rounds=3,
    ),
    Measure(
        "rated",
        (
            Figure("most", "50 calls a second: most in any second, over the rate", "×", budget=Budget(at_most=1.05)),
            Figure("through", "... what went through, over the rate", "×", True, Budget(at_least=0.95)),
        ),
        rated,
        "counted in the bodies of the actions, so that what workers take to begin counts.",
        rounds=3,
    ),
    Measure(
        "values",
        (
            Figure("mebibyte", "1 MiB of bytes to a task and back", "ms", budget=Budget(factor=3)),
            Figure("bytes", "100 MiB of bytes", "ms", budget=Budget(factor=3)),
            Figure("floats", "list of 1,000,000 floats", "ms", budget=Budget(factor=3)),
            Figure("dict", "dict of 100,000 keys", "ms", budget=Budget(factor=3)),
            Figure("wide", "10,000 actions that take a dataclass of 50 fields, each", "µs", budget=Budget(factor=3)),
        ),
        values,
        "ours goes to another process and back and is recorded on the way; the peer's stays in one process and is not. "
        "Other bytes each time; 100 MiB took ours 0.10 to 0.31 s in runs on this machine, the longer the more memory "
        "was touched for the first time.",
        rounds=3,
    ),
    Measure(
        "files",
        (
            Figure("copied", "1 GiB File to the next task, speed over `cp`", "×", True, Budget(at_least=0.9)),
            Figure("moved", "... written by the task itself, no bytes copied", "×", True, Budget(at_least=0.9)),
        ),
        files,
        "from the return of one task to the first byte in the next; hashed and made read-only on the way, which `cp` "
        "does not do. The page cache is warm for both.",
    ),
    Measure(
        "s3",
        (
            Figure("put", "1 GiB to a local S3 server", "MiB/s", True, Budget(factor=1)),
            Figure("get", "... and back", "MiB/s", True, Budget(factor=1)),
        ),
        files_in_s3,
        "the server, moto's, is Python and has the same two cores: it is most of the time of both sides.",
        rounds=3,
    ),
    Measure(
        "file-to-many",
        (Figure("peak", "1 GiB File to 100 children, peak memory", "MB", budget=Budget(at_most=200)),),
        file_to_many,
        "sum of proportional set sizes over all processes.",
        rounds=1,
    ),
    Measure(
        "screen",
        (
            Figure("redraws", "below `--tui`: waves of 10,000 actions, redraws", "/s", True, Budget(at_least=5)),
            Figure("cpu", "... processor time of the screen", "% of a core", budget=Budget(at_most=25)),
            Figure("slower", "... time of the run over that without screen", "×", budget=Budget(at_most=1.05)),
            Figure("pause", "... longest time without a redraw", "ms"),
            Figure("rate", "... without screen", "actions/s", True),
        ),
        screens.below_screen,
        "60 waves of 10,000 no-op async actions, because one is over before a screen is there; the peer: 3 of 1,000. "
        "A terminal of 120 by 36 that is read as fast as it is written; a redraw changed what stood there. The time is "
        "that of the run, as recorded, its screen's start included; the peer's is what its parent saw. Processor time "
        "is of the threads that run Python; the peer's is its main thread alone.",
        rounds=3,
    ),
    Measure(
        "screen-once",
        (
            Figure("redraws", "below `--tui`: 10,000 actions once, redraws before they are over", "", True),
            Figure("rate", "... below it", "actions/s", True),
        ),
        screens.one_wave,
        "to see why the above has waves; the peer: 1,000 actions.",
        rounds=3,
    ),
    Measure(
        "screen-attached",
        (
            Figure(
                "redraws", "`flyte tui RUN` meanwhile: waves of 10,000 actions, redraws", "/s", True, Budget(at_least=5)
            ),
            Figure("cpu", "... processor time of the screen", "% of a core", budget=Budget(at_most=25)),
            Figure("slower", "... time of the run over that without screen", "×", budget=Budget(at_most=1.05)),
            Figure("pause", "... longest time without a redraw", "ms"),
            Figure("rate", "... without screen", "actions/s", True),
        ),
        screens.attached,
        "the same waves, watched from another process that reads the journal; its start is part of it.",
        rounds=3,
    ),
    Measure(
        "screen-large",
        (
            Figure(
                "opens",
                "`flyte tui` of a run with 100,000 actions, from start to first whole picture",
                "s",
                budget=Budget(at_most=2),
            ),
            Figure("page", "... a page further among 100,000 siblings, median of 50", "ms", budget=Budget(at_most=50)),
            Figure("row", "... a row further", "ms"),
        ),
        screens.large,
        "from the key's byte to the last byte of the first frame in which the rows are others.",
        rounds=3,
    ),
)
