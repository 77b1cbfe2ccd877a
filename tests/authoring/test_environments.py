"""Environments check what they are told, and hand it to their tasks."""

from __future__ import annotations

from typing import Any

import pytest

import flyte


@pytest.mark.parametrize("name", ["a", "hello_world", "my-env", "3d", "a1_b2-c3"])
def test_snake_and_kebab_case_are_names(name: str) -> None:
    assert flyte.TaskEnvironment(name).name == name


@pytest.mark.parametrize("name", ["", "A", "a b", "a.b", "a__b", "a-", "_a", "a\n"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="snake_case or kebab-case"):
        flyte.TaskEnvironment(name)


def test_a_refused_name_comes_with_one_that_would_do() -> None:
    with pytest.raises(ValueError, match="`my_project` would do"):
        flyte.TaskEnvironment("My Project")


def test_without_a_name_the_module_gives_it() -> None:
    assert flyte.TaskEnvironment(reusable=flyte.ReusePolicy(replicas=2)).name == "test_environments"


def test_without_a_name_a_subclass_elsewhere_is_looked_through_too() -> None:
    namespace: dict[str, Any] = {"__name__": "somewhere", "__file__": "/x/My Tasks.py", "flyte": flyte}
    exec("env = flyte.TaskEnvironment()", namespace)
    assert namespace["env"].name == "my_tasks"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"image": 3}, "image must be a string or a flyte.Image, got 3"),
        ({"cache": 3}, "cache must be 'auto', 'override', 'disable' or a flyte.Cache, got 3"),
        ({"env_vars": 3}, "env_vars must be a dict of strings, got 3"),
        ({"env_vars": {"A": 3}}, "env_vars must be a dict of strings, got 'A': 3"),
        ({"resources": 3}, "resources must be a flyte.Resources, got 3"),
        ({"reusable": 3}, "reusable must be a flyte.ReusePolicy, got 3"),
        ({"depends_on": 3}, "depends_on must be a list, got 3"),
        ({"depends_on": [3]}, "an environment can only depend on environments, got 3"),
        ({"secrets": 3}, "secrets must be a name, a flyte.Secret or a list of them, got 3"),
        ({"pod_template": 3}, "pod_template must be a name or a flyte.PodTemplate, got 3"),
        ({"include": "a.py"}, "include must be a list, got 'a.py'"),
        ({"service_account": 3}, "service_account must be a string, got 3"),
    ],
)
def test_settings_of_the_wrong_type_are_named(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError) as caught:
        flyte.TaskEnvironment("e", **settings)
    assert message in str(caught.value)


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(TypeError, match="colour"):
        flyte.TaskEnvironment("e", colour="red")  # type: ignore[call-arg]


def test_an_image_is_kept_as_it_is() -> None:
    image = object()
    assert flyte.TaskEnvironment("e", image=image).image is image


def test_a_long_description_is_cut() -> None:
    description = flyte.TaskEnvironment("e", description="x" * 300).description
    assert description == "x" * 255


def test_plugins_and_reuse_do_not_go_together() -> None:
    with pytest.raises(ValueError, match="plugin_config"):
        flyte.TaskEnvironment("e", reusable=flyte.ReusePolicy(), plugin_config=object())


def test_requests_and_limits_become_pairs() -> None:
    env = flyte.TaskEnvironment(
        "e",
        limits=flyte.Resources(cpu="4", mem="16Gi", gpu="1"),
        requests=flyte.Resources(cpu="2", mem="8Gi"),
    )
    assert env.resources == flyte.Resources(cpu=("2", "4"), memory=("8Gi", "16Gi"), gpu=1)


def test_container_reuse_is_another_word_for_reusable() -> None:
    env = flyte.TaskEnvironment("e", container_reuse=flyte.ContainerReuse(enable=True, max_idle_seconds=300))
    assert env.reusable == flyte.ReusePolicy(idle_ttl=300)
    assert flyte.TaskEnvironment("f", container_reuse=flyte.ContainerReuse(enable=False)).reusable is None


def test_an_environment_cannot_depend_on_itself() -> None:
    env = flyte.TaskEnvironment("e")
    with pytest.raises(ValueError, match="`e` cannot depend on itself"):
        env.add_dependency(env)


def test_dependencies_are_kept_once() -> None:
    env, other = flyte.TaskEnvironment("e"), flyte.TaskEnvironment("o")
    env.add_dependency(other, other)
    env.add_dependency(other)
    assert env.depends_on == [other]


def test_a_dependency_does_not_leak_into_the_list_it_came_from() -> None:
    given: list[flyte.Environment] = []
    env = flyte.TaskEnvironment("e", depends_on=given)
    env.add_dependency(flyte.TaskEnvironment("o"))
    assert given == []


def test_a_clone_keeps_the_settings_and_has_no_tasks() -> None:
    other = flyte.TaskEnvironment("o")
    env = flyte.TaskEnvironment("e", cache="auto", env_vars={"A": "1"}, queue="q", depends_on=[other])

    @env.task
    def noop() -> None: ...

    clone = env.clone_with("c", env_vars={"B": "2"}, resources=None)
    assert (clone.name, clone.cache, clone.queue, clone.env_vars) == ("c", "auto", "q", {"B": "2"})
    assert clone.depends_on == [other]
    assert clone.tasks == {}
    assert list(env.tasks) == ["e.noop"]


def test_a_clone_takes_other_resources() -> None:
    env = flyte.TaskEnvironment("e", resources=flyte.Resources(cpu=1))
    assert env.clone_with("c", limits=flyte.Resources(cpu=2)).resources == flyte.Resources(cpu=2)


def test_a_clone_refuses_unknown_settings() -> None:
    with pytest.raises(TypeError, match="colour"):
        flyte.TaskEnvironment("e").clone_with("c", colour="red")


def test_from_task_adopts_free_tasks_only() -> None:
    def work() -> None: ...

    free: flyte.TaskTemplate[..., Any] = flyte.TaskTemplate(name="work", func=work)
    env = flyte.TaskEnvironment.from_task("e", free, depends_on=[flyte.TaskEnvironment("o")])
    assert env.tasks == {"work": free}
    assert free.parent_env_name == "e"
    with pytest.raises(ValueError, match="`work` already belongs to environment `e`"):
        flyte.TaskEnvironment.from_task("f", free)
    with pytest.raises(TypeError, match="takes tasks, got 3"):
        flyte.TaskEnvironment.from_task("f", 3)  # type: ignore[arg-type]


def test_its_repr_shows_what_was_set() -> None:
    assert repr(flyte.TaskEnvironment("e", queue="q")) == "TaskEnvironment('e', queue='q')"
