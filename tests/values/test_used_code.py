"""The version of a task covers what it uses of the user's own files, and each of those files' words only once."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

import flyte
from flyte.cache import Cache, FunctionBodyPolicy, VersionParameters

REPOSITORY = Path(__file__).parents[2]

FLOW = """
import flyte
import helpers
from helpers import LIMIT, Model, fix as mend

env = flyte.TaskEnvironment("e")
SCALE = helpers.BASE * 2
NAMES = ["a", "b"]

def unused(): return 1

def near(x):
    return near(x - 1) if x else helpers.deep.bottom(x)

@env.task
def other(x: int) -> int:
    return x

@env.task
def main(x: int, model: Model) -> int:
    print(LIMIT, SCALE, NAMES, other(x))
    return mend(near(x)) + model.fitted()
"""
HELPERS = """
import deep

LIMIT = 3
BASE = 10

def fix(x):
    # what is wrong
    return [round(y) for y in [x]][0] + deep.STEP

class Model:
    def fitted(self): return inner()

def inner(): return 1
"""
DEEP = """
import helpers
STEP = 2
def bottom(x): return helpers.fix(x)
"""


def parts(folder: Path, seed: int = 0, flow: str = FLOW, helpers: str = HELPERS, deep: str = DEEP) -> dict[str, str]:
    """The parts of the version of `main`, as a fresh process sees them; and the version."""
    for name, text in (("flow", flow), ("helpers", helpers), ("deep", deep)):
        (folder / f"{name}.py").write_text(textwrap.dedent(text))
    script = "import json, flow; print(json.dumps([*flow.main.version_parts, ['version', flow.main.version]]))"
    done = subprocess.run(
        [sys.executable, "-B", "-c", script],
        env={"PYTHONPATH": f"{folder}:{REPOSITORY}", "PYTHONHASHSEED": str(seed)},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


@pytest.fixture
def before(tmp_path: Path) -> dict[str, str]:
    return parts(tmp_path)


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def test_it_names_functions_classes_and_constants_but_not_other_tasks(before: dict[str, str]) -> None:
    assert list(before) == [
        "task main",
        "class helpers.Model",
        "constant NAMES",
        "constant SCALE",
        "constant deep.STEP",
        "constant helpers.BASE",
        "constant helpers.LIMIT",
        "function deep.bottom",
        "function helpers.fix",
        "function helpers.inner",
        "function near",
        "version",
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "part"),
    [
        ("helpers", "round(y)", "abs(y)", "function helpers.fix"),
        ("helpers", "LIMIT = 3", "LIMIT = 4", "constant helpers.LIMIT"),
        ("helpers", "BASE = 10", "BASE = 11", "constant helpers.BASE"),
        ("helpers", "return inner()", "return inner() + 1", "class helpers.Model"),
        ("helpers", "inner(): return 1", "inner(): return 2", "function helpers.inner"),
        ("deep", "STEP = 2", "STEP = 3", "constant deep.STEP"),
        ("flow", '["a", "b"]', '["a", "c"]', "constant NAMES"),
        ("flow", "near(x - 1)", "near(x - 2)", "function near"),
    ],
)
def test_an_edit_changes_the_version_and_the_part_that_was_edited(
    before: dict[str, str], tmp_path: Path, file: str, old: str, new: str, part: str
) -> None:
    sources: dict[str, Any] = {"flow": FLOW, "helpers": HELPERS, "deep": DEEP}
    assert old in sources[file]
    sources[file] = sources[file].replace(old, new)
    assert changed(before, parts(tmp_path, **sources)) == [part, "version"]


def test_comments_what_is_not_used_and_other_tasks_do_not_count(before: dict[str, str], tmp_path: Path) -> None:
    flow = FLOW.replace("return 1", "return 7").replace("    return x\n", "    return x + 1\n")
    helpers = HELPERS.replace("# what is wrong", "# nothing") + "\n\ndef more(): return 1\n"
    assert flow != FLOW
    assert parts(tmp_path, 1, flow, helpers) == before


def test_every_process_agrees(before: dict[str, str], tmp_path: Path) -> None:
    assert all(parts(tmp_path, seed) == before for seed in (1, 2, 3))


def test_what_a_name_holds_while_it_runs_does_not_count(tmp_path: Path) -> None:
    flow = """
    import flyte, time
    env = flyte.TaskEnvironment("e")
    started = time.time()
    count = 0
    seen = {}
    def note():
        global count
        count += 1
        seen[count] = started
    {run}
    @env.task
    def main() -> None:
        note()
    """
    flow = textwrap.dedent(flow)
    assert parts(tmp_path, flow=flow.replace("{run}", "")) == parts(tmp_path, flow=flow.replace("{run}", "note()"))


def test_a_module_imported_in_the_body_counts_whether_or_not_it_is_loaded(tmp_path: Path) -> None:
    flow = """
    import flyte
    {first}
    env = flyte.TaskEnvironment("e")
    @env.task
    def main() -> int:
        from helpers import fix
        import json
        return fix(1)
    """
    flow = textwrap.dedent(flow)
    before = parts(tmp_path, flow=flow.replace("{first}", ""))
    assert list(before) == ["task main", "module deep", "module helpers", "version"]
    assert parts(tmp_path, flow=flow.replace("{first}", "import helpers")) == before
    after = parts(tmp_path, flow=flow.replace("{first}", ""), helpers=HELPERS.replace("round", "abs"))
    assert changed(before, after) == ["module helpers", "version"]


def test_closures_wrappers_and_partials_count(tmp_path: Path) -> None:
    flow = """
    import flyte, functools
    env = flyte.TaskEnvironment("e")
    def twice(function):
        @functools.wraps(function)
        def wrapper() -> int:
            return function() + function()
        return wrapper
    def add(x, y): return x + y
    increase = functools.partial(add, 1)
    def make(n):
        @env.task
        @twice
        def main() -> int:
            return increase(n)
        return main
    main = make(5)
    """
    flow = textwrap.dedent(flow)
    before = parts(tmp_path, flow=flow)
    assert list(before)[1:-1] == ["constant make.<locals>.main.n", "function add", "function twice.<locals>.wrapper"]
    for old, new in (("make(5)", "make(6)"), ("x + y", "x - y"), ("+ function", "- function")):
        assert len(changed(before, parts(tmp_path, flow=flow.replace(old, new)))) == 2


def test_the_body_policy_looks_at_nothing_but_the_body() -> None:
    def used() -> int:
        return 1

    def task() -> int:
        return used()

    parameters = VersionParameters(func=task)
    plain = FunctionBodyPolicy().get_version("", parameters)
    assert Cache("auto", policies=FunctionBodyPolicy()).get_version(parameters) != Cache("auto").get_version(parameters)
    assert FunctionBodyPolicy().get_version("salt", parameters) != plain
    assert Cache("auto", salt="a").get_version(parameters) != Cache("auto").get_version(parameters)


def test_parts_tell_of_a_version_somebody_chose_and_of_policies() -> None:
    env = flyte.TaskEnvironment("parts")

    @env.task(cache=Cache("auto", version_override="v2"))
    def chosen() -> None: ...

    assert chosen.version_parts == (("version", "v2"),)
    by_body = chosen.override(cache=Cache("auto", policies=FunctionBodyPolicy()))
    assert [what for what, _ in by_body.version_parts] == ["policy FunctionBodyPolicy"]
