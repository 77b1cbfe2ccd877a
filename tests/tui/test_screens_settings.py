"""`tui.theme` and `tui.keys`: what they take, and what is said of mistakes."""

from pathlib import Path
from typing import Any

import pytest
from textual.theme import BUILTIN_THEMES, Theme

from flyte_cli.errors import CliError
from flyte_cli.marks import BY_PHASE
from flyte_cli.ops.host import Host
from flyte_cli.tui.keys import ALL, EVERYWHERE, RUN, RUNS
from flyte_cli.tui.paint import painter_of
from flyte_cli.tui.themes import OURS, first_theme
from flyte_cli.tui.wishes import Unusable, Wishes, key_named, keys_of, theme_named, wishes_of
from tests.tui.pilots import Listing, listing_app, screen_text, sees, some_runs


def host_with(tmp_path: Path, text: str = "", **environment: str) -> Host:
    (tmp_path / ".flyte").mkdir()
    (tmp_path / ".flyte" / "config.yaml").write_text(text)
    return Host(environment={"HOME": str(tmp_path / "home"), **environment}, folder=lambda: str(tmp_path))


def test_nothing_is_set_as_a_rule(tmp_path: Path) -> None:
    assert wishes_of(host_with(tmp_path)) == Wishes()


def test_a_config_file_says_how_the_screens_look(tmp_path: Path) -> None:
    text = "tui:\n  theme: light\n  keys:\n    abort_run: ctrl+x\n    next-failure: f6, !\n"
    wishes = wishes_of(host_with(tmp_path, text))
    assert wishes.theme == "flyte-light"
    assert wishes.keys == {"abort_run": "ctrl+x", "next_failure": "f6,exclamation_mark"}


def test_variables_say_it_as_well(tmp_path: Path) -> None:
    host = host_with(tmp_path, FLYTE_TUI_THEME="nord", FLYTE_TUI_KEYS="leave=Q")
    assert wishes_of(host) == Wishes("nord", {"leave": "Q"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tui:\n  theme: ligth\n", "no theme `ligth`, did you mean `light`?"),
        ("tui:\n  theme: draclua\n", "no theme `draclua`, did you mean `dracula`?"),
        ("tui:\n  keys:\n    abort_rnu: x\n", "no action `abort_rnu`, did you mean `abort_run`?"),
        ("tui:\n  keys:\n    abort_run: crtl+x\n", "no key `crtl+x`, did you mean `ctrl`?"),
        ("tui:\n  keys:\n    abort_run: pagedwon\n", "no key `pagedwon`, did you mean `pagedown`?"),
        ("tui:\n  keys:\n    find: q\n", "`q` is for"),
    ],
)
def test_mistakes_name_the_near_miss_and_the_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(CliError, match="cannot be used") as caught:
        wishes_of(host_with(tmp_path, text))
    assert said in caught.value.message
    (place,) = caught.value.places
    assert place.where.startswith(".flyte/config.yaml:")


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("x", "x"),
        ("X", "X"),
        ("/", "slash"),
        (",", "comma"),
        ("Space", "space"),
        ("Enter", "enter"),
        ("esc", "escape"),
        ("F5", "f5"),
        ("ctrl+x", "ctrl+x"),
        ("^x", "ctrl+x"),
        ("Ctrl+PageUp", "ctrl+pageup"),
        ("slash", "slash"),
        ("question_mark", "question_mark"),
    ],
)
def test_keys_are_written_as_people_see_them(key: str, name: str) -> None:
    assert key_named(key) == name


def test_a_key_with_two_meanings_on_a_screen_is_refused() -> None:
    with pytest.raises(Unusable, match=r"`e` is for `.+` and for `.+`"):
        keys_of({"find": "e"})
    assert keys_of({"find": "e", "next_failure": "slash"}) == {"find": "e", "next_failure": "slash"}


@pytest.mark.parametrize("screen", [(*EVERYWHERE, *RUN), (*EVERYWHERE, *RUNS)], ids=["run", "runs"])
def test_no_key_of_the_table_has_two_meanings(screen: Any) -> None:
    keys = [spelled for key in screen for spelled in key.keys.split(",")]
    assert sorted(keys) == sorted(set(keys))


def test_every_action_of_the_table_has_a_sentence() -> None:
    assert all(key.about and key.about[0].islower() and not key.about.endswith(".") for key in ALL)


@pytest.mark.parametrize("name", ["dark", "light", "mono", "flyte-dark", "dracula", "textual-light"])
def test_themes_go_by_their_names(name: str) -> None:
    assert theme_named(name) in (name, f"flyte-{name}")


@pytest.mark.parametrize(
    ("environment", "theme"),
    [
        ({}, "flyte-dark"),
        ({"COLORFGBG": "15;0"}, "flyte-dark"),
        ({"COLORFGBG": "0;15"}, "flyte-light"),
        ({"COLORFGBG": "0;default;7"}, "flyte-light"),
        ({"NO_COLOR": "1", "COLORFGBG": "0;15"}, "flyte-mono"),
        ({"TERM": "vt100"}, "flyte-mono"),
    ],
)
def test_the_terminal_says_which_theme(environment: dict[str, str], theme: str) -> None:
    assert first_theme(environment) == theme
    assert first_theme(environment, "nord") == "nord"


async def test_a_changed_key_counts_and_is_shown() -> None:
    app = listing_app(Listing(some_runs()), keys={"copy": "f7"})
    async with app.run_test(size=(120, 24)) as pilot:
        await sees(pilot, "f7 copy")
        await pilot.press("y")
        assert app.clipboard == ""
        await pilot.press("f7")
        assert app.clipboard == "r7k2m9q"
        await pilot.press("question_mark")
        await sees(pilot, "f7")


@pytest.mark.parametrize("theme", [*OURS, *BUILTIN_THEMES.values()], ids=lambda theme: theme.name)
def test_every_theme_has_the_colours_of_marks(theme: Theme) -> None:
    painter = painter_of(theme)
    for mark in BY_PHASE.values():
        assert painter.style(f"bold {mark.style} accent") is not None


@pytest.mark.parametrize("theme", ["flyte-dark", "flyte-light", "flyte-mono", "dracula", "ansi-light"])
async def test_every_theme_draws_the_list(theme: str) -> None:
    app = listing_app(Listing(some_runs()), theme=theme)
    async with app.run_test() as pilot:
        await sees(pilot, "r7k2m9q")
        assert app.current_theme.name == theme
        assert "just now" in screen_text(app)
