"""Why an action was, or would be, taken from the cache or not. It compares what was recorded, and reads nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flyte._core import CacheEntry


@dataclass(frozen=True)
class Rules:
    """What a cached task told people of itself when it was recorded."""

    version: str
    interface: str
    ignored: tuple[str, ...] = ()
    explicit: bool = False
    """The version was said, and does not follow the code."""
    max_age: float | None = None
    parts: tuple[tuple[str, str], ...] = ()
    """What the version is made of, each with its digest: `task load`, `function clean`, `class Cfg`, ..."""


def rules_of(details: str) -> Rules | None:
    """Read a task's details; None for one that is not cached."""
    document: dict[str, Any] = json.loads(details) if details else {}
    said = document.get("cache")
    if said is None:
        return None
    parts = tuple((str(what), str(digest)) for what, digest, *_ in document.get("version_parts", ()))
    return Rules(
        said["version"], said["interface"], tuple(said["ignored"]), bool(said["explicit"]), said["max_age"], parts
    )


@dataclass(frozen=True)
class Question:
    """What an action asks the cache for, and when (Unix seconds)."""

    key: bytes
    short_name: str
    rules: Rules
    inputs: Mapping[str, str]
    at: float
    run: str = ""
    ordinal: int = -1
    """The action's own run and number there; nothing for one that was not run yet."""


@dataclass(frozen=True)
class Reason:
    """One word for programs, a sentence for people, and the run it is about."""

    kind: str
    """`hit`, `first`, `input`, `function`, `version`, `interface`, `ignored`, `gone`, `expired`, `unread`,
    `overwritten`, `recovered`, `not_cached` or `concurrent`."""
    text: str
    run: str | None = None


NOT_CACHED = Reason("not_cached", "not cached: its task has no cache=")
UNREAD = Reason("unread", "the run was told not to use the cache")
OVERWRITTEN = Reason("overwritten", "the run was told to replace what is in the cache")


def hit(run: str) -> Reason:
    """It was, or would be, taken from the cache."""
    return Reason("hit", f"taken from {run}", run)


def gone(path: str, run: str) -> Reason:
    """The entry cannot be used: what it refers to was deleted."""
    return Reason("gone", f"the data of {run} is gone: {path}", run)


def expired(run: str) -> Reason:
    """The entry cannot be used: it is too old."""
    return Reason("expired", f"the result of {run} is older than max_age", run)


def reason_for_miss(question: Question, entries: Iterable[CacheEntry]) -> Reason:
    """Why the entries of its task had nothing for an action."""
    entries = list(entries)
    for entry in entries:
        if entry.key == question.key:
            found = _of_same_key(question, entry)
            if found is not None:
                return found
    earlier = [entry for entry in entries if entry.key != question.key and entry.created <= question.at]
    return nearest(question, earlier)


def _of_same_key(question: Question, entry: CacheEntry) -> Reason | None:
    """What the one entry says that should have done; None when there was none at the time."""
    is_own = (entry.run, entry.ordinal) == (question.run, question.ordinal)
    if not is_own and entry.created <= question.at:
        return _unusable(question, entry.run, entry.created, entry.gone)
    if entry.earlier is not None:
        run, created, missing = entry.earlier
        return _unusable(question, run, created, missing) if created <= question.at else _concurrent(run)
    return None if is_own else _concurrent(entry.run)


def _unusable(question: Question, run: str, created: float, missing: str) -> Reason:
    if missing:
        return gone(missing, run)
    limit = question.rules.max_age
    if limit is not None and question.at - created > limit:
        return expired(run)
    return _concurrent(run)


def _concurrent(run: str) -> Reason:
    return Reason("concurrent", f"{run} computed the same at the same time; Cache(serialize=True) would wait", run)


def nearest(question: Question, entries: Iterable[CacheEntry]) -> Reason:
    """What differs from the entry with the fewest differences, the newest of several."""
    compared = [(list(_differences(question, entry)), entry) for entry in entries]
    compared = [(found, entry) for found, entry in compared if found]
    if not compared:
        return Reason("first", f"nothing was kept of {question.short_name} yet")
    differences, entry = min(compared, key=lambda pair: (len(pair[0]), -pair[1].created))
    kind = differences[0][0]
    texts = [text for _, text in differences]
    shown = ", ".join(texts[:3]) + (f" and {len(texts) - 3} more" if len(texts) > 3 else "")
    return Reason(kind, f"{shown} changed since {entry.run}", entry.run)


def _differences(question: Question, entry: CacheEntry) -> Iterator[tuple[str, str]]:
    """Kind and name of everything that makes the keys differ."""
    now, then = question.rules, rules_of(entry.details)
    if then is None:
        return
    if now.interface != then.interface:
        yield "interface", f"the inputs or outputs of {question.short_name}"
    if now.version != then.version:
        yield from _code(question.short_name, now, then)
    if sorted(now.ignored) != sorted(then.ignored):
        yield "ignored", "the ignored inputs"
    before: dict[str, str] = json.loads(entry.inputs)
    counted = [name for name in {**before, **question.inputs} if name not in now.ignored]
    for name in counted if before and question.inputs else ():
        if before.get(name) != question.inputs.get(name):
            yield "input", f"input {name}"
    if not (before and question.inputs) and now == then:
        yield "input", "an input"


def _code(short_name: str, now: Rules, then: Rules) -> Iterator[tuple[str, str]]:
    if now.explicit or then.explicit:
        yield "version", f"the version, {_version(then)} then and {_version(now)} now,"
        return
    after, before = dict(now.parts), dict(then.parts)
    changed = [what for what in {**before, **after} if before.get(what) != after.get(what)]
    for what in changed if before and after else ():
        yield "function", f"code of {what[5:]}" if what.startswith("task ") else what
    if not (before and after and changed):
        yield "function", f"code of {short_name}"


def _version(rules: Rules) -> str:
    return f"`{rules.version}`" if rules.explicit else "that of its code"
