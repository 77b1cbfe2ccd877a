"""How many at once, and how often: `flyte.Throttle`, per key across all actions of a run. The engine keeps count."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any

from flyte.context import current
from flyte.durations import duration

if TYPE_CHECKING:
    from flyte.context import ActionContext

_RATE = re.compile(r"\s*(\d+)\s*(?:/|per)\s*(.+?)\s*")
_WORDS = dict.fromkeys(("s", "sec", "second"), 1) | dict.fromkeys(("m", "min", "minute"), 60)
_WORDS |= dict.fromkeys(("h", "hour"), 3600) | dict.fromkeys(("d", "day"), 86400)


@dataclass(frozen=True)
class Throttle:
    """At most `concurrency` at the same time and `rate` in any window, of all in a run that use the same key.

    As a setting, `@env.task(throttle=flyte.Throttle("openai", rate="10/min"))`, actions wait before they take a
    worker. In a body, `async with flyte.Throttle("openai", rate="10/min"):` (or plain `with` in a sync task) waits
    there. `rate` is a count and a length of time: `"10/min"`, `"5/s"`, `"100/2h"`, or `(10, timedelta(minutes=1))`;
    no window of that length, wherever it begins, holds more than that many starts.

    Raises ValueError for an empty key, a rate that cannot be read, or neither a rate nor a concurrency.
    """

    key: str
    rate: str | tuple[int, timedelta | float] | None = None
    concurrency: int = 0
    _held: list[ActionContext | None] = field(default_factory=list, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not _is_name(self.key):
            raise ValueError(f"Throttle.key must be a name, such as the API's, got {self.key!r}")
        if not _is_count(self.concurrency):
            raise ValueError(f"Throttle.concurrency must be an int >= 0 (0: no limit), got {self.concurrency!r}")
        if self.rate is None and not self.concurrency:
            raise ValueError(f"Throttle({self.key!r}) limits nothing: give a rate such as '10/min', or a concurrency")
        self.rule()

    def rule(self) -> tuple[str, int, int, float]:
        """Key, how many at once, how many per window, seconds of the window; zero is no limit."""
        count, seconds = (0, 0.0) if self.rate is None else _rate(self.rate)
        return (self.key, self.concurrency, count, seconds)

    def __enter__(self) -> None:
        action = current.get()
        self._held.append(action)
        if action is not None:
            action.host.pass_throttle(action, self.rule())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        action = self._held.pop()
        if action is not None:
            action.host.leave_throttle(action, self.key)

    async def __aenter__(self) -> None:
        action = current.get()
        if action is not None:
            await action.host.pass_throttle_async(action, self.rule())

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        action = current.get()
        if action is not None:
            action.host.leave_throttle(action, self.key)

    def __reduce__(self) -> Any:
        return (Throttle, (self.key, self.rate, self.concurrency))


def _rate(rate: Any) -> tuple[int, float]:
    if isinstance(rate, tuple) and len(rate) == 2:
        count, length = rate
        seconds = duration(length, "Throttle.rate").total_seconds()
    elif isinstance(rate, str) and (match := _RATE.fullmatch(rate)):
        count, word = int(match[1]), match[2]
        seconds = _WORDS[word] if word in _WORDS else duration(word, "Throttle.rate").total_seconds()
    else:
        raise ValueError(f"Throttle.rate must be written as '10/min' or (10, timedelta(minutes=1)), got {rate!r}")
    if not _is_count(count) or count < 1 or seconds <= 0:
        raise ValueError(f"Throttle.rate must allow at least one in a length of time, got {rate!r}")
    return count, seconds


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
