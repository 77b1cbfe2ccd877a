"""Inputs and outputs as a tree of values with their types and sizes; long ones are cut unless asked. Pure."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, bold, dim, line
from flyte_cli.output.visible import clip, visible, width_of
from flyte_cli.quantities import size

if TYPE_CHECKING:
    from flyte_cli.ops.looking import Value, Values

MOST_ITEMS = 5
DEEPEST = 4
SMALL = ("int", "float", "bool", "None")
LISTS = ("list", "tuple", "set")

Typed = tuple[str, Any]


def values_tree(values: Values, look: Look, full: bool) -> Iterator[Line]:
    """Both sides, as far as they were asked for."""
    sides = [("inputs", values.inputs, values.wanted[0]), ("outputs", values.outputs, values.wanted[1])]
    asked = [(title, found) for title, found, wanted in sides if wanted]
    for place, (title, found) in enumerate(asked):
        if place:
            yield ()
        yield line(bold(title))
        if found is None:
            yield line(dim(f"  none: {visible(values.action)} {_why(values.phase)}"))
        elif not found:
            yield line(dim("  none"))
        else:
            yield from _side(found, look, full)


def _why(phase: str) -> str:
    return {"failed": "failed", "aborted": "was aborted"}.get(phase, "is not over")


def _side(values: Sequence[Value], look: Look, full: bool) -> Iterator[Line]:
    names = max(width_of(visible(each.name)) for each in values)
    for each in values:
        pad = " " * (names - width_of(visible(each.name)))
        kind = each.type if each.type in SMALL else f"{each.type}, {size(each.size)}"
        head = line("  ", bold(visible(each.name)), pad, dim(f"  {kind}"))
        yield from _value(head, (each.type, each.value), 2, look, full)


def _value(head: Line, typed: Typed, depth: int, look: Look, full: bool) -> Iterator[Line]:
    kind, value = typed
    indent = "  " * depth
    if kind in LISTS or kind == "dict":
        count = len(value)
        yield line(head, dim(f", {count:,} {'item' if count == 1 else 'items'}"))
        yield from _items(kind, value, depth, look, full)
        return
    lines = text_of(kind, value).split("\n")
    if len(lines) == 1 and width_of(_joined(head)) + 2 + width_of(lines[0]) < look.width:
        yield line(head, "  ", lines[0])
        return
    yield head
    room = max(look.width - len(indent) - 1, 10)
    shown = lines if full else lines[:MOST_ITEMS]
    for text in shown:
        yield line(indent, text if full else clip(text, room, look.glyph("…")))
    if len(lines) > len(shown):
        yield line(indent, dim(f"{look.glyph('…')} {len(lines) - len(shown):,} more lines, --full shows them"))


def _items(kind: str, value: Sequence[Any], depth: int, look: Look, full: bool) -> Iterator[Line]:
    indent = "  " * depth
    if depth > DEEPEST + 1 and not full:
        if value:
            yield line(indent, dim(f"{look.glyph('…')} --full shows what is in it"))
        return
    shown = value if full else value[:MOST_ITEMS]
    for place, item in enumerate(shown):
        key, inner = (text_of(*item[0]), item[1]) if kind == "dict" else (str(place), item)
        of = dim(f"  {inner[0]}")
        yield from _value(line(indent, clip(key, 60, look.glyph("…")), of), inner, depth + 1, look, full)
    if len(value) > len(shown):
        yield line(indent, dim(f"{look.glyph('…')} {len(value) - len(shown):,} more, --full shows them"))


def _joined(spans: Line) -> str:
    return "".join(span.text for span in spans)


def text_of(kind: str, value: Any) -> str:
    """A value that holds no others, as text that is safe to show."""
    if kind == "str":
        return "\n".join(visible(each) for each in value.split("\n")) or "''"
    if kind == "pickle":
        return f"a pickled object of {size(value)}, which only its code can read"
    if isinstance(value, bytes):
        return visible(repr(value))
    return visible(str(value))


def plain(typed: Typed) -> Any:
    """The value as JSON can hold it: bytes in base64, of a pickle its size."""
    kind, value = typed
    if kind in LISTS:
        return [plain(item) for item in value]
    if kind == "dict":
        return {key if of == "str" else str(plain((of, key))): plain(inner) for (of, key), inner in value}
    if kind == "pickle":
        return {"pickle": value}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value
