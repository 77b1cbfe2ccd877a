"""Who is told when a run reaches a phase: a declaration, for `with_runcontext(notifications=...)`.

Texts may hold `{{.Run.Name}}`, `{{.Run.Project}}`, `{{.Run.Domain}}`, `{{.Run.Task}}`, `{{.Run.URL}}`, `{{.Phase}}` and
`{{.Error}}`. On one machine the program that started the run sends them. What cannot be sent is a warning, and never
changes the run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from flyte.models import ActionPhase

Phases: TypeAlias = ActionPhase | tuple[ActionPhase, ...]
Method: TypeAlias = Literal["POST", "PUT", "PATCH", "GET", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"]

__all__ = ["Email", "NamedDelivery", "NamedRule", "Notification", "Slack", "Teams", "Webhook"]

_METHODS = ("POST", "PUT", "PATCH", "GET", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT")
_SUBJECT = "Run {{.Run.Name}} {{.Phase}}"
_BODY = "Run: {{.Run.Name}}\nProject/Domain: {{.Run.Project}}/{{.Run.Domain}}\nPhase: {{.Phase}}\nError: {{.Error}}\n"


@dataclass(frozen=True, kw_only=True)
class Notification:
    """Something sent at a phase of a run, or at several: running, succeeded, failed, aborted, timed out."""

    on_phase: Phases

    def __post_init__(self) -> None:
        given: Any = self.on_phase
        phases = (given,) if isinstance(given, str) else tuple(given)
        if not phases:
            raise ValueError(f"{type(self).__name__}.on_phase is empty: it would never be sent")
        object.__setattr__(self, "on_phase", tuple(map(_phase, phases)))

    @property
    def phases(self) -> tuple[ActionPhase, ...]:
        """When it is sent."""
        assert isinstance(self.on_phase, tuple)  # __post_init__ made one of a single phase
        return self.on_phase


@dataclass(frozen=True, kw_only=True)
class Email(Notification):
    """A mail. The server is $FLYTE_SMTP_HOST, with _PORT, _USER, _PASSWORD and _FROM of the same beginning."""

    recipients: tuple[str, ...]
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    subject: str = _SUBJECT
    body: str = _BODY
    html_body: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("recipients", "cc", "bcc"):
            object.__setattr__(self, name, _addresses(name, getattr(self, name)))
        if not self.recipients:
            raise ValueError("Email.recipients is empty: name at least one address")


@dataclass(frozen=True, kw_only=True)
class Slack(Notification):
    """A message to a Slack channel, by its incoming webhook."""

    webhook_url: str
    message: str | None = None
    blocks: tuple[dict[str, Any], ...] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_address("Slack.webhook_url", self.webhook_url)


@dataclass(frozen=True, kw_only=True)
class Teams(Notification):
    """A message to a Teams channel, by its incoming webhook."""

    webhook_url: str
    title: str = _SUBJECT
    message: str | None = None
    card: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_address("Teams.webhook_url", self.webhook_url)


@dataclass(frozen=True, kw_only=True)
class Webhook(Notification):
    """A request to any address, with a JSON body; without one it gets run, task, phase and error."""

    url: str
    method: Method = "POST"
    headers: dict[str, str] | None = None
    body: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_address("Webhook.url", self.url)
        if self.method not in _METHODS:
            raise ValueError(f"Webhook.method must be one of {', '.join(_METHODS)}, got {self.method!r}")


@dataclass(frozen=True, kw_only=True)
class NamedDelivery(Notification):
    """A delivery that a backend knows by name; on one machine nothing is sent."""

    name: str


@dataclass(frozen=True)
class NamedRule:
    """A rule that a backend knows by name; on one machine nothing is sent."""

    name: str


def as_tuple(notifications: object) -> tuple[Notification | NamedRule, ...]:
    """Read what `notifications=` accepts: one, or several. Raises TypeError for anything else."""
    single = isinstance(notifications, (Notification, NamedRule))
    several = (notifications,) if single else notifications
    if not isinstance(several, Iterable) or isinstance(several, (str, bytes)):
        raise TypeError(f"notifications must be of flyte.notify, got {notifications!r}")
    found = tuple(several)
    for each in found:
        if not isinstance(each, (Notification, NamedRule)):
            raise TypeError(f"notifications must be of flyte.notify, got {each!r}")
    return found


def _phase(phase: object) -> ActionPhase:
    try:
        return ActionPhase(phase)
    except ValueError:
        known = ", ".join(each.value for each in ActionPhase)
        raise ValueError(f"on_phase must be of ActionPhase ({known}), got {phase!r}") from None


def _addresses(name: str, value: object) -> tuple[str, ...]:
    several = (value,) if isinstance(value, str) else value
    if not isinstance(several, Iterable):
        raise TypeError(f"Email.{name} must be a tuple of addresses, got {value!r}")
    found = tuple(several)
    for each in found:
        if not isinstance(each, str) or not re.fullmatch(r"[^@\s]+@[^@\s]+", each):
            raise ValueError(f"Email.{name} must hold addresses like ada@example.com, got {each!r}")
    return found


def _check_address(name: str, value: object) -> None:
    if not isinstance(value, str) or not re.match(r"https?://[^/\s]", value):
        raise ValueError(f"{name} must begin with http:// or https://, got {value!r}")
