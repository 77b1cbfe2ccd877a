"""`import flyte` costs next to nothing, and everything public is there when asked for."""

from __future__ import annotations

import subprocess
import sys
import types

import pytest

import flyte


def loaded_after(code: str) -> set[str]:
    """The modules a fresh interpreter has loaded after some code, and not without it."""
    script = f"import sys; before = set(sys.modules)\n{code}\nprint(*(set(sys.modules) - before))"
    answer = subprocess.run([sys.executable, "-S", "-c", script], capture_output=True, text=True, check=True)
    return set(answer.stdout.split())


def test_import_flyte_loads_nothing_else() -> None:
    path = [entry for entry in sys.path if entry]
    assert loaded_after(f"sys.path[:] = {path!r}; import flyte") == {"flyte"}


def test_declaring_tasks_loads_nothing_heavy() -> None:
    path = [entry for entry in sys.path if entry]
    code = f"sys.path[:] = {path!r}; import flyte; env = flyte.TaskEnvironment('e')\n@env.task\ndef f(x: int): ..."
    loaded = loaded_after(code)
    assert "flyte.task" in loaded
    assert loaded.isdisjoint({"asyncio", "logging", "pydantic", "rich", "typer", "cloudpickle", "flyte._core"})


@pytest.mark.parametrize("name", flyte.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(flyte, name) is not None


def test_dir_lists_what_is_public() -> None:
    assert dir(flyte) == sorted(flyte.__all__)


def test_a_name_that_is_not_there_names_the_near_miss() -> None:
    with pytest.raises(AttributeError, match="did you mean `TaskEnvironment`"):
        flyte.TaskEnviroment  # noqa: B018


def test_functions_are_never_hidden_by_modules() -> None:
    for name in flyte.__all__:
        if name not in flyte._MODULES:
            assert not isinstance(getattr(flyte, name), types.ModuleType), name
