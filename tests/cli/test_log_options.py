"""Options about logs: they stand before or behind any command, and count for tasks too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flyte_cli.errors import Misuse
from flyte_cli.log_options import without_log_options
from flyte_cli.ops.host import Host

PROGRAM = """
import logging

import flyte

env = flyte.TaskEnvironment("logging")


@env.task
def main(log_format: str = "mine") -> str:
    flyte.logger.debug("a detail")
    logging.getLogger("other").warning("from elsewhere")
    return log_format
"""


def _flyte(folder: Path, *words: str) -> tuple[int, str, str]:
    names = ("FLYTE", "PYTEST", "CI", "LOG_", "USER_LOG")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(names)}
    environment = kept | {"FLYTE_HOME": str(folder / "home"), "NO_COLOR": "1", "COLUMNS": "200"}
    (folder / "said.py").write_text(PROGRAM)
    command = [str(Path(sys.executable).with_name("flyte")), *words]
    done = subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("executor", ["process", "inline"])
def test_tasks_log_as_asked(tmp_path: Path, executor: str) -> None:
    run = ("run", "--executor", executor, "said.py", "main")
    status, _, said = _flyte(tmp_path, *run)
    assert (status, "a detail" in said, '"other"' in said) == (0, False, False)
    options = ("--log-format", "json", "--user-log-level=debug", "--reset-root-logger")
    status, _, said = _flyte(tmp_path, *options, *run)
    assert (status, '"level": "DEBUG", "logger": "flyte.user", "message": "a detail"' in said) == (0, True)
    assert '"logger": "other", "message": "from elsewhere"' in said


def test_an_input_of_that_name_is_the_tasks(tmp_path: Path) -> None:
    assert _flyte(tmp_path, "run", "said.py", "main", "--log-format", "theirs", "-of", "value")[1] == "theirs\n"


@pytest.mark.parametrize(
    ("words", "kept", "said"),
    [
        (["-a", "--log-format", "json", "b"], ["-a", "b"], {"LOG_FORMAT": "json"}),
        (["--user-log-level=DEBUG"], [], {"USER_LOG_LEVEL": "debug"}),
        (["--", "--log-format", "json"], ["--", "--log-format", "json"], {}),
    ],
)
def test_the_words_that_are_left(words: list[str], kept: list[str], said: dict[str, str]) -> None:
    seen: dict[str, str] = {}
    assert without_log_options(words, Host(environment={}, export=seen.__setitem__)) == kept
    assert seen == said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--log-format", "xml"], "`--log-format` has no `xml`"),
        (["--user-log-level", "debgu"], "`--user-log-level` has no `debgu`"),
        (["--user-log-level"], "`--user-log-level` needs a value"),
    ],
)
def test_what_they_do_not_take_is_refused(words: list[str], message: str) -> None:
    with pytest.raises(Misuse, match=message):
        without_log_options(words, Host(environment={}, export={}.__setitem__))


def test_being_more_verbose_is_being_verbose(tmp_path: Path) -> None:
    assert _flyte(tmp_path, "-vvv", "run", "said.py", "main", "-of", "value")[:2] == (0, "mine\n")
    assert _flyte(tmp_path, "get", "run", "@", "-vv")[0] == 0
    assert _flyte(tmp_path, "get", "run", "@", "-vvvvv")[0] == 2
