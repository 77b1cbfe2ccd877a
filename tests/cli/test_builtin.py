"""Programs that come along: `flyte run hello` and `flyte run python-script FILE`."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.cli.conftest import Said

Cli = Callable[..., Said]


@pytest.fixture
def flyte(tmp_path: Path) -> Cli:
    """Calls `flyte` in an empty folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYTE", "PYTEST", "CI"))}
    environment = kept | {"FLYTE_HOME": str(tmp_path / "home"), "COLUMNS": "100", "NO_COLOR": "1"}
    here = tmp_path / "here"
    here.mkdir()

    def call(*words: str) -> Said:
        command = [str(Path(sys.executable).with_name("flyte")), *words]
        done = subprocess.run(
            command, cwd=here, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture
def here(tmp_path: Path, flyte: Cli) -> Path:
    """The folder where it is called."""
    return tmp_path / "here"


def test_a_first_run_needs_no_file(flyte: Cli) -> None:
    assert flyte("run", "hello", "-of", "value").stdout == "14.0\n"
    assert flyte("run", "--local", "hello", "--x_list", "[1, 2]", "-of", "value").stdout == "8.0\n"
    assert flyte("rerun", "@", "--x-list", "[0]", "-of", "value").stdout == "5.0\n"


def test_a_file_of_that_name_is_not_hidden(flyte: Cli, here: Path) -> None:
    (here / "hello.py").write_text("")
    said = flyte("run", "hello")
    assert (said.status, "did you mean `hello.py`?" in said.stderr) == (2, True)


def test_the_project_file_may_give_the_name_another_meaning(flyte: Cli, here: Path) -> None:
    (here / "own.py").write_text(
        "import flyte\nenv = flyte.TaskEnvironment('own')\n@env.task\ndef main() -> int:\n    return 5\n"
    )
    (here / "flyte.toml").write_text('[entries.hello]\nfile = "own.py"\n')
    assert flyte("run", "hello", "-of", "value").stdout == "5\n"
    (here / "flyte.toml").write_text('default_file = "own.py"\n')
    assert flyte("run", "hello", "-of", "value").stdout == "14.0\n"
    (here / "own.py").write_text((here / "own.py").read_text().replace("main", "hello").replace("5", "6"))
    assert flyte("run", "hello", "-of", "value").stdout == "6\n"


@pytest.mark.parametrize("words", [["--extra-args", "a,b", "train.py"], ["train.py", "--extra-args=a,b"]])
def test_a_script_gets_its_words_wherever_it_stands(flyte: Cli, here: Path, words: list[str]) -> None:
    (here / "train.py").write_text("import sys\nprint(sys.argv[1:], __name__)\n")
    said = flyte("run", "python-script", *words, "--name", "rscript")
    assert (said.status, "['a', 'b'] __main__" in flyte("logs", "rscript").stdout) == (0, True)
    actions = json.loads(flyte("get", "action", "rscript", "--json").stdout)["actions"]
    assert [each["path"] for each in actions] == ["python_script", "train.0"]


def test_what_a_script_wrote_is_the_result(flyte: Cli, here: Path) -> None:
    (here / "train.py").write_text(
        "from pathlib import Path\nPath('out').mkdir()\nPath('out/model.txt').write_text('m')\n"
    )
    said = flyte("run", "python-script", "train.py", "--output-dir", "out", "-of", "json")
    assert said.status == 0, said.stderr
    assert "out" in json.loads(said.stdout)["outputs"]["o0"]


def test_a_script_that_fails_says_how(flyte: Cli, here: Path) -> None:
    (here / "train.py").write_text("raise SystemExit(3)\n")
    said = flyte("run", "python-script", "train.py")
    assert (said.status, "train.py ended with status 3" in said.stderr) == (1, True)
    said = flyte("run", "python-script", "trian.py")
    assert (said.status, "no file trian.py" in said.stderr) == (1, True)


def test_a_script_that_takes_too_long_is_ended(flyte: Cli, here: Path) -> None:
    (here / "train.py").write_text("import threading\nthreading.Event().wait()\n")
    said = flyte("run", "python-script", "train.py", "--timeout", "1")
    assert (said.status, "MaxRuntimeExceeded" in said.stderr) == (1, True)


@pytest.mark.parametrize("words", ["run hello -h", "run python-script -h", "run python-script"])
def test_their_pages(cli: Cli, scripts: Path, snapshot: SnapshotAssertion, words: str) -> None:
    (scripts / "hello.py").unlink()
    said = str(cli(*words.split()))
    package = Path(sys.modules["flyte_cli"].__path__[0])
    assert said.replace(str(package), "FLYTE_CLI").replace(os.path.relpath(package, scripts), "FLYTE_CLI") == snapshot
