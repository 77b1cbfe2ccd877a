"""Environment variables: how they are layered, laid over a process, and told to the process that makes workers."""

from __future__ import annotations

import json
import os
import socket

import pytest

import flyte
from flyte.context import RUN_VARIABLES
from flyte.runtime.environments import overlay, pool_of, run_variables, variables_of
from flyte.runtime.zygote import _Orders

env = flyte.TaskEnvironment("variables", env_vars={"A": "environment", "B": "environment"})


@env.task(env_vars={"B": "task"})
def task() -> None: ...


@pytest.mark.parametrize(
    ("of_run", "seen"),
    [
        (None, {"A": "environment", "B": "task"}),
        ('{"B": "run", "C": "run"}', {"A": "environment", "B": "run", "C": "run"}),
    ],
)
def test_the_variables_of_the_run_come_last(of_run: str | None, seen: dict[str, str]) -> None:
    assert dict(variables_of(task, of_run)) == seen
    assert json.loads(pool_of(task, of_run))["env_vars"] == seen


def test_the_context_carries_the_variables_of_the_run() -> None:
    assert run_variables({RUN_VARIABLES: "{}"}) == "{}"
    assert run_variables({"other": "{}"}) is run_variables({}) is run_variables(None) is None


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLYTE_TEST_OLD", "before")
    monkeypatch.delenv("FLYTE_TEST_NEW", raising=False)


def seen() -> tuple[str | None, str | None]:
    return os.environ.get("FLYTE_TEST_OLD"), os.environ.get("FLYTE_TEST_NEW")


@pytest.mark.usefixtures("names")
def test_an_overlay_ends_with_everything_as_it_was() -> None:
    with overlay({"FLYTE_TEST_OLD": "1", "FLYTE_TEST_NEW": "1"}):
        assert seen() == ("1", "1")
    assert seen() == ("before", None)


@pytest.mark.usefixtures("names")
def test_overlays_may_end_in_any_order() -> None:
    first, second = overlay({"FLYTE_TEST_OLD": "1", "FLYTE_TEST_NEW": "1"}), overlay({"FLYTE_TEST_OLD": "2"})
    first.__enter__()
    second.__enter__()
    assert seen() == ("2", "1")
    first.__exit__(None, None, None)
    assert seen() == ("2", None)
    second.__exit__(None, None, None)
    assert seen() == ("before", None)


def test_orders_of_any_length_arrive_whole_with_their_descriptors() -> None:
    ours, theirs = socket.socketpair()
    long = "x" * 300_000
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    with ours, theirs:
        for worker, environment in (("1", long), ("2", "short")):
            line = f"start {worker} {environment}\n".encode()
            sent = socket.send_fds(ours, [line], [0, 1, 2])
            ours.sendall(line[sent:])
        orders, found = _Orders(theirs), []
        while len(found) < 2:
            assert orders.read()
            while order := orders.take():
                found.append(order)
    assert [(worker, environment) for worker, environment, _ in found] == [("1", long), ("2", "short")]
    descriptors = [each for _, _, three in found for each in three]
    assert len(set(descriptors)) == 6
    for descriptor in descriptors:
        os.close(descriptor)
