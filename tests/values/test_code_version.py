"""The version of a task follows what its function says, and nothing else."""

import functools
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flyte.code_version import task_version


def version_of(folder: Path, source: str) -> str:
    """The version of the function `task` in a module of that source."""
    path = folder / "module.py"
    path.write_text(textwrap.dedent(source))
    script = f"import module; from {task_version.__module__} import task_version; print(task_version(module.task))"
    done = subprocess.run(
        [sys.executable, "-B", "-c", script],
        cwd=Path(__file__).parents[2],
        env={"PYTHONPATH": f"{folder}:."},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def without_source(body: str) -> Callable[..., Any]:
    names: dict[str, Any] = {}
    exec(f"def task(x):\n    {body}", names)
    function: Callable[..., Any] = names["task"]
    return function


def test_comments_and_layout_do_not_count_but_code_and_decorators_do(tmp_path: Path) -> None:
    plain = version_of(tmp_path, "def task(x):\n    return x * 2\n")
    assert version_of(tmp_path, "import os\n\ndef task( x ):\n    # twice\n\n    return (x * 2)\n") == plain
    assert version_of(tmp_path, "if True:\n    def task(x):\n        return x * 2\n") == plain
    assert version_of(tmp_path, "def task(x):\n    return x * 3\n") != plain
    assert version_of(tmp_path, "def keep(f): return f\n\n@keep\ndef task(x):\n    return x * 2\n") != plain


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the text of syntax trees differs between Python versions")
def test_the_test_vector_holds(tmp_path: Path) -> None:
    version = version_of(tmp_path, "def plain(x: int) -> int:\n    return x * x\n\ntask = plain\n")
    assert version == "11d9c96b12f6431013fbc7962ec9957c4c77e36b42acb7d8bdfecf65959a5730"


def test_without_a_source_the_compiled_code_counts() -> None:
    twice = task_version(without_source("return x * 2"))
    assert task_version(without_source("return x * 2")) == twice
    others = [
        without_source("return x * 3"),
        without_source("return x + 2"),
        without_source("return len(x) * 2"),
        without_source("return (lambda y: y * 2)(x)"),
        without_source("return (lambda y: y * 3)(x)"),
    ]
    assert len({twice, *map(task_version, others)}) == 6


def test_without_a_source_every_process_agrees() -> None:
    script = (
        "from flyte.code_version import task_version\n"
        "names = {}\n"
        'exec(\'def task(x): return x in {"a", "b", "c", "d"}\', names)\n'
        "print(task_version(names['task']))"
    )
    versions = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=Path(__file__).parents[2],
            env={"PYTHONHASHSEED": str(seed), "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(4)
    }
    assert len(versions) == 1


def test_what_is_no_function_has_a_version_too() -> None:
    class Caller:
        def __call__(self) -> None: ...

    assert len(task_version(functools.partial(print, 1))) == len(task_version(Caller())) == 64
