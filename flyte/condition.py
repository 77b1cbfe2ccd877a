"""Conditions: a run asks a person, or a program, and waits for the answer.

Declares what is asked. Asking is `flyte.runtime.waits`, answering is `flyte signal` or the prompt of `flyte run`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast

from flyte.context import ActionContext, current
from flyte.dual import dual
from flyte.durations import duration

if TYPE_CHECKING:
    from flyte.runtime.waits import Wait

ConditionType = TypeVar("ConditionType", bool, int, float, str)

TYPES: dict[type, str] = {bool: "bool", int: "int", float: "float", str: "str"}


@dataclass
class ConditionWebhook:
    """Where to tell that a condition waits.

    `payload` is posted as JSON; without one, it is the names of run, action and condition, and the prompt.
    """

    url: str
    payload: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise ValueError(f"ConditionWebhook.url must be an http or https address, got {self.url!r}")


async def _wait_aio(condition: Condition[Any]) -> Any:
    return await condition._asked().answer_async()


@dataclass
class Condition(Generic[ConditionType]):
    """A question that a task has asked. `wait` gives the answer."""

    name: str
    prompt: str = "Approve?"
    prompt_type: Literal["text", "markdown"] = "text"
    data_type: type[ConditionType] = bool  # type: ignore[assignment]  # what an unbound variable stands for
    description: str = ""
    timeout: timedelta | int | float | None = None
    webhook: ConditionWebhook | None = None
    _wait: Wait | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.name or "\n" in self.name or not self.name.isprintable():
            raise ValueError(f"a condition needs a name of one line, got {self.name!r}")
        if self.data_type not in TYPES:
            raise TypeError(
                f"condition `{self.name}`: data_type must be bool, int, float or str, got {self.data_type!r}"
            )
        if self.prompt_type not in ("text", "markdown"):
            raise ValueError(f"condition `{self.name}`: prompt_type must be text or markdown, got {self.prompt_type!r}")
        if self.timeout is not None and self.seconds <= 0:
            raise ValueError(f"condition `{self.name}`: timeout must be more than zero, got {self.timeout!r}")

    @property
    def seconds(self) -> float:
        """How long to wait; zero is for ever."""
        if self.timeout is None:
            return 0.0
        if isinstance(self.timeout, (int, float)):
            return float(self.timeout)
        return duration(self.timeout, f"condition `{self.name}`: timeout").total_seconds()

    @property
    def details(self) -> str:
        """What is recorded of it: what a prompt, and `flyte signal`, must know."""
        entries = {
            "kind": "condition",
            "prompt": self.prompt,
            "prompt_type": self.prompt_type,
            "data_type": TYPES[self.data_type],
            "description": self.description,
        }
        return json.dumps(entries, separators=(",", ":"))

    def _asked(self) -> Wait:
        if self._wait is None:
            raise RuntimeError(f"condition `{self.name}` was made by hand: flyte.new_condition(...) asks")
        return self._wait

    @dual(aio=_wait_aio)
    def wait(self) -> ConditionType:
        """Wait for the answer.

        Raises `flyte.errors.ConditionTimedoutError` when there is none within `timeout`.
        """
        return cast("ConditionType", self._asked().answer())


def _declared(name: str, settings: dict[str, Any]) -> tuple[Condition[Any], ActionContext]:
    condition: Condition[Any] = Condition(name, **settings)
    action = current.get()
    if action is None:
        raise RuntimeError(
            f"condition `{name}` was asked outside a run: tasks ask, so start one with flyte.run(...) or `flyte run`"
        )
    return condition, action


async def _new_condition_aio(
    name: str,
    /,
    prompt: str = "Approve?",
    prompt_type: Literal["text", "markdown"] = "text",
    data_type: type[ConditionType] = bool,  # type: ignore[assignment]  # what an unbound variable stands for
    description: str = "",
    timeout: timedelta | int | float | None = None,
    webhook: ConditionWebhook | None = None,
) -> Condition[ConditionType]:
    settings = {
        "prompt": prompt,
        "prompt_type": prompt_type,
        "data_type": data_type,
        "description": description,
        "timeout": timeout,
        "webhook": webhook,
    }
    condition, action = _declared(name, settings)
    from flyte.runtime.waits import ask, post_async  # deferred: outside runs there is nobody to ask

    condition._wait = ask(action, condition)
    if webhook is not None:
        await post_async(action, condition)
    return condition


@dual(aio=_new_condition_aio)
def new_condition(
    name: str,
    /,
    prompt: str = "Approve?",
    prompt_type: Literal["text", "markdown"] = "text",
    data_type: type[ConditionType] = bool,  # type: ignore[assignment]  # what an unbound variable stands for
    description: str = "",
    timeout: timedelta | int | float | None = None,
    webhook: ConditionWebhook | None = None,
) -> Condition[ConditionType]:
    """Ask a person, or a program, for a value: `new_condition("approve").wait()`.

    The run shows that it waits; `flyte signal RUN NAME VALUE` answers, or whoever sits at the terminal of `flyte run`.
    `timeout` is in seconds. Waiting takes no core, and after a minute no process: see docs/conditions.md.

    Raises `flyte.errors.ConditionAlreadyExistsError` while the same task already waits for one of that name, TypeError
    and ValueError for settings that cannot be, RuntimeError outside a run.
    """
    settings = {
        "prompt": prompt,
        "prompt_type": prompt_type,
        "data_type": data_type,
        "description": description,
        "timeout": timeout,
        "webhook": webhook,
    }
    condition, action = _declared(name, settings)
    from flyte.runtime.waits import ask, post

    condition._wait = ask(action, condition)
    if webhook is not None:
        post(action, condition)
    return condition
