"""Waiting for what no worker computes: an answer, or a moment. The engine knows both as actions of their own.

It asks and takes the answer; who answers, and how, is none of its business.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, cast

from flyte.runtime.calls import BlockingCall, Call
from flyte.traces import trace

if TYPE_CHECKING:
    from flyte._core import Signature
    from flyte.condition import Condition
    from flyte.context import ActionContext
    from flyte.runtime.host import LinkHost
    from flyte.task import TaskTemplate

CONDITION, SLEEP = 1, 2
"""The engine's numbers for what waits, as `Link.declare_own` takes them."""

WEBHOOK_PATIENCE = 10.0
"""Seconds for a webhook's answer."""


class Waited:
    """What looks like a task to a call: a name, and how its answer is decoded."""

    is_async = True

    def __init__(
        self, kind: int, name: str, signature: Signature, details: str, deadline: float = 0.0, line: int = 0
    ) -> None:
        self.kind = kind
        self.name = self.short_name = name
        self.signature = signature
        self.details = details
        self.deadline = deadline

    @property
    def key(self) -> tuple[int, str, str, float]:
        """What tells it from others."""
        return (self.kind, self.name, self.details, self.deadline)


class WaitingCall(Call):
    """Awaited."""

    is_wait = True


class Wait:
    """A question on its way, from async or from sync code, to be awaited or waited for."""

    def __init__(self, action: ActionContext, waited: Waited, inputs: bytes) -> None:
        self._host = host = cast("LinkHost", getattr(action.host, "_host", action.host))
        task = cast("TaskTemplate[..., Any]", waited)
        host.declare_wait(waited)
        loop = asyncio._get_running_loop()
        self._call: Call | BlockingCall
        if loop is not None:
            self._call = WaitingCall(host, action, task, inputs, loop)
            self._call._start()
        else:
            self._call = BlockingCall(host, action, task, inputs)
            host.send_call(self._call)

    def done(self) -> bool:
        """Whether there is an answer."""
        return self._call.done()

    def answer(self) -> Any:
        """Wait for it."""
        with self._host.only_waiting():
            self._host.wait_until(self._call.done)
        return self._call.result()

    async def answer_async(self) -> Any:
        """Await it."""
        if isinstance(self._call, Call):
            self._host.park_later(asyncio.get_running_loop())
            return await self._call
        loop = asyncio.get_running_loop()
        self._host._attach(loop)
        told: asyncio.Future[None] = loop.create_future()
        self._call.add_done_callback(lambda _: loop.call_soon_threadsafe(_set, told))
        await told
        return self._call.result()


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


# --- time


def sleep_of(action: ActionContext, seconds: float) -> Wait:
    """Begin to sleep."""
    seconds = float(seconds)
    if not seconds >= 0:
        raise ValueError(f"flyte.durable.sleep takes seconds from zero on, got {seconds!r}")
    waited = _sleeping()
    return Wait(action, waited, waited.signature.bind((seconds,), {}))


_made: list[Waited] = []


def _sleeping() -> Waited:
    if not _made:
        from flyte._core import Signature

        _made.append(Waited(SLEEP, "sleep", Signature([("seconds", ("float",))], [], {}, "sleep"), '{"kind":"sleep"}'))
    return _made[0]


# --- conditions


def ask(action: ActionContext, condition: Condition[Any]) -> Wait:
    """Ask, unless the same action already does."""
    from flyte.condition import TYPES
    from flyte.runtime.signals import answer_signature

    asked: dict[str, Wait] = action.own.setdefault("conditions", {})
    if condition.name in asked and not asked[condition.name].done():
        from flyte.errors import ConditionAlreadyExistsError

        raise ConditionAlreadyExistsError(
            f"task `{action.label}` already waits for condition `{condition.name}`: wait for its answer first, or ask "
            "under another name"
        )
    signature = answer_signature(TYPES[condition.data_type], condition.name)
    waited = Waited(CONDITION, condition.name, signature, condition.details, condition.seconds)
    asked[condition.name] = wait = Wait(action, waited, b"")
    return wait


def post(action: ActionContext, condition: Condition[Any]) -> None:
    """Tell the webhook, once however often the task starts again. A webhook that fails is a warning."""
    assert condition.webhook is not None  # asked by the caller
    _posted(condition.webhook.url, _payload(action, condition))


async def post_async(action: ActionContext, condition: Condition[Any]) -> None:
    """As `post`, while the loop goes on."""
    assert condition.webhook is not None
    await asyncio.to_thread(_posted, condition.webhook.url, _payload(action, condition))


def _payload(action: ActionContext, condition: Condition[Any]) -> str:
    assert condition.webhook is not None
    if condition.webhook.payload is not None:
        return json.dumps(condition.webhook.payload)
    names = {"run": action.run_name, "action": action.action_name, "condition": condition.name}
    return json.dumps({**names, "prompt": condition.prompt})


def _webhook(url: str, payload: str) -> str:
    import urllib.error
    import urllib.request

    head = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, payload.encode(), head, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=WEBHOOK_PATIENCE) as response:
            return str(response.status)
    except (OSError, ValueError) as error:
        from flyte.logs import system_logger

        system_logger.warning(f"the webhook {url} was not told: {error}; the condition can be answered all the same")
        return str(error)


_webhook.__name__ = "webhook"
_posted = trace(_webhook)
