"""The screens on a real terminal, opened by commands."""

import pytest

from tests.tui.site import Site

MANY = """
import flyte
env = flyte.TaskEnvironment("many")

@env.task
async def double(x: int) -> int:
    return 2 * x

@env.task
async def triple(x: int = 5) -> int:
    return 3 * x
"""


@pytest.fixture
def many(site: Site) -> Site:
    """Two files with tasks; one of them has two, and no main."""
    (site.folder / "many.py").write_text(MANY)
    return site


def test_run_without_a_task_lets_one_be_chosen_and_filled_in(many: Site) -> None:
    terminal = many.open("run", "-q")
    terminal.sees("double", "many.py", "works", "hosted.py")
    terminal.press("/")
    terminal.sees("to the list")
    terminal.press("double")
    terminal.sees("1 of")
    terminal.press("\r")
    terminal.sees("Enter start")
    terminal.press("\r")
    terminal.sees("$ flyte run many.py double", "required")
    terminal.press("21")
    terminal.sees("$ flyte run many.py double --x 21")
    terminal.press("\r")
    assert terminal.ends() == 0
    assert terminal.after_the_screen.splitlines()[0] == "$ flyte run many.py double --x 21"
    assert terminal.after_the_screen.split() == ["$", "flyte", "run", "many.py", "double", "--x", "21", "42"]


def test_a_file_with_several_tasks_lets_one_be_chosen(many: Site) -> None:
    terminal = many.open("run", "many.py", "-q")
    terminal.sees("double", "triple")
    terminal.press("\x1b[B\r")
    terminal.sees("$ flyte run many.py triple")
    terminal.press("\r")
    assert terminal.ends() == 0
    assert terminal.after_the_screen.split()[-1] == "15"


def test_choosing_nothing_runs_nothing(many: Site) -> None:
    terminal = many.open("run")
    terminal.sees("double")
    terminal.press("q")
    assert terminal.ends() == 130
    assert not (many.folder / "home" / "runs").exists()


@pytest.mark.parametrize("words", [("run", "--no-input"), ("run", "many.py", "--no-input")], ids=" ".join)
def test_who_wants_no_questions_gets_help(many: Site, words: tuple[str, ...]) -> None:
    terminal = many.open(*words)
    assert terminal.ends() == 2
    assert "\x1b[?1049h" not in terminal.written


def test_a_pipeline_is_not_asked(many: Site) -> None:
    terminal = many.open("run", CI="true")
    assert terminal.ends() == 2
    assert "Usage" in terminal.written or "flyte run" in terminal.written


def test_nobody_is_asked_without_a_terminal(many: Site) -> None:
    done = many.flyte("run")
    assert done.returncode == 2
    assert "flyte run" in done.stderr


def test_what_is_chosen_may_be_watched(many: Site) -> None:
    terminal = many.open("run", "--tui", "--name", "same")
    terminal.sees("double")
    terminal.press("/")
    terminal.sees("to the list")
    terminal.press("triple")
    terminal.sees("1 of")
    terminal.press("\r")
    terminal.sees("Enter start")
    terminal.press("\r")
    terminal.sees("$ flyte run many.py triple")
    terminal.press("\r")
    terminal.sees("Actions", "triple")
    many.ends_as("succeeded")
    terminal.press("q")
    assert terminal.ends() == 0


@pytest.mark.parametrize("leave", ["q", "\x11"], ids=["q", "ctrl-q"])
def test_the_list_is_opened_and_left(many: Site, leave: str) -> None:
    assert many.flyte("run", "many.py", "triple", "--name", "same", "-q").returncode == 0
    terminal = many.open("tui")
    terminal.sees("same", "many.triple", "1 run")
    terminal.press("\r")
    terminal.sees("Actions")
    terminal.press("q")
    terminal.sees("sort: started")
    terminal.press(leave)
    assert terminal.ends() == 0
    assert terminal.after_the_screen.strip() == ""


@pytest.mark.parametrize("words", [("tui",), ("run", "many.py", "triple", "--tui"), ("run",)], ids=" ".join)
def test_a_broken_setting_is_told_of_before_anything_is_drawn(many: Site, words: tuple[str, ...]) -> None:
    (many.folder / ".flyte").mkdir()
    (many.folder / ".flyte" / "config.yaml").write_text("tui:\n  theme: drak\n")
    terminal = many.open(*words)
    assert terminal.ends() == 2
    assert not (many.folder / "home" / "runs").exists()
    assert "no theme `drak`, did you mean `dark`?" in terminal.written
    assert ".flyte/config.yaml:2" in terminal.written
