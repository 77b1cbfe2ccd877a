"""One program has the same action names every time, under either executor."""

from pathlib import Path

from tests.conformance.program import Programs

PROGRAM = """
from dataclasses import dataclass

@dataclass
class Point:
    x: int
    y: float

class Plain:
    def __init__(self, x):
        self.x = x

@env.task
async def leaf(point: Point, plain: Plain, names: dict[str, int]) -> int:
    return point.x

@env.task
def whole(i: int) -> list[int]:
    with flyte.group("inner"):
        return flyte.map(same, range(i))

@env.task
async def same(i: int) -> int:
    return i

@env.task
async def main() -> int:
    def local(n):
        @env.task(short_name=f"local_{n}")
        async def closed(x: int) -> int:
            return x + n
        return closed

    calls = [leaf(Point(i, 0.5), Plain(i), {"b": 1, "a": i}) for i in range(20)]
    await asyncio.gather(*calls, *[whole.aio(i) for i in range(5)], same(1), same(1))
    await asyncio.gather(local(1)(1), local(2)(1), same.override(short_name="twin")(1))
    return 0
"""


def names(ran_in: Path, executor: str) -> list[tuple[str, str]]:
    ran_in.mkdir()
    ran = Programs(ran_in, executor)(PROGRAM)
    assert ran.result == 0
    return sorted((action.short_name, action.name) for action in ran.actions)


def test_names_are_the_same_in_every_run_and_under_both_executors(tmp_path: Path) -> None:
    first = names(tmp_path / "first", "process")
    assert len(set(first)) == len(first) == 1 + 20 + 5 + 10 + 2 + 3
    assert names(tmp_path / "second", "process") == first
    assert names(tmp_path / "third", "inline") == first
