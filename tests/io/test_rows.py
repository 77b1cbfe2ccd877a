"""What surface.md 2.9 and 2.10 promise, row by row, by the values themselves and in a run."""

from pathlib import Path

import pytest

from flyte.io import Dir, EmptyDir, File
from tests.conformance.program import Programs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "d" / "sub" / "deep").mkdir(parents=True)
    for name in ("a.txt", "b.csv", "sub/c.txt", "sub/deep/e.txt"):
        (tmp_path / "d" / name).write_text(name)
    return tmp_path / "d"


def names(files: object) -> list[str]:
    assert isinstance(files, list)
    return sorted(each.name for each in files)


async def test_folders_are_walked_as_far_as_asked(folder: Path) -> None:
    place = Dir(path=str(folder))
    assert names([each async for each in place.walk()]) == ["a.txt", "b.csv", "c.txt", "e.txt"]
    assert names([each async for each in place.walk(recursive=False)]) == ["a.txt", "b.csv"]
    assert names(list(place.walk_sync(max_depth=2))) == ["a.txt", "b.csv", "c.txt"]
    assert names(list(place.walk_sync(file_pattern="*.txt"))) == ["a.txt", "c.txt", "e.txt"]
    assert names(await place.list_files()) == names(place.list_files_sync()) == ["a.txt", "b.csv"]


async def test_a_file_of_a_folder_is_found_by_name_or_is_none(folder: Path) -> None:
    place = Dir(path=str(folder))
    found = await place.get_file("sub/c.txt")
    assert found is not None
    assert found.read() == "sub/c.txt"
    assert await place.get_file("none") is None
    assert place.get_file_sync("none") is None


def test_an_empty_folder_is_one_of_its_own(folder: Path) -> None:
    assert isinstance(Dir.empty(), EmptyDir)
    assert list(Dir.empty().walk_sync()) == []


async def test_a_local_file_is_opened_downloaded_and_looked_for(folder: Path) -> None:
    file = File(path=str(folder / "a.txt"))
    async with file.open("rb") as stream:
        assert await stream.read() == b"a.txt"
    with file.open_sync("r") as text:
        assert text.read() == "a.txt"
    assert await file.download() == file.download_sync() == str(folder / "a.txt")
    assert await file.exists()
    assert not File(path=str(folder / "none")).exists_sync()
    assert File(path="s3://b/k").name == "k"


ROWS = """
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from typing import Any, Literal, NamedTuple, Optional, TypedDict, Union
from uuid import UUID
import math
import pathlib

class Named(NamedTuple):
    a: int
    b: str

class Keyed(TypedDict):
    a: int

class Level(IntEnum):
    LOW = 1

class Plain(Enum):
    ONE = 1

@dataclass(frozen=True)
class Tree:
    value: int
    kids: "list[Tree]"
    maybe: Optional[dict[str, int]] = None

@env.task
async def rows(
    whole: int, number: float, text: str, truth: bool, nothing: None, raw: bytes, z: complex, price: Decimal, key: UUID,
    place: pathlib.Path, steps: range, some: set[int], few: frozenset[str], other: Fraction, anything: Any,
    thing: object, bare: list, call: Callable, moment: datetime, day: date, span: timedelta, level: Level, plain: Plain,
    choice: Literal["a", 1], items: list[int], table: dict[str, int], keyed: dict[int, str], mixed: dict,
    pair: tuple[int, str], many: tuple[int, ...], named: Named, typed: Keyed, maybe: Optional[int],
    either: Union[int, str], tree: Tree, trees: list[Tree],
) -> list[str]:
    return [repr(each) for each in list(locals().values())]

@env.task
async def main() -> bool:
    tree = Tree(1, [Tree(2, [])], {"a": 1})
    given = [
        1, math.inf, "text", True, None, b"raw", 1j, Decimal("1.10"), UUID(int=5), pathlib.Path("a/b"),
        range(3), {1}, frozenset({"a"}),
        Fraction(1, 3), {1: (2,)}, "thing", [1, "a"], len, datetime(2026, 1, 2, tzinfo=timezone.utc), date(2026, 1, 2),
        timedelta(hours=1), Level.LOW, Plain.ONE, 1, [1], {"a": 1}, {1: "a"}, {"a": [1]}, (1, "a"), (1, 2, 3),
        Named(1, "b"), {"a": 1}, None, "text", tree, [tree],
    ]
    return await rows(*given) == [repr(each) for each in given]
"""


def test_every_type_of_the_table_reaches_a_child_as_it_was(process_program: Programs) -> None:
    assert process_program(ROWS).result is True
