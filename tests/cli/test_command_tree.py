"""The command line as objects: whoever asks for it finds commands, options, files, tasks and their inputs."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flyte_cli import entry


@pytest.fixture
def root() -> Any:
    return entry.app


def _context(command: Any, name: str, parent: Any = None) -> Any:
    return command.context_class(command, info_name=name, parent=parent)


def _below(command: Any, parent: Any = None, name: str = "flyte") -> Iterator[tuple[str, Any]]:
    context = _context(command, name, parent)
    yield context.command_path, command
    if hasattr(command, "list_commands") and not command.name.endswith(".py"):
        for each in command.list_commands(context):
            found = command.get_command(context, each)
            assert found is not None, each
            yield from _below(found, context, each)


def _options(command: Any) -> set[str]:
    return {spelled for each in command.params for spelled in (*each.opts, *each.secondary_opts)}


def test_every_command_is_there_with_help(root: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    commands = dict(_below(root))
    assert {"flyte", "flyte get run", "flyte run hello", "flyte gen docs"} <= set(commands)
    assert [path for path, command in commands.items() if not command.help] == []


def test_the_root_says_which_options_may_stand_before_a_command(root: Any) -> None:
    assert {"--version", "-c", "-of", "-v", "--endpoint", "--image-builder", "--log-format"} <= _options(root)


def test_run_offers_files_tasks_and_their_inputs(root: Any, scripts: Path) -> None:
    (scripts / "inner").mkdir()
    (scripts / "inner" / "more.py").write_text("")
    context = _context(root, "flyte")
    run = root.get_command(context, "run")
    context = _context(run, "run", context)
    assert run.list_commands(context) == ["hello", "python-script", "hello.py", "inner"]
    assert run.get_command(context, "inner").list_commands(context) == ["more.py"]
    assert run.get_command(context, "nothing.py") is None
    file = run.get_command(context, "hello.py")
    assert file.list_commands(context) == ["greet", "train", "nothing"]
    inputs = {each.name: each for each in file.get_command(context, "greet").params}
    assert (inputs["name"].required, inputs["times"].required) == (True, False)
    assert (inputs["shout"].opts, inputs["shout"].secondary_opts) == (["--shout"], ["--no-shout"])
    train = {each.name: each for each in file.get_command(context, "train").params}
    assert train["X_max"].opts == ["--X-max", "--X_max"]
    assert train["tags"].multiple


def test_a_script_is_an_argument(root: Any) -> None:
    context = _context(root, "flyte")
    run = root.get_command(context, "run")
    script = run.get_command(context, "python-script")
    assert [each.name for each in script.params if each.param_type_name == "argument"] == ["script"]


def test_the_tree_costs_nothing_until_it_is_asked_for() -> None:
    code = """
import sys, flyte_cli.entry
assert 'typer' not in sys.modules
flyte_cli.entry.app
assert 'typer' in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_root_can_be_called(root: Any, scripts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        root(["get", "rnu"])
    assert (left.value.code, "did you mean `run`?" in capsys.readouterr().err) == (2, True)


def test_an_entry_point_has_nothing_else() -> None:
    with pytest.raises(AttributeError, match="no attribute 'tree'"):
        _ = entry.tree  # type: ignore[attr-defined]
