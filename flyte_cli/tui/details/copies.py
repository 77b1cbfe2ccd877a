"""What can be copied of a place, as text for somewhere else. It reads, and shows nothing."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from flyte_cli.tui.place import Looked

if TYPE_CHECKING:
    from flyte._core import ActionView, ErrorView
    from flyte_cli.ops.host import Host

CHOICES = {"i": "id", "c": "command line", "e": "traceback", "o": "outputs", "u": "address"}
BY_TAB = ("get action", "logs", "get io", "explain", "get action", "get report", "get action")
"""The commands that show what the tabs show."""
MOST = 1024 * 1024
"""Characters: more no terminal takes."""


def copied(choice: str, looked: Looked, tab: int, host: Host) -> str:
    """The text of one of the choices. Raises ValueError with why there is none, and OSError."""
    tree = looked.tree
    if looked.place.ordinal >= len(tree):
        raise ValueError("the run has not started yet")
    action = tree.action(looked.place.ordinal)
    if choice == "i":
        return tree.name if action.parent is None or not looked.place.is_action else f"{tree.name} {action.path}"
    if choice == "c":
        return command_line(looked, action, tab)
    if not looked.place.is_action:
        raise ValueError("these are several actions: choose one of them")
    if choice == "e":
        if action.error is None:
            raise ValueError(f"{action.path} has no error")
        return traceback_text(action.error)
    text = _outputs(looked, action, host) if choice == "o" else address(looked, action)
    if len(text) > MOST:
        raise ValueError(f"these are {len(text):,} characters, more than a terminal takes")
    return text


def command_line(looked: Looked, action: ActionView, tab: int) -> str:
    """The command that shows the same."""
    run = looked.tree.name
    command = BY_TAB[tab - 1] if 0 < tab <= len(BY_TAB) else "get action"
    if action.parent is None or not looked.place.is_action:
        return f"flyte {'get run' if command == 'get action' else command} {run}"
    return f"flyte {command} {run} {shlex.quote(action.path)}"


def traceback_text(error: ErrorView) -> str:
    """As Python prints it."""
    lines = []
    if error.frames:
        lines.append("Traceback (most recent call last):")
    for file, line, function, source, _ in error.frames:
        lines.append(f'  File "{file}", line {line}, in {function}')
        if source.strip():
            lines.append(f"    {source.strip()}")
    kind = error.type or error.code
    lines.append(f"{kind}: {error.message}" if error.message else kind)
    return "\n".join(lines) + "\n"


def _outputs(looked: Looked, action: ActionView, host: Host) -> str:
    from flyte._core import named_literals, value_tree
    from flyte_cli.output.values_tree import plain

    message = host.engine.outputs(looked.source.tree, action.ordinal)
    if message is None:
        raise ValueError(f"{action.path} has no outputs: it {'is ' if action.ended_at is None else ''}{action.phase}")
    values = {name: plain(value_tree(literal)) for name, literal in named_literals(message)}
    return json.dumps(values, ensure_ascii=False, indent=2)


def address(looked: Looked, action: ActionView) -> str:
    """Of its first link, else of its report, else of the run's folder."""
    addresses = openable(looked, action)
    return next(iter(addresses.values()), Path(looked.tree.folder).absolute().as_uri())


def openable(looked: Looked, action: ActionView) -> dict[str, str]:
    """What a browser could show, by what it is: links, and the report of the attempt that is shown."""
    from flyte_cli.tui.details.report import NotWritten, report_path

    found = {f"link {name}": address for name, address in action.links}
    report = report_path(looked, action.ordinal)
    if not isinstance(report, NotWritten):
        found["report"] = report[0].absolute().as_uri()
    return found
