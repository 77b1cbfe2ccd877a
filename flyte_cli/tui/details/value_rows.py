"""Values as rows that open and close. Pure: it makes rows of what is open, and reads nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, bold, clipped, columns, dim, line
from flyte_cli.output.values_tree import LISTS, SMALL, text_of
from flyte_cli.output.visible import clip, visible, width_of
from flyte_cli.quantities import number, size
from flyte_cli.tui.details.previews import Preview, hex_lines, preview_lines
from flyte_cli.tui.details.wrapping import wrapped

if TYPE_CHECKING:
    from flyte_cli.ops.looking import Value

FIRST = 100
"""Items of a list that are shown when it is opened; more come a thousand at a time."""
MORE = 1_000
FEW = 8
"""Lists this short are open from the start, where they are not deep."""
MOST_BYTES = 256
REFERENCES = ("file", "folder", "frame", "elsewhere")
SIGNS = {True: "▾", False: "▸"}
ASCII_SIGNS = {True: "v", False: ">"}

Path = tuple[str | int, ...]
"""Where in the values something is: the side, its place there, the place in that, ..."""


@dataclass(frozen=True)
class Large:
    """A value that is read when somebody opens it."""

    name: str
    literal: bytes


@dataclass(frozen=True)
class Side:
    """Inputs or outputs, or why there are none."""

    values: Sequence[Value | Large] = ()
    why: str = ""


@dataclass(frozen=True)
class Both:
    """What an action took and gave."""

    inputs: Side
    outputs: Side


@dataclass
class Opened:
    """What is open, by hand or from the start, and what was read for it."""

    chosen: dict[Path, bool] = field(default_factory=dict)
    shown: dict[Path, int] = field(default_factory=dict)
    found: dict[Path, Preview | Value | str] = field(default_factory=dict)
    """Of references a preview, of large values the value, of either why it cannot be had."""

    def is_open(self, path: Path, by_default: bool) -> bool:
        """Whether it is open."""
        return self.chosen.get(path, by_default)


class ValueRow(NamedTuple):
    """One line; `path` is what Enter opens or closes."""

    line: Line
    path: Path | None = None
    is_open: bool = False
    asks_for: str = ""
    """What must be read to open it: `more`, `large`, or the kind of a reference."""
    uri: str = ""


def value_rows(both: Both, opened: Opened, look: Look, width: int) -> Iterator[ValueRow]:
    """Both sides."""
    for place, (title, side) in enumerate((("inputs", both.inputs), ("outputs", both.outputs))):
        if place:
            yield ValueRow(())
        yield ValueRow(line(bold(title)))
        if side.why:
            yield from (ValueRow(each) for each in wrapped(side.why, width, "dim", (Span("  "),), 2))
        elif not side.values:
            yield ValueRow(line(dim("  none")))
        for at, value in enumerate(side.values):
            yield from _top(value, (title, at), opened, look, width)


def _top(value: Value | Large, path: Path, opened: Opened, look: Look, width: int) -> Iterator[ValueRow]:
    if isinstance(value, Large):
        found = opened.found.get(path)
        if found is None or isinstance(found, (str, Preview)):
            is_open = opened.is_open(path, False)
            kind = line(bold(visible(value.name)), dim(f"  {size(len(value.literal))}"))
            yield _row(1, is_open, kind, path, look, width, "large")
            if is_open:
                text = found if isinstance(found, str) else "being read"
                yield from (ValueRow(each) for each in wrapped(text, width, "dim", (Span("    "),), 4))
            return
        value = found
    says_size = value.type not in SMALL and value.type not in REFERENCES
    of = f"{value.type}, {size(value.size)}" if says_size else value.type
    yield from _node(visible(value.name), of, (value.type, value.value), 1, path, opened, look, width)


def _node(
    name: str, of: str, typed: tuple[str, Any], depth: int, path: Path, opened: Opened, look: Look, width: int
) -> Iterator[ValueRow]:
    kind, value = typed
    head = line(bold(name), dim(f"  {of}"))
    if kind in LISTS or kind == "dict":
        yield from _container(head, kind, value, depth, path, opened, look, width)
    elif kind in REFERENCES:
        yield from _reference(head, kind, str(value), depth, path, opened, look, width)
    elif isinstance(value, bytes):
        yield from _bytes(head, value, depth, path, opened, look, width)
    else:
        yield from _text(head, kind, value, depth, path, opened, look, width)


def _row(
    depth: int,
    is_open: bool | None,
    spans: Line,
    path: Path | None,
    look: Look,
    width: int,
    asks_for: str = "",
    uri: str = "",
) -> ValueRow:
    signs = ASCII_SIGNS if look.ascii else SIGNS
    sign = Span(f"{signs[is_open]} ", "dim") if is_open is not None else Span("  ")
    drawn = clipped(line("  " * (depth - 1), sign, spans), width, look.glyph("…"))
    return ValueRow(drawn, path if is_open is not None else None, bool(is_open), asks_for, uri)


def _container(
    head: Line, kind: str, items: Sequence[Any], depth: int, path: Path, opened: Opened, look: Look, width: int
) -> Iterator[ValueRow]:
    count = len(items)
    head = line(head, dim(f", {number(count)} {'item' if count == 1 else 'items'}"))
    if not count:
        yield _row(depth, None, head, path, look, width)
        return
    is_open = opened.is_open(path, count <= FEW and depth <= 2)
    yield _row(depth, is_open, head, path, look, width)
    if not is_open:
        return
    shown = opened.shown.get(path, FIRST)
    for place, item in enumerate(items[:shown]):
        name, inner = (text_of(*item[0]), item[1]) if kind == "dict" else (str(place), item)
        name = clip(name.replace("\n", " "), 60, look.glyph("…"))
        yield from _node(name, str(inner[0]), inner, depth + 1, (*path, place), opened, look, width)
    if count > shown:
        text = line(dim(f"{look.glyph('…')} {number(count - shown)} more  "), Span("Enter", "bold accent"))
        yield ValueRow(clipped(line("  " * (depth + 1), text), width), path, True, "more")


def _text(
    head: Line, kind: str, value: Any, depth: int, path: Path, opened: Opened, look: Look, width: int
) -> Iterator[ValueRow]:
    whole = str(value) if isinstance(value, str) else text_of(kind, value)
    first = visible(whole[: 4 * width].partition("\n")[0].expandtabs(4)) or ("''" if not whole else "")
    room = width - columns(head) - 2 * depth - 2
    if len(whole) <= 4 * width and "\n" not in whole and width_of(first) <= room:
        yield _row(depth, None, line(head, "  ", first), path, look, width)
        return
    is_open = opened.is_open(path, False)
    preview = "" if is_open else f"  {first}"
    more = dim(f", {number(len(whole))} characters")
    yield _row(depth, is_open, line(head, more, preview), path, look, width)
    if is_open:
        indent = "  " * depth
        for each in wrapped(whole, width, "", (Span(indent),), len(indent)):
            yield ValueRow(each)


def _bytes(
    head: Line, value: bytes, depth: int, path: Path, opened: Opened, look: Look, width: int
) -> Iterator[ValueRow]:
    is_open = opened.is_open(path, False)
    preview = "" if is_open else f"  {visible(repr(value[:width]))}"
    yield _row(depth, is_open, line(head, dim(f", {size(len(value))}"), preview), path, look, width)
    if is_open:
        indent = "  " * depth
        for each in hex_lines(value[:MOST_BYTES], width - len(indent)):
            yield ValueRow(line(indent, each))
        if len(value) > MOST_BYTES:
            yield ValueRow(line(indent, dim(f"{look.glyph('…')} {number(len(value) - MOST_BYTES)} more bytes")))


def _reference(
    head: Line, kind: str, uri: str, depth: int, path: Path, opened: Opened, look: Look, width: int
) -> Iterator[ValueRow]:
    is_open = opened.is_open(path, False)
    name = uri.rstrip("/").rpartition("/")[2]
    said = line(head, dim("  kept elsewhere  ") if kind == "elsewhere" else "  ", visible(name))
    yield _row(depth, is_open, said, path, look, width, kind, uri)
    if not is_open:
        return
    indent = "  " * depth
    yield from (ValueRow(each) for each in wrapped(uri, width, "dim", (Span(indent),), len(indent)))
    found = opened.found.get(path)
    if isinstance(found, Preview):
        yield from (ValueRow(line(indent, each)) for each in preview_lines(found, look, width - len(indent)))
    else:
        text, style = (found, "yellow") if isinstance(found, str) else ("being read", "dim")
        yield from (ValueRow(each) for each in wrapped(text, width, style, (Span(indent),), len(indent)))


# --- two sets of values


MOST_LEAVES = 5_000


def leaves(both: Both) -> dict[str, str]:
    """Every single value by its name, as text: what two actions are compared by."""
    found: dict[str, str] = {}
    for title, side in (("inputs", both.inputs), ("outputs", both.outputs)):
        for value in side.values:
            if isinstance(value, Large):
                import hashlib  # deferred: few values are this large

                digest = hashlib.blake2b(value.literal, digest_size=8).hexdigest()
                found[f"{title}.{value.name}"] = f"{size(len(value.literal))}, {digest}"
            else:
                _leaves(f"{title}.{value.name}", (value.type, value.value), found)
    return found


def _leaves(name: str, typed: tuple[str, Any], found: dict[str, str]) -> None:
    kind, value = typed
    if len(found) >= MOST_LEAVES:
        return
    if kind in LISTS:
        for place, item in enumerate(value):
            _leaves(f"{name}.{place}", item, found)
        if not value:
            found[name] = f"empty {kind}"
    elif kind == "dict":
        for key, item in value:
            _leaves(f"{name}.{text_of(*key)}", item, found)
        if not value:
            found[name] = "empty dict"
    else:
        found[name] = text_of(kind, value)


@dataclass(frozen=True)
class Diff:
    """The values of two actions; the first is the other one."""

    left_name: str
    right_name: str
    left: Mapping[str, str]
    right: Mapping[str, str]


LONGEST = 300


def diff_lines(diff: Diff, look: Look, width: int) -> Iterator[Line]:
    """What differs; what is the same is a count."""
    yield clipped(line(Span("- ", "red"), bold(visible(diff.left_name))), width, look.glyph("…"))
    yield clipped(line(Span("+ ", "green"), bold(visible(diff.right_name))), width, look.glyph("…"))
    same = 0
    for name in {**diff.left, **diff.right}:
        before, after = diff.left.get(name), diff.right.get(name)
        if before == after:
            same += 1
            continue
        yield ()
        yield from wrapped(name, width, "bold")
        for sign, style, text in (("-", "red", before), ("+", "green", after)):
            head: Line = (Span(f"  {sign} ", style),)
            if text is None:
                yield line(head, dim("not there"))
            else:
                yield from wrapped(clip(text, LONGEST, look.glyph("…")), width, style, head, 4)
    yield ()
    if same == len({**diff.left, **diff.right}):
        yield from wrapped("the same values", width)
    elif same:
        yield line(dim(f"{number(same)} {'value is' if same == 1 else 'values are'} the same"))
    yield line(Span("Esc", "bold accent"), dim(" back to the values"))
