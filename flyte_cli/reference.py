"""The reference pages in `docs/cli/`, made from the commands: what `--help` says, as Markdown. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flyte_cli.group import Group
from flyte_cli.output.command_page import CommandHelp, Section
from flyte_cli.topics import TOPICS

HEAD = "<!-- made by `python -m flyte_cli.generated` -->\n"


def pages(commands: Sequence[tuple[tuple[str, ...], Any]]) -> dict[str, str]:
    """A page for each command of the root with those below it, one for each topic, and a list of them."""
    made: dict[str, str] = {}
    for path, command in commands:
        name = f"{path[0]}.md"
        made[name] = made.get(name, HEAD) + "\n" + "\n".join(_command(path, command)) + "\n"
    made |= {f"help-{name}.md": f"{HEAD}\n" + "\n".join(_topic(text)) + "\n" for name, text in TOPICS.items()}
    made["README.md"] = "\n".join(_contents(commands)) + "\n"
    return made


def whole(commands: Sequence[tuple[tuple[str, ...], Any]]) -> str:
    """All of it as one document: every command, then every topic."""
    parts = ["# The commands", *("\n".join(_command(path, command, deeper=1)) for path, command in commands)]
    parts += ["# Topics", *("\n".join(_topic(text, deeper=1)) for text in TOPICS.values())]
    return "\n\n".join(parts) + "\n"


def _contents(commands: Sequence[tuple[tuple[str, ...], Any]]) -> Iterator[str]:
    yield HEAD
    yield "# The commands"
    yield ""
    for path, command in commands:
        if isinstance(command, Group):
            yield f"- [`flyte {' '.join(path)}`]({path[0]}.md): {_first(command)}"
        else:
            yield f"- [`flyte {' '.join(path)}`]({path[0]}.md#{'-'.join(['flyte', *path])}): {_first(command)}"
    yield ""
    yield "# Topics"
    yield ""
    for name, text in TOPICS.items():
        yield f"- [{text.partition(chr(10))[0]}](help-{name}.md)"


def _first(command: Any) -> str:
    return (command.help or "").strip().partition("\n")[0]


def _command(path: tuple[str, ...], command: Any, deeper: int = 0) -> Iterator[str]:
    yield f"{'#' * (min(len(path), 3) + deeper)} flyte {' '.join(path)}"
    yield ""
    if isinstance(command, Group):
        yield command.help or ""
        return
    help: CommandHelp = command.described(f"flyte {' '.join(path)}", full=True)
    yield help.doc.strip()
    yield ""
    yield f"    {help.usage}"
    if help.examples:
        yield ""
        width = max(len(line) for line, _ in help.examples)
        yield from (f"    {line:<{width}}  # {text}" for line, text in help.examples)
    for section in help.sections:
        yield ""
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    yield f"| {section.title} | |"
    yield "|---|---|"
    for name, text in section.rows:
        yield f"| `{name.replace('|', chr(92) + '|')}` | {text.replace('|', chr(92) + '|')} |"


def _topic(text: str, deeper: int = 0) -> Iterator[str]:
    title, _, body = text.partition("\n")
    yield f"{'#' * (1 + deeper)} {title}"
    yield ""
    yield "```text"
    yield body.strip("\n")
    yield "```"
