"""What somebody at a terminal gets to see of limits: variables given, failures explained, figures in the documents."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROGRAM = """
import os, time
import flyte

env = flyte.TaskEnvironment("terminal", env_vars={"COLOUR": "environment"})


@env.task
def colour() -> str:
    return os.environ["COLOUR"]


@env.task(timeout=0.3)
async def slow() -> None:
    import asyncio
    await asyncio.sleep(1000)


@env.task(resources=flyte.Resources(memory="64Mi"))
def hungry() -> None:
    held = [b"x" * (1 << 20) for _ in range(400)]
    time.sleep(1000)


@env.task(resources=flyte.Resources(memory="auto"))
def climbs() -> int:
    held = [b"x" * (32 << 20) for _ in range(20)]
    time.sleep(0.2)
    return len(held)


@env.task(max_inline_io_bytes=100)
def large() -> str:
    return "x" * 1000
"""

Flyte = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def flyte(tmp_path: Path) -> Flyte:
    (tmp_path / "limits.py").write_text(PROGRAM)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYTE", "PYTEST", "CI"))}
    environment = kept | {"FLYTE_HOME": str(tmp_path / "home"), "COLUMNS": "200"}

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("flyte")), *words]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)

    return call


@pytest.mark.parametrize("executor", ["process", "inline"])
@pytest.mark.parametrize("option", [("-e", "COLOUR=red=ish"), ("--env=COLOUR=red=ish",)])
def test_variables_given_at_the_command_line_win(flyte: Flyte, executor: str, option: tuple[str, ...]) -> None:
    ran = flyte("run", "--executor", executor, *option, "-of", "value", "limits.py", "colour")
    assert (ran.stdout, ran.returncode) == ("red=ish\n", 0), ran.stderr


def test_a_variable_without_a_value_is_wrong_usage(flyte: Flyte) -> None:
    ran = flyte("run", "-e", "COLOUR", "limits.py", "colour")
    assert ran.returncode == 2
    assert "`--env` takes `KEY=VALUE`, got `COLOUR`" in ran.stderr


@pytest.mark.parametrize(
    ("task", "said", "help"),
    [
        ("slow", "MaxRuntimeExceededError: ran for 0.3", "help  raise the limit of one attempt"),
        ("hungry", "OOMError: it took ", "help  give it more"),
        ("large", "InlineIOMaxBytesBreached: the outputs of task", "help  pass large values as a `flyte.io.File`"),
    ],
)
def test_a_failure_of_a_known_kind_comes_with_what_to_do(flyte: Flyte, task: str, said: str, help: str) -> None:
    ran = flyte("run", "limits.py", task)
    assert ran.returncode == 1
    assert said in ran.stderr
    assert help in ran.stderr


def test_the_line_where_an_async_task_was_is_shown(flyte: Flyte) -> None:
    assert "await asyncio.sleep(1000)" in flyte("run", "limits.py", "slow").stderr


def test_a_task_that_climbs_says_so(flyte: Flyte) -> None:
    ran = flyte("run", "limits.py", "climbs")
    assert ran.returncode == 0
    assert "its limit is 512 MiB; again with 1 GiB" in ran.stderr


def test_what_an_action_used_is_in_the_document_of_its_run(flyte: Flyte) -> None:
    assert flyte("run", "limits.py", "hungry").returncode == 1
    document = json.loads(flyte("get", "run", "@", "--json").stdout)
    assert document["cpu_time"] == 0  # its process was killed
    assert document["peak_memory"] > 64 << 20
