"""What actions printed: past runs, and runs that go on. Lines come in batches, so that a gigabyte is never held."""

from __future__ import annotations

import re
import shlex
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from flyte_cli.action_names import find_action
from flyte_cli.action_patterns import ActionPattern
from flyte_cli.errors import Misuse, NoSuchAction
from flyte_cli.log_levels import LEVELS, Levels
from flyte_cli.near_miss import nearest
from flyte_cli.ops.host import Host
from flyte_cli.ops.moments import moment_of
from flyte_cli.ops.runs import ANYWHERE, Belonging, find_run, open_tree

if TYPE_CHECKING:
    from flyte._core import Happening, LogReader, RunTree

LIVE = ("queued", "running")
BETWEEN_LOOKS = 0.1
"""Seconds between two looks at a run that is followed."""

_OURS = re.compile(r'\d\d:\d\d:\d\d [A-Z]+ +flyte  |\{"time": "[^"]+", "level": "[A-Z]+", "logger": "flyte",')
"""Both forms of what the logger of flyte itself writes."""

RawLine = tuple[int, str, int, bytes]


class LogEntry(NamedTuple):
    """One line that an action printed, or that it is tried again."""

    ordinal: int
    path: str
    attempt: int
    stream: str
    """`stdout` or `stderr`; nothing for another attempt."""
    at: float
    text: str
    raw: bytes


@dataclass(frozen=True)
class LogQuestion:
    """Which lines somebody wants."""

    actions: tuple[str, ...] = ()
    follow: bool = False
    tail: int | None = None
    since: str | None = None
    until: str | None = None
    grep: str | None = None
    invert: bool = False
    ignore_case: bool = False
    level: str | None = None
    attempt: int | None = None
    stderr_only: bool = False
    only_tasks: bool = False
    """Without what flyte itself says in a log."""

    def __post_init__(self) -> None:
        for option, number, least in (("--tail", self.tail, 0), ("--attempt", self.attempt, 1)):
            if number is not None and number < least:
                raise Misuse(f"`{option}` is a number from {least} up, got `{number}`")
        if self.invert and self.grep is None:
            raise Misuse("`--invert` says which lines to leave out", help=["add `--grep PATTERN`"])
        if self.level is not None and self.level.lower() not in LEVELS:
            guess = nearest(self.level.lower(), LEVELS)
            help = f"did you mean `{guess}`?   " if guess else ""
            raise Misuse(f"`--level` has no `{self.level}`", help=[f"{help}it takes {', '.join(LEVELS)}"])

    @property
    def narrow(self) -> bool:
        """Whether lines may be left out, beside those of other actions."""
        asked = (self.since, self.until, self.grep, self.level, self.attempt)
        return self.stderr_only or self.only_tasks or any(each is not None for each in asked)


def pattern(option: str, text: str | None, ignore_case: bool = False) -> re.Pattern[str] | None:
    """The regular expression that was typed."""
    try:
        return None if text is None else re.compile(text, re.IGNORECASE if ignore_case else 0)
    except re.error as error:
        escaped = shlex.quote(re.escape(text or ""))
        raise Misuse(
            f"`{option}` is no regular expression: {error}", help=[f"{option} {escaped} finds it as it is"]
        ) from None


@dataclass
class Selection:
    """The actions whose lines are wanted; patterns also take those that come later."""

    tree: RunTree
    words: tuple[str, ...]
    ordinals: set[int] = field(default_factory=set)
    seen: int = 0

    def grow(self) -> set[int]:
        """Look at the actions that came since the last time; those that were taken."""
        patterns = [ActionPattern(word) for word in self.words]
        fresh: set[int] = set()
        for ordinal in range(self.seen, len(self.tree)) if patterns else ():
            action = self.tree.action(ordinal)
            if action.name in self.words or any(each.matches(action.path) for each in patterns):
                fresh.add(ordinal)
        self.seen = len(self.tree)
        self.ordinals |= fresh
        return fresh

    def check(self) -> None:
        """Refuse a word that stands for no action."""
        for word in self.words:
            alone = Selection(self.tree, (word,))
            if not alone.grow():
                found = find_action(self.tree, word)
                raise NoSuchAction(
                    f"no action of run `{self.tree.name}` fits `{word}`", help=[f"`{found.path}` is one"]
                )

    def has(self, ordinal: int) -> bool:
        """Whether lines of the action are wanted."""
        return not self.words or ordinal in self.ordinals


@dataclass
class Logs:
    """The lines of a run that were asked for: `batches` reads them, and may only be used once."""

    tree: RunTree
    question: LogQuestion
    host: Host
    selection: Selection
    since: float | None
    until: float | None
    live: bool
    looked_at: int = 0
    shown: int = 0
    paths: dict[int, str] = field(default_factory=dict)
    starts: dict[int, list[int]] = field(default_factory=dict)
    again: list[LogEntry] = field(default_factory=list)
    """Further attempts that are not told yet."""
    told: int = 0
    retries: int = 0
    last_attempt: float = 0.0
    """When the last attempt started that is known of."""
    levels: Levels = field(default_factory=Levels)

    @property
    def past(self) -> bool:
        """Whether the lines come to an end by themselves."""
        return not (self.live and self.question.follow)

    @cached_property
    def _grep(self) -> re.Pattern[str] | None:
        return pattern("--grep", self.question.grep, self.question.ignore_case)

    @cached_property
    def reader(self) -> LogReader:
        """Reads the file."""
        since = self._micros(self.since) if self.since is not None else 0
        until = self._micros(self.until) if self.until is not None else None
        ordinals = self.selection.ordinals if self.selection.words else None
        return self.host.engine.log_reader(self.tree, ordinals, self.question.stderr_only, since, until)

    def batches(self) -> Iterator[list[LogEntry]]:
        """The lines, some at a time; when a run is followed, until it is over."""
        self._learn_attempts()
        if self.until is not None and self.until < self.tree.started_at:
            return
        if self.question.tail is not None:
            yield self._in_order(self._tail(self.question.tail))
        yield from self._rest()
        while not self.past:
            over = self.tree.phase not in LIVE  # looked at before the last lines are read
            self._look_again()
            yield from self._rest()
            if over:
                break
            self.host.pause(BETWEEN_LOOKS)
        yield self._told_until(None)

    def _rest(self) -> Iterator[list[LogEntry]]:
        if self.question.tail is not None and not self.question.follow:
            return
        while lines := self.reader.read():
            yield self._in_order(self._wanted(lines))

    def _tail(self, count: int) -> list[LogEntry]:
        if self.question.level is not None:
            # what came before says how serious an indented line is
            kept: deque[LogEntry] = deque(maxlen=count)
            while lines := self.reader.read():
                kept.extend(self._wanted(lines))
            return list(kept)
        blocks: list[list[LogEntry]] = []
        while sum(map(len, blocks)) < max(count, 1) and (block := self.reader.back()) is not None:
            blocks.append(self._wanted(block))
        found = [entry for some in reversed(blocks) for entry in some]
        return found[-count:] if count else []

    def _wanted(self, lines: Sequence[RawLine]) -> list[LogEntry]:
        self.looked_at += len(lines)
        entries = []
        for ordinal, stream, at, raw in lines:
            attempt = self._attempt(ordinal, at)
            if self.question.attempt not in (None, attempt):
                continue
            text = raw.decode("utf-8", "backslashreplace")
            if self._fits(ordinal, stream, text):
                seconds = self.tree.started_at + at / 1e6
                entries.append(LogEntry(ordinal, self._path(ordinal), attempt, stream, seconds, text, raw))
        return entries

    def _fits(self, ordinal: int, stream: str, text: str) -> bool:
        if self.question.only_tasks and _OURS.match(text):
            return False
        if self.question.level is not None:
            level = self.levels.of(ordinal, stream, text)
            if LEVELS.index(level) < LEVELS.index(self.question.level.lower()):
                return False
        return self._grep is None or bool(self._grep.search(text)) != self.question.invert

    def _in_order(self, entries: list[LogEntry]) -> list[LogEntry]:
        """The lines with the further attempts among them."""
        self.shown += len(entries)
        if not self.again:
            return entries
        if self.question.tail is not None and not self.told:
            first = entries[0].at if entries else self.host.clock()
            self.again = [each for each in self.again if each.at >= first]
        told = self._told_until(entries[-1].at) if entries else []
        return sorted([*entries, *told], key=lambda entry: entry.at) if told else entries

    def _told_until(self, at: float | None) -> list[LogEntry]:
        told = [each for each in self.again if at is None or each.at <= at]
        self.again = self.again[len(told) :]
        self.told += len(told)
        return told

    def _look_again(self) -> None:
        self.tree.refresh()
        if self.selection.words and (fresh := self.selection.grow()):
            self.reader.add(fresh)
        if self.tree.retries != self.retries:
            self._learn_attempts()

    def _learn_attempts(self) -> None:
        """When each attempt started: a line does not say which one printed it."""
        self.retries = self.tree.retries
        if not self.retries:
            return
        self.starts = {}
        for each in self.host.engine.history(self.tree):
            if each.kind == "started":
                self.starts.setdefault(each.ordinal, []).append(self._micros(each.at))
                if each.attempt > 1 and each.at > self.last_attempt:
                    self.last_attempt = each.at
                    self._tell_again(each)

    def _tell_again(self, each: Happening) -> None:
        question = self.question
        in_time = (self.since is None or each.at >= self.since) and (self.until is None or each.at <= self.until)
        said = question.attempt is None and not (question.stderr_only or question.only_tasks)
        if in_time and said and self.selection.has(each.ordinal):
            self.again.append(LogEntry(each.ordinal, self._path(each.ordinal), each.attempt, "", each.at, "", b""))

    def _attempt(self, ordinal: int, at: int) -> int:
        # what an attempt prints comes after it was told to start, so a line at that very time is of the one before
        return max(bisect_left(self.starts.get(ordinal, ()), at), 1)

    def _path(self, ordinal: int) -> str:
        if ordinal not in self.paths:
            self.paths[ordinal] = self.tree.action(ordinal).path
        return self.paths[ordinal]

    def _micros(self, at: float) -> int:
        return max(round((at - self.tree.started_at) * 1e6), 0)


def open_logs(run: str, question: LogQuestion, host: Host, within: Belonging = ANYWHERE) -> Logs:
    """Find the run and the actions; nothing is read yet."""
    since = moment_of("--since", question.since, host) if question.since is not None else None
    until = moment_of("--until", question.until, host) if question.until is not None else None
    pattern("--grep", question.grep)
    tree = open_tree(find_run(run, host, within), host)
    live = tree.phase in LIVE
    selection = Selection(tree, question.actions)
    selection.grow()
    if not (live and question.follow):
        selection.check()
    return Logs(tree, question, host, selection, since, until, live)


def why_nothing(logs: Logs) -> tuple[str, list[str]]:
    """What to say when there is no line, and what to do."""
    tree, question = logs.tree, logs.question
    chosen = [tree.action(ordinal) for ordinal in sorted(logs.selection.ordinals)[:100]] or [tree.action(0)]
    who = "run `" + tree.name + "`" if not question.actions else ", ".join(f"`{each.path}`" for each in chosen[:3])
    if question.narrow and logs.looked_at:
        return f"none of {logs.looked_at} {'line' if logs.looked_at == 1 else 'lines'} fits", [
            f"flyte logs {tree.name} shows them all"
        ]
    if question.narrow:
        return f"nothing that fits was printed by {who}", [f"flyte logs {tree.name} shows all there is"]
    phases = {each.phase for each in chosen}
    if phases == {"queued"}:
        return f"{who} has not started", [f"flyte logs {tree.name} -f waits for it"]
    if phases == {"recovered"} and tree.recovered_from is not None:
        return f"{who} was taken over from `{tree.recovered_from}`, which has what it printed", [
            f"flyte logs {' '.join([tree.recovered_from, *question.actions])}"
        ]
    sources = sorted({each.cached_from for each in chosen if each.cached_from is not None})
    if phases == {"cached"} and sources:
        return f"{who} was taken from the cache: `{sources[0]}` computed it", [f"flyte logs {sources[0]}"]
    if logs.live:
        return f"{who} has printed nothing yet", [f"flyte logs {tree.name} -f waits for it"]
    return f"{who} printed nothing", [f"flyte get run {tree.name}"]
