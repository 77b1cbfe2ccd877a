"""From words to keyword arguments: pure, every type, all problems at once."""

# ruff: noqa: UP045  (both spellings of Optional are inputs here)

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Optional

import pytest

from flyte_cli.errors import WrongInputs
from flyte_cli.inputs.bind import bind
from flyte_cli.inputs.interface import Interface, interface_of, summary
from flyte_cli.inputs.words import Flags, sort_words

OURS = Flags(valued=frozenset({"--name", "-of"}), bare=frozenset({"--local", "-q"}))


class Colour(enum.Enum):
    RED = "r"
    BLUE = 2


@dataclass
class Optimizer:
    kind: str
    momentum: float = 0.9


@dataclass
class Cfg:
    lr: float = 0.1
    epochs: int = 3
    layers: list[int] = field(default_factory=list)
    optimizer: Optimizer | None = None

    def __post_init__(self) -> None:
        if self.epochs < 0:
            raise ValueError("epochs are counted from 0 up")


def of(hint: Any, default: Any = ...) -> Interface:
    """A task with one input `x` of a type."""

    def task(x: Any) -> None: ...

    task.__annotations__ = {"x": hint}
    if default is not ...:
        task.__defaults__ = (default,)
    return interface_of(task, "task")


def given(interface: Interface, *words: str) -> dict[str, Any]:
    return bind(interface, sort_words(words, interface, OURS))


def refused(interface: Interface, *words: str) -> dict[str, str]:
    with pytest.raises(WrongInputs) as caught:
        given(interface, *words)
    return dict(caught.value.details)


@pytest.mark.parametrize(
    ("hint", "words", "value"),
    [
        (int, ["--x", "3"], 3),
        (int, ["--x", "-3"], -3),
        (int, ["--x=1_000"], 1000),
        (int, ["--x", "1", "--x", "2"], 2),
        (float, ["--x", "3"], 3.0),
        (float, ["--x", "-.5"], -0.5),
        (str, ["--x", "a=b"], "a=b"),
        (str, ["--x=--y"], "--y"),
        (str, ["--x", "-abc"], "-abc"),
        (str, ["--x", ""], ""),
        (bytes, ["--x", "é"], "é".encode()),
        (bool, ["--x"], True),
        (bool, ["--no-x"], False),
        (bool, ["--no_x"], False),
        (bool, ["--x=false"], False),
        (bool, ["--x", "true"], True),
        (type(None), ["--x", "none"], None),
        (Optional[int], ["--x", "none"], None),
        (Optional[int], ["--x", "4"], 4),
        (int | float | str, ["--x", "4"], 4),
        (int | float | str, ["--x", "4.5"], 4.5),
        (str | int, ["--x", "4"], 4),
        (str | int, ["--x", "four"], "four"),
        (list[str], ["--x", "a", "--x", "b"], ["a", "b"]),
        (list[int], ["--x", "[1, 2]"], [1, 2]),
        (list[int], ["--x", "1"], [1]),
        (list[list[int]], ["--x", "[1]", "--x", "[2, 3]"], [[1], [2, 3]]),
        (Optional[list[int]], ["--x", "none"], None),
        (Optional[list[int]], ["--x", "1", "--x", "2"], [1, 2]),
        (set[int], ["--x", "1", "--x", "1"], {1}),
        (tuple[int, ...], ["--x", "1", "--x", "2"], (1, 2)),
        (tuple[int, str], ["--x", '[1, "a"]'], (1, "a")),
        (dict[str, float], ["--x", '{"a": 1}'], {"a": 1.0}),
        (dict[int, str], ["--x", '{"1": "a"}'], {1: "a"}),
        (dict[str, float], ["--x.a", "1", "--x.b", "2"], {"a": 1.0, "b": 2.0}),
        (Cfg, ["--x", '{"lr": 1}'], Cfg(lr=1.0)),
        (Cfg, ["--x.lr", "0.2"], Cfg(lr=0.2)),
        (Cfg, ["--x.epochs", "9", "--x", '{"lr": 1, "epochs": 1}'], Cfg(lr=1.0, epochs=9)),
        (Cfg, ["--x.layers", "1", "--x.layers", "2"], Cfg(layers=[1, 2])),
        (Cfg, ["--x.optimizer.kind", "sgd"], Cfg(optimizer=Optimizer("sgd"))),
        (Cfg, ["--x", '{"optimizer": {"kind": "adam"}}'], Cfg(optimizer=Optimizer("adam"))),
        (Optional[Cfg], ["--x.lr", "0.2"], Cfg(lr=0.2)),
        (list[Cfg], ["--x", '[{"lr": 2}]'], [Cfg(lr=2.0)]),
        (Colour, ["--x", "red"], Colour.RED),
        (Colour, ["--x", "2"], Colour.BLUE),
        (Literal["Fast", "slow", 3], ["--x", "fast"], "Fast"),
        (Literal["Fast", "slow", 3], ["--x", "3"], 3),
        (Any, ["--x", "[1]"], [1]),
        (Any, ["--x", "hello there"], "hello there"),
        (Callable, ["--x", "os.path:join"], __import__("os").path.join),
    ],
    ids=repr,
)
def test_each_type_has_its_spelling(hint: Any, words: list[str], value: Any) -> None:
    got = given(of(hint), *words)
    assert got == {"x": value}
    assert type(got["x"]) is type(value)


@pytest.mark.parametrize(
    ("hint", "words", "message"),
    [
        (int, ["--x", "5.5"], "an int is needed, got `5.5`"),
        (float, ["--x", "fast"], "a number is needed, got `fast`"),
        (bool, ["--x=maybe"], "true or false is needed, got `maybe`"),
        (list[int], ["--x", "[1, true]"], "at `[1]`: an int is needed, got `true`"),
        (list[int], ["--x", "[1"], "not JSON: Expecting ',' delimiter: line 1 column 3 (char 2)"),
        (dict[str, int], ["--x", "[]"], "a JSON object is needed, got `[]`"),
        (tuple[int, str], ["--x", "[1]"], "2 values are needed, got 1"),
        (int | float, ["--x", "a"], "`a` is none of int, float"),
        (Optional[int], ["--x", "a"], "an int is needed, got `a`"),
        (Literal["fast", "slow"], ["--x", "fsat"], "`fsat` is not one of fast, slow; did you mean `fast`?"),
        (Cfg, ["--x", '{"lrr": 1}'], "no field `lrr` in Cfg, did you mean `lr`?"),
        (Cfg, ["--x.epoch", "1"], "no field `epoch` in Cfg, did you mean `epochs`?"),
        (Cfg, ["--x.epochs", "-1"], "Cfg refuses: epochs are counted from 0 up"),
        (Cfg, ["--x.lr", "a"], "--x.lr: a number is needed, got `a`"),
        (Cfg, ["--x", '{"optimizer": {}}'], "at `optimizer`: Optimizer needs `kind`"),
        (int, ["--x.y", "1"], "int has no fields, got --x.y"),
        (Callable, ["--x", "nosuchmodule:thing"], "cannot get `nosuchmodule:thing`: No module named 'nosuchmodule'"),
        (Exception, ["--x", "abc"], "a Exception is given as `module:attribute`, got `abc`"),
    ],
    ids=repr,
)
def test_what_does_not_fit_is_refused_with_the_reason(hint: Any, words: list[str], message: str) -> None:
    assert refused(of(hint), *words) == {"--x": message}


@pytest.mark.parametrize(
    ("hint", "message"),
    [
        (int, "missing: int, for example --x 3"),
        (list[str], "missing: text, repeat or JSON, for example --x a --x b"),
        (Cfg, "missing: Cfg, JSON, a file, or its fields, for example --x.lr 0.5"),
        (bool, "missing: --x or --no-x"),
        (dict[str, int], "missing: text:int, JSON, a file, or its keys, for example --x.key 3"),
    ],
    ids=repr,
)
def test_a_missing_input_says_how_to_give_it(hint: Any, message: str) -> None:
    assert refused(of(hint)) == {"--x": message}


def many(cfg: Cfg, tags: list[str], depth: int = 2, X: int = 1, x_list: list[int] = [], name: str = "n") -> None:  # noqa: B006
    """Has inputs of several kinds."""


def test_all_problems_come_at_once() -> None:
    interface = interface_of(many, "many")
    assert refused(interface, "--cfg", '{"lrr": 1}', "--dpeth", "3", "stray", "--X") == {
        "--dpeth": "no such input, did you mean --depth?",
        "stray": "unexpected: inputs are given as options, --name value",
        "--X": "a value is missing after it",
        "--cfg": "no field `lrr` in Cfg, did you mean `lr`?",
        "--tags": "missing: text, repeat or JSON, for example --tags a --tags b",
    }


def test_all_problems_of_one_value_come_at_once() -> None:
    with pytest.raises(WrongInputs) as caught:
        given(of(Cfg), "--x", '{"lrr": 1, "epochs": "many", "layers": [1, "a", "b"], "optimizer": {"knid": "sgd"}}')
    assert caught.value.details == (
        ("--x", "no field `lrr` in Cfg, did you mean `lr`?"),
        ("--x", 'at `epochs`: an int is needed, got `"many"`'),
        ("--x", 'at `layers[1]`: an int is needed, got `"a"`'),
        ("--x", 'at `layers[2]`: an int is needed, got `"b"`'),
        ("--x", "no field `knid` in Optimizer, did you mean `kind`?"),
    )


def test_all_problems_of_fields_come_at_once() -> None:
    with pytest.raises(WrongInputs) as caught:
        given(of(Cfg), "--x.epoch", "1", "--x.lr", "fast", "--x.optimizer.momentum", "much")
    assert caught.value.details == (
        ("--x", "no field `epoch` in Cfg, did you mean `epochs`?"),
        ("--x", "--x.lr: a number is needed, got `fast`"),
        ("--x", "at `optimizer`: Optimizer needs `kind`"),
        ("--x", "--x.optimizer.momentum: a number is needed, got `much`"),
    )


def test_of_very_many_problems_the_first_are_told() -> None:
    with pytest.raises(WrongInputs) as caught:
        given(of(list[int]), "--x", str(["a"] * 100).replace("'", '"'))
    assert len(caught.value.details) == 11
    assert caught.value.details[-1] == ("--x", "and 90 more")


def test_what_was_not_given_is_left_to_the_default() -> None:
    assert given(interface_of(many, "many"), "--cfg", "{}", "--tags", "a") == {"cfg": Cfg(), "tags": ["a"]}


def test_dashes_and_underscores_are_the_same_and_case_is_not() -> None:
    interface = interface_of(many, "many")
    got = given(interface, "--cfg", "{}", "--tags", "a", "--x-list", "1", "--x_list", "2", "--X", "5")
    assert (got["x_list"], got["X"]) == ([1, 2], 5)


def test_fields_change_a_default_without_touching_it() -> None:
    default = Cfg(lr=1.0, epochs=5)
    assert given(of(Cfg, default), "--x.lr", "2") == {"x": Cfg(lr=2.0, epochs=5)}
    assert default == Cfg(lr=1.0, epochs=5)


def test_our_options_are_sorted_out_wherever_they_stand() -> None:
    interface = of(int)
    words = sort_words(["--local", "--x", "1", "-of", "json", "-q"], interface, OURS)
    assert words.ours == ("--local", "-of", "json", "-q")
    assert bind(interface, words) == {"x": 1}


def test_an_input_wins_over_an_option_of_the_same_name() -> None:
    interface = interface_of(many, "many")
    words = sort_words(["--name", "Ada", "--cfg", "{}", "--tags", "a"], interface, OURS)
    assert words.ours == ()
    assert bind(interface, words)["name"] == "Ada"


def test_after_two_dashes_everything_is_an_input() -> None:
    assert refused(of(int), "--", "--x", "1", "--local") == {"--local": "no such input, did you mean --local?"}


def test_an_annotation_for_type_checkers_only_takes_json() -> None:
    def task(x: "Missing") -> None: ...  # type: ignore[name-defined]  # noqa: F821

    assert given(interface_of(task, "task"), "--x", "[1]") == {"x": [1]}


@pytest.mark.parametrize(
    "doc",
    [
        "Train it.\n\nFor long.\n\nArgs:\n    x: a number\n",
        "Train it.\n\n    For long.\n\n    Parameters\n    ----------\n    x : int\n",
        "Train it.\n\nFor long.\n\n:param x: a number\n",
    ],
)
def test_a_docstring_is_shown_without_its_sections(doc: str) -> None:
    assert summary(doc).split() == ["Train", "it.", "For", "long."]
