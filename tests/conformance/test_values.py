"""Values in and out, small and large."""

import pytest

from tests.conformance.program import Programs


def test_values_of_every_plain_kind_arrive_as_they_were_sent(program: Programs) -> None:
    ran = program("""
        import enum, math
        from dataclasses import dataclass, field
        from datetime import datetime, timedelta, timezone
        from typing import Optional, Union

        @dataclass
        class Point:
            x: int
            y: float = 0.5
            tags: list[str] = field(default_factory=list)

        @dataclass
        class Box:
            corner: Point
            by_name: dict[str, Point]

        @env.task
        async def same(
            i: int, f: float, s: str, raw: bytes, b: bool, n: None, many: list[list[int]], names: dict[str, float],
            pair: tuple[int, str], maybe: Optional[int], either: Union[int, str], box: Box, when: datetime,
            long: timedelta,
        ) -> tuple[int, float, str, bytes, bool, None, list[list[int]], dict[str, float], tuple[int, str],
                   Optional[int], Union[int, str], Box, datetime, timedelta]:
            return i, f, s, raw, b, n, many, names, pair, maybe, either, box, when, long

        @env.task
        async def main() -> list[bool]:
            sent = (
                2**62, -0.1, "ünïcode \\x00 \\u2028 🐍", bytes(range(256)), True, None, [[1], [], [2, 3]],
                {"a": 1e300, "": -0.0}, (1, "x"), None, "7",
                Box(Point(1), {"p": Point(2, 3.0, ["t"])}),
                datetime(2024, 2, 29, 12, 30, 1, 5, tzinfo=timezone.utc), timedelta(days=1, microseconds=3),
            )
            got = await same(*sent)
            return [a == b and type(a) is type(b) for a, b in zip(sent, got, strict=True)]
    """)
    assert ran.result == [True] * 14


def test_values_of_every_family_arrive_as_they_were_sent(program: Programs) -> None:
    ran = program("""
        import enum, pathlib, uuid
        from dataclasses import dataclass
        from datetime import date, datetime, time, timedelta, timezone
        from decimal import Decimal
        from typing import Generic, Literal, NamedTuple, Optional, TypedDict, TypeVar, Union
        from pydantic import BaseModel

        T = TypeVar("T")

        class Color(enum.Enum):
            RED = (255, 0)

        class Flags(enum.Flag):
            A = 1
            B = 2

        class Pair(NamedTuple):
            count: int
            name: str = "q"

        class Movie(TypedDict, total=False):
            title: str
            color: Color

        class Model(BaseModel):
            color: Color = Color.RED
            inner: Optional["Model"] = None

        @dataclass
        class Crate(Generic[T]):
            content: T
            when: Union[str, date, datetime, None] = None

        @env.task
        async def same(
            day: date, span: timedelta, clock: time, color: Color, flags: Flags, price: Decimal, key: uuid.UUID,
            place: pathlib.Path, number: complex, steps: range, numbers: set[int], names: frozenset[str], pair: Pair,
            movie: Movie, model: Model, choice: Literal["a", 1], crate: Crate[Decimal], tagged: dict[Color, Pair],
        ) -> list:
            return [day, span, clock, color, flags, price, key, place, number, steps, numbers, names, pair, movie,
                    model, choice, crate, tagged]

        @env.task
        async def main() -> list[bool]:
            sent = (
                date(2026, 1, 2), timedelta(days=10**8, microseconds=3), time(1, 2, 3), Color.RED, Flags.A | Flags.B,
                Decimal("1.50"), uuid.UUID(int=5), pathlib.Path("/a"), -0.0 + 2j, range(1, 9, 2), {3, 1},
                frozenset("ab"), Pair(1), Movie(color=Color.RED), Model(inner=Model()), 1,
                Crate(Decimal(2), "2026-01-02"), {Color.RED: Pair(2, "x")},
            )
            got = await same(*sent)
            return [a == b and type(a) is type(b) for a, b in zip(sent, got, strict=True)]
    """)
    assert ran.result == [True] * 18


def test_floats_that_are_no_numbers_survive(program: Programs) -> None:
    ran = program("""
        @env.task
        async def same(x: float) -> float:
            return x

        @env.task
        async def main() -> list[str]:
            return [repr(await same(float(x))) for x in ("inf", "-inf", "nan", "5e-324")]
    """)
    assert ran.result == ["inf", "-inf", "nan", "5e-324"]


def test_defaults_fill_in_what_a_call_leaves_out(program: Programs) -> None:
    ran = program("""
        @env.task
        async def child(a: int, b: int = 2, c: list[int] | None = None) -> list[int]:
            return [a, b, *(c or [9])]

        @env.task
        async def main(start: int = 1) -> list[list[int]]:
            return [await child(start), await child(start, c=[3]), await child(b=5, a=start)]
    """)
    assert ran.result == [[1, 2, 9], [1, 2, 3], [1, 5, 9]]


def test_values_of_any_class_travel_by_pickle(program: Programs) -> None:
    ran = program("""
        class Node:
            def __init__(self, name, next=None):
                self.name, self.next = name, next

        @env.task
        async def push(node: Node, name: str) -> Node:
            assert isinstance(node, Node)
            return Node(name, node)

        @env.task
        async def main() -> list[str]:
            node = await push(await push(Node("a"), "b"), "c")
            return [node.name, node.next.name, node.next.next.name, type(node).__name__]
    """)
    assert ran.result == ["c", "b", "a", "Node"]


def test_ten_megabytes_go_in_and_come_out(program: Programs) -> None:
    ran = program("""
        import hashlib

        @env.task
        async def turn(data: bytes) -> bytes:
            return data[::-1]

        @env.task
        def repeat(text: str, times: int) -> str:
            return text * times

        @env.task
        async def main() -> list[bool]:
            data = os.urandom(10_000_000)
            turned, text = await asyncio.gather(turn(data), repeat.aio("0123456789", 1_000_000))
            again = await turn(turned)
            return [turned[::-1] == data, again == data, text == "0123456789" * 1_000_000]
    """)
    assert ran.result == [True, True, True]
    (run,) = (ran.folder / "home" / "runs").iterdir()
    offloaded = [file.stat().st_size for file in run.rglob("*") if file.is_file() and "journal" not in file.name]
    assert sum(size > 9_000_000 for size in offloaded) >= 3, "large values are files beside the journal"
    assert (run / "journal.db").stat().st_size < 1_000_000


def test_large_bytes_that_are_passed_on_are_one_file(program: Programs) -> None:
    ran = program("""
        @env.task
        async def pass_on(name: str, data: bytes) -> bytes:
            return data

        @env.task
        def whole(first: bytes, second: bytes | None, third: object) -> tuple[bytes, int, bytes]:
            return first, len(second), third

        @env.task
        async def main() -> list[bool]:
            data = os.urandom(3_000_000)
            passed = await asyncio.gather(*[pass_on(str(i), data) for i in range(5)])
            first, length, third = await whole.aio(data, data, passed[0])
            return [set(passed) == {data}, first == data, length == len(data), third == data]
    """)
    assert ran.result == [True] * 4
    (run,) = (ran.folder / "home" / "runs").iterdir()
    sizes = [file.stat().st_size for file in (run / "blobs").iterdir()]
    assert sizes.count(3_000_000) == 1
    shown = [value for action in ran.actions for value in action.inputs]
    assert ("name", "'0'") in shown, "what else was passed is recorded beside it"


def test_a_run_that_returns_large_bytes_outlives_its_folder(program: Programs) -> None:
    ran = program.start("""
import os, shutil
import flyte

env = flyte.TaskEnvironment("conformance")

@env.task
async def make(size: int) -> tuple[int, bytes]:
    return size, b"x" * size

@env.task
def main() -> list[bool]:
    size, data = flyte.run(make, 200_000).result
    return [size == 200_000, data == b"x" * size]

if __name__ == "__main__":
    runs = flyte.with_runcontext(executor=os.environ["EXECUTOR"])
    nested, run = runs.run(main).result, runs.run(make, 300_000)
    shutil.rmtree(run.url)
    open("result", "w").write(repr([*nested, run.outputs().o0, run.outputs().o1 == b"x" * 300_000]))
""")
    assert ran.result == [True, True, 300_000, True]


def test_an_action_whose_large_input_is_gone_says_which_file_it_was(program: Programs) -> None:
    ran = program("""
        import pathlib

        @env.task(retries=1)
        async def fragile(data: bytes) -> None:
            for file in pathlib.Path("home").glob("runs/*/blobs/*"):
                file.unlink()
            raise ValueError("once more")

        @env.task
        async def main() -> str:
            try:
                await fragile(b"x" * 100_000)
            except OSError as error:
                return str(error)
    """)
    assert ran.result.startswith("a value of the run is gone: "), ran.result
    assert "/blobs/" in ran.result


def test_large_values_are_taken_over_with_their_run(process_program: Programs) -> None:
    ran = process_program.start("""
import shutil
import flyte
from flyte.runtime.session import RunRequest, execute

env = flyte.TaskEnvironment("conformance")

@env.task
async def make(seed: bytes) -> bytes:
    with open("made", "a") as made:
        made.write("x")
    return seed * 2

@env.task
async def main() -> int:
    return len(await make(b"seed" * 100_000))

if __name__ == "__main__":
    inputs = main.signature.bind((), {})
    first = execute(RunRequest(main, inputs))
    second = execute(RunRequest(main, inputs, recover_from=first.name))
    shutil.rmtree(first.folder)
    third = execute(RunRequest(main, inputs, recover_from=second.name))
    found = [main.signature.decode_outputs(third.outputs), open("made").read()]
    open("result", "w").write(repr(found))
""")
    assert ran.result == [800_000, "x"]


def test_many_large_values_in_flight_do_not_block_each_other(program: Programs) -> None:
    ran = program("""
        @env.task
        async def fill(i: int, size: int, other: bytes) -> bytes:
            return bytes([i]) * size

        @env.task
        async def main() -> bool:
            other = b"o" * 1_000_000
            parts = await asyncio.gather(*[fill(i, 1_000_000, other) for i in range(20)])
            return all(part == bytes([i]) * 1_000_000 for i, part in enumerate(parts))
    """)
    assert ran.result is True


def test_the_outputs_of_a_run_have_names_and_its_inputs_too(program: Programs) -> None:
    ran = program.start("""
import os
import flyte

env = flyte.TaskEnvironment("conformance")

@env.task
async def main(n: int, text: str = "x") -> tuple[int, str]:
    return n, text

if __name__ == "__main__":
    run = flyte.with_runcontext(executor=os.environ["EXECUTOR"], name="nightly").run(main, n=3)
    found = [run.name, run.phase, run.result, run.outputs().o0, run.outputs()[1], run.inputs().to_dict(), run.done()]
    open("result", "w").write(repr(found))
""")
    assert ran.result == ["nightly", "succeeded", (3, "x"), 3, "x", {"n": 3, "text": "x"}, True]
    assert ran.tree.phase == "succeeded"


@pytest.mark.parametrize("value", ["None", "[]", "{}", "''", "b''", "0"])
def test_empty_values_are_values(program: Programs, value: str) -> None:
    ran = program(
        f"""
        @env.task
        async def same(x: type({value})) -> type({value}):
            return x

        @env.task
        async def main() -> list[str]:
            return [repr(await same({value}))]
    """.replace("type(None)", "None")
    )
    assert ran.result == [value]
