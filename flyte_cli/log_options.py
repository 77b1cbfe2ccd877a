"""Options about logs, which every command takes: they set what `$LOG_FORMAT` and the like would, also for tasks."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flyte_cli.errors import Misuse
from flyte_cli.inputs.words import Flags
from flyte_cli.log_levels import LEVELS
from flyte_cli.near_miss import nearest

if TYPE_CHECKING:
    from flyte_cli.ops.host import Host

FORMAT, LEVEL, RESET = "--log-format", "--user-log-level", "--reset-root-logger"
LOGGING = Flags(frozenset({FORMAT, LEVEL}), frozenset({RESET}))
CHOICES = {FORMAT: ("console", "json"), LEVEL: LEVELS}
VARIABLES = {FORMAT: "LOG_FORMAT", LEVEL: "USER_LOG_LEVEL", RESET: "FLYTE_RESET_ROOT_LOGGER"}


def without_log_options(words: Sequence[str], host: Host) -> list[str]:
    """The other words; what these say counts from now on."""
    kept: list[str] = []
    remaining = list(words)
    while remaining:
        word = remaining.pop(0)
        option, equals, value = word.partition("=")
        if word == "--":
            return [*kept, word, *remaining]
        if option not in LOGGING:
            kept.append(word)
        elif option in LOGGING.bare:
            _apply(option, "1", host)
        elif equals or remaining:
            _apply(option, value if equals else remaining.pop(0), host)
        else:
            raise Misuse(f"`{option}` needs a value", help=[f"it takes {', '.join(CHOICES[option])}"])
    return kept


def _apply(option: str, value: str, host: Host) -> None:
    if option in CHOICES and value.lower() not in CHOICES[option]:
        guess = nearest(value, CHOICES[option])
        help = f"did you mean `{guess}`?   " if guess else ""
        raise Misuse(f"`{option}` has no `{value}`", help=[f"{help}it takes {', '.join(CHOICES[option])}"])
    host.export(VARIABLES[option], value.lower())
    if option == RESET or "flyte.logs" in sys.modules:  # importing it takes 8 ms, and it reads the variables then
        from flyte import logs

        logs.read_variables({**host.environment, VARIABLES[option]: value})
