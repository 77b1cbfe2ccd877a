"""`flyte.rerun`: from Python, what `flyte rerun` does."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

import flyte

env = flyte.TaskEnvironment("rerunning")


@env.task
def leaf(x: int, log: str) -> int:
    with open(log, "a") as file:
        file.write(f"leaf {x}\n")
    return 2 * x


@env.task
def main(n: int, log: str, fail: bool = False) -> int:
    total = sum(leaf(x, log) for x in range(n))
    if fail:
        raise ValueError("as asked")
    return total


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLYTE_HOME", str(tmp_path / "home"))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def failed(log: Path) -> str:
    """The name of a run that failed after its two leaves."""
    with pytest.raises(ValueError, match="as asked") as failure:
        flyte.run(main, n=2, log=str(log), fail=True)
    error: Any = failure.value
    return str(error.run.name)


def leaves(log: Path) -> list[str]:
    lines = log.read_text().splitlines()
    log.unlink()
    return lines


def test_it_runs_again_with_the_same_inputs_or_others(log: Path) -> None:
    first = flyte.run(main, n=2, log=str(log))
    assert flyte.rerun(first.name).result == 2
    assert flyte.rerun(first.name, n=3).result == 6
    assert leaves(log) == ["leaf 0", "leaf 1", "leaf 0", "leaf 1", "leaf 0", "leaf 1", "leaf 2"]


def test_recovering_does_only_what_is_left(log: Path) -> None:
    name = failed(log)
    leaves(log)
    run = flyte.rerun(name, recover=True, fail=False, n=3)
    assert (run.result, leaves(log)) == (6, ["leaf 2"])


async def test_awaited_it_is_the_same(log: Path) -> None:
    name = failed(log)
    leaves(log)
    run = await flyte.rerun.aio(name, recover=True, fail=False, force_rerun_actions=["leaf.1"])
    assert (run.result, leaves(log)) == (2, ["leaf 1"])


def test_one_action_is_run_alone(log: Path) -> None:
    name = failed(log)
    leaves(log)
    assert flyte.rerun(name, "leaf.1").result == 2
    assert flyte.with_runcontext(name="alone").rerun(name, action_name="leaf.1", x=5).name == "alone"
    assert leaves(log) == ["leaf 1", "leaf 5"]


def test_results_whose_files_are_gone_are_refused_or_made_again(tmp_path: Path) -> None:
    module = tmp_path / "bigrerun.py"
    module.write_text(
        textwrap.dedent("""
        import flyte
        env = flyte.TaskEnvironment("bigrerun")
        @env.task
        def big() -> bytes:
            return b"x" * 1_000_000
        @env.task
        def top(fail: bool) -> int:
            found = big()
            if fail:
                raise ValueError("as asked")
            return len(found)
        """)
    )
    names: dict[str, Any] = {"__name__": "bigrerun"}
    exec(compile(module.read_text(), str(module), "exec"), names)
    with pytest.raises(ValueError, match="as asked") as failure:
        flyte.run(names["top"], fail=True)
    error: Any = failure.value
    for blob in (Path(error.run.url) / "blobs").rglob("*"):
        blob.unlink()
    with pytest.raises(ValueError, match="cannot recover from run"):
        flyte.rerun(error.run.name, recover=True, fail=False)
    again = flyte.rerun(error.run.name, recover=True, allow_missing_source_outputs=True, fail=False)
    assert again.result == 1_000_000


@pytest.mark.parametrize(
    ("kwargs", "error", "told"),
    [
        ({"recover": True, "action_name": "leaf.0"}, ValueError, "give one"),
        ({"force_rerun_actions": ["leaf.0"]}, ValueError, "go with recover=True"),
        ({"action_name": "laef.0"}, LookupError, "leaf.0"),
        ({"m": 3}, ValueError, "no input `m`"),
    ],
)
def test_what_cannot_be_is_told(log: Path, kwargs: dict[str, Any], error: type[Exception], told: str) -> None:
    name = failed(log)
    with pytest.raises(error, match=told):
        flyte.rerun(name, **kwargs)


def test_a_run_that_is_not_there_is_told() -> None:
    with pytest.raises(LookupError, match="no run `rnothere`"):
        flyte.rerun("rnothere")
