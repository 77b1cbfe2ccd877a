"""Sending what `flyte.notify` declares, from the program that follows the run.

Each message has a thread, so that a slow server delays nothing but the end; none takes longer than `PATIENCE`.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flyte.initialize import settings
from flyte.models import ActionPhase
from flyte.notify import Email, NamedDelivery, NamedRule, Notification, Slack, Teams, Webhook
from flyte.runtime.session import PlainPrinter, RunOutcome

if TYPE_CHECKING:
    from types import TracebackType

    from flyte._core import RunTree

PATIENCE = 10.0
"""Seconds for one message."""

_PLACEHOLDER = re.compile(r"\{\{\s*\.([A-Za-z.]+)\s*\}\}")
_TIMEOUTS = ("QUEUED_TIMEOUT_EXCEEDED", "MAX_RUNTIME_EXCEEDED", "DEADLINE_EXCEEDED")
_MAIL_PORT = 587
"""Where mail servers take messages from programs (RFC 6409)."""


class Notifier(PlainPrinter):
    """Follows one run, and sends what is due at its phases."""

    def __init__(self, notifications: Sequence[Notification | NamedRule], task: str) -> None:
        self._notifications = notifications
        self._facts = {
            "Run.Project": settings().project or "",
            "Run.Domain": settings().domain or "",
            "Run.Task": task,
            "Error": "",
        }
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Notifier:
        for each in self._notifications:
            if isinstance(each, (NamedRule, NamedDelivery)):
                _warn(f"`{each.name}` is a notification that only a backend knows: nothing is sent for it")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for thread in self._threads:
            thread.join()

    def started(self, tree: RunTree) -> None:
        """The run exists."""
        self._facts |= {"Run.Name": tree.name, "Run.URL": tree.folder}
        self._send({ActionPhase.RUNNING}, ActionPhase.RUNNING)

    def ended(self, outcome: RunOutcome) -> None:
        """The run is over."""
        phase = ActionPhase(outcome.phase)
        phases = {phase}
        if outcome.error is not None:
            self._facts["Error"] = f"{outcome.error.type}: {outcome.error.message}"
            if outcome.error.code in _TIMEOUTS:
                phase = ActionPhase.TIMED_OUT
                phases.add(phase)
        self._send(phases, phase)

    async def sent(self) -> None:
        """Wait for what is on its way, without blocking the loop."""
        import asyncio  # deferred: whoever awaits has it already

        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    def _send(self, phases: set[ActionPhase], phase: ActionPhase) -> None:
        facts = {**self._facts, "Phase": phase.value}
        for each in self._notifications:
            if isinstance(each, Notification) and phases & set(each.phases):
                thread = threading.Thread(target=_sent_or_told, args=(each, facts), name="flyte-notify", daemon=True)
                self._threads.append(thread)
                thread.start()


def rendered(value: Any, facts: Mapping[str, str]) -> Any:
    """A text with its placeholders filled in; also inside lists and dicts. What is unknown stays as it is."""
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda found: facts.get(found[1], found[0]), value)
    if isinstance(value, Mapping):
        return {rendered(key, facts): rendered(item, facts) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [rendered(item, facts) for item in value]
    return value


def _sent_or_told(notification: Notification, facts: Mapping[str, str]) -> None:
    import http.client  # deferred, as what follows: few runs notify anybody

    try:
        _WAYS[type(notification)](notification, facts)
    except (OSError, http.client.HTTPException, ValueError) as error:  # urllib's and smtplib's errors are OSErrors
        where = _server_of(notification)
        _warn(f"{type(notification).__name__} for {facts['Phase']} could not be sent{where}: {_reason(error)}")


def _reason(error: Exception) -> str:
    # Addresses of webhooks are secrets: errors that would spell them are told by their status.
    status = getattr(error, "code", None)
    return f"HTTP {status}" if status else str(getattr(error, "reason", error)) or type(error).__name__


def _server_of(notification: Notification) -> str:
    from urllib.parse import urlsplit

    address = getattr(notification, "webhook_url", getattr(notification, "url", None))
    return f" to {urlsplit(address).hostname}" if address else ""


def _warn(text: str) -> None:
    from flyte.logs import system_logger  # deferred: logging takes 8 ms

    system_logger.warning("%s", text)


# --- the ways -----------------------------------------------------------------------------------------------------


def _default_message(facts: Mapping[str, str]) -> str:
    error = f"\n{facts['Error']}" if facts["Error"] else ""
    return f"Run {facts['Run.Name']} ({facts['Run.Task']}) {facts['Phase']}{error}"


def _slack(slack: Slack, facts: Mapping[str, str]) -> None:
    text = _default_message(facts) if slack.message is None else rendered(slack.message, facts)
    document: dict[str, Any] = {"text": text}
    if slack.blocks is not None:
        document["blocks"] = rendered(slack.blocks, facts)
    _request(slack.webhook_url, "POST", document)


def _teams(teams: Teams, facts: Mapping[str, str]) -> None:
    card = rendered(teams.card, facts) if teams.card is not None else _card(teams, facts)
    content = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    _request(teams.webhook_url, "POST", {"type": "message", "attachments": [content]})


def _card(teams: Teams, facts: Mapping[str, str]) -> dict[str, Any]:
    message = _default_message(facts) if teams.message is None else rendered(teams.message, facts)
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {"type": "TextBlock", "size": "Medium", "weight": "Bolder", "text": rendered(teams.title, facts)},
            {"type": "TextBlock", "text": message, "wrap": True},
        ],
    }


def _webhook(webhook: Webhook, facts: Mapping[str, str]) -> None:
    document: Any = {
        "run": facts["Run.Name"],
        "task": facts["Run.Task"],
        "project": facts["Run.Project"],
        "domain": facts["Run.Domain"],
        "phase": facts["Phase"],
        "error": facts["Error"] or None,
    }
    if webhook.body is not None:
        document = rendered(webhook.body, facts)
    elif webhook.method in ("GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "CONNECT"):
        document = None
    _request(rendered(webhook.url, facts), webhook.method, document, rendered(webhook.headers or {}, facts))


def _request(address: str, method: str, document: Any, headers: Mapping[str, str] | None = None) -> None:
    from urllib.request import Request, urlopen

    data = None if document is None else json.dumps(document).encode()
    about = {"Content-Type": "application/json"} if data is not None else {}
    request = Request(address, data, {**about, **(headers or {})}, method=method)
    with urlopen(request, timeout=PATIENCE) as response:
        response.read()


def _email(email: Email, facts: Mapping[str, str]) -> None:
    import smtplib
    from email.message import EmailMessage

    host = os.environ.get("FLYTE_SMTP_HOST")
    if not host:
        raise ValueError("set FLYTE_SMTP_HOST, and FLYTE_SMTP_PORT, _USER, _PASSWORD and _FROM where they are needed")
    user, password = os.environ.get("FLYTE_SMTP_USER"), os.environ.get("FLYTE_SMTP_PASSWORD", "")
    message = EmailMessage()
    message["Subject"] = " ".join(rendered(email.subject, facts).split())
    message["From"] = os.environ.get("FLYTE_SMTP_FROM") or user or "flyte@localhost"
    message["To"] = ", ".join(email.recipients)
    if email.cc:
        message["Cc"] = ", ".join(email.cc)
    message.set_content(rendered(email.body, facts))
    if email.html_body is not None:
        message.add_alternative(rendered(email.html_body, facts), subtype="html")
    port = int(os.environ.get("FLYTE_SMTP_PORT") or _MAIL_PORT)
    with smtplib.SMTP(host, port, timeout=PATIENCE) as server:
        server.ehlo_or_helo_if_needed()
        if server.has_extn("starttls"):
            server.starttls()
        if user:
            server.login(user, password)
        server.send_message(message, to_addrs=[*email.recipients, *email.cc, *email.bcc])


_WAYS: dict[type[Notification], Callable[[Any, Mapping[str, str]], None]] = {
    Email: _email,
    Slack: _slack,
    Teams: _teams,
    Webhook: _webhook,
    NamedDelivery: lambda notification, facts: None,
}
