"""The overview tab: how a place stands, why, what it asked for and used; of many actions what they have in common."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flyte_cli.marks import FINISHED, RETRYING, at_rest, counts_at_rest, mark_of
from flyte_cli.output.action_page import AGAIN, WORDS
from flyte_cli.output.actions import counts_line, elapsed, fold_phase
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, bold, clipped, columns, dim, line
from flyte_cli.output.visible import clip, visible, width_of
from flyte_cli.quantities import duration, number, size, stopwatch
from flyte_cli.sources import shown_path
from flyte_cli.tui.details.tab import ReadTab, Unreadable, history_of, is_past, trouble
from flyte_cli.tui.details.wrapping import LABEL, fact, wrapped
from flyte_cli.tui.place import Looked
from flyte_cli.tui.rows import phases_of

if TYPE_CHECKING:
    from flyte._core import ActionView, Fold, RunTree
    from flyte_cli.ops.explaining import Reason
    from flyte_cli.ops.host import Host
    from flyte_cli.ops.looking import AttemptView

SLOWEST = 5
AT_ONCE = 2_000
"""Rows asked for at a time: other threads go on between them."""
FEWEST_BARS, MOST_BARS = 4, 24
LONGEST_REASON = 600
"""Characters of a reason or the head of an error; the tab Error has all of it."""
BARS = "▁▂▃▄▅▆▇█"
ASCII_BARS = ".:-=+*#@"
LONGEST_VALUE = 400
"""Characters of one input or output; the tab I/O has all of it."""


@dataclass(frozen=True)
class Facts:
    """What the journal and the cache say of an action, beyond its view."""

    attempts: Sequence[AttemptView] = ()
    reasons: Sequence[Reason] = ()
    inputs: Sequence[tuple[str, str]] = ()
    outputs: Sequence[tuple[str, str]] = ()
    report: bool = False
    rules: tuple[str, str] | None = None
    """Version and key of a task that is cached, or whose result was."""


@dataclass(frozen=True)
class Many:
    """What the members of a fan-out, group or bucket have in common, and which are the slowest."""

    total: int
    counts: dict[str, int]
    retries: int
    slowest: Sequence[tuple[str, float]]
    errors: Sequence[tuple[str, int]] = ()
    """Heads of errors, each with how many failed so, the most frequent first."""


TOLD_ELSEWHERE = frozenset({"usual", "retried", "cache_miss", "cached"})
"""Reasons that other lines of the page tell."""


class OverviewTab(ReadTab[Facts | Many]):
    """State, reasons, times, cost."""

    def stamp(self, looked: Looked) -> Hashable:
        """Times count on while something goes on."""
        now = round(looked.now * 10) if looked.tree.ended_at is None or is_past(looked) else 0
        return (looked.tree.version(), looked.tree.phase, now, self._reads)

    def to_read(self, looked: Looked) -> Hashable:
        """An action's history grows with its phases and attempts; a fan-out may change with every record."""
        moment = looked.now if is_past(looked) else None
        if looked.ordinal is None:
            return (looked.tree.version(), moment)
        action = looked.tree.rows([looked.ordinal])[0]
        return (at_rest(action.phase, looked.tree.phase), action.attempts, moment)

    def read(self, looked: Looked) -> Facts | Many:
        """Its journal, or the rows of its members."""
        if looked.ordinal is None:
            return many_of(looked)
        return facts_of(looked, looked.ordinal, self.host)

    def build(self, looked: Looked, width: int) -> Iterator[Line]:
        """The page."""
        look, here = self.app.look, self.host.folder()
        found = self.found
        if looked.ordinal is None:
            many = found if isinstance(found, Many) else None
            yield from many_lines(looked, many, look, width)
        else:
            facts = found if isinstance(found, Facts) else None
            action = looked.tree.action(looked.ordinal)
            yield from action_lines(looked.tree, action, facts, look, looked.now, here, width, looked.attempt)
        if isinstance(found, Unreadable):
            yield ()
            yield from trouble(found, "the rest of it", width)


# --- reading


def facts_of(looked: Looked, ordinal: int, host: Host) -> Facts:
    """What is recorded of one action."""
    from flyte.report.files import attempts_with_reports
    from flyte_cli.ops.explaining import reasons_of
    from flyte_cli.ops.looking import attempts_of
    from flyte_cli.ops.reports import where_it_ran

    tree = looked.tree
    action = tree.action(ordinal)
    history = history_of(looked, ordinal, host)
    return Facts(
        attempts=attempts_of(history),
        reasons=reasons_of(tree, action, history, host),
        inputs=action.inputs,
        outputs=action.outputs if action.phase in ("succeeded", "cached", "recovered") else (),
        report=bool(attempts_with_reports(where_it_ran(tree, action), action.name)),
        rules=_rules(tree, action),
    )


def _rules(tree: RunTree, action: ActionView) -> tuple[str, str] | None:
    from flyte_cli.ops.cache import key_of
    from flyte_cli.ops.cache_reasons import rules_of

    rules = rules_of(action.details)
    if rules is None:
        return None
    key = key_of(tree.inputs_of(action.ordinal), rules.ignored, action.task, rules.interface, rules.version)
    return rules.version, key.hex()


def many_of(looked: Looked) -> Many:
    """What can be said of all members; rows are made of those that failed, and of the slowest."""
    tree, place = looked.tree, looked.place
    phases = phases_of(place.mark)
    below = tree.gathered(place.ordinal, place.key, place.is_group, phases or None)
    slowest = tree.rows([ordinal for ordinal, _ in below.slowest])
    took = [(row.label, seconds) for row, (_, seconds) in zip(slowest, below.slowest, strict=True)]
    errors: dict[str, int] = {}
    if below.counts.get("failed"):
        failed = tree.members(place.ordinal, place.key, place.is_group, ["failed"])
        for start in range(0, len(failed), AT_ONCE):
            for row in tree.rows(failed[start : start + AT_ONCE]):
                if row.error_head is not None:
                    head = row.error_head[:LONGEST_REASON]
                    errors[head] = errors.get(head, 0) + 1
    frequent = sorted(errors.items(), key=lambda pair: -pair[1])[:SLOWEST]
    return Many(below.total, below.counts, below.retries, took, frequent)


# --- one action


def action_lines(
    tree: RunTree,
    action: ActionView,
    facts: Facts | None,
    look: Look,
    now: float,
    here: str,
    width: int,
    attempt: int | None = None,
) -> Iterator[Line]:
    """Everything about one action."""
    yield _state(tree, action, look, now)
    for reason in facts.reasons if facts is not None else ():
        if reason.kind not in TOLD_ELSEWHERE:
            yield from wrapped(clip(reason.text, LONGEST_REASON, look.glyph("…")), width, "", (Span("  "),), 2)
    yield ()
    environment, _, _ = action.task.rpartition(".")
    yield from fact("task", action.task, width)
    if environment:
        yield from fact("environment", environment, width)
    if action.file:
        yield from fact("source", f"{shown_path(action.file, here)}:{action.line}", width)
    if action.parent is not None:
        yield from fact("called by", tree.action(action.parent).path, width)
    if action.group:
        yield from fact("group", action.group, width)
    yield from _times(action, now, width)
    if facts is not None:
        yield from _attempts(action, facts.attempts, look, now, width, attempt)
        yield from _pairs("inputs", facts.inputs, look, width)
        yield from _pairs("result", facts.outputs, look, width)
    yield from _cache(tree, action, facts, width)
    yield from _cost(action, width)
    for place, (name, address) in enumerate(action.links):
        yield from fact("links" if place == 0 else "", f"{name}  {address}", width)
    if facts is not None and facts.report:
        yield from fact("report", "in the tab Report", width)
    if action.child_count:
        yield from _below(tree, action, look, width)


def _state(tree: RunTree, action: ActionView, look: Look, now: float) -> Line:
    phase = at_rest(action.phase, tree.phase)
    mark = mark_of(phase)
    seconds = elapsed(action.started_at, action.ended_at, now)
    goes_on = action.ended_at is None
    joint = dim("  " if goes_on else " in ")
    took = "" if seconds is None or (goes_on and tree.phase == "interrupted") else _took(seconds, goes_on)
    return line(look.mark(mark), " ", Span(phase, f"bold {mark.style}"), *((joint, Span(took)) if took else ()))


def _took(seconds: float, goes_on: bool) -> str:
    return stopwatch(seconds) if goes_on else duration(seconds)


def _times(action: ActionView, now: float, width: int) -> Iterator[Line]:
    yield ()
    yield from fact("queued", clock(action.queued_at, now), width)
    if action.started_at is not None:
        waited = action.started_at - action.queued_at
        late = line(dim(f"  {duration(waited)} later")) if waited >= 0.0005 else ()
        yield from fact("started", line(clock(action.started_at, now), late), width)
    if action.ended_at is not None:
        yield from fact("ended", clock(action.ended_at, now), width)


def clock(at: float, now: float) -> str:
    """`14:02:11.104`, with its day where that is not today."""
    then = datetime.fromtimestamp(at).astimezone()
    is_today = then.date() == datetime.fromtimestamp(now).astimezone().date()
    return then.strftime("%H:%M:%S." if is_today else "%Y-%m-%d %H:%M:%S.") + f"{then.microsecond // 1000:03d}"


def _attempts(
    action: ActionView, attempts: Sequence[AttemptView], look: Look, now: float, width: int, chosen: int | None
) -> Iterator[Line]:
    if action.max_attempts < 2 and len(attempts) < 2:
        return
    yield from fact("attempts", f"{action.attempts} of {action.max_attempts}", width)
    yield from attempt_lines(attempts, look, now, width, chosen)


def attempt_lines(
    attempts: Sequence[AttemptView], look: Look, now: float, width: int, chosen: int | None
) -> Iterator[Line]:
    """One line for each: how it ended, how long it took, the head of its error."""
    for each in attempts:
        is_last = each is attempts[-1]
        mark = RETRYING if each.outcome in AGAIN and not is_last else mark_of(each.outcome)
        took = duration((each.ended_at if each.ended_at is not None else now) - each.started_at)
        text = visible(each.reason.partition("\n")[0][:LONGEST_VALUE]) or WORDS.get(each.outcome, each.outcome)
        sign = Span(f"{look.glyph('❱')} ", "accent") if each.number == chosen else Span("  ")
        head = line(sign, look.mark(mark), f" {each.number} ", dim(f"{took:>6}  "))
        yield clipped(line(head, bold(text) if each.number == chosen else text), width, look.glyph("…"))


def _pairs(title: str, pairs: Sequence[tuple[str, str]], look: Look, width: int) -> Iterator[Line]:
    if pairs:
        yield ()
    for place, (name, text) in enumerate(pairs):
        value = clip(visible(text), LONGEST_VALUE, look.glyph("…"))
        label: Line = (dim(f"{title if place == 0 else '':<{LABEL}}"), bold(visible(name)), Span("  "))
        is_short = columns(label) + width_of(value) <= width
        yield from wrapped(value, width, "", label, columns(label) if is_short else LABEL + 2)


def _cache(tree: RunTree, action: ActionView, facts: Facts | None, width: int) -> Iterator[Line]:
    if facts is None or (facts.rules is None and action.cached_from is None):
        return
    yield ()
    if action.cached_from is not None:
        yield from fact("cache", f"hit: taken from {action.cached_from}", width, "cyan")
    elif action.phase == "recovered":
        yield from fact("cache", "not asked: taken over from an earlier run", width)
    else:
        missed = next((each.text for each in facts.reasons if each.kind == "cache_miss"), "")
        yield from fact("cache", f"miss: {missed.partition(': ')[2] or missed}" if missed else "not asked yet", width)
    if facts.rules is not None:
        version, key = facts.rules
        yield from fact("  key", f"{key[:16]}", width)
        yield from fact("  version", f"{version[:40]}", width)


def _cost(action: ActionView, width: int) -> Iterator[Line]:
    asked = asked_for(action.details)
    used = []
    if action.cpu_time >= 0.005:
        used.append(f"{duration(action.cpu_time)} of processor time")
    if action.peak_memory:
        used.append(f"{size(action.peak_memory)} at most")
    if asked or used:
        yield ()
    if asked:
        yield from fact("asked for", asked, width)
    if used:
        yield from fact("used", ", ".join(used), width)


def asked_for(details: str) -> str:
    """The resources that a task said it needs: `cpu 2, memory 4Gi`."""
    try:
        said = json.loads(details)["resources"] if details else {}
    except (KeyError, ValueError):
        return ""
    return ", ".join(f"{what} {_spelled(amount)}" for what, amount in said.items())


def _spelled(amount: object) -> str:
    return " to ".join(map(str, amount)) if isinstance(amount, list) else str(amount)


def _below(tree: RunTree, action: ActionView, look: Look, width: int) -> Iterator[Line]:
    below = tree.subtree(action.ordinal)
    yield ()
    yield line(bold("below it"), dim(f"  {number(below.total)} {'action' if below.total == 1 else 'actions'}"))
    yield line("  ", counts_line(counts_at_rest(below.counts, tree.phase), look))
    if below.retries:
        yield from wrapped(f"{number(below.retries)} attempts beyond the first", width, "", (Span("  "),), 2)
    if below.cpu_time >= 0.005:
        yield from wrapped(f"{duration(below.cpu_time)} of processor time", width, "", (Span("  "),), 2)
    if below.shortest is not None and below.longest is not None and below.mean is not None and below.total > 1:
        text = f"{duration(below.shortest)} to {duration(below.longest)}, {duration(below.mean)} on average"
        yield from wrapped(text, width, "", (Span("  "),), 2)
    for fold in tree.folds(action.ordinal):
        if fold.total > 1:
            yield from _fold_spread(tree, action.ordinal, fold, look, width)
    slowest = [(tree.action(ordinal).path, seconds) for ordinal, seconds in below.slowest]
    yield from _slowest(slowest, look, width)


def _fold_spread(tree: RunTree, parent: int, fold: Fold, look: Look, width: int) -> Iterator[Line]:
    spread = _spread(tree, parent, fold, look, width)
    if spread:
        yield clipped(line("  ", visible(fold.key)), width, look.glyph("…"))
        yield line("  ", spread)


def _slowest(slowest: Sequence[tuple[str, float]], look: Look, width: int) -> Iterator[Line]:
    if not slowest:
        return
    yield ()
    yield line(bold("slowest"))
    for path, seconds in slowest:
        yield clipped(line(dim(f"  {duration(seconds):>7}  "), visible(path)), width, look.glyph("…"))


# --- many actions


def many_lines(looked: Looked, many: Many | None, look: Look, width: int) -> Iterator[Line]:
    """A fan-out, a group or a bucket."""
    place, tree = looked.place, looked.tree
    fold = looked.fold
    if fold is None:
        yield from wrapped("nothing of it is there yet", width, "dim")
        return
    counts = fold.counts if not place.mark else (many.counts if many is not None else {})
    total = fold.total if not place.mark else (many.total if many is not None else 0)
    phase = at_rest(fold_phase(fold), tree.phase)
    counts = counts_at_rest(counts, tree.phase)
    mark = mark_of(phase)
    seconds = elapsed(fold.started_at, fold.ended_at, looked.now)
    took = "" if seconds is None else _took(seconds, fold.ended_at is None)
    if not place.mark:
        joint = dim(" in " if fold.ended_at else "  ")
        yield line(look.mark(mark), " ", Span(phase, f"bold {mark.style}"), joint, took)
        yield ()
    what = "group" if place.is_group else "fan-out"
    yield from fact(what, f"{place.key} {look.glyph('×')}{number(total)}", width)
    yield from fact("called by", tree.action(place.ordinal).path, width)
    if not place.is_group:
        first = tree.action(fold.first)
        yield from fact("task", first.task, width)
        if first.file:
            yield from fact("source", f"{first.file}:{first.line}", width)
    yield from fact("counts", counts_line(counts, look), width)
    done = sum(count for phase, count in counts.items() if phase in FINISHED)
    if done < total:
        yield from fact("done", f"{number(done)} of {number(total)}", width)
    retries = many.retries if many is not None and place.mark else fold.retries
    if retries:
        yield from fact("retries", number(retries), width)
    if not place.mark:
        spread = _spread(tree, place.ordinal, fold, look, width - LABEL + 2)
        if spread:
            yield from fact("durations", spread, width)
    if many is not None:
        yield from _slowest(many.slowest, look, width)
        yield from _errors(many.errors, look, width)


def _spread(tree: RunTree, parent: int, fold: Fold, look: Look, width: int) -> Line:
    """Shortest, how many between, longest: `0.9s ▁▃█▅▂ 4.4s`."""
    bins = min(max(width - 20, FEWEST_BARS), MOST_BARS, max(round(2 * fold.total**0.5), FEWEST_BARS))
    found = tree.durations(parent, fold.key, fold.is_group, bins)
    if found is None:
        return ()
    shortest, longest, counts = found
    if longest - shortest < 0.005:
        return line(dim("all "), duration(longest))
    return line(duration(shortest), " ", Span(bars(counts, look), "blue"), " ", duration(longest))


def bars(counts: Sequence[int], look: Look) -> str:
    """A column for each count."""
    signs = ASCII_BARS if look.ascii else BARS
    most = max(counts, default=0) or 1
    return "".join(signs[max(round(count / most * (len(signs) - 1)), 1)] if count else " " for count in counts)


def _errors(errors: Sequence[tuple[str, int]], look: Look, width: int) -> Iterator[Line]:
    if errors:
        yield ()
        yield line(bold("errors"))
    for text, count in errors:
        head = line("  ", Span(f"{number(count)} {look.glyph('×')} ", "red"))
        yield clipped(line(head, visible(text)), width, look.glyph("…"))
