"""From the fields of a form to a command line, and from problems to fields. Nothing is drawn."""

import shlex

import pytest

from flyte_cli.completion.found import FLAG, MANY
from flyte_cli.inputs.interface import Input, Interface
from flyte_cli.inputs.words import Flags, sort_words
from flyte_cli.ops.form import FormField, Start
from flyte_cli.tui.launching import by_field, command_line, input_words, words_of

NAME = FormField("--name", "text")
SHOUT = FormField("--shout", "bool", kind=FLAG, choices=("on", "off"))
TAGS = FormField("--tags", "text ...", kind=MANY)
CFG = FormField("--cfg", "Cfg")
LR = FormField("--cfg.lr", "float", depth=1)


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        (NAME, "Ada", ["--name", "Ada"]),
        (NAME, "Ada Lovelace", ["--name", "Ada Lovelace"]),
        (NAME, "", []),
        (NAME, "   ", []),
        (NAME, " ", ["--name", " "]),
        (NAME, "''", ["--name", ""]),
        (NAME, "-5", ["--name=-5"]),
        (NAME, "--name", ["--name=--name"]),
        (NAME, "-", ["--name", "-"]),
        (SHOUT, "on", ["--shout"]),
        (SHOUT, "off", ["--no-shout"]),
        (SHOUT, "none", ["--shout", "none"]),
        (TAGS, "a b", ["--tags", "a", "--tags", "b"]),
        (TAGS, "'a b' c", ["--tags", "a b", "--tags", "c"]),
        (TAGS, '["a", "b"]', ["--tags", '["a", "b"]']),
        (TAGS, "1 -2", ["--tags", "1", "--tags=-2"]),
        (FormField("--cfg.on", "bool", kind=FLAG, depth=1), "off", ["--cfg.on", "false"]),
    ],
)
def test_what_is_typed_becomes_words(field: FormField, text: str, words: list[str]) -> None:
    assert words_of(field, text) == words


def test_the_words_mean_what_was_typed() -> None:
    interface = Interface("main", (Input("name", str), Input("shout", bool), Input("tags", list[str])))
    words, problems = input_words((NAME, SHOUT, TAGS), {"--name": "-x y", "--shout": "off", "--tags": "'a b' -c"})
    given = sort_words(words, interface, Flags())
    assert problems == given.problems == ()
    assert [(each.input.name, each.text) for each in given.given] == [
        ("name", "-x y"),
        ("shout", "false"),
        ("tags", "a b"),
        ("tags", "-c"),
    ]


def test_quotes_without_end_are_told_beside_their_field() -> None:
    words, problems = input_words((NAME, TAGS), {"--name": "Ada", "--tags": "'a"})
    assert words == ["--name", "Ada"]
    assert problems == (("--tags", "cannot be read: no closing quotation"),)


@pytest.mark.parametrize(
    ("start", "line"),
    [
        (Start("a.py", "main"), "flyte run a.py main --x 'a b'"),
        (Start("nightly"), "flyte run nightly --x 'a b'"),
        (Start(again="r7k"), "flyte rerun r7k --x 'a b'"),
        (Start(again="r7k", recover=True), "flyte rerun r7k --recover --x 'a b'"),
        (Start(again="r7k", action="flaky.3"), "flyte rerun r7k --action-name flaky.3 --x 'a b'"),
    ],
)
def test_the_command_line_is_quoted_as_a_shell_wants_it(start: Start, line: str) -> None:
    assert command_line(start, ["--x", "a b"]) == line
    assert shlex.split(line)[-1] == "a b"


def test_a_start_is_of_a_file_or_of_a_run() -> None:
    with pytest.raises(ValueError, match="either a file or a run"):
        Start()
    with pytest.raises(ValueError, match="either a file or a run"):
        Start("a.py", again="r7k")


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (("--name", "missing: text"), {"--name": "missing: text"}),
        (("--cfg", "at `lr`: a number is needed"), {"--cfg.lr": "a number is needed"}),
        (("--cfg", "--cfg.lr: a number is needed"), {"--cfg.lr": "a number is needed"}),
        (("--cfg", "at `other.deep`: no"), {"--cfg": "at `other.deep`: no"}),
        (("--cfg.other", "no such input"), {"--cfg": "no such input"}),
        (("", "no task"), {"": "no task"}),
        (("--inputs", "no file"), {"": "--inputs no file"}),
    ],
)
def test_problems_stand_beside_the_field_they_are_about(problem: tuple[str, str], told: dict[str, str]) -> None:
    assert by_field((NAME, CFG, LR), (problem,)) == told
