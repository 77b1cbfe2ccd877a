"""The process that loads a task for a form, describes its inputs, then checks what is typed, a line of JSON for each.

`python -m flyte_cli.ops.form_process START`: what the user's file prints goes nowhere, and it has nothing to read.
"""

from __future__ import annotations

import enum
import json
import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import IO, TYPE_CHECKING, Any

from flyte_cli.completion.found import FILE, FLAG, FOLDER, MANY
from flyte_cli.errors import CliError, Misuse, NoSuchTask, WrongInputs
from flyte_cli.inputs import choices, kinds, records
from flyte_cli.inputs.bind import Before, bind
from flyte_cli.inputs.data import data_kind
from flyte_cli.inputs.interface import REQUIRED, Input
from flyte_cli.inputs.problem import BadValue
from flyte_cli.inputs.samples import how_to_give, spelled
from flyte_cli.inputs.scalars import PATHS
from flyte_cli.inputs.words import Flags, sort_words
from flyte_cli.ops.form import Form, FormField, Start
from flyte_cli.ops.host import Host
from flyte_cli.output.visible import visible

if TYPE_CHECKING:
    from flyte_cli.ops.loading import Target

SIMPLE = (str, int, float, enum.Enum)
"""Items that are written with blanks between them."""
LONGEST = 200
"""Characters of a value that are worth showing in a field; a longer one is taken over unseen."""


def main(text: str) -> None:
    """Load, describe, then answer until nobody asks any more."""
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    host = Host(stdin=_no_stdin)
    try:
        target, before, form = _loaded(Start(**json.loads(text)), host)
    except CliError as error:
        _answer(answers, {"error": _told(error)})
        return
    _answer(answers, asdict(form))
    for line in questions:
        _answer(answers, {"problems": _problems(target, before, json.loads(line), host)})


def _no_stdin() -> bytes:
    raise BadValue("a form has no standard input: name a file")


def _answer(answers: IO[str], answer: Mapping[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _told(error: CliError) -> dict[str, Any]:
    places = [each.where for each in error.places]
    return {"message": error.message, "details": error.details, "help": error.help, "places": places}


def _loaded(start: Start, host: Host) -> tuple[Target, Before, Form]:
    if start.again:
        return _recorded(start, host)
    from flyte_cli.ops.loading import load_file
    from flyte_cli.ops.project import inputs_before, wanted

    here = host.folder()
    found = wanted(start.file, start.task, here)
    assert found is not None  # a file was named
    file = load_file(found.file, here)
    name = found.task or file.main()
    if name is None:
        raise NoSuchTask("main", found.file, list(file.tasks))
    target = file.target(name)
    before = Before(inputs_before(file.project, found.entry, target.interface, here))
    return target, before, _form(target, {}, here)


def _recorded(start: Start, host: Host) -> tuple[Target, Before, Form]:
    from flyte_cli.ops.runs import recorded

    again = recorded(start.again, start.action, host)
    os.chdir(again.folder)
    target = again.target
    try:
        values = target.task.signature.decode_inputs(again.inputs())
    except (TypeError, ValueError) as error:
        raise CliError(f"the inputs of run `{again.row.name}` no longer fit {target.task.name}: {error}") from error
    return target, Before((), values), _form(target, values, again.folder)


def _problems(target: Target, before: Before, words: list[str], host: Host) -> list[tuple[str, str]]:
    """As the command line tells them."""
    from flyte_cli.ops.run import surroundings

    given = sort_words(words, target.interface, Flags())
    try:
        bind(target.interface, given, (), surroundings(host), before)
    except WrongInputs as error:
        return [(option, problem) for option, problem in error.details]
    except Misuse as error:
        return [("", error.message)]
    return []


def _form(target: Target, values: Mapping[str, Any], folder: str) -> Form:
    fields = tuple(each for one in target.interface.inputs for each in _fields(one, values))
    return Form(target.file, target.name, visible(target.interface.doc.strip().partition("\n")[0]), fields, folder)


def _fields(each: Input, values: Mapping[str, Any]) -> Iterator[FormField]:
    """The input, then its fields when it is a record."""
    has_value = each.name in values
    default = values[each.name] if has_value else each.default
    is_required = each.required and not has_value
    record = kinds.record_of(each.type)
    yield _field(each.option, each.type, each.help, None if default is REQUIRED else _shown(default), is_required)
    if record is None or kinds.is_many(each.type):
        return
    for one in records.fields_of(record).values():
        option = f"{each.option}.{one.name.replace('_', '-')}"
        kept = getattr(default, one.name, one.default) if default is not REQUIRED else one.default
        if isinstance(default, dict):
            kept = default.get(one.name, one.default)
        shown = None if kept is records.NO_DEFAULT else _shown(kept)
        yield _field(option, one.type, one.help, shown, False, 1)


def _field(option: str, kind: Any, help: str, default: str | None, is_required: bool, depth: int = 0) -> FormField:
    how = how_to_give(kind)
    about = f"{help}: {how}" if help and how else help or how
    return FormField(
        option,
        kinds.type_name(kind),
        visible(about),
        default,
        is_required,
        _choices(kind),
        _kind(kind),
        depth,
        kinds.takes_none(kind),
    )


def _choices(kind: Any) -> tuple[str, ...]:
    """What there is to choose from."""
    members = kinds.members(kind)
    if kinds.is_flag(kind):
        found = ["on", "off"]
    elif all(choices.is_choice(each) for each in members):
        found = [name for each in members for name in choices.names_of(each)]
    else:
        return ()
    return tuple([*found, "none"] if kinds.takes_none(kind) else found)


def _kind(kind: Any) -> str:
    if kinds.is_flag(kind):
        return FLAG
    if kinds.is_many(kind):
        return MANY
    for each in kinds.members(kind):
        known = data_kind(each)
        if known or each in PATHS:
            return FOLDER if known == "Dir" else FILE
    return ""


def _shown(value: Any) -> str:
    """The value as one would type it, where that is short."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if records.shape_of(type(value)) is not None:
        return "its fields"
    if isinstance(value, (list, tuple, set, frozenset)) and all(isinstance(each, SIMPLE) for each in value):
        text = visible(shlex.join(spelled(each) for each in value))
    else:
        text = visible(spelled(value))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


if __name__ == "__main__":
    main(sys.argv[1])
