"""Starting costs next to nothing: a fresh interpreter that imports `flyte`, or asks the tool for help, loads little.

Modules are counted, not milliseconds: a stopwatch would measure the machine.
"""

import subprocess
import sys

import pytest

HEAVY = (
    "asyncio",
    "cloudpickle",
    "dataclasses",
    "google",
    "grpc",
    "inspect",
    "pydantic",
    "rich",
    "sqlite3",
    "textual",
    "typer",
    "click",
)


def loaded_by(code: str) -> set[str]:
    """Top-level names a piece of code loads, beyond what a bare interpreter of this environment holds already."""
    program = f"import sys\nbefore = set(sys.modules)\n{code}\nprint(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_importing_the_library_loads_nothing_heavy() -> None:
    assert loaded_by("import flyte") & set(HEAVY) == set()


def test_declaring_nothing_loads_no_tool() -> None:
    assert "flyte_cli" not in loaded_by("import flyte; flyte.TaskEnvironment")


@pytest.mark.parametrize("module", ["grpc", "google", "textual", "pydantic"])
def test_using_a_task_environment_needs_no(module: str) -> None:
    assert module not in loaded_by("import flyte; flyte.TaskEnvironment(name='fresh')")
