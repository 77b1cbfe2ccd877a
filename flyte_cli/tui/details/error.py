"""The error tab: what went wrong, in which line, how often, on what, and what to do about it. One error, told once."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.actions import SkipAction

from flyte_cli.output.actions import inputs_text, short_type
from flyte_cli.output.advice import advice_for
from flyte_cli.output.failure import passed_through, raised_by
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, bold, clipped, columns, dim, line
from flyte_cli.output.visible import visible
from flyte_cli.quantities import number
from flyte_cli.sources import shown_path, source_around
from flyte_cli.tui.details.code import coloured, plain
from flyte_cli.tui.details.overview import Many, attempt_lines, many_of
from flyte_cli.tui.details.tab import Go, ReadTab, Unreadable, history_of, is_past
from flyte_cli.tui.details.wrapping import LABEL, NARROWEST, fact, wrapped, wrapped_spans
from flyte_cli.tui.place import Looked, Place

if TYPE_CHECKING:
    from flyte._core import ActionView, ErrorView, RunTree
    from flyte_cli.ops.host import Host
    from flyte_cli.ops.looking import AttemptView

    Frame = tuple[str, int, str, str, bool]

BEFORE, AFTER = 6, 2
"""Lines of code shown around the one that raised."""
MOST_CAUSES = 10
MOST_FRAMES = 60
"""Library frames that are shown: a recursion has a thousand of them."""
KINDS = {"user": "your code", "system": "the system", "unknown": ""}


@dataclass(frozen=True)
class Shown:
    """A frame with the lines around it, in colours; only the recorded line where the file is another one now."""

    frame: Frame
    code: Sequence[tuple[int, Line]]
    changed: bool = False


@dataclass(frozen=True)
class Failed:
    """What is read of a failed attempt of one action."""

    error: ErrorView | None
    attempt: int
    attempts: Sequence[AttemptView]
    inputs: str
    frames: Sequence[Shown] = ()
    """Its frames, innermost first, and then those of the actions that it passed through."""


class ErrorTab(ReadTab[Failed | Many]):
    """The error of the selected place, or where to find one."""

    has_cursor: ClassVar[bool] = False

    def stamp(self, looked: Looked) -> Hashable:
        """Frames come and go with a key; counts of failures with every record."""
        below = 0
        if looked.ordinal is not None and len(looked.tree):
            below = looked.below.counts.get("failed", 0)
        return (looked.shows_library, below, self._error_stamp(looked), self._reads)

    def to_read(self, looked: Looked) -> Hashable:
        """Read again with each attempt."""
        if not len(looked.tree):
            return None
        moment = looked.now if is_past(looked) else None
        if looked.ordinal is None:
            counts = _fold_counts(looked)
            return (counts.get("failed", 0), moment)
        return (self._error_stamp(looked), moment)

    def read(self, looked: Looked) -> Failed | Many:
        """Attempts from the journal, code from disk."""
        if looked.ordinal is None:
            return many_of(looked)
        return failed_of(looked, looked.ordinal, self.host)

    def build(self, looked: Looked, width: int) -> Iterator[Line]:
        """The page."""
        look, here = self.app.look, self.host.folder()
        if not len(looked.tree):
            yield from wrapped("the run has not started yet", width, "dim")
        elif looked.ordinal is None:
            yield from many_errors(looked, self.found if isinstance(self.found, Many) else None, look, width)
        elif isinstance(self.found, Unreadable):
            yield from _head_of(looked.tree.action(looked.ordinal), width)
            yield ()
            yield from wrapped(f"more of it cannot be read: {self.found.sentence}", width, "yellow")
        else:
            failed = self.found if isinstance(self.found, Failed) else None
            yield from action_errors(looked, looked.ordinal, failed, look, here, width)

    def action_open(self) -> None:
        """Go to the action whose error this is, or to the first failure."""
        to = self._origin()
        if to is None:
            raise SkipAction()
        self.post_message(Go(Place(to)))

    def _origin(self) -> int | None:
        looked = self.looked
        if looked is None or not len(looked.tree):
            return None
        if looked.ordinal is None:
            members = looked.members()
            return next((each.ordinal for each in looked.tree.rows(members) if each.phase == "failed"), None)
        below = raised_by(looked.tree, looked.tree.action(looked.ordinal))
        while below is not None:
            deeper = raised_by(looked.tree, below)
            if deeper is None:
                return below.ordinal
            below = deeper
        if looked.tree.rows([looked.ordinal])[0].error_head is not None:
            return None
        return next(iter(looked.below.failed), None)

    def _error_stamp(self, looked: Looked) -> Hashable:
        if not len(looked.tree):
            return None
        if looked.ordinal is None:
            return _fold_counts(looked).get("failed", 0)
        row = looked.tree.rows([looked.ordinal])[0]
        return (row.phase, row.attempts, row.error_head)


def _fold_counts(looked: Looked) -> dict[str, int]:
    return looked.fold.counts if looked.fold is not None else {}


# --- reading


def failed_of(looked: Looked, ordinal: int, host: Host) -> Failed:
    """One attempt of an action: the chosen one, or the last."""
    from flyte_cli.ops.looking import attempts_of

    tree = looked.tree
    action = tree.action(ordinal)
    history = history_of(looked, ordinal, host)
    attempts = attempts_of(history)
    last = attempts[-1].number if attempts else max(action.attempts, 1)
    number = looked.attempt or last
    error, current = None, 0
    for each in history:
        current = each.attempt if each.kind == "started" else current
        if current == number and each.error is not None:
            error = each.error
    if error is None and number == last:
        error = action.error
    frames = _frames_of(tree, action, error) if error is not None else []
    return Failed(error, number, attempts, inputs_text(action, 400), [shown_frame(frame) for frame in frames])


def _frames_of(tree: RunTree, action: ActionView, error: ErrorView) -> list[Frame]:
    """Innermost first; where it passed on through callers, with their frames."""
    frames = list(reversed(error.frames))
    seen = {(frame[0], frame[1]) for frame in frames}
    for passed in passed_through(tree, action):
        for frame in reversed(passed.error.frames if passed.error is not None else []):
            if (frame[0], frame[1]) not in seen:
                seen.add((frame[0], frame[1]))
                frames.append(frame)
    return frames


def shown_frame(frame: Frame) -> Shown:
    """The code around a frame, as it is on disk if that is what ran."""
    file, at, _, source, is_own = frame
    around = source_around(file, at, source, BEFORE, AFTER) if is_own else ()
    if len(around) < 2:
        text = source.strip("\n")
        return Shown(frame, [(at, plain(text))] if text.strip() else [], is_own and bool(text.strip()))
    import linecache

    lines = coloured([text.rstrip("\n") for text in linecache.getlines(file)])
    return Shown(frame, [(number, lines[number - 1]) for number, _ in around if number <= len(lines)])


# --- one action


def action_errors(
    looked: Looked, ordinal: int, failed: Failed | None, look: Look, here: str, width: int
) -> Iterator[Line]:
    """The error of an action; for one without, how many failed below it."""
    tree = looked.tree
    action = tree.action(ordinal)
    error = failed.error if failed is not None else (action.error if looked.attempt is None else None)
    if error is None:
        yield from _without(tree, action, failed, look, looked, width)
        return
    yield from head_lines(error, width)
    below = raised_by(tree, action)
    if below is None:
        yield from _standing(action, error, failed, look, width)
    else:
        yield from _with_key(f"from {below.path}, which it called", "Enter", width)
    yield ()
    if failed is not None:
        yield from without_last_gap(frame_lines(failed.frames, looked.shows_library, look, here, width))
        yield from _causes(error, look, width)
        if failed.inputs:
            yield ()
            yield from fact("inputs", failed.inputs, width)
        if len(failed.attempts) > 1:
            yield ()
            yield line(dim("attempts"))
            yield from attempt_lines(failed.attempts, look, looked.now, width, looked.attempt)
    yield from _help(error, action, width)
    yield from _next(tree, action, failed, here, width)


def head_lines(error: ErrorView, width: int) -> Iterator[Line]:
    """Type and message, all of it."""
    first, _, rest = error.message.strip("\n").partition("\n")
    kind = visible(short_type(error))
    head: Line = (Span(f"{kind}: " if first else kind, "bold red"),)
    yield from (
        wrapped(first, width, "", head, 2)
        if columns(head) < width // 2
        else (
            clipped(head, width),
            *wrapped(first, width, "", (Span("  "),), 2),
        )
    )
    if rest:
        yield from wrapped(rest, width, "", (Span("  "),), 2)


def _head_of(action: ActionView, width: int) -> Iterator[Line]:
    if action.error is not None:
        yield from head_lines(action.error, width)
    else:
        yield from wrapped("no error", width, "dim")


def _standing(action: ActionView, error: ErrorView, failed: Failed | None, look: Look, width: int) -> Iterator[Line]:
    """`3 of 3 attempts · your code`."""
    attempt = failed.attempt if failed is not None else action.attempts
    facts = []
    if action.max_attempts > 1:
        facts.append(f"attempt {attempt} of {action.max_attempts}")
    if action.phase == "retrying":
        facts.append("is tried again")
    elif action.phase in ("succeeded", "recovered", "cached", "running", "waiting") and attempt < action.attempts + 1:
        facts.append(f"{'succeeded' if action.phase not in ('running', 'waiting') else action.phase} since")
    if KINDS.get(error.kind):
        facts.append(f"raised in {KINDS[error.kind]}" if error.kind == "user" else "found by the engine")
    yield from wrapped(f" {look.glyph('·')} ".join(facts), width, "dim")


def frame_lines(frames: Sequence[Shown], library: bool, look: Look, here: str, width: int) -> Iterator[Line]:
    """The innermost frame of one's own with the code around it; callers with one line each; the others as a count."""
    own = [each for each in frames if each.frame[4]]
    shown = list(frames[:MOST_FRAMES]) if library or not own else own[:MOST_FRAMES]
    lit = next((each for each in shown if each.frame[4]), shown[0] if shown else None)
    for each in shown:
        if each is lit:
            yield from _excerpt(each, look, here, width)
        else:
            yield from _call(each, look, here, width)
    hidden = len(frames) - len(shown)
    if shown and (library or hidden):
        what = "library frame" if hidden == 1 else "library frames"
        text = f"{number(hidden)} {what} hidden  " if hidden else "library frames are shown  "
        yield line(dim(text), Span("v", "bold accent"))


def without_last_gap(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines with no gap at the end: what follows begins with one."""
    gaps = 0
    for each in lines:
        if not each:
            gaps += 1
            continue
        yield from ((),) if gaps else ()
        gaps = 0
        yield each


def _where(frame: Frame, here: str, width: int, look: Look) -> Line:
    file, at, function, _, is_own = frame
    place = line(f"{visible(shown_path(file, here))}:{at}", dim(" in "), bold(visible(function)))
    if not is_own:
        place = tuple(Span(span.text, "dim") for span in place)
    if columns(place) > width:  # the end tells files apart
        room = max(width - columns(place[1:]) - 1, NARROWEST)
        place = (Span(look.glyph("…") + place[0].text[-room:], place[0].style), *place[1:])
    return clipped(place, width, look.glyph("…"))


def _excerpt(shown: Shown, look: Look, here: str, width: int) -> Iterator[Line]:
    yield _where(shown.frame, here, width, look)
    digits = max((len(str(at)) for at, _ in shown.code), default=0)
    for at, code in shown.code:
        is_lit = at == shown.frame[1]
        sign = Span(f"{look.glyph('❱')} ", "bold red") if is_lit else Span("  ")
        head: Line = (sign, Span(f"{at:>{digits}} ", "bold" if is_lit else "dim"))
        inner = sum(1 for _ in itertools.takewhile(str.isspace, "".join(span.text for span in code)))
        if is_lit:  # all of it: it is what one looks for
            yield from wrapped_spans(
                tuple(Span(s.text, f"bold {s.style}") for s in code), width, head, digits + 5 + min(inner, width // 3)
            )
        else:
            yield clipped(line(head, code), width, look.glyph("…"))
    if shown.changed:
        yield from wrapped("the file is gone, or another one now", width, "yellow", (Span("  "),), 2)
    yield ()


def _call(shown: Shown, look: Look, here: str, width: int) -> Iterator[Line]:
    yield line(dim("from "), _where(shown.frame, here, width - 5, look))
    text = shown.frame[3].strip()
    if text and shown.frame[4]:
        yield clipped(line("  ", coloured([text])[0]), width, look.glyph("…"))


def _causes(error: ErrorView, look: Look, width: int) -> Iterator[Line]:
    if error.causes:
        yield ()
    for kind, message in error.causes[:MOST_CAUSES]:
        name = kind.rpartition(".")[2]
        yield from fact("caused by", f"{name}: {message.strip()}" if message.strip() else name, width)
    if len(error.causes) > MOST_CAUSES:
        yield from fact("", f"{look.glyph('…')} {number(len(error.causes) - MOST_CAUSES)} more", width, "dim")


def _help(error: ErrorView, action: ActionView, width: int) -> Iterator[Line]:
    advice = advice_for(error, action.task.rpartition(".")[0])
    if advice:
        yield ()
        yield from wrapped(advice, width, "", (Span("help: ", "bold cyan"),), 6)


def _next(tree: RunTree, action: ActionView, failed: Failed | None, here: str, width: int) -> Iterator[Line]:
    """Keys, and the command lines that do the same."""
    keys = [("r", "re-run this action"), ("R", "recover the run")]
    own = next((each.frame for each in failed.frames if each.frame[4]), None) if failed is not None else None
    if own is not None:
        keys.append(("E", f"edit {shown_path(own[0], here).rpartition('/')[2]}:{own[1]}"))
    yield ()
    for place, (key, what) in enumerate(keys):
        label = dim(f"{'next' if place == 0 else '':<{LABEL}}")
        yield clipped(line(label, Span(f"{key} ", "bold accent"), visible(what)), width)
    yield from fact("", f"flyte explain {tree.name} {action.path}", width, "dim")


def _without(
    tree: RunTree, action: ActionView, failed: Failed | None, look: Look, looked: Looked, width: int
) -> Iterator[Line]:
    """In one line that there is no error here, and where there are some."""
    below = looked.below.counts.get("failed", 0)
    what = f"attempt {looked.attempt} has no error" if looked.attempt is not None else "no error"
    if below:
        actions = "action below it failed" if below == 1 else "actions below it failed"
        yield from _with_key(f"{what}; {number(below)} {actions}", "e", width)
    elif action.phase in ("succeeded", "cached", "recovered"):
        yield from wrapped(f"{what}: it {_word(action.phase)}", width, "dim")
    else:
        yield from wrapped(f"{what} so far: it is {action.phase}", width, "dim")
    if failed is not None and len(failed.attempts) > 1:
        yield ()
        yield line(dim("attempts"))
        yield from attempt_lines(failed.attempts, look, looked.now, width, looked.attempt)


def _with_key(said: str, key: str, width: int) -> Iterator[Line]:
    """A sentence, and the key that leads to what it tells of: beside it where there is room."""
    hint = line(Span(key, "bold accent"), dim(" goes there"))
    *before, last = wrapped(said, width)
    if columns(last) + 2 + columns(hint) <= width:
        yield from (*before, line(last, "  ", hint))
    else:
        yield from (*before, last, hint)


def _word(phase: str) -> str:
    return {"cached": "was taken from the cache", "recovered": "was taken over from an earlier run"}.get(phase, phase)


# --- many


def many_errors(looked: Looked, many: Many | None, look: Look, width: int) -> Iterator[Line]:
    """The kinds of errors of a fan-out."""
    counts = many.counts if many is not None else _fold_counts(looked)
    failed = counts.get("failed", 0)
    if not failed:
        yield from wrapped("none of them failed", width, "dim")
        return
    total = sum(counts.values())
    yield line(Span(f"{number(failed)} of {number(total)} failed", "bold red"))
    yield line(Span("Enter", "bold accent"), dim(" goes to the first"))
    for text, count in many.errors if many is not None else ():
        yield ()
        yield from wrapped(text, width, "", (Span(f"{number(count)} {look.glyph('×')} ", "red"),), 2)
