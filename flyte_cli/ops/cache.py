"""What the cache holds, what it takes, what to drop from it, and why it had nothing for an action. No terminal here."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flyte_cli.action_names import find_action
from flyte_cli.errors import CliError, Misuse
from flyte_cli.near_miss import listed, nearest
from flyte_cli.ops.cache_reasons import (
    NOT_CACHED,
    OVERWRITTEN,
    UNREAD,
    Question,
    Reason,
    hit,
    reason_for_miss,
    rules_of,
)
from flyte_cli.ops.host import Host
from flyte_cli.ops.runs import find_run, open_tree

if TYPE_CHECKING:
    from flyte._core import ActionView, CacheEntry, RunTree


@dataclass(frozen=True)
class Held:
    """An entry, and what it needs that is not there any more."""

    entry: CacheEntry
    missing: str

    @property
    def usable(self) -> bool:
        """Whether a run may still be answered with it."""
        return not self.missing


@dataclass(frozen=True)
class Holding:
    """Some entries, newest first, and whether there are more."""

    entries: Sequence[Held]
    more: bool
    limit: int


@dataclass(frozen=True)
class Share:
    """What one task has in the cache; `size` counts bytes of outputs."""

    task: str
    entries: int
    gone: int
    size: int


@dataclass(frozen=True)
class Usage:
    """What the cache takes: all of it on disk, and who has how much."""

    path: str
    size: int
    shares: Sequence[Share]


@dataclass(frozen=True)
class Dropped:
    """Entries that were dropped, and the bytes of outputs they held."""

    entries: int
    gone: int
    size: int
    left: int


@dataclass(frozen=True)
class Answer:
    """Why one action of a run was computed, or was not."""

    run: str
    action: str
    phase: str
    reason: Reason


def held(entries: Iterable[CacheEntry]) -> list[Held]:
    """Entries with what they miss."""
    return [Held(entry, missing(entry)) for entry in entries]


def missing(entry: CacheEntry) -> str:
    """A local file or folder that the entry needs and that is gone; nothing when all is there."""
    return entry.gone or next((path for path in entry.data if not os.path.exists(path)), "")


def list_entries(task: str | None, limit: int, host: Host) -> Holding:
    """The newest entries: all, or those of a task."""
    if limit < 1:
        raise Misuse(f"`--limit` is a number from 1 up, got `{limit}`")
    entries = _entries(task, host)
    return Holding(held(entries[:limit]), len(entries) > limit, limit)


def usage(host: Host) -> Usage:
    """What every task has in it, the largest first."""
    shares: dict[str, list[Held]] = {}
    for each in held(_entries(None, host)):
        shares.setdefault(each.entry.task, []).append(each)
    path = Path(host.engine.cache_path())
    files = [path.with_name(path.name + end) for end in ("", "-wal", "-shm")]
    size = sum(file.stat().st_size for file in files if file.exists())
    rows = [
        Share(task, len(some), sum(not each.usable for each in some), sum(each.entry.size for each in some))
        for task, some in shares.items()
    ]
    return Usage(str(path), size, sorted(rows, key=lambda share: (-share.size, share.task)))


def drop(older_than: str | None, task: str | None, all: bool, yes: bool, host: Host) -> Dropped:
    """Drop entries whose data is gone, and those that are older than asked; or all."""
    before = -math.inf if older_than is None else host.clock() - _seconds(older_than)
    entries = held(_entries(task, host))
    dropped = [each for each in entries if all or not each.usable or each.entry.created < before]
    if all and not yes and dropped:
        what = f"all {len(dropped)} entries" if len(dropped) > 1 else "the only entry"
        of = f" of {task}" if task else ""
        raise Misuse(f"`--all` drops {what}{of}; they would be computed again", help=["add `--yes` to do it"])
    _changed(host, [each.entry.key for each in dropped])
    size = sum(each.entry.size for each in dropped)
    return Dropped(len(dropped), sum(not each.usable for each in dropped), size, len(entries) - len(dropped))


def drop_all(yes: bool, host: Host) -> Dropped | None:
    """Drop every entry; None when somebody thought better of it."""
    count = len(_entries(None, host))
    if count and not yes:
        what = f"all {count} results" if count > 1 else "the only result"
        answer = host.confirm(f"drop {what} from the cache? they would be computed again")
        if answer is None:
            raise Misuse("nobody is there to confirm it", help=["`--yes` drops without asking"])
        if not answer:
            return None
    return drop(None, None, True, True, host)


def _seconds(older_than: str) -> float:
    from flyte.durations import duration

    try:
        return duration(older_than, "`--older-than`").total_seconds()
    except (TypeError, ValueError) as error:
        raise Misuse(str(error), help=["`--older-than 30d`, `12h` or `90m`"]) from error


def why(run: str, action: str | None, host: Host) -> Answer:
    """Why an action was computed though its task is cached, or where its result came from."""
    tree = open_tree(find_run(run, host), host)
    chosen = find_action(tree, action) if action is not None else tree.action(0)
    return Answer(tree.name, chosen.path, chosen.phase, reason_for(tree, chosen, host))


def reason_for(tree: RunTree, action: ActionView, host: Host) -> Reason:
    """Why one action was computed, or where its result came from."""
    if action.cached_from is not None:
        return hit(action.cached_from)
    rules = rules_of(action.details)
    if rules is None:
        return NOT_CACHED
    if action.phase == "recovered":
        return Reason("recovered", f"recovered from {tree.recovered_from}, before the cache was asked")
    if action.cache_unread is not None:
        return OVERWRITTEN if action.cache_unread else UNREAD
    from flyte._core import input_hashes

    inputs = tree.inputs_of(action.ordinal)
    key = key_of(inputs, rules.ignored, action.task, rules.interface, rules.version)
    question = Question(
        key, action.short_name, rules, dict(input_hashes(inputs)), action.queued_at, tree.name, action.ordinal
    )
    return reason_for_miss(question, host.engine.cache_entries(action.task))


def key_of(inputs: bytes, ignored: Sequence[str], task: str, interface: str, version: str) -> bytes:
    """The cache key of wire.md 5.6, not spelled."""
    from base64 import b64decode

    from flyte._core import cache_key, inputs_hash

    return b64decode(cache_key(inputs_hash(inputs, ignored), task, interface, version))


def _entries(task: str | None, host: Host) -> list[CacheEntry]:
    """Those of a task by its name, short or whole; an unknown one is told with those there are."""
    try:
        entries = host.engine.cache_entries(None)
    except ValueError as error:
        raise CliError(f"the cache cannot be read: {error}") from error
    if task is None:
        return entries
    found = [entry for entry in entries if task in (entry.task, entry.task.rpartition(".")[2])]
    if not found:
        known = sorted({entry.task for entry in entries})
        guess = nearest(task, [*known, *(name.rpartition(".")[2] for name in known)])
        help = [f"did you mean `{guess}`?"] if guess else [f"tasks in it: {listed(known)}"] if known else []
        raise CliError(f"the cache holds nothing of `{task}`", help=help)
    return found


def _changed(host: Host, keys: list[bytes]) -> None:
    try:
        host.engine.remove_cache_entries(keys)
    except ValueError as error:
        raise CliError(f"the cache cannot be changed: {error}", help=["is a run writing to it right now?"]) from error
