"""What starts a task by itself: times, rates, new artifacts. Values that check themselves; a backend acts on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flyte.cron import check_cron
from flyte.near_miss import hint_for


@dataclass(frozen=True)
class Cron:
    """Times that a cron expression of five fields says, in a time zone of the IANA database."""

    expression: str
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        check_cron(self.expression)
        _check_timezone(self.timezone)

    @property
    def timezone_expression(self) -> str:
        """The expression with its time zone, as schedulers take it."""
        return f"CRON_TZ={self.timezone} {self.expression}"


@dataclass(frozen=True)
class FixedRate:
    """Every so many minutes, counted from `start_time`, or from when the trigger is activated."""

    interval_minutes: int
    start_time: datetime | None = None

    def __post_init__(self) -> None:
        if isinstance(self.interval_minutes, bool) or not isinstance(self.interval_minutes, int):
            raise TypeError(f"FixedRate.interval_minutes must be a whole number, got {self.interval_minutes!r}")
        if self.interval_minutes < 1:
            raise ValueError(f"FixedRate.interval_minutes must be at least 1, got {self.interval_minutes}")
        if self.start_time is not None and not isinstance(self.start_time, datetime):
            raise TypeError(f"FixedRate.start_time must be a datetime, got {self.start_time!r}")


@dataclass(frozen=True, init=False)
class OnArtifact:
    """Whenever an artifact of this name appears: `OnArtifact("model", region="eu")`.

    Of one version, or with these partitions, when they are given; a keyword is a partition, too.
    """

    name: str
    version: str | None = None
    partitions: Mapping[str, str] | None = None

    def __init__(
        self,
        name: str,
        version: str | None = None,
        partitions: Mapping[str, str] | None = None,
        **partition_kwargs: str,
    ) -> None:
        if not _is_name(name):
            raise ValueError(f"OnArtifact needs the name of an artifact, got {name!r}")
        _check_strings("OnArtifact.partitions", partitions)
        _check_strings("OnArtifact.partitions", partition_kwargs)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "version", version)
        object.__setattr__(self, "partitions", {**(partitions or {}), **partition_kwargs} or None)

    def __hash__(self) -> int:
        return hash((self.name, self.version))


Automation = Cron | FixedRate | OnArtifact


@dataclass(frozen=True)
class Placeholder:
    """A value that is known when a trigger fires."""

    shown: str

    def __repr__(self) -> str:
        return self.shown


TriggerTime: Final = Placeholder("flyte.TriggerTime")
"""In `inputs=`: the time the trigger fires."""
TriggeredArtifact: Final = Placeholder("flyte.TriggeredArtifact")
"""In `inputs=`: the artifact that appeared."""


@dataclass(frozen=True)
class TriggeredPartition:
    """In `inputs=`: the value of one partition of the artifact that appeared."""

    key: str


@dataclass(frozen=True)
class Trigger:
    """When to run a task, and with which inputs: `@env.task(triggers=Trigger("nightly", Cron("0 3 * * *")))`.

    `Trigger.cron("0 3 * * *")` and `Trigger.daily("start_time")` are shorter; the latter passes the time to an input.
    """

    name: str
    automation: Automation | None = None
    description: str = ""
    auto_activate: bool = True
    inputs: dict[str, Any] | None = None
    env_vars: dict[str, str] | None = None
    interruptible: bool | None = None
    overwrite_cache: bool = False
    queue: str | None = None
    max_action_concurrency: int | None = None
    labels: Mapping[str, str] | None = None
    annotations: Mapping[str, str] | None = None
    notifications: Any = None
    custom_context: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        if not _is_name(self.name):
            raise ValueError(f"a trigger needs a name, got {self.name!r}")
        if self.automation is not None and not isinstance(self.automation, (Cron, FixedRate, OnArtifact)):
            raise TypeError(
                f"trigger `{self.name}`: automation must be a flyte.Cron, FixedRate or OnArtifact, "
                f"got {self.automation!r}"
            )
        for name in ("env_vars", "labels", "annotations", "custom_context"):
            _check_strings(f"trigger `{self.name}`: {name}", getattr(self, name))
        if self.inputs is not None and not isinstance(self.inputs, Mapping):
            raise TypeError(f"trigger `{self.name}`: inputs must be a dict of values by name, got {self.inputs!r}")

    def __hash__(self) -> int:
        return hash((self.name, self.automation))

    @classmethod
    def cron(cls, expression: str, timezone: str = "UTC", *, name: str = "cron", **settings: Any) -> Trigger:
        """A trigger for times that a cron expression says; takes the other settings of a trigger, too."""
        return cls(name, Cron(expression, timezone), **settings)

    @classmethod
    def minutely(cls, trigger_time_input_key: str | None = None, *, name: str = "minutely", **settings: Any) -> Trigger:
        """Every minute; the time goes to the input of that name."""
        return cls(name, Cron("* * * * *"), **_timed(trigger_time_input_key, "every minute", settings))

    @classmethod
    def hourly(cls, trigger_time_input_key: str | None = None, *, name: str = "hourly", **settings: Any) -> Trigger:
        """At the start of every hour; the time goes to the input of that name."""
        return cls(name, Cron("0 * * * *"), **_timed(trigger_time_input_key, "every hour", settings))

    @classmethod
    def daily(cls, trigger_time_input_key: str | None = None, *, name: str = "daily", **settings: Any) -> Trigger:
        """At midnight, UTC; the time goes to the input of that name."""
        return cls(name, Cron("0 0 * * *"), **_timed(trigger_time_input_key, "daily at midnight", settings))

    @classmethod
    def weekly(cls, trigger_time_input_key: str | None = None, *, name: str = "weekly", **settings: Any) -> Trigger:
        """On Sundays at midnight, UTC; the time goes to the input of that name."""
        said = "weekly on Sundays at midnight"
        return cls(name, Cron("0 0 * * 0"), **_timed(trigger_time_input_key, said, settings))

    @classmethod
    def monthly(cls, trigger_time_input_key: str | None = None, *, name: str = "monthly", **settings: Any) -> Trigger:
        """On the first of the month at midnight, UTC; the time goes to the input of that name."""
        said = "monthly on the 1st at midnight"
        return cls(name, Cron("0 0 1 * *"), **_timed(trigger_time_input_key, said, settings))


def triggers_of(value: object) -> tuple[Trigger, ...]:
    """Read what `triggers=` accepts: one trigger, or several with names of their own."""
    listed = () if value is None else value if isinstance(value, (list, tuple)) else (value,)
    names: set[str] = set()
    for trigger in listed:
        if not isinstance(trigger, Trigger):
            raise TypeError(f"triggers must be flyte.Trigger values, got {trigger!r}")
        if trigger.name in names:
            raise ValueError(f"two triggers are called `{trigger.name}`: give one of them another name=")
        names.add(trigger.name)
    return tuple(listed)


def scheduled(schedule: object) -> tuple[Trigger, ...]:
    """Read what `on_schedule=` accepts: a cron expression, a Cron, a FixedRate or a whole trigger."""
    if schedule is None:
        return ()
    if isinstance(schedule, Trigger):
        return (schedule,)
    if isinstance(schedule, str):
        schedule = Cron(schedule)
    if not isinstance(schedule, (Cron, FixedRate)):
        raise TypeError(f"on_schedule must be a cron expression, a flyte.Cron, FixedRate or Trigger, got {schedule!r}")
    return (Trigger("schedule", schedule),)


def check_trigger_inputs(triggers: Iterable[Trigger], parameters: Iterable[str], task: str) -> None:
    """Refuse a trigger that gives an input the task does not have."""
    known = list(parameters)
    for trigger in triggers:
        for name in trigger.inputs or ():
            if name not in known:
                hint = hint_for(name, known) or (f"it has {', '.join(known)}" if known else "it has none")
                raise ValueError(f"trigger `{trigger.name}`: task `{task}` has no input `{name}` ({hint})")


def _timed(key: str | None, said: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of a shortcut: a description, and the input that gets the time."""
    inputs = dict(settings.get("inputs") or {})
    if key is not None:
        inputs[key] = TriggerTime
    return {"description": f"A trigger that runs {said}", **settings, "inputs": inputs}


def _check_timezone(name: object) -> None:
    if not isinstance(name, str):
        raise TypeError(f"Cron.timezone must be a name such as 'Europe/London', got {name!r}")
    if name == "UTC":
        return  # known without the database, and by far the most frequent
    import zoneinfo  # deferred: 10 ms

    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        known = zoneinfo.available_timezones()
        if not known:
            return  # this machine has no database: a backend will know
        hint = hint_for(name, known) or "write a name such as 'Europe/London'"
        raise ValueError(f"there is no time zone {name!r} ({hint})") from error


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _check_strings(what: str, value: object) -> None:
    if value is None:
        return
    if not isinstance(value, Mapping):
        raise TypeError(f"{what} must be a dict of strings, got {value!r}")
    for name, text in value.items():
        if not isinstance(name, str) or not isinstance(text, str):
            raise TypeError(f"{what} must be a dict of strings, got {name!r}: {text!r}")
