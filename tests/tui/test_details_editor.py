"""How editors are told where to open a file, and what is copied."""

import pytest

from flyte_cli.ops.host import Host
from flyte_cli.tui.details.copies import command_line, copied, traceback_text
from flyte_cli.tui.details.editor import Editing, editing
from flyte_cli.tui.place import ROOT, Place
from tests.cli.fakes import Action, Error
from tests.tui.details_made_up import TreeMade, looked_at


@pytest.mark.parametrize(
    ("said", "command", "needs_terminal"),
    [
        ("vi", ("vi", "+7", "/here/a b.py"), True),
        ("/usr/bin/nvim -R", ("/usr/bin/nvim", "-R", "+7", "/here/a b.py"), True),
        ("nano", ("nano", "+7", "/here/a b.py"), True),
        ("emacsclient -nw", ("emacsclient", "-nw", "+7", "/here/a b.py"), True),
        ("hx", ("hx", "/here/a b.py:7"), True),
        ("code --wait", ("code", "--wait", "-g", "/here/a b.py:7"), False),
        ("'/opt/my apps/cursor'", ("/opt/my apps/cursor", "-g", "/here/a b.py:7"), False),
        ("subl", ("subl", "/here/a b.py:7"), False),
        ("pycharm", ("pycharm", "--line", "7", "/here/a b.py"), False),
        ("something", ("something", "/here/a b.py"), True),
    ],
)
def test_editors_are_told_the_line_in_their_way(said: str, command: tuple[str, ...], needs_terminal: bool) -> None:
    assert editing({"EDITOR": said}, "/here/a b.py", 7) == Editing(command, needs_terminal)


def test_visual_goes_before_editor_and_vi_is_what_there_always_is() -> None:
    assert editing({"EDITOR": "nano", "VISUAL": "code"}, "a.py", 1).command[0] == "code"
    assert editing({}, "a.py", 0).command == ("vi", "+1", "a.py")


@pytest.mark.parametrize(("said", "why"), [("'never closed", "is no command"), ("''", "is empty"), ("   ", "is empty")])
def test_an_editor_that_is_no_command_is_refused(said: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        editing({"EDITOR": said}, "a.py", 1)


def run() -> TreeMade:
    frame = ("/here/fan.py", 18, "flaky", "    raise ValueError(i)", True)
    return TreeMade(
        Action("main", "failed", end=9.0),
        Action("it's", "failed", end=1.0, links=[("board", "https://x.org/1")]),
        Action("flaky", "failed", end=1.0, error=Error("ValueError", "no\nmore", [frame])),
    )


def test_the_command_line_is_the_one_that_shows_the_same() -> None:
    tree = run()
    action, root = looked_at(tree, Place(1)), looked_at(tree, ROOT)
    assert command_line(action, action.tree.action(1), 2) == """flyte logs r7k2m9q 'it'"'"'s.0'"""
    assert command_line(action, action.tree.action(1), 1) == """flyte get action r7k2m9q 'it'"'"'s.0'"""
    assert command_line(root, root.tree.action(0), 1) == "flyte get run r7k2m9q"
    assert command_line(root, root.tree.action(0), 3) == "flyte get io r7k2m9q"


def test_what_is_copied_reads_as_elsewhere() -> None:
    tree, host = run(), Host()
    assert copied("i", looked_at(tree, ROOT), 1, host) == "r7k2m9q"
    assert copied("i", looked_at(tree, Place(2)), 1, host) == "r7k2m9q flaky.0"
    assert copied("u", looked_at(tree, Place(1)), 1, host) == "https://x.org/1"
    assert copied("u", looked_at(tree, Place(2)), 1, host) == "file:///runs/r7"
    assert copied("e", looked_at(tree, Place(2)), 1, host) == (
        "Traceback (most recent call last):\n"
        '  File "/here/fan.py", line 18, in flaky\n'
        "    raise ValueError(i)\n"
        "ValueError: no\nmore\n"
    )


@pytest.mark.parametrize(
    ("choice", "place", "why"),
    [
        ("e", Place(1), "it's.0 has no error"),
        ("o", Place(0, "flaky"), "several actions"),
        ("i", Place(99), "has not started"),
    ],
)
def test_what_cannot_be_copied_is_said(choice: str, place: Place, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        copied(choice, looked_at(run(), place), 1, Host())


def test_an_error_without_frames_is_its_message() -> None:
    assert traceback_text(Error("OOMError", "")) == "OOMError\n"  # type: ignore[arg-type]  # made up
