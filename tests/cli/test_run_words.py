"""The words of `flyte run`: FILE and TASK among options of ours, in any order."""

from itertools import permutations

import pytest

from flyte_cli.commands.run import Asked, asked
from flyte_cli.inputs.words import Flags

FLAGS = Flags(valued=frozenset({"-of", "--name"}), bare=frozenset({"--local", "-h"}))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", Asked(None, None, (), ())),
        ("-h", Asked(None, None, ("-h",), ())),
        ("a.py", Asked("a.py", None, (), ())),
        ("a.py main", Asked("a.py", "main", (), ())),
        ("a.py::main --n 3", Asked("a.py", "main", (), ("--n", "3"))),
        ("a.py --n 3", Asked("a.py", None, (), ("--n", "3"))),
        ("a.py --n 3 main", Asked("a.py", None, (), ("--n", "3", "main"))),
        ("--local a.py -of json main --n 3", Asked("a.py", "main", ("--local", "-of", "json"), ("--n", "3"))),
        ("--name=x a.py main --name y", Asked("a.py", "main", ("--name=x",), ("--name", "y"))),
        ("--nmae x a.py", Asked(None, None, (), ("--nmae", "x", "a.py"))),
        ("a.py main -- --local", Asked("a.py", "main", (), ("--", "--local"))),
        ("--name", Asked(None, None, ("--name",), ())),
    ],
)
def test_file_and_task_are_found(words: str, found: Asked) -> None:
    assert asked(words.split(), FLAGS) == found


def test_the_order_of_our_options_does_not_matter() -> None:
    pieces = [["--local"], ["-of", "json"], ["a.py", "main"]]
    results = {
        (found.file, found.task, tuple(sorted([*found.ours, *found.rest])))
        for order in permutations(pieces)
        for found in [asked([word for piece in order for word in piece], FLAGS)]
    }
    assert results == {("a.py", "main", ("--local", "-of", "json"))}
