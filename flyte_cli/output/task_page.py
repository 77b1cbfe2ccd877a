"""Help of a task, and the tasks of a file: docstring, inputs in the order of the signature, one example. Pure."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flyte_cli.inputs import kinds, records
from flyte_cli.inputs.interface import REQUIRED, Input, Interface
from flyte_cli.inputs.samples import how_to_give, sample, spelled
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, bold, clipped, dim, line, trimmed
from flyte_cli.output.visible import clip, visible, width_of

LONGEST_DEFAULT = 24


def task_page(interface: Interface, command: str, place: str, environment: str, look: Look) -> Iterator[Line]:
    """What a task does and takes."""
    where = "   ".join(part for part in (place, f"environment {environment}" if environment else "") if part)
    yield line(bold(visible(interface.task)), dim(f"   {where}"))
    for text in interface.doc.strip().splitlines():
        yield line(visible(text.rstrip()))
    if interface.inputs:
        yield ()
        yield line(bold("Inputs"))
        yield from _inputs(interface.inputs, look)
    if interface.output not in (None, type(None)):
        yield line(bold("Output"), f"   {_output(interface.output)}")
    first, *rest = example(interface, command, look.width - 12)
    yield line(bold("Example"), f"  {first}")
    yield from (line(f"           {text}") for text in rest)
    yield line(bold("More"), dim("     --name --quiet --output-format --executor ...   (flyte run -h)"))


def example(interface: Interface, command: str, width: int) -> list[str]:
    """A command line that starts the task, over several lines when it is long."""
    lines = [command]
    for each in interface.inputs:
        given = sample(each.option, each.type) if each.required else ""
        if given and width_of(f"{lines[-1]} {given} \\") <= width:
            lines[-1] += f" {given}"
        elif given:
            lines[-1] += " \\"
            lines.append(given)
    return lines


def _output(kind: Any) -> str:
    if typing.get_origin(kind) is tuple and not kinds.is_list(kind):
        return ", ".join(kinds.type_name(each) for each in typing.get_args(kind))
    return kinds.type_name(kind)


def _inputs(inputs: Sequence[Input], look: Look) -> Iterator[Line]:
    rows = [row for each in inputs for row in _rows(each)]
    names = max(width_of(name) for name, _, _ in rows) + 2
    lasts = max(width_of(last) for _, _, last in rows)
    room = min(max(look.width - 3 - names - lasts - 2, 10), max((width_of(text) for _, text, _ in rows), default=0))
    for name, text, last in rows:
        cut = clip(text, room, look.glyph("…"))
        head = f"  {name}{' ' * (names - width_of(name))}{cut}{' ' * (room - width_of(cut))}"
        yield line(head.rstrip() if not last else head, dim(f"  {last}") if last else "")


def _rows(each: Input) -> Iterator[tuple[str, str, str]]:
    name = f"{each.option}/--no-{each.option[2:]}" if each.flag else f"{each.option} {kinds.type_name(each.type)}"
    yield name, _text(each.help, each.type), "required" if each.required else _default(each.default)
    record = kinds.record_of(each.type)
    if record is not None:
        for field in records.fields_of(record).values():
            option = f"  {each.option}.{field.name.replace('_', '-')}"
            yield f"{option} {kinds.type_name(field.type)}", _text(field.help, field.type), _field_default(each, field)


def _text(help: str, kind: Any) -> str:
    how = how_to_give(kind)
    return visible(f"{help}: {how}" if help and how else help or how)


def _field_default(each: Input, field: records.Field) -> str:
    default = each.default
    if default is not REQUIRED and default is not None:
        kept = default.get(field.name) if isinstance(default, dict) else getattr(default, field.name, None)
        return _default(kept)
    if field.default is not records.NO_DEFAULT:
        return _default(field.default)
    return "required" if field.required and default is REQUIRED else ""


def _default(value: Any) -> str:
    if records.shape_of(type(value)) is not None:
        return "its defaults"
    if isinstance(value, bool):
        return "on" if value else "off"
    return clip(visible(spelled(value)), LONGEST_DEFAULT)


def tasks_page(file: str, interfaces: Mapping[str, Interface], look: Look) -> Iterator[Line]:
    """The tasks of a file with their signatures, one line each."""
    yield line(f"Tasks in {visible(file)}")
    rows = [(name, signature(each), each.doc.strip().partition("\n")[0]) for name, each in interfaces.items()]
    width = max((width_of(f"{name} {text}") for name, text, _ in rows), default=0)
    for name, text, doc in rows:
        spans = line("  ", bold(visible(name)), f" {text}")
        missing = width - width_of(f"{name} {text}")
        full = line(spans, " " * missing, dim(f"   {visible(doc)}")) if doc else spans
        yield trimmed(clipped(full, look.width, look.glyph("…")))
    yield ()
    yield line(dim(f"flyte run {file} {next(iter(interfaces))} -h"))


def signature(interface: Interface) -> str:
    """`cfg tags depth=2 width=3`."""
    return " ".join(
        each.name if each.required else f"{each.name}={_default(each.default)}" for each in interface.inputs
    )
