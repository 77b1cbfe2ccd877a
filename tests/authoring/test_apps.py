"""Apps check what they are told when they are declared; what needs a backend says that it does."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import flyte
import flyte.app
import flyte.remote
from flyte.app import (
    AppEndpoint,
    AppEnvironment,
    ArtifactValue,
    Domain,
    Link,
    Parameter,
    Port,
    RunOutput,
    Scaling,
    Subdomain,
    Timeouts,
)
from flyte.app.extras import FastAPIAppEnvironment


def answers(*args: Any) -> None:
    """Anything callable may answer."""


@pytest.mark.parametrize("name", ["a", "my-api", "1a", "a--b"])
def test_names_are_parts_of_addresses(name: str) -> None:
    assert AppEnvironment(name).name == name


@pytest.mark.parametrize("name", ["", "a_b", "A", "a.b", "a-", "-a", "a b"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="becomes part of an address"):
        AppEnvironment(name)


def test_a_refused_name_comes_with_one_that_would_do() -> None:
    with pytest.raises(ValueError, match="`my-api` would do"):
        AppEnvironment("My_API")


PARAMETER = Parameter("p", "v")


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: AppEnvironment("a", port=8012), ValueError, "port 8012 is taken"),
        (lambda: AppEnvironment("a", port=70000), ValueError, "from 1 to 65535, got 70000"),
        (lambda: AppEnvironment("a", port="x"), TypeError, "a port is a number, got 'x'"),
        (lambda: AppEnvironment("a", args=3), TypeError, "args must be a string or a list of strings, got 3"),
        (lambda: AppEnvironment("a", command=[3]), TypeError, "command must be a string or a list of strings"),
        (lambda: AppEnvironment("a", scaling=3), TypeError, "scaling must be a Scaling, got 3"),
        (lambda: AppEnvironment("a", timeouts=3), TypeError, "timeouts must be a Timeouts, got 3"),
        (lambda: AppEnvironment("a", domain=3), TypeError, "domain must be a Domain, got 3"),
        (lambda: AppEnvironment("a", links=[3]), TypeError, "links must be a list of Link values, got [3]"),
        (lambda: AppEnvironment("a", parameters=[3]), TypeError, "parameters must be a list of Parameter values"),
        (lambda: AppEnvironment("a", requires_auth="x"), TypeError, "requires_auth must be a bool, got 'x'"),
        (lambda: AppEnvironment("a", parameters=[PARAMETER] * 2), ValueError, "two parameters are called `p`"),
        (lambda: AppEnvironment("a", parameters=[PARAMETER], command="x"), ValueError, "gets no parameters"),
        (lambda: AppEnvironment("a", image=3), TypeError, "image must be a string or a flyte.Image"),
        (lambda: FastAPIAppEnvironment(name="a", app=3), TypeError, "app must be a FastAPI(), got 3"),
        (lambda: FastAPIAppEnvironment(name="a", app=answers, args="x"), ValueError, "takes no args and no command"),
        (lambda: Scaling(replicas=(3, 1)), ValueError, "at least the fewest, got (3, 1)"),
        (lambda: Scaling(replicas=0), ValueError, "at least 1"),
        (lambda: Scaling(replicas=-1), ValueError, "must not be negative, got -1"),
        (lambda: Scaling(replicas=(0, 1, 2)), ValueError, "must be a pair (fewest, most), got (0, 1, 2)"),
        (lambda: Scaling(replicas="x"), TypeError, "must be a number or a pair (fewest, most), got 'x'"),
        (lambda: Scaling(scaledown_after=-1), ValueError, "Scaling.scaledown_after must not be negative"),
        (lambda: Scaling(scaledown_after="x"), TypeError, "must be seconds or a timedelta, got 'x'"),
        (lambda: Scaling(metric=3), TypeError, "must be a Scaling.Concurrency or RequestRate, got 3"),
        (lambda: Scaling.Concurrency(0), ValueError, "Scaling.Concurrency must be at least 1, got 0"),
        (lambda: Scaling.RequestRate("x"), TypeError, "Scaling.RequestRate takes a number, got 'x'"),
        (lambda: Timeouts(request=3601), ValueError, "must not be longer than an hour"),
        (lambda: Subdomain(), ValueError, "made of an app_name or of a function"),
        (lambda: Parameter("", "v"), ValueError, "Parameter.name must be a name"),
        (lambda: Parameter("p", 3), TypeError, "parameter `p`: value must be one of str, File, Dir, RunOutput"),
        (lambda: Parameter("p", "v", env_var="a-b"), ValueError, "'a-b' cannot be the name of an environment variable"),
        (lambda: Parameter("p", "v", type="text"), ValueError, "parameter `p`: type must be one of 'string', 'file'"),
        (lambda: RunOutput(type="file"), ValueError, "give run_name= or task_name="),
        (lambda: RunOutput(type="file", run_name="r", task_name="t"), ValueError, "give run_name= or task_name="),
        (lambda: RunOutput(type="x", run_name="r"), ValueError, "RunOutput: type must be one of"),
        (lambda: RunOutput(type="file", task_name="t", task_auto_version="new"), ValueError, "'latest' or 'current'"),
        (lambda: ArtifactValue(""), ValueError, "ArtifactValue.name must be a name"),
        (lambda: AppEndpoint(""), ValueError, "AppEndpoint.app_name must be a name"),
    ],
)
def test_what_is_wrong_is_said_when_it_is_declared(
    make: Callable[[], Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=re.escape(message)):
        make()


def test_numbers_are_read_as_what_they_mean() -> None:
    env = AppEnvironment("a", port=9000, scaling=Scaling(replicas=2, scaledown_after=60), timeouts=Timeouts(30))
    assert env.get_port() == Port(9000)
    assert env.scaling == Scaling((2, 2), scaledown_after=timedelta(minutes=1))
    assert env.timeouts.request == timedelta(seconds=30)
    assert AppEnvironment("a").scaling.get_replicas() == (0, 1)


def test_an_app_takes_what_every_environment_takes() -> None:
    worker = flyte.TaskEnvironment("worker")
    limits = flyte.Resources(cpu="2", mem="4Gi")
    env = AppEnvironment("a", depends_on=[worker], limits=limits, env_vars={"A": "b"}, domain=Domain("here"))
    assert (env.depends_on, env.resources, env.env_vars) == ([worker], limits, {"A": "b"})
    clone = env.clone_with("b", env_vars={"A": "c"})
    assert (clone.name, clone.resources, clone.domain, clone.env_vars) == ("b", limits, Domain("here"), {"A": "c"})


def test_what_serves_is_marked_and_stays_what_it_is() -> None:
    env = AppEnvironment("a", parameters=[PARAMETER])
    assert env.server(answers) is env.on_startup(answers) is env.on_shutdown(answers) is answers


def test_fastapi_shows_its_documentation() -> None:
    env = FastAPIAppEnvironment(name="a", app=answers, links=[Link("/health", "Health")])
    assert [link.path for link in env.links] == ["/docs", "/health"]
    assert [link.path for link in env.clone_with("b").links] == ["/docs", "/health"]


# --- what needs a backend -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda: flyte.deploy(flyte.TaskEnvironment("e")), "flyte.deploy"),
        (lambda: flyte.serve(AppEnvironment("a")), "flyte.serve"),
        (lambda: flyte.remote(), "flyte.remote()"),
        (lambda: flyte.remote.Task.get("e.t")(x=1), "calling the remote task `e.t`"),
    ],
)
def test_what_needs_a_backend_says_so(call: Callable[[], Any], what: str) -> None:
    with pytest.raises(NotImplementedError, match=re.escape(f"{what} needs a backend")):
        call()


async def test_what_needs_a_backend_says_so_to_those_who_await() -> None:
    with pytest.raises(NotImplementedError, match=r"flyte\.deploy needs a backend"):
        await flyte.deploy.aio(flyte.TaskEnvironment("e"))
    with pytest.raises(NotImplementedError, match=r"flyte\.serve needs a backend"):
        await flyte.serve.aio(AppEnvironment("a"))


def test_a_remote_task_without_a_version_is_the_latest() -> None:
    assert flyte.remote.Task.get("t", "p") == flyte.remote.Task.get("t", project="p", auto_version="latest")
    assert flyte.remote.Task.get("t", version="v1").auto_version is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": ""}, "Task.get needs the name of a task"),
        ({"name": "t", "version": "v", "auto_version": "latest"}, "exclude each other"),
        ({"name": "t", "auto_version": "newest"}, "must be 'latest' or 'current', got 'newest'"),
    ],
)
def test_a_remote_task_checks_what_it_is_told(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        flyte.remote.Task.get(**settings)
