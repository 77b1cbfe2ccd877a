"""What one command costs: wall time, the CPU time of every process it started, and their memory together.

It knows nothing of Flyte: a command is an argument list. Linux only, for /proc and for adopting orphans, without which
workers that outlive their parent would go uncounted.
"""

import ctypes
import os
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PR_SET_CHILD_SUBREAPER = 36
bystanders: set[int] = set()
"""Processes that are no part of any command, such as a server: nobody waits for their end."""
LINGER = 10.0
"""Seconds that processes may outlive their command before that is an error."""


class CommandFailed(Exception):
    """A command that is measured did not end with status 0."""


@dataclass(frozen=True)
class Cost:
    """What a finished command took, over all its processes."""

    wall: float
    cpu: float
    """User and system seconds."""
    peak: int
    """Largest sum of proportional set sizes seen, in bytes; 0 when nobody looked."""
    output: str

    def measured(self) -> float:
        """The number a program of ours printed as `measured NUMBER`."""
        lines = [line for line in self.output.splitlines() if line.startswith("measured ")]
        if not lines:
            raise CommandFailed(f"no line `measured NUMBER` in the output: {self.output[-400:]!r}")
        return float(lines[-1].split()[1])


def adopt_orphans() -> None:
    """Make processes whose parent died children of this one, so that their CPU time is counted too."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "cannot adopt orphans: prctl(PR_SET_CHILD_SUBREAPER) failed")


def spend(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    look_at_memory_every: float = 0.0,
) -> Cost:
    """Run a command to its end and say what it took. Raises CommandFailed for another status than 0."""
    peak = 0
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        started = time.perf_counter()
        process = subprocess.Popen(
            list(map(str, command)), cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
        )
        if look_at_memory_every:
            peak = _watch_memory(process.pid, look_at_memory_every)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        cpu = usage.ru_utime + usage.ru_stime + reap_orphans()
        output, errors = _text(stdout), _text(stderr)
    if process.returncode != 0:
        shown = " ".join(map(str, command))
        raise CommandFailed(f"`{shown}` ended with {process.returncode}: {(errors or output)[-800:].strip()}")
    return Cost(wall=wall, cpu=cpu, peak=peak, output=output)


def reap_orphans() -> float:
    """Wait for what a command left behind; its CPU seconds. Raises CommandFailed when something stays."""
    cpu = 0.0
    deadline = time.monotonic() + LINGER
    while True:
        try:
            pid, _, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return cpu
        if pid:
            cpu += usage.ru_utime + usage.ru_stime
        elif bystanders and bystanders.issuperset(descendants(os.getpid())):
            return cpu
        elif time.monotonic() > deadline:
            raise CommandFailed(f"processes {descendants(os.getpid())} still run {LINGER:.0f} s after their command")
        else:
            time.sleep(0.01)


def wait_until(condition: Callable[[], bool], what: str, limit: float = 120.0) -> None:
    """Look every millisecond until something is true. Raises CommandFailed when it does not become so."""
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            raise CommandFailed(f"{what}: not within {limit:.0f} s")
        time.sleep(0.001)


def descendants(root: int) -> list[int]:
    """Process ids below a process, itself not included."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                # The command's name, in parentheses, may hold spaces: the parent's id comes two fields after it.
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            children[parent].append(int(entry.name))
    found, todo = [], [root]
    while todo:
        below = children[todo.pop()]
        found += below
        todo += below
    return found


def memory(pids: Sequence[int]) -> int:
    """Bytes the processes hold, pages shared between them counted once."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def _watch_memory(pid: int, every: float) -> int:
    peak = 0
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        peak = max(peak, memory(descendants(os.getpid())))
        time.sleep(every)
    return peak


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")
