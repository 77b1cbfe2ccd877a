"""Triggers check what they are told when they are made, and belong to tasks."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

import flyte
from flyte import Cron, FixedRate, OnArtifact, Trigger


@pytest.mark.parametrize(
    "expression",
    [
        "0 0 * * *",
        "*/5 * * * *",
        "0 9-17 * * MON-FRI",
        "0,30 1 1 jan,jul 7",
        "@daily",
        "15 3/4 ? * *",
        "0 0 1-31/2 * *",
        "0 0 29 2 *",
        "0 0 30 feb MON",
        "0 0 31 4,5 *",
        "0 0 28/2 feb *",
    ],
)
def test_cron_expressions_are_accepted(expression: str) -> None:
    assert Cron(expression, "Europe/London").timezone_expression == f"CRON_TZ=Europe/London {expression}"


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: Cron("0 0 * *"), ValueError, "it takes five fields"),
        (lambda: Cron("60 0 * * *"), ValueError, "minute '60': write * or numbers from 0 to 59"),
        (lambda: Cron("0 0 0 * *"), ValueError, "day of the month '0': write * or numbers from 1 to 31"),
        (lambda: Cron("0 0 * * MUN"), ValueError, "day of the week 'MUN'"),
        (lambda: Cron("0 17-9 * * *"), ValueError, "hour '17-9': '17-9' runs backwards"),
        (lambda: Cron("*/0 * * * *"), ValueError, "the step '0' must be a number from 1 up"),
        (lambda: Cron("0 1-2-3 * * *"), ValueError, "hour '1-2-3'"),
        (lambda: Cron("0 0 30 2 *"), ValueError, "never fires: no month of '2' has a day 30"),
        (lambda: Cron("0 0 31 APR,6-6,9 */2"), ValueError, "no month of 'APR,6-6,9' has a day 31"),
        (lambda: Cron("@dayly"), ValueError, "did you mean `@daily`?"),
        (lambda: Cron(5), TypeError, "a cron expression is a string"),
        (lambda: Cron("* * * * *", "Europe/Londn"), ValueError, "did you mean `Europe/London`?"),
        (lambda: Cron("* * * * *", None), TypeError, "Cron.timezone must be a name"),
        (lambda: FixedRate(0), ValueError, "must be at least 1, got 0"),
        (lambda: FixedRate("5"), TypeError, "must be a whole number, got '5'"),
        (lambda: FixedRate(5, "now"), TypeError, "start_time must be a datetime"),
        (lambda: OnArtifact(""), ValueError, "OnArtifact needs the name"),
        (lambda: OnArtifact("a", partitions={"d": 1}), TypeError, "partitions must be a dict of strings, got 'd': 1"),
        (lambda: Trigger(""), ValueError, "a trigger needs a name"),
        (lambda: Trigger("t", "0 0 * * *"), TypeError, "automation must be a flyte.Cron"),
        (lambda: Trigger("t", labels={"a": 1}), TypeError, "trigger `t`: labels must be a dict of strings"),
        (lambda: Trigger("t", inputs=[1]), TypeError, "inputs must be a dict of values by name"),
        (lambda: Trigger.cron("bogus"), ValueError, "it takes five fields"),
    ],
)
def test_what_is_wrong_is_said_when_it_is_made(make: Callable[[], Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=re.escape(message)):
        make()


@pytest.mark.parametrize(
    ("trigger", "name", "expression"),
    [
        (Trigger.minutely(), "minutely", "* * * * *"),
        (Trigger.hourly(), "hourly", "0 * * * *"),
        (Trigger.daily(), "daily", "0 0 * * *"),
        (Trigger.weekly(), "weekly", "0 0 * * 0"),
        (Trigger.monthly(), "monthly", "0 0 1 * *"),
        (Trigger.cron("1 2 3 4 5", name="odd"), "odd", "1 2 3 4 5"),
    ],
)
def test_shortcuts_are_cron_triggers(trigger: Trigger, name: str, expression: str) -> None:
    assert (trigger.name, trigger.automation) == (name, Cron(expression))


def test_partitions_of_an_artifact_are_keywords_or_a_dict() -> None:
    assert OnArtifact("a", region="eu") == OnArtifact("a", partitions={"region": "eu"})
    assert OnArtifact("a", partitions={"region": "us", "day": "1"}, region="eu").partitions == {
        "region": "eu",
        "day": "1",
    }
    assert OnArtifact("a", "v1").partitions is None


def test_a_shortcut_passes_the_time_to_an_input_and_keeps_the_others() -> None:
    trigger = Trigger.daily("when", name="nightly", inputs={"x": 1}, queue="q")
    assert trigger.inputs == {"x": 1, "when": flyte.TriggerTime}
    assert (trigger.name, trigger.queue) == ("nightly", "q")


def test_a_task_has_the_triggers_it_names_and_those_of_its_schedule() -> None:
    env = flyte.TaskEnvironment("e", triggers=[Trigger.daily()])

    @env.task
    def inherits() -> None: ...

    @env.task(triggers=Trigger.hourly("when"))
    def own(when: datetime) -> None: ...

    @env.task(on_schedule="*/5 * * * *")
    def scheduled() -> None: ...

    @env.task(on_schedule=FixedRate(10), triggers=[Trigger.weekly()])
    def both() -> None: ...

    named = {task.short_name: [trigger.name for trigger in task.triggers] for task in env.tasks.values()}
    assert named == {
        "inherits": ["daily"],
        "own": ["hourly"],
        "scheduled": ["schedule"],
        "both": ["weekly", "schedule"],
    }
    assert scheduled.triggers[0].automation == Cron("*/5 * * * *")


@pytest.mark.parametrize(
    ("settings", "kind", "message"),
    [
        ({"triggers": "daily"}, TypeError, "triggers must be flyte.Trigger values, got 'daily'"),
        ({"triggers": [Cron("@daily")]}, TypeError, "triggers must be flyte.Trigger values"),
        ({"triggers": [Trigger.daily(), Trigger.daily()]}, ValueError, "two triggers are called `daily`"),
        ({"triggers": Trigger.daily("wen")}, ValueError, "task `e.work` has no input `wen` (did you mean `when`?)"),
        ({"on_schedule": 5}, TypeError, "on_schedule must be a cron expression"),
        ({"on_schedule": "often"}, ValueError, "it takes five fields"),
    ],
)
def test_a_task_refuses_triggers_it_cannot_have(settings: dict[str, Any], kind: type[Exception], message: str) -> None:
    env = flyte.TaskEnvironment("e")
    with pytest.raises(kind, match=re.escape(message)):

        @env.task(**settings)
        def work(when: datetime) -> None: ...


def test_an_environment_refuses_what_is_no_trigger() -> None:
    with pytest.raises(TypeError, match="triggers must be"):
        flyte.TaskEnvironment("e", triggers=[3])


def test_a_clone_keeps_the_triggers() -> None:
    env = flyte.TaskEnvironment("e", triggers=Trigger.daily())
    assert env.clone_with("c").triggers == (Trigger.daily(),)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"labels": {"a": 1}}, "PodTemplate.labels must be a dict of strings"),
        ({"annotations": "a"}, "PodTemplate.annotations must be a dict of strings"),
    ],
)
def test_a_pod_template_checks_what_it_can(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        flyte.PodTemplate(**settings)
    with pytest.raises(ValueError, match="primary_container_name must be a name"):
        flyte.PodTemplate(primary_container_name="")


def test_a_pod_template_of_a_spec_runs_the_task_in_its_first_container() -> None:
    class Container:
        name = "worker"

    class Spec:
        containers = (Container(),)

    template = flyte.PodTemplate.from_spec(Spec(), labels={"team": "a"})
    assert (template.primary_container_name, template.labels) == ("worker", {"team": "a"})
    assert flyte.TaskEnvironment("e", pod_template=template).pod_template is template
