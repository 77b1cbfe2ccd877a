"""What `flyte.Secret` and `secrets=` take, and what they refuse where it is written."""

from pathlib import Path
from typing import Any

import pytest

import flyte
from flyte.secret import MOUNT, SecretUse, uses_of


@pytest.mark.parametrize(
    ("secret", "variable"),
    [
        (flyte.Secret("API_KEY"), "API_KEY"),
        (flyte.Secret("api-key"), "API_KEY"),
        (flyte.Secret("k", "g-r"), "G_R_K"),
        (flyte.Secret("k", group=""), "K"),
        (flyte.Secret("k", as_env_var="_A1"), "_A1"),
        (flyte.Secret("k.pem", as_env_var="PEM"), "PEM"),
        (flyte.Secret("k.pem", mount=MOUNT), None),
        (flyte.Secret("k", mount=Path(MOUNT), as_env_var="A"), "A"),
    ],
    ids=repr,
)
def test_the_variable_is_that_of_the_peer(secret: flyte.Secret, variable: str | None) -> None:
    assert secret.as_env_var == variable


def test_equal_secrets_have_the_same_hash_and_others_another() -> None:
    assert flyte.Secret("k", mount=MOUNT).stable_hash() == flyte.Secret("k", mount=Path(MOUNT)).stable_hash()
    assert flyte.Secret("k").stable_hash() != flyte.Secret("k", group="g").stable_hash()
    assert {flyte.Secret("k"), flyte.Secret("k")} == {flyte.Secret("k", as_env_var="K")}


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"key": ""}, ValueError, "a secret's key is made of letters"),
        ({"key": "a b"}, ValueError, "got 'a b'"),
        ({"key": "../x"}, ValueError, "got '../x'"),
        ({"key": 3}, TypeError, "a secret's key must be a string, got 3"),
        ({"key": "k", "group": "a/b"}, ValueError, "a secret's group is made of"),
        ({"key": "my.key"}, ValueError, "as_env_var='MY_KEY' would do"),
        ({"key": "1key"}, ValueError, "the variable '1KEY'"),
        ({"key": "k", "as_env_var": "lower"}, ValueError, "as_env_var='LOWER' would do"),
        ({"key": "k", "as_env_var": 3}, TypeError, "as_env_var must be a string, got 3"),
        ({"key": "k", "mount": "/tmp/x"}, ValueError, "can only be mounted at /etc/flyte/secrets, got '/tmp/x'"),
    ],
    ids=str,
)
def test_what_cannot_be_a_secret_is_refused(arguments: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error) as caught:
        flyte.Secret(**arguments)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (3, TypeError, "secrets must be a name, a flyte.Secret or a list of them, got 3"),
        (["a", 3], TypeError, "got 3"),
        ({"a": "b"}, TypeError, "got {'a': 'b'}"),
        ("my key", ValueError, "got 'my key'"),
        (["a-b", "a_b"], ValueError, "secrets `a-b` and `a_b` would both be in variable A_B"),
        (
            [flyte.Secret("k", "g", MOUNT), flyte.Secret("k", "h", MOUNT)],
            ValueError,
            "secrets `g/k` and `h/k` would both be in file /etc/flyte/secrets/k",
        ),
    ],
    ids=repr,
)
@pytest.mark.parametrize("place", ["environment", "task", "override"])
def test_wrong_secrets_are_refused_wherever_they_are_declared(
    place: str, value: Any, error: type[Exception], text: str
) -> None:
    with pytest.raises(error) as caught:
        declare(place, value)
    assert text in str(caught.value)


def declare(place: str, value: Any) -> None:
    env = flyte.TaskEnvironment("wrong", secrets=value if place == "environment" else None)
    task = env.task(secrets=value if place == "task" else None)(_nothing)
    if place == "override":
        task.override(secrets=value)


def test_a_variable_cannot_hold_a_secret_and_something_else() -> None:
    env = flyte.TaskEnvironment("both", env_vars={"TOKEN": "x"})
    with pytest.raises(ValueError, match=r"variable TOKEN is in env_vars, and secret `token`"):
        env.task(secrets="token")(_nothing)


def _nothing() -> None: ...


def test_a_task_s_own_secrets_win_over_its_environment_s_and_an_override_over_both() -> None:
    env = flyte.TaskEnvironment("own", secrets="a")

    @env.task
    def theirs() -> None: ...

    @env.task(secrets=["b", flyte.Secret("c", "g", mount=MOUNT)])
    def own() -> None: ...

    @env.task(secrets=[])
    def none() -> None: ...

    a = SecretUse("a", None, "A", None)
    assert uses_of(theirs) == (a,)
    assert uses_of(own) == (SecretUse("b", None, "B", None), SecretUse("c", "g", None, MOUNT))
    assert uses_of(none) == ()
    assert uses_of(own.override(secrets="a")) == (a,)
    assert uses_of(own.override(retries=1)) == uses_of(own)


def test_a_secret_named_twice_is_one() -> None:
    assert len(uses_of(flyte.TaskEnvironment("twice", secrets=["a", flyte.Secret("a")]).task(_nothing))) == 1
