"""One value from task to task and back, on either side. Prints the median seconds of one call, seen by the parent."""

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, make_dataclass
from typing import Any

import flyte

env = flyte.TaskEnvironment(name="values")

Wide = make_dataclass("Wide", [(f"field_{number}", (int, float, str)[number % 3]) for number in range(50)])
Wide.__module__ = __name__


@dataclass
class Timing:
    """How often a value is sent, and how the calls that send it are made."""

    calls: int
    call: Callable[[], Awaitable[Any]]


@env.task
async def echo_bytes(value: bytes) -> bytes:
    return value


@env.task
async def echo_floats(value: list[float]) -> list[float]:
    return value


@env.task
async def echo_dict(value: dict[str, int]) -> dict[str, int]:
    return value


@env.task
async def take_wide(value: Wide, number: int) -> int:  # type: ignore[valid-type]
    return number


def timing(kind: str, count: int) -> Timing:
    """What to send: `count` is the size of the value, or for `wide` the number of actions."""
    if kind == "bytes":
        data = bytearray(bytes(range(256)) * (count // 256))
        calls = max(3, min(20, 10_000_000 // count))
        sent = [bytes(number.to_bytes(2, "big") + data[2:]) for number in range(calls)]  # equal ones are stored once
        return Timing(calls, lambda: echo_bytes(sent.pop()))
    if kind == "floats":
        floats = [number / 7 for number in range(count)]
        return Timing(5, lambda: echo_floats(floats))
    if kind == "dict":
        numbers = {f"key-{number}": number for number in range(count)}
        return Timing(5, lambda: echo_dict(numbers))
    wide = Wide(*((number, number / 7, f"text {number}")[number % 3] for number in range(50)))
    return Timing(1, lambda: asyncio.gather(*[take_wide(wide, number) for number in range(count)]))


@env.task
async def main(kind: str, count: int) -> float:
    wanted = timing(kind, count)
    took = []
    for _ in range(wanted.calls):
        started = time.perf_counter()
        await wanted.call()
        took.append(time.perf_counter() - started)
    return statistics.median(took)


if __name__ == "__main__":
    run = flyte.run(main, kind=sys.argv[1], count=int(sys.argv[2]))
    print("measured", run.outputs()[0])
