"""A task is its function outside a run, and its host's business inside one."""

from __future__ import annotations

import asyncio
import inspect
import pickle
from datetime import timedelta
from typing import Any

import cloudpickle
import pytest

import flyte
from flyte.task import registry
from tests.authoring.fakes import FakeHost, inside

env = flyte.TaskEnvironment("tasks", env_vars={"A": "1"}, queue="q", cache="auto")


@env.task
def double(x: int) -> int:
    """Double a number.

    Args:
        x: what to double
    """
    return 2 * x


@env.task(short_name="slow", retries=2, timeout=30)
async def triple(x: int) -> int:
    return 3 * x


def test_a_task_is_named_after_its_environment_and_function() -> None:
    assert (double.name, double.short_name, double.parent_env_name) == ("tasks.double", "double", "tasks")
    assert (triple.name, triple.short_name) == ("tasks.triple", "slow")


def test_a_task_looks_like_its_function() -> None:
    assert getattr(double, "__name__") == "double"  # noqa: B009  # an attribute only at run time
    assert double.__doc__ == double.func.__doc__
    assert inspect.signature(double) == inspect.signature(double.func)
    assert double.source_file == __file__
    assert double.parameter_docs == {"x": "what to double"}
    assert (double.is_async, triple.is_async) == (False, True)


def test_outside_a_run_a_call_is_a_call() -> None:
    assert double(4) == double(x=4) == double.forward(4) == 8
    assert asyncio.run(triple(4)) == 12


async def test_outside_a_run_aio_needs_one_await() -> None:
    assert await double.aio(4) == 8
    assert await triple.aio(4) == 12
    assert await asyncio.gather(double.aio(1), double.aio(2)) == [2, 4]


async def test_outside_a_run_a_sync_task_may_run_a_loop_of_its_own() -> None:
    @env.task
    def outer() -> int:
        return asyncio.run(triple(1))

    assert await outer.aio() == 3


def test_inside_a_run_the_host_is_asked() -> None:
    host = FakeHost()
    with inside(host):
        assert double(4) == 8
        assert double.forward(5) == 10
    assert host.calls == [("call", "tasks.double", (4,), {})]


async def test_inside_a_run_aio_is_submitted() -> None:
    host = FakeHost()
    with inside(host):
        assert await double.aio(x=4) == 8
    assert host.calls == [("submit", "tasks.double", (), {"x": 4})]


def test_settings_come_from_the_environment_unless_given() -> None:
    @env.task(queue="mine", cache="disable", env_vars={"B": "2"})
    def own() -> None: ...

    assert (double.queue, double.cache.behavior, double.env_vars) == ("q", "auto", {"A": "1"})
    assert (own.queue, own.cache.behavior, own.env_vars) == ("mine", "disable", {"A": "1", "B": "2"})
    assert triple.retries == flyte.RetryStrategy(2)
    assert triple.timeout == flyte.Timeout(max_runtime=timedelta(seconds=30))
    assert double.timeout is None


@pytest.mark.parametrize("spelling", [True, "auto", "enabled", "YES", flyte.Cache("auto")])
def test_caching_can_be_spelled_in_many_ways(spelling: Any) -> None:
    assert flyte.TaskEnvironment("spelled").task(cache=spelling)(double.func).cache.is_enabled()


def test_a_cache_version_overrides_the_version() -> None:
    @env.task(cache="override", cache_version="v1.2")
    def versioned() -> None: ...

    assert versioned.cache == flyte.Cache("override", version_override="v1.2")
    assert versioned.version == "v1.2"


def test_a_cache_version_alone_turns_caching_on() -> None:
    @flyte.TaskEnvironment("plain").task(cache=True, cache_version="v1")
    def versioned() -> None: ...

    assert versioned.cache.behavior == "auto"


def test_an_override_is_a_copy_with_other_settings() -> None:
    changed = double.override(retries=3, timeout="1h", env_vars={"C": "3"}, short_name="dbl")
    assert (changed.retries.count, changed.env_vars, changed.short_name) == (3, {"C": "3"}, "dbl")
    assert changed.timeout == flyte.Timeout(max_runtime=timedelta(hours=1))
    assert (changed.name, changed.queue, changed(2)) == (double.name, "q", 4)
    assert double.retries.count == 0


def test_an_override_can_take_settings_away() -> None:
    assert triple.override(retries=0).retries.count == 0
    assert triple.override(timeout=0).timeout is None
    assert double.override(cache="disable").cache.behavior == "disable"


def test_an_override_leaves_the_registered_task_alone() -> None:
    double.override(retries=5)
    assert registry["tasks.double"] is double


def test_with_overrides_and_limits_are_other_words() -> None:
    changed = double.with_overrides(limits=flyte.Resources(mem="64Gi"))
    assert changed.resources == flyte.Resources(memory="64Gi")


def test_an_override_with_another_version_has_another_version() -> None:
    first = double.override(cache="auto", cache_version="1")
    assert (first.version, first.override(cache_version="2").version) == ("1", "2")


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"name": "x"}, ValueError, "name cannot be overridden"),
        ({"image": "x"}, ValueError, "image cannot be overridden"),
        ({"retrys": 1}, TypeError, "did you mean `retries`?"),
        ({"report": True}, TypeError, "unexpected keyword argument 'report'"),
        ({"retries": -1}, ValueError, "greater than or equal to 0, got -1"),
        ({"cache": "atuo"}, ValueError, "did you mean `auto`?"),
        ({"resources": 3}, TypeError, "resources must be a flyte.Resources, got 3"),
        ({"reusable": 3}, TypeError, "reusable must be a flyte.ReusePolicy, got 3"),
    ],
)
def test_a_wrong_override_says_why(settings: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        double.override(**settings)
    assert message in str(caught.value)


def test_a_reusable_task_keeps_its_container() -> None:
    reusable = double.override(reusable=flyte.ReusePolicy())
    with pytest.raises(ValueError, match="resources cannot be overridden while the task is reusable"):
        reusable.override(resources=flyte.Resources(cpu=1))
    changed = reusable.override(reusable="off", resources=flyte.Resources(cpu=1))
    assert (changed.reusable, changed.resources) == (None, flyte.Resources(cpu=1))


def test_variable_arguments_are_refused_at_declaration() -> None:
    def many(*args: int) -> None: ...
    def named(**kwargs: int) -> None: ...

    for func in (many, named):
        with pytest.raises(ValueError, match=f"task `{func.__name__}`"):
            env.task(func)


def test_positional_only_parameters_are_refused_at_declaration() -> None:
    def strict(x: int, /) -> None: ...

    with pytest.raises(ValueError, match="`x` is positional-only"):
        env.task(strict)


@pytest.mark.parametrize("thing", [3, "text", [len]])
def test_only_functions_become_tasks(thing: Any) -> None:
    with pytest.raises(TypeError):
        flyte.TaskEnvironment("e").task(short_name="x")(thing)


def test_a_task_is_not_made_a_task_again() -> None:
    with pytest.raises(TypeError, match=r"`tasks.double` already is a task"):
        env.task(double)


def test_lambdas_can_be_tasks() -> None:
    assert flyte.TaskEnvironment("e").task(lambda x: x + 1)(1) == 2


def test_the_last_task_of_a_name_wins() -> None:
    own = flyte.TaskEnvironment("own")

    def declare(result: int) -> Any:
        @own.task
        def same() -> int:
            return result

        return same

    first, second = declare(1), declare(2)
    assert (first(), second()) == (1, 2)
    assert own.tasks == {"own.same": second}
    assert registry["own.same"] is second


def test_a_method_can_be_a_task() -> None:
    class Model:
        @env.task
        def predict(self, x: int) -> int:
            return x + 1

    assert Model.predict(Model(), 1) == 2  # type: ignore[arg-type]


def test_an_importable_task_arrives_as_itself() -> None:
    assert pickle.loads(pickle.dumps(double)) is double


def test_a_task_made_in_a_function_travels_whole() -> None:
    @env.task
    def local(x: int) -> int:
        return x + 100

    arrived = cloudpickle.loads(cloudpickle.dumps(local.override(retries=2)))
    assert (arrived(1), arrived.name, arrived.retries.count) == (101, "tasks.local", 2)


def test_the_interface_names_types_and_defaults() -> None:
    @env.task
    def both(x: int, y: str = "a") -> tuple[int, str]:
        return x, y

    interface = both.native_interface
    assert interface.get_input_types() == {"x": int, "y": str}
    assert interface.required_inputs() == ["x"]
    assert interface.outputs == {"o0": int, "o1": str}
    assert double.interface.outputs == {"o0": int}
