"""Commands that other packages bring: a small package in a folder of its own, found by its metadata."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flyte_cli.plugins import COMMANDS, found
from tests.cli.conftest import Said

Cli = Callable[..., Said]

MODULE = '''
import typer

app = typer.Typer()


@app.command()
def hello(name: str, loud: bool = False) -> None:
    """Say hello."""
    print(f"hello {name.upper() if loud else name}")


def plain(count: int = 1) -> None:
    """Count."""
    print("counted", count)
    raise typer.Exit(5)


class Click:
    """What a click command looks like from outside."""

    def main(self, args, prog_name):
        print(prog_name, args)


click_like = Click()
not_a_command = 3


def gentle(command):
    command.help = "List runs, gently."


def broken(command):
    raise ValueError("no\\nhook")
'''

ENTRY_POINTS = """
[console_scripts]
something = plug_in_of_tests:app

[flyte.plugins.cli.commands]
hello = plug_in_of_tests:app
plain = plug_in_of_tests:plain
get.thing = plug_in_of_tests:click_like
number = plug_in_of_tests:not_a_command
missing = no_such_module_of_tests:app
run = plug_in_of_tests:plain

[flyte.plugins.cli.hooks]
get.run = plug_in_of_tests:gentle
abort = plug_in_of_tests:broken
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path with the package in it."""
    folder = tmp_path / "site packages"
    metadata = folder / "plug_in_of_tests-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: plug-in-of-tests\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    (folder / "plug_in_of_tests.py").write_text(MODULE)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "plug_in_of_tests", raising=False)
    return folder


@pytest.mark.parametrize(
    ("words", "status", "out"),
    [
        ("hello Ada", 0, "hello Ada\n"),
        ("hello Ada --loud", 0, "hello ADA\n"),
        ("plain --count 3", 5, "counted 3\n"),
        ("get thing -x --json y", 0, "flyte get thing ['-x', '--json', 'y']\n"),
    ],
)
def test_a_command_of_a_package_gets_its_words(cli: Cli, package: Path, words: str, status: int, out: str) -> None:
    assert cli(*words.split()) == Said(status, out, "")


def test_it_speaks_for_itself(cli: Cli, package: Path) -> None:
    assert "Say hello." in cli("hello", "--help").stdout
    assert cli("hello", "--nonsense").status == 2


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("number", "plug_in_of_tests:not_a_command): TypeError: 3 is neither a Typer, a command nor a function"),
        ("missing", "no_such_module_of_tests:app): ModuleNotFoundError: No module named 'no_such_module_of_tests'"),
    ],
)
def test_a_broken_one_is_one_line_of_warning(cli: Cli, package: Path, name: str, told: str) -> None:
    said = cli(name)
    first, second, *_ = said.stderr.splitlines()
    assert first == f"warning: plug-in plug_in_of_tests ({told}"
    assert second == f"error: no command `{name}` in `flyte`"
    assert said.status == 2


def test_a_hook_changes_a_command_and_a_broken_one_is_left_out(cli: Cli, package: Path) -> None:
    assert "List runs, gently." in cli("get", "run", "-h").stdout
    said = cli("abort", "-h")
    assert said.status == 0
    assert said.stderr == "warning: plug-in plug_in_of_tests (plug_in_of_tests:broken): ValueError: no hook\n"


def test_our_own_commands_cannot_be_taken_over(cli: Cli, package: Path) -> None:
    assert "Usage  flyte run [FILE | NAME]" in cli("run", "-h").stdout


def test_help_and_near_misses_know_them(cli: Cli, package: Path) -> None:
    assert "thing" in cli("get", "-h").stdout
    assert "did you mean `hello`?" in cli("helo").stderr
    assert "Added    get thing  hello" in cli("help").stdout


def test_metadata_is_read_without_importing_anything(package: Path) -> None:
    names = [each.name for each in found(COMMANDS, [str(package), "/nowhere", str(package)])]
    assert names == ["hello", "plain", "get.thing", "number", "missing", "run"]
    assert "plug_in_of_tests" not in sys.modules


def test_tab_offers_them(package: Path) -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(package)!r})\n"
        "sys.argv[1:] = ['__complete', 'zsh', '1', 'flyte', 'hell']\n"
        "from flyte_cli.entry import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "\nhello\tfrom a plug-in\n"
