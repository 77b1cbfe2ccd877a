"""Workflows whose right answers are known, and whose tasks say that they begin.

It is copied beside the state folder of a run and run there as a user's file; the campaign imports it too, for the
answers. A body that begins appends a line of fixed length to the file EFFECTS: its run, its action and its attempt.
HOLD names a file with a number: the body with that line number, and all later ones, wait there until the number grows,
so that a misfortune can strike at a moment that is the same every time.
"""

import asyncio
import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import flyte
import flyte.errors
from flyte.io import Dir, File

LINE = 96
"""Bytes of a line in EFFECTS."""

env = flyte.TaskEnvironment("chaos")
again = flyte.RetryStrategy(count=3, backoff=flyte.Backoff(timedelta(milliseconds=5)))


def begin() -> bool:
    """Say that this body begins; whether it is to wait."""
    about = flyte.ctx()
    assert about, "a body runs inside an action"
    line = f"{about.action.run_name} {about.action.name} {about.attempt_number}".ljust(LINE - 1) + "\n"
    descriptor = os.open(os.environ["EFFECTS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, line.encode())
    place = os.lseek(descriptor, 0, os.SEEK_CUR) // LINE
    os.close(descriptor)
    begin.place = place  # type: ignore[attr-defined]
    return is_held(place)


def is_held(place: int) -> bool:
    with open(os.environ["HOLD"]) as file:
        return place >= int(file.read() or 0)


async def begins() -> None:
    """Begin an async body, and wait where told to."""
    if begin():
        place = begin.place  # type: ignore[attr-defined]
        while is_held(place):
            await asyncio.sleep(0.003)


def begins_sync() -> None:
    """Begin a sync body, and wait where told to."""
    if begin():
        place = begin.place  # type: ignore[attr-defined]
        while is_held(place):
            time.sleep(0.003)


# --- tasks that several programs use -------------------------------------------------------------------------------


@env.task
async def square(n: int) -> int:
    await begins()
    return n * n


@env.task
def cube(n: int) -> int:
    begins_sync()
    return n**3


# --- programs ------------------------------------------------------------------------------------------------------


@env.task
async def fan_out(size: int) -> int:
    """Many at once."""
    await begins()
    return sum(await asyncio.gather(*[square(n) for n in range(4 * size)]))


@env.task
async def link(n: int) -> int:
    await begins()
    return 1 + (await link(n - 1) if n else 0)


@env.task
async def deep_chain(size: int) -> int:
    """One inside the other."""
    await begins()
    return await link(size)


@env.task
async def mixed_branch(n: int) -> int:
    await begins()
    squares, cubed = await asyncio.gather(square(n), cube.aio(n))
    return squares + cubed + await asyncio.to_thread(cube, n + 1)


@env.task
def mixed(size: int) -> int:
    """Sync tasks that call sync and async ones, and the other way round."""
    begins_sync()
    total = 0
    for n in range(0, size, 4):
        total += cube(n)
    return total + asyncio.run(gathered(size))


@env.task
async def gathered(size: int) -> int:
    await begins()
    return sum(await asyncio.gather(*[mixed_branch(n) for n in range(size // 2)]))


@env.task(retries=again)
async def flaky(n: int) -> int:
    await begins()
    if flyte.ctx().attempt_number < n % 3:
        raise RuntimeError(f"attempt of {n}")
    return n


@env.task(retries=again)
def flaky_parent(n: int) -> int:
    begins_sync()
    found = cube(n)
    if flyte.ctx().attempt_number < 1:
        raise RuntimeError("its child is done already")
    return found


@env.task
async def retried(size: int) -> int:
    """Attempts that fail, also after their children are done."""
    await begins()
    found = await asyncio.gather(*[flaky(n) for n in range(size)], *[flaky_parent.aio(n) for n in range(size // 5)])
    return sum(found)


@env.task
async def mapped(size: int) -> int:
    """Maps, some inside others' inputs."""
    await begins()
    total = 0
    async for found in flyte.map.aio(square, range(2 * size), concurrency=5):
        total += found
    return total + await blocking_map.aio(size)


@env.task
def blocking_map(size: int) -> int:
    begins_sync()
    return sum(flyte.map(cube, range(size)))


@env.task
async def nested(size: int) -> int:
    """Runs that tasks start."""
    await begins()
    total = await square(size)
    for _ in range(2):
        inner = await flyte.run.aio(fan_out, size=size // 4)
        total += inner.result
        total += await cube.aio(total % 7)
    return total


@env.task
async def write_file(n: int) -> File:
    await begins()
    file = File.new_remote(f"part-{n}.txt")
    async with file.open("wb") as out:
        await out.write(content(n))
    return file


@env.task
def write_folder(n: int) -> Dir:
    begins_sync()
    import tempfile

    folder = tempfile.mkdtemp()
    for part in range(3):
        with open(os.path.join(folder, f"{part}.txt"), "wb") as out:
            out.write(content(n + part))
    return Dir.from_local_sync(folder)


@env.task
async def length_of(file: File) -> int:
    await begins()
    async with file.open("rb") as opened:
        found = await opened.read()
    return len(bytes(found))


@env.task
def length_of_all(folder: Dir) -> int:
    begins_sync()
    return sum(os.path.getsize(file.path) for file in folder.walk_sync())


@env.task
async def files(size: int) -> int:
    """Files and folders as results."""
    await begins()
    written = await asyncio.gather(*[write_file(n) for n in range(size // 2)])
    total = sum(await asyncio.gather(*[length_of(file) for file in written]))
    folders = await asyncio.gather(*[write_folder.aio(n) for n in range(size // 6)])
    return total + sum(await asyncio.gather(*[length_of_all.aio(folder) for folder in folders]))


def content(n: int) -> bytes:
    return bytes([n % 251]) * (1000 + 7000 * n)


@env.task
async def grown(n: int) -> bytes:
    await begins()
    return content(n) * 8


@env.task
def digest(value: bytes) -> str:
    begins_sync()
    return hashlib.sha256(value).hexdigest()


@env.task
async def large(size: int) -> int:
    """Values that are kept in files."""
    await begins()
    values = await asyncio.gather(*[grown(n) for n in range(size // 2)])
    digests = await asyncio.gather(*[digest.aio(value) for value in values])
    return int(hashlib.sha256("".join(digests).encode()).hexdigest()[:12], 16)


@env.task
async def picky(n: int) -> int:
    await begins()
    if n % 3 == 0:
        raise ValueError(f"{n} is not wanted")
    return n


@env.task
async def caught(size: int) -> int:
    """Errors that their parents expect."""
    await begins()
    total = 0
    for start in range(0, size, 5):
        found = await asyncio.gather(*[picky(n) for n in range(start, start + 5)], return_exceptions=True)
        total += sum(-1 if isinstance(each, ValueError) else each for each in found)
        if any(isinstance(each, BaseException) and not isinstance(each, ValueError) for each in found):
            raise next(e for e in found if isinstance(e, BaseException) and not isinstance(e, ValueError))
    return total


@flyte.trace
async def step(n: int) -> int:
    return n * n + 1


@env.task(retries=again)
async def traced_branch(n: int) -> int:
    await begins()
    checkpoint = flyte.ctx().checkpoint
    saved = await checkpoint.load()
    done = int(saved.read_text()) if saved is not None else 0
    found = [await step(10 * n + place) for place in range(4)]
    await checkpoint.save(str(done + 1).encode())
    if flyte.ctx().attempt_number < n % 2:
        raise RuntimeError("after its steps")
    assert flyte.ctx().attempt_number == 0 or done > 0, "an attempt finds what the one before it saved"
    return sum(found)


@env.task
async def traced(size: int) -> int:
    """Steps that are recorded, and checkpoints, across attempts."""
    await begins()
    return sum(await asyncio.gather(*[traced_branch(n) for n in range(size // 2)]))


@env.task(cache="auto")
async def remembered(n: int) -> int:
    await begins()
    return n * n


@env.task
async def cached(size: int) -> int:
    """Results that are used again."""
    await begins()
    first = await asyncio.gather(*[remembered(n) for n in range(size)])
    return sum(first) + sum(await asyncio.gather(*[remembered(n) for n in range(size)]))


# These do not wait for misfortunes: their time is limited.
@env.task(timeout=0.6)
async def timed(n: int) -> int:
    begin()
    if n % 2:
        await asyncio.Event().wait()
    return n


@env.task(resources=flyte.Resources(memory="64Mi"))
def hungry(n: int, waits: bool) -> int:
    begin()
    taken = b"x" * (120 << 20)
    if waits:
        time.sleep(600)
    return n + len(taken)


@env.task
async def in_time(n: int) -> int:
    await begins()
    try:
        return await timed(n)
    except TimeoutError:
        return -1


@env.task
async def fed(n: int) -> int:
    await begins()
    try:
        return await hungry.aio(n, True)
    except MemoryError:
        return await hungry.override(resources=flyte.Resources(memory="512Mi")).aio(n, False)


@env.task
async def limited(size: int) -> int:
    """Tasks beyond their time, and beyond their memory."""
    await begins()
    times = asyncio.gather(*[in_time(n) for n in range(size // 3)])
    return sum(await times) + sum(await asyncio.gather(*[fed(n) for n in range(1 + size // 12)]))


# --- what is right -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Program:
    """A workflow: its task, the right answer, and how many bodies begin in the run itself when all goes well."""

    name: str
    answer: Callable[[int], int]
    bodies: Callable[[int], int]


def squares(count: int) -> int:
    return sum(n * n for n in range(count))


def cubes(count: int) -> int:
    return sum(n**3 for n in range(count))


def mixed_answer(size: int) -> int:
    return sum(n**3 for n in range(0, size, 4)) + sum(n * n + n**3 + (n + 1) ** 3 for n in range(size // 2))


def nested_answer(size: int) -> int:
    total = size * size
    for _ in range(2):
        total += squares(4 * (size // 4))
        total += (total % 7) ** 3
    return total


def files_answer(size: int) -> int:
    folders = sum(len(content(n + part)) for n in range(size // 6) for part in range(3))
    return sum(len(content(n)) for n in range(size // 2)) + folders


def large_answer(size: int) -> int:
    digests = [hashlib.sha256(content(n) * 8).hexdigest() for n in range(size // 2)]
    return int(hashlib.sha256("".join(digests).encode()).hexdigest()[:12], 16)


def traced_answer(size: int) -> int:
    return sum((10 * n + place) ** 2 + 1 for n in range(size // 2) for place in range(4))


def limited_answer(size: int) -> int:
    return sum(-1 if n % 2 else n for n in range(size // 3)) + sum(n + (120 << 20) for n in range(1 + size // 12))


def caught_answer(size: int) -> int:
    return sum(-1 if n % 3 == 0 else n for n in range(-(-size // 5) * 5))


PROGRAMS = (
    Program("fan_out", lambda size: squares(4 * size), lambda size: 1 + 4 * size),
    Program("deep_chain", lambda size: size + 1, lambda size: size + 2),
    Program("mixed", mixed_answer, lambda size: 2 + -(-size // 4) + 4 * (size // 2)),
    Program("retried", lambda size: sum(range(size)) + cubes(size // 5), lambda size: 1 + 2 * size + 3 * (size // 5)),
    Program("mapped", lambda size: squares(2 * size) + cubes(size), lambda size: 2 + 3 * size),
    Program("nested", nested_answer, lambda size: 6 + 8 * (size // 4)),
    Program("files", files_answer, lambda size: 1 + 2 * (size // 2) + 2 * (size // 6)),
    Program("large", large_answer, lambda size: 1 + 2 * (size // 2)),
    Program("traced", traced_answer, lambda size: 1 + size // 2 + size // 4),
    Program("cached", lambda size: 2 * squares(size), lambda size: 1 + size),
    Program("limited", limited_answer, lambda size: 1 + 2 * (size // 3) + 3 * (1 + size // 12)),
    Program("caught", caught_answer, lambda size: 1 + -(-size // 5) * 5),
)
