"""Moments as options have them: a length of time ago, or a date. It reads no clock but the host's."""

from __future__ import annotations

from datetime import datetime

from flyte_cli.errors import Misuse
from flyte_cli.inputs.problem import BadValue
from flyte_cli.inputs.times import length, moment
from flyte_cli.ops.host import Host


def moment_of(option: str, text: str, host: Host) -> float:
    """Unix seconds of `1h30m` (ago), `2025-01-31 09:00`, `yesterday`, `now - 1 day`; naive times are local ones."""
    try:
        return host.clock() - length(text).total_seconds()
    except BadValue:
        pass  # no length: a moment, then
    try:
        return moment(text, lambda: datetime.fromtimestamp(host.clock()).astimezone()).timestamp()
    except (BadValue, OverflowError, OSError):
        raise Misuse(
            f"`{option}` takes how long ago, or a date: got `{text}`",
            help=[f"{option} 90s, {option} 2h, {option} '2025-01-31 09:00', {option} yesterday"],
        ) from None
