"""What a task sees of its action, and what groups and custom contexts do to the calls inside them."""

from __future__ import annotations

import asyncio

import pytest

import flyte
from flyte.models import ActionPhase, GroupData
from tests.authoring.fakes import FakeHost, inside

env = flyte.TaskEnvironment("context")


@env.task
def noop() -> None: ...


def test_outside_a_run_there_is_no_context() -> None:
    context = flyte.ctx()
    assert not context
    assert (context.action, context.attempt_number, context.group_data, context.mode) == (None, None, None, None)
    assert context.is_in_cluster() is False
    assert flyte.get_custom_context() == {}


def test_a_name_that_is_not_in_the_context_is_an_error() -> None:
    with pytest.raises(AttributeError, match="colour"):
        flyte.ctx().colour  # type: ignore[union-attr]  # noqa: B018


def test_inside_a_run_the_context_says_who_it_is() -> None:
    with inside(FakeHost(), run_name="r7", action_name="abc", attempt=1, project="p", custom_context={"k": "v"}):
        context = flyte.ctx()
    assert context
    assert context.action is not None
    assert (context.action.name, context.action.run_name, context.action.project) == ("abc", "r7", "p")
    assert (context.attempt_number, context.mode, context.custom_context) == (1, "local", {"k": "v"})
    assert context.task_action == context.action


def test_calls_in_a_group_carry_its_name() -> None:
    host = FakeHost()
    with inside(host):
        noop()
        with flyte.group("outer"):
            noop()
            with flyte.group("inner"):
                assert flyte.ctx().group_data == GroupData("inner")
                noop()
            noop()
        noop()
    assert host.groups == [None, "outer", "inner", "outer", None]


def test_a_group_ends_when_its_block_fails() -> None:
    host = FakeHost()
    with inside(host):
        with pytest.raises(ZeroDivisionError), flyte.group("failing"):
            raise ZeroDivisionError
        noop()
    assert host.groups == [None]


async def test_a_group_decorates_sync_and_async_functions() -> None:
    host = FakeHost()

    @flyte.group("sync")
    def call() -> None:
        noop()

    @flyte.group("async")
    async def call_async() -> None:
        await asyncio.sleep(0)
        noop()

    with inside(host):
        call()
        await call_async()
        await asyncio.gather(call_async(), call_async())
        noop()
    assert host.groups == ["sync", "async", "async", "async", None]


def test_a_group_may_be_entered_again_inside_itself() -> None:
    host, group = FakeHost(), flyte.group("again")
    with inside(host):
        with group, group:
            noop()
        noop()
    assert host.groups == ["again", None]


def test_a_group_needs_a_name() -> None:
    with pytest.raises(TypeError, match=r"write flyte\.group\('name'\)"):
        flyte.group(noop)  # type: ignore[arg-type]


def test_outside_a_run_a_group_does_nothing() -> None:
    with flyte.group("anything"):
        assert not flyte.ctx()


def test_calls_inherit_the_custom_context() -> None:
    host = FakeHost()
    with inside(host, custom_context={"a": "1"}):
        with flyte.custom_context(b="2"):
            assert flyte.get_custom_context() == {"a": "1", "b": "2"}
            noop()
        noop()
    assert host.custom_contexts == [{"a": "1", "b": "2"}, {"a": "1"}]


def test_outside_a_run_the_custom_context_is_kept_for_the_next_run() -> None:
    with flyte.custom_context(a="1"), flyte.custom_context(b="2"):
        assert flyte.get_custom_context() == {"a": "1", "b": "2"}
    assert flyte.get_custom_context() == {}


def test_custom_context_values_are_strings() -> None:
    with pytest.raises(TypeError, match="must be strings, got a=1"):
        flyte.custom_context(a=1)  # type: ignore[arg-type]


def test_changing_what_get_custom_context_gives_changes_nothing() -> None:
    with inside(FakeHost(), custom_context={"a": "1"}):
        flyte.get_custom_context()["a"] = "2"
        assert flyte.get_custom_context() == {"a": "1"}


def test_final_phases_are_terminal() -> None:
    assert [phase.value for phase in ActionPhase if phase.is_terminal] == [
        "succeeded",
        "failed",
        "aborted",
        "timed_out",
        "recovered",
    ]
