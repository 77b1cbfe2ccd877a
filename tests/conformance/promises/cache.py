"""Promises about the cache, and about plans made from it."""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
from pathlib import Path

from tests.conformance.promises.promise import Edits, Noted, Promise, Runs, Says, Scene, Sees, Shows

COUNT = """
def count(what):
    note(what)
    return open("notes").read().split().count(what)
"""

FORMS = (
    COUNT
    + """
cached = flyte.TaskEnvironment("cached", cache="auto")

def form(name, task_in=env, **settings):
    async def work(what: str) -> int:
        return count(what)
    work.__name__ = work.__qualname__ = name
    return task_in.task(**settings)(work)

forms = [
    form("auto", cache="auto"),
    form("override", cache="override", cache_version="v1"),
    form("whole", cache=flyte.Cache("auto", version_override="v1", salt="pepper")),
    form("true", cache=True, cache_version="v1"),
    form("environment", cached),
    form("disable", cache="disable"),
    form("declined", cached, cache="disable"),
    form("plain"),
    form("by_call").override(cache=flyte.Cache("auto", version_override="v1")),
    form("off_by_call", cached).override(cache="disable"),
]

@env.task
async def main() -> list[int]:
    return [await task(task.short_name) for task in forms]
"""
)


def data(scene: Scene) -> Path:
    """The file that the only entry refers to."""
    with sqlite3.connect(scene.home / "cache.db") as database:
        (path,) = database.execute("SELECT data FROM entries").fetchone()
    return Path(path)


def format_is(scene: Scene, value: int, *also: str) -> bool:
    """Say that the file is of a format."""
    database = sqlite3.connect(scene.home / "cache.db")
    with database:
        database.execute("UPDATE meta SET value = ?", [value])
        for each in also:
            database.execute(each)
    database.close()
    return True


def keys(scene: Scene) -> tuple[bytes, bytes]:
    """The key that is kept for `main(n=2)`, and the one that wire.md 5.6 computes."""

    def digest(content: bytes) -> str:
        return base64.b64encode(hashlib.sha256(content).digest()).decode()

    database = sqlite3.connect(scene.home / "cache.db")
    (kept,) = database.execute("SELECT key FROM entries").fetchone()
    database.close()
    (tree,) = scene.trees()
    said = json.loads(tree.action(0).details)["cache"]
    literal = bytes([0x0A, 4, 0x0A, 2, 0x08, 2])  # Literal.scalar.primitive.integer = 2
    inputs = digest(b"n:" + literal + b";")
    computed = digest((inputs + "promise.main" + said["interface"] + "v1").encode())
    return kept, base64.b64decode(computed)


def reason(action: str, reason: str, text: str) -> Shows:
    """What `flyte cache why` says of an action of the latest run."""
    return Shows(
        f"cache why @ {action}",
        lambda document: (document["reason"], document["text"].rpartition(" since ")[0]),
        (reason, text),
    )


def verdicts(*expected: str, words: str = "") -> Shows:
    """What a plan says of `main` and what it calls."""
    return Shows(
        f"run program.py main {words} --plan",
        lambda document: [f"{step['name']} {step['verdict']} {step['reason']}" for step in document["steps"]],
        list(expected),
    )


WHY = """
def clean(rows):
    return rows

@env.task(cache="auto")
def load(rows: int) -> int:
    return clean(rows)

@env.task(cache="auto", cache_version="1")
async def fix(rows: int) -> int:
    return rows

@env.task
async def main(rows: int = 5) -> int:
    return await load.aio(rows) + await fix(1)
"""

CACHE = (
    Promise(
        "cache-forms",
        "`cache=` works in every form: text, `Cache`, `True` with a version, of an environment, of a call",
        "cache.md",
        FORMS,
        (Runs([1] * 10), Runs([1, 1, 1, 1, 1, 2, 2, 2, 1, 2])),
    ),
    Promise(
        "cache-keys",
        "a key is made of inputs, name, interface and version by the recipe of the wire",
        "wire.md 5.6",
        """
        @env.task(cache="auto", cache_version="v1")
        def main(n: int) -> int:
            return n
        """,
        (Runs(2, inputs="n=2"), Sees(lambda scene: len(set(keys(scene))), 1)),
    ),
    Promise(
        "cache-override",
        '`"override"` reads the entry of its version the second time',
        "cache.md",
        COUNT
        + """
@env.task(cache=flyte.Cache("override", version_override="v1"))
def main() -> int:
    return count("main")
""",
        (
            Runs(1),
            Runs(1),
            Sees(lambda scene: [tree.action(0).phase for tree in scene.trees()], ["succeeded", "cached"]),
            Edits('"v1"', '"v2"'),
            Runs(2),
        ),
    ),
    Promise(
        "cache-serialize",
        "of equal serialized calls one runs and the others wait for it",
        "cache.md",
        COUNT
        + """
@env.task(cache=flyte.Cache("auto", serialize=True))
async def work(n: int) -> int:
    await asyncio.sleep(0)
    return count("work")

@env.task
async def main() -> list[int]:
    return await asyncio.gather(*[work(5) for _ in range(8)])
""",
        (Runs([1] * 8), Sees(lambda scene: scene.trees()[0].counts(), {"succeeded": 2, "cached": 7})),
    ),
    Promise(
        "cache-ignored-inputs",
        "ignored inputs make no difference",
        "cache.md",
        COUNT
        + """
@env.task(cache=flyte.Cache("auto", ignored_inputs=("label",)))
def work(n: int, label: str) -> int:
    return count("work")

@env.task
def main() -> list[int]:
    return [work(1, "a"), work(1, label="b"), work(2, "a")]
""",
        (Runs([1, 1, 2]),),
    ),
    Promise(
        "cache-max-age",
        "a result older than `max_age` counts as none",
        "cache.md",
        COUNT
        + """
@env.task(cache=flyte.Cache("auto", max_age=timedelta(days=1)))
def main() -> int:
    return count("main")
""",
        (Runs(1), Runs(1), Edits("days=1", "microseconds=1"), Runs(2)),
    ),
    Promise(
        "cache-of-a-run",
        "a run may leave the cache alone, or replace what is in it",
        "cache.md",
        COUNT
        + """
@env.task(cache="auto")
def main() -> int:
    return count("main")
""",
        (Runs(1), Runs(2, "disable_run_cache=True"), Runs(1), Runs(3, "overwrite_cache=True"), Runs(3)),
    ),
    Promise(
        "cache-gone",
        "an entry whose data is gone counts as a miss",
        "cache.md",
        COUNT
        + """
from flyte.io import File

@env.task(cache="auto")
async def work() -> File:
    open("work.txt", "w").write(str(count("work")))
    return await File.from_local("work.txt")

@env.task
async def main() -> str:
    return open((await work()).path).read()
""",
        (Runs("1"), Runs("1"), Sees(lambda scene: data(scene).unlink(), None), Runs("2")),
    ),
    Promise(
        "cache-formats",
        "a cache of an older version is brought up to date, one of a newer version is left alone with a notice",
        "cache.md",
        COUNT
        + """
@env.task(cache="auto")
def main() -> int:
    return count("main")
""",
        (
            Runs(1),
            Sees(lambda scene: format_is(scene, 1, "DROP TABLE turns")),
            Runs(1),
            Sees(lambda scene: format_is(scene, 99)),
            Runs(2, told=("newer version of flyte", "the run goes on without it")),
            Sees(lambda scene: format_is(scene, 2)),
            Runs(1),
        ),
    ),
    Promise(
        "cache-version-of-helpers",
        "the automatic version covers the functions that a task calls, and `policies=` can choose",
        "cache.md",
        COUNT
        + """
from flyte.cache import FunctionBodyPolicy

def helper():
    return 10

@env.task(cache="auto")
def whole() -> int:
    return helper() + count("whole")

@env.task(cache=flyte.Cache("auto", policies=FunctionBodyPolicy()))
def body() -> int:
    return helper() + count("body")

@env.task
def main() -> list[int]:
    return [whole(), body()]
""",
        (Runs([11, 11]), Edits("return 10", "return 20"), Runs([22, 11])),
    ),
    Promise(
        "cache-commands",
        "`flyte cache ls`, `du` and `gc` list, measure and empty the cache",
        "cache.md",
        WHY,
        (
            Runs(6),
            Shows(
                "cache ls", lambda found: [each["task"] for each in found["entries"]], ["promise.fix", "promise.load"]
            ),
            Shows("cache du", lambda found: [each["entries"] for each in found["tasks"]], [1, 1]),
            Shows("cache gc --all --yes --task fix", lambda found: found["entries"], 1),
            Shows("cache ls", lambda found: [each["task"] for each in found["entries"]], ["promise.load"]),
        ),
    ),
    Promise(
        "cache-why",
        "`flyte cache why` names the input, the function or the version that caused a miss",
        "cache.md",
        WHY,
        (
            Runs(6),
            Runs(7, inputs="rows=6"),
            reason("load", "input", "input rows changed"),
            Edits('    return rows\n\n@env.task(cache="auto")', '    return rows + 0\n\n@env.task(cache="auto")'),
            Runs(7, inputs="rows=6"),
            reason("load", "function", "function clean changed"),
            Edits('cache_version="1"', 'cache_version="2"'),
            Runs(7, inputs="rows=6"),
            Shows("cache why @ fix", lambda found: found["reason"], "version"),
            Says("cache why @ load", told=("taken from",)),
        ),
    ),
)

PLAN = (
    Promise(
        "plan",
        "`flyte run --plan` says what would be a hit and what would run and why, and runs nothing",
        "cache.md",
        WHY,
        (
            verdicts("main run not_cached"),
            Sees(lambda scene: scene.trees(), []),
            Says("run program.py main -q", "6"),
            verdicts("main run not_cached", "load hit hit", "fix hit hit"),
            verdicts("main run not_cached", "load run input", "fix hit hit", words="--rows 6"),
            Sees(lambda scene: len(scene.trees()), 1),
            Noted(()),
        ),
    ),
)
