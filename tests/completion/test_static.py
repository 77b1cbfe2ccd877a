"""Tasks are found in source text without running it."""

import pytest

from flyte_cli.completion.found import FILE, FLAG, FOLDER, MANY
from flyte_cli.completion.line import split
from flyte_cli.completion.static import tasks_in


def inputs_of(parameters: str, before: str = "") -> dict[str, tuple[object, ...]]:
    """The inputs of one task: (type, default, choices, kind) by name."""
    source = f"{before}\n@env.task\ndef main({parameters}): ...\n"
    (task,) = tasks_in(source.encode())
    return {name: (type, default, choices, kind) for name, type, default, _, choices, kind, _ in task[3]}


@pytest.mark.parametrize(
    ("parameter", "known"),
    [
        ("x", ("any", None, (), "")),
        ("x: int", ("int", None, (), "")),
        ("x: str = 'a'", ("text", "a", (), "")),
        ("x: int = 1", ("int", "1", (), "")),
        ("x: bool = False", ("bool", "off", ("true", "false"), FLAG)),
        ("x: bool | None = None", ("bool", "none", ("true", "false", "none"), "")),
        ("x: float | None = None", ("float", "none", (), "")),
        ("x: typing.Optional[int] = 3", ("int", "3", (), "")),
        ("x: list[int]", ("int ...", None, (), MANY)),
        ("x: tuple[int, ...] = ()", ("int ...", "()", (), MANY)),
        ("x: tuple[int, str]", ("tuple[int, str]", None, (), "")),
        ("x: File", ("File", None, (), FILE)),
        ("x: flyte.io.Dir", ("flyte.io.Dir", None, (), FOLDER)),
        ("x: Literal['a', 3]", ("choice", None, ("a", "3"), "")),
        ("x: Annotated[int, 'help'] = 2", ("int", "2", (), "")),
        ("x: int = -1", ("int", "-1", (), "")),
        ("*, x: int", ("int", None, (), "")),
        ("x: timedelta = timedelta(seconds=1000000)", ("timedelta", "timedelta(seconds=10000…", (), "")),
    ],
)
def test_an_input(parameter: str, known: tuple[object, ...]) -> None:
    assert inputs_of(parameter) == {"x": known}


def test_members_of_an_enum_are_choices() -> None:
    before = "class Mode(enum.Enum):\n    FAST = 'f'\n    SLOW = 's'\n    _hidden = 1\n"
    assert inputs_of("x: Mode = Mode.SLOW", before) == {"x": ("Mode", "SLOW", ("FAST", "SLOW"), "")}


@pytest.mark.parametrize(
    "head", ["@dataclass\nclass Cfg:", "@dataclasses.dataclass(frozen=True)\nclass Cfg:", "class Cfg(BaseModel):",
             "class Cfg(NamedTuple):", "class Cfg(TypedDict):"],
)  # fmt: skip
def test_fields_of_records_are_found(head: str) -> None:
    source = f"{head}\n    lr: float = 0.1\n    inner: 'Cfg | None' = None\n@env.task\ndef main(cfg: Cfg): ...\n"
    (task,) = tasks_in(source.encode())
    assert [each[0] for each in task[3][0][6]] == ["lr", "inner"]


def test_a_field_keeps_its_inherited_ones_and_the_defaults_of_field() -> None:
    source = """
@dataclass
class Base:
    a: int = field(default=2)
    b: list[int] = field(default_factory=list)
@dataclass
class Cfg(Base):
    c: str = Field(..., description="x")
@env.task
def main(cfg: Cfg): ...
"""
    (task,) = tasks_in(source.encode())
    assert [(name, default) for name, _, default, *_ in task[3][0][6]] == [("a", "2"), ("b", "list"), ("c", None)]


def test_tasks_are_found_wherever_they_are_declared() -> None:
    source = """
@env.task
def one(): "First."
@flyte.trace
@other_env.task(retries=3)
async def two(): ...
if True:
    @env.task
    def three(): ...
@app.get
def four(): ...
def five(): ...
"""
    assert [(name, doc, env) for name, doc, env, _ in tasks_in(source.encode())] == [
        ("one", "First.", "env"),
        ("two", "", "other_env"),
        ("three", "", "env"),
    ]


@pytest.mark.parametrize("source", [b"", b"def f(:", b"\x00", b"\xff\xfe", b"# -*- coding: nonsense -*-\nx = 1\n"])
def test_what_is_no_python_has_no_tasks(source: bytes) -> None:
    assert tasks_in(source) == []


def test_signs_beyond_ascii_do_not_shift_the_text() -> None:
    assert inputs_of("größe: int = 1, x: Größe = Größe(2)") == {
        "größe": ("int", "1", (), ""),
        "x": ("Größe", "Größe(2)", (), ""),
    }


@pytest.mark.parametrize(
    ("line", "words", "quoted"),
    [
        ("flyte ", ["flyte", ""], False),
        ("flyte  run", ["flyte", "run"], False),
        ("flyte run my\\ fl", ["flyte", "run", "my fl"], False),
        ("flyte run 'my fl", ["flyte", "run", "my fl"], True),
        ('flyte run "a b" ', ["flyte", "run", "a b", ""], False),
        ("flyte '' x", ["flyte", "", "x"], False),
        ('flyte "a\\"b', ["flyte", 'a"b'], True),
    ],
)
def test_a_line_is_taken_apart_as_a_shell_does(line: str, words: list[str], quoted: bool) -> None:
    assert split(line) == (words, quoted)
