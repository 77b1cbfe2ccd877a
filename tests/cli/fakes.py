"""Runs made of plain values: what the core reports, written down instead of recorded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from flyte_cli.marks import FINISHED

START = 1_760_000_000.0


@dataclass
class Error:
    code: str
    message: str
    frames: list[tuple[str, int, str, str, bool]] = field(default_factory=list)
    causes: list[tuple[str, str]] = field(default_factory=list)
    kind: str = "user"
    payload: bytes = b""

    @property
    def type(self) -> str:
        return self.code


@dataclass
class Action:
    short_name: str
    phase: str = "succeeded"
    parent: int | None = 0
    start: float | None = 0.0
    end: float | None = None
    attempts: int = 1
    max_attempts: int = 1
    group: str | None = None
    error: Error | None = None
    inputs: list[tuple[str, str]] = field(default_factory=list)
    outputs: list[tuple[str, str]] = field(default_factory=list)
    ordinal: int = 0
    index: int = 0
    child_count: int = 0
    cpu_time: float = 0.0
    peak_memory: int = 0
    environment: str = "env"
    cached_from: str | None = None
    details: str = ""
    cache_unread: bool | None = None
    links: list[tuple[str, str]] = field(default_factory=list)
    file: str = ""
    line: int = 0

    @property
    def name(self) -> str:
        return "a0" if self.ordinal == 0 else f"wire{self.ordinal}"

    @property
    def task(self) -> str:
        return f"{self.environment}.{self.short_name}"

    @property
    def label(self) -> str:
        return self.short_name if self.ordinal == 0 else f"{self.short_name}.{self.index}"

    above: str = ""

    @property
    def path(self) -> str:
        return f"{self.above}{self.label}"

    @property
    def queued_at(self) -> float:
        return START + (self.start or 0.0)

    @property
    def started_at(self) -> float | None:
        return None if self.start is None else START + self.start

    @property
    def ended_at(self) -> float | None:
        return None if self.end is None else START + self.end


@dataclass
class Fold:
    key: str
    is_group: bool
    members: list[Action]

    @property
    def total(self) -> int:
        return len(self.members)

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(each.phase for each in self.members))

    @property
    def started_at(self) -> float | None:
        return min((each.started_at for each in self.members if each.started_at is not None), default=None)

    @property
    def ended_at(self) -> float | None:
        ends = [each.ended_at for each in self.members]
        return None if None in ends else max(end for end in ends if end is not None)

    @property
    def first(self) -> int:
        return self.members[0].ordinal

    @property
    def unfinished(self) -> list[int]:
        busy = [each for each in self.members if each.phase in ("running", "waiting", "retrying")]
        return [each.ordinal for each in sorted(busy, key=lambda each: each.start or 0.0)][:10]

    @property
    def retries(self) -> int:
        return sum(each.attempts - 1 for each in self.members)


class Tree:
    """A run tree over actions; the first is the root."""

    def __init__(self, *actions: Action, name: str = "r7k2m9q", file: str = "fan.py", folder: str = "/runs/r7") -> None:
        self.actions: list[Action] = []
        for action in actions:
            self.add(action)
        self.name, self.file, self.folder = name, file, folder
        self.recovered_from: str | None = None
        self.attributes: str | None = None
        self.cpu_time, self.peak_memory = 0.0, 0
        self.cwd = ""
        self.encoded = b""

    def add(self, action: Action) -> Action:
        action.ordinal = len(self.actions)
        if action.ordinal == 0:
            action.parent = None
        else:
            assert action.parent is not None
            parent = self.actions[action.parent]
            parent.child_count += 1
            action.above = f"{parent.path}/" if parent.ordinal else ""
            action.index = sum(
                each.short_name == action.short_name and each.parent == action.parent for each in self.actions
            )
        self.actions.append(action)
        return action

    @property
    def task(self) -> str:
        return self.actions[0].task

    @property
    def phase(self) -> str:
        phase = self.actions[0].phase
        return "running" if phase == "waiting" else phase

    @property
    def started_at(self) -> float:
        return START

    @property
    def ended_at(self) -> float | None:
        return self.actions[0].ended_at

    @property
    def retries(self) -> int:
        return sum(each.attempts - 1 for each in self.actions)

    def counts(self) -> dict[str, int]:
        return dict(Counter(each.phase for each in self.actions))

    def __len__(self) -> int:
        return len(self.actions)

    def action(self, ordinal: int) -> Action:
        return self.actions[ordinal]

    def folds(self, ordinal: int) -> list[Fold]:
        found: dict[tuple[str, bool], Fold] = {}
        for each in self.actions:
            if each.parent == ordinal and each.ordinal:
                key = (each.group, True) if each.group else (each.short_name, False)
                found.setdefault(key, Fold(key[0], key[1], [])).members.append(each)
        return list(found.values())

    def failures(self) -> list[int]:
        return [each.ordinal for each in self.actions if each.phase == "failed"]

    def linked(self) -> list[int]:
        return [each.ordinal for each in self.actions if each.links]

    def finished(self, since: int) -> list[int]:
        return [each.ordinal for each in self.actions if each.phase in FINISHED][since:]

    def inputs(self) -> bytes:
        return self.encoded

    def children(self, ordinal: int) -> list[int]:
        return [each.ordinal for each in self.actions if each.parent == ordinal and each.ordinal]

    def refresh(self) -> bool:
        return True


@dataclass
class Happening:
    kind: str
    at: float
    ordinal: int = 0
    attempt: int = 0
    text: str = ""
    delay: float | None = None
    error: Error | None = None


@dataclass
class Printed:
    """A log, read two lines at a time; lines are (ordinal, stream, microseconds, text)."""

    lines: list[tuple[int, str, int, bytes]]
    ordinals: set[int] | None = None
    stderr_only: bool = False
    since: int = 0
    until: int | None = None
    at: int = 0
    before: int | None = None

    def add(self, ordinals: set[int]) -> None:
        assert self.ordinals is not None
        self.ordinals |= ordinals

    def read(self) -> list[tuple[int, str, int, bytes]]:
        found: list[tuple[int, str, int, bytes]] = []
        while not found and self.at < len(self.lines):
            found = self._wanted(self.lines[self.at : self.at + 2])
            self.at += 2
        self.at = min(self.at, len(self.lines))
        return found

    def back(self) -> list[tuple[int, str, int, bytes]] | None:
        if self.before is None:
            self.at = self.before = len(self.lines)
        if self.before == 0:
            return None
        end, self.before = self.before, max(self.before - 2, 0)
        return self._wanted(self.lines[self.before : end])

    def _wanted(self, lines: list[tuple[int, str, int, bytes]]) -> list[tuple[int, str, int, bytes]]:
        return [
            line
            for line in lines
            if (self.ordinals is None or line[0] in self.ordinals)
            and (not self.stderr_only or line[1] == "stderr")
            and self.since <= line[2]
            and (self.until is None or line[2] <= self.until)
        ]


@dataclass
class Event:
    kind: str
    ordinal: int = 0
    text: bytes = b""
    at: float = START
    stream: str = "stdout"
    attempt: int = 0
    delay: float = 0.0


@dataclass
class Row:
    name: str
    task: str = "env.main"
    phase: str = "succeeded"
    file: str = "fan.py"
    project: str = "/work/here"
    started_at: float = START
    ended_at: float | None = START + 9.8
    counts: dict[str, int] = field(default_factory=lambda: {"succeeded": 23})
    note: str = "n=20"
    folder: str = "/runs/r7"
    recovered_from: str | None = None
    attributes: str | None = None
