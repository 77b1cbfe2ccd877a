"""Settings cost nothing where there are none: what is loaded is counted, not timed."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import contextlib, io, sys
before = set(sys.modules)
from flyte_cli.main import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    status = main(sys.argv[1:])
print(status, *{name.partition(".")[0] for name in set(sys.modules) - before})
"""
HEAVY = {"google", "grpc", "pydantic", "rich", "textual", "tomlkit", "yaml", "asyncio"}


def loaded_by(folder: Path, *words: str) -> tuple[int, set[str]]:
    environment = {"HOME": str(folder / "home"), "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", PROGRAM, *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    status, *names = done.stdout.split()
    return int(status), set(names)


@pytest.mark.parametrize("command", ["get config", "config set", "config unset", "config path", "create config"])
def test_help_loads_nothing_heavy(tmp_path: Path, command: str) -> None:
    (tmp_path / "config.yaml").write_text("project: p\n")
    (tmp_path / "flyte.toml").write_text("default_task = 'main'\n")
    status, names = loaded_by(tmp_path, *command.split(), "-h")
    assert (status, names & (HEAVY | {"tomllib"})) == (0, set())


def test_without_files_nothing_that_reads_them_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    status, names = loaded_by(tmp_path, "get", "config")
    assert (status, names & (HEAVY | {"tomllib"})) == (0, set())


def test_a_config_file_needs_its_reader_and_a_project_file_its_own(tmp_path: Path) -> None:
    (tmp_path / "flyte.toml").write_text("default_task = 'main'\n")
    assert loaded_by(tmp_path, "get", "config")[1] & HEAVY == set()
    (tmp_path / "config.yaml").write_text("project: p\n")
    assert loaded_by(tmp_path, "get", "config")[1] & HEAVY == {"yaml"}
