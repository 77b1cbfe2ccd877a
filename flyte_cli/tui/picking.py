"""`flyte run` without a task, on a terminal: choose one, fill in its inputs, and the command goes on as if typed."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from flyte_cli.errors import Misuse
from flyte_cli.output.paper import papers
from flyte_cli.output.spans import Span, line
from flyte_cli.output.visible import visible
from flyte_cli.tui.hosting import needs_terminal, show

if TYPE_CHECKING:
    from flyte_cli.ops.host import Host
    from flyte_cli.ops.tasks_here import TaskHere


def may_ask(environment: Mapping[str, str]) -> bool:
    """Whether somebody is there who may be asked."""
    if environment.get("CI"):
        return False
    try:
        needs_terminal("flyte run", environment, "")
    except Misuse:
        return False
    return True


def pick(find: Callable[[Host], Sequence[TaskHere]], host: Host) -> list[str] | None:
    """The words of a command line that starts what was chosen, `run` left out; None when nothing was."""
    from flyte_cli.tui.app import FlyteApp  # deferred: 0.3 s

    app = FlyteApp(host, chooses_of=find)
    show(app)
    if app.words is None:
        return None
    papers("auto", host.environment)[1].line(
        line(Span("$ ", "dim"), Span(visible(shlex.join(["flyte", *app.words])), "bold"))
    )
    return list(app.words[1:])
