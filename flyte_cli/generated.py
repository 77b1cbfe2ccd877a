"""Writes what is made from the commands: the table that completion reads, its static files, the reference pages.

`python -m flyte_cli.generated` writes them into the source tree; a test fails while they differ from what it would
write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from flyte.settings.keys import AUTH_TYPES, BUILDERS, CHOOSES_PROFILE, KEYS, offered_values
from flyte_cli.commands.tree import root_options
from flyte_cli.group import ASCII, SHARED, Entry, Forms, Group, command_of
from flyte_cli.log_options import CHOICES as LOG_CHOICES
from flyte_cli.main import COMMANDS
from flyte_cli.ops.config import PROJECT
from flyte_cli.output.formats import COLORS, FORMATS, PROGRESS
from flyte_cli.settings.project_schema import SCHEMA

ROOT = Path(__file__).resolve().parent.parent

SOURCES = {
    "RUN": "runs",
    "ACTION": "actions",
    "FILE": "files",
    "PATH": "files",
    "FOLDER": "folders",
    "DIR": "folders",
    "SECRET": "secrets",
    "TASK": "cached tasks",
    "KEY": "settings",
}
"""Where values come from, by what stands for them in help."""

CHOICES = {
    "--output-format": FORMATS,
    "--progress": PROGRESS,
    "--color": COLORS,
    "--executor": ("process", "inline"),
    **LOG_CHOICES,
    "--builder": BUILDERS,
    "--auth-type": tuple(dict.fromkeys(AUTH_TYPES.values())),
}

OPTIONS = {"--profile": "profiles"}
"""Where values of options come from whose placeholder does not tell."""

ARGUMENTS: Mapping[tuple[str, ...], list[tuple[str, str, str]]] = {
    ("run",): [("FILE", "", "python"), ("TASK", "", "tasks")],
    ("delete", "secret"): [("NAME", "", "secrets")],
    ("config", "set"): [("KEY", "", "settings"), ("VALUE", "", "values of settings")],
}
"""Arguments that the signature of a command does not tell, or not where they come from."""

WITH_INPUTS = frozenset({("run",), ("rerun",)})
"""Commands whose options are also the inputs of a task."""


def files() -> dict[Path, str]:
    """Every generated file and what should be in it."""
    from flyte_cli.completion.shells import SCRIPTS
    from flyte_cli.reference import pages

    made = {ROOT / "flyte_cli/completion/table.py": table()}
    made |= {ROOT / "completions" / name: script for name, script in SCRIPTS.values()}
    made |= {ROOT / "docs/cli" / name: page for name, page in pages(list(commands())).items()}
    return made


def commands(table: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every group and command, loaded, with its path; a group comes before what is in it."""
    entries: Mapping[str, Entry | Group] = COMMANDS if table is None else table
    for name, entry in entries.items():
        here = (*path, name)
        if isinstance(entry, Group):
            yield here, entry
            yield from commands(entry.table, here)
        else:
            command = command_of(name, entry)
            yield here, command
            if isinstance(command, Forms):
                yield from commands(command.forms, here)


def table() -> str:
    """The module that completion reads."""
    from flyte_cli.marks import BY_PHASE
    from flyte_cli.ops.builtin import BUILTINS

    root = {"commands": _below(COMMANDS, ())}
    described = [*(_option(each) for each in root_options()), (("--ascii",), "", ASCII[1], "", False)]
    known = {name: option for option in described for name in option[0]}
    shared = dict.fromkeys(known[name] for name in SHARED.all())
    builtin = {each.word: (each.file, each.task, each.about, bool(each.argument)) for each in BUILTINS.values()}
    marks = {phase: mark.glyph for phase, mark in BY_PHASE.items()}
    return "\n".join(
        [
            '"""The commands and their options as completion reads them: made by `python -m flyte_cli.generated`."""',
            "",
            "# ruff: noqa: E501",
            "# fmt: off",
            "from __future__ import annotations",
            "",
            "from typing import TYPE_CHECKING",
            "",
            "if TYPE_CHECKING:",
            "    from typing import Any",
            "",
            f"ROOT: dict[str, Any] = {_literal(root)}",
            f"SHARED: tuple[Any, ...] = {_literal(tuple(shared))}",
            f"MARKS: dict[str, str] = {_literal(marks)}",
            f"BUILTIN: dict[str, tuple[str, str, str, bool]] = {_literal(builtin)}",
            f"SETTINGS: tuple[tuple[str, str, str], ...] = {_literal(tuple(_settings()))}",
            "",
        ]
    )


def _below(entries: Mapping[str, Entry | Group], path: tuple[str, ...]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, entry in entries.items():
        here = (*path, name)
        if isinstance(entry, Group):
            made[name] = {"about": entry.help or "", "commands": _below(entry.table, here)}
        else:
            command = command_of(name, entry)
            made[name] = {"about": entry.about, "arguments": _arguments(here, command), "options": _options(command)}
            if here in WITH_INPUTS:
                made[name]["inputs"] = True
            if isinstance(command, Forms):
                made[name]["forms"] = _below(command.forms, here)
    return made


def _settings() -> Iterator[tuple[str, str, str]]:
    """(name, what it is for, source of its values) of every setting that `flyte config set` knows."""
    for key in KEYS:
        values = offered_values(key)
        for name in dict.fromkeys((key.name, key.place)):
            yield name, key.about, f"={'|'.join(values)}" if values else ""
    yield CHOOSES_PROFILE, "the part of the file that counts", "profiles"
    sources = {"default_file": "files", "source_root": "folders"}
    for name, about in SCHEMA["properties"].items():
        yield f"{PROJECT}{name}", about["description"], sources.get(name, "")


def _options(command: Any) -> tuple[tuple[Any, ...], ...]:
    """(spellings, what stands for the value, text, source of values, whether it may be repeated) of each."""
    options = [each for each in getattr(command, "params", ()) if each.param_type_name == "option"]
    made = [_option(each) for each in options if not getattr(each, "hidden", False)]
    return (*made, ((ASCII[0],), "", ASCII[1], "", False))


def _option(option: Any) -> tuple[Any, ...]:
    switch = getattr(option, "is_flag", False) or getattr(option, "count", False)
    spelled = tuple(sorted([*option.opts, *option.secondary_opts], key=lambda each: (-len(each), each)))
    value = "" if switch else option.metavar or "VALUE"
    chosen = next((CHOICES[each] for each in spelled if each in CHOICES), None)
    other = next((OPTIONS[each] for each in spelled if each in OPTIONS), SOURCES.get(value, ""))
    source = f"={'|'.join(chosen)}" if chosen else other
    return (spelled, value, option.help or "", source, bool(option.multiple))


def _arguments(path: tuple[str, ...], command: Any) -> list[tuple[str, str, str]]:
    if path in ARGUMENTS:
        return ARGUMENTS[path]
    made = []
    for argument in command.params:
        if argument.param_type_name == "argument" and not getattr(argument, "hidden", False):
            metavar = argument.metavar or argument.name.upper()
            named = metavar.strip("[].")
            made.append((metavar, argument.help or "", _choices(named) or SOURCES.get(named, "")))
    return made


def _choices(metavar: str) -> str:
    from flyte_cli.completion.shells import SCRIPTS
    from flyte_cli.ops.new import TEMPLATES
    from flyte_cli.topics import TOPICS

    if metavar == "TEMPLATE":
        return f"={'|'.join(TEMPLATES)}"
    if metavar == "SHELL":
        return f"={'|'.join(SCRIPTS)}"
    return f"={'|'.join([*TOPICS, *COMMANDS])}" if metavar == "TOPIC" else ""


def _literal(value: Any, indent: int = 0) -> str:
    """The value as source, nested dicts over several lines."""
    if isinstance(value, dict):
        inner = " " * (indent + 4)
        rows = "".join(f"{inner}{key!r}: {_literal(each, indent + 4)},\n" for key, each in value.items())
        return f"{{\n{rows}{' ' * indent}}}"
    if isinstance(value, (tuple, list)) and value and isinstance(value[0], tuple):
        inner = " " * (indent + 4)
        return "(\n" + "".join(f"{inner}{each!r},\n" for each in value) + " " * indent + ")"
    return "()" if value == [] else repr(value)


def main() -> None:
    """Write them all, and remove pages of commands that are gone."""
    made = files()
    for old in (ROOT / "docs/cli").glob("*.md"):
        if old not in made:
            old.unlink()
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
