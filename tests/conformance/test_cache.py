"""Results are used again: within a run, across runs and processes, in every form `cache=` can take."""

import json
import sqlite3

import pytest

from tests.conformance.program import Programs

COUNTED = """
def count(what):
    with open(what, "a") as file:
        file.write("x")
    return len(open(what).read())
"""


def forms(program: Programs, decorator: str, runs: str = "n=1") -> list[int]:
    """How often the body of a task was entered after each of two runs."""
    return [
        program(
            COUNTED
            + f"""
from datetime import timedelta
cached = flyte.TaskEnvironment("cached", cache="auto")

@{decorator}
def work(n: int) -> int:
    return count("work")

@env.task
def main() -> int:
    return work({runs})
"""
        ).result
        for _ in range(2)
    ]


@pytest.mark.parametrize(
    ("decorator", "counts"),
    [
        ('env.task(cache="auto")', [1, 1]),
        ('env.task(cache="override")', [1, 1]),
        ('env.task(cache=flyte.Cache("override", version_override="v1"))', [1, 1]),
        ('env.task(cache=flyte.Cache(behavior="auto"))', [1, 1]),
        ('env.task(cache=flyte.Cache("auto", version_override="v1", serialize=True))', [1, 1]),
        ('env.task(cache=flyte.Cache("auto", salt="pepper", max_age=timedelta(days=1)))', [1, 1]),
        ('env.task(cache=True, cache_version="v1")', [1, 1]),
        ('env.task(cache="override", cache_version="v1.2")', [1, 1]),
        ('env.task(cache="enable")', [1, 1]),
        ("cached.task", [1, 1]),
        ("env.task", [1, 2]),
        ('env.task(cache="disable")', [1, 2]),
        ('cached.task(cache="disable")', [1, 2]),
        ('cached.task(cache="off")', [1, 2]),
    ],
)
def test_every_form_of_cache_decides_whether_a_second_run_computes(
    program: Programs, decorator: str, counts: list[int]
) -> None:
    assert forms(program, decorator) == counts


def test_a_root_is_taken_from_the_cache_by_a_later_process(program: Programs) -> None:
    text = COUNTED + '\n@env.task(cache="auto")\ndef main(n: int = 2) -> int:\n    return count("main") + n\n'
    assert [program(text).result, program(text).result] == [3, 3]
    first, second = program(text).trees[:2]
    assert [first.action(0).phase, second.action(0).phase] == ["succeeded", "cached"]
    assert second.action(0).cached_from == first.name
    assert (second.phase, second.counts()) == ("succeeded", {"cached": 1})


def test_override_of_a_call_decides_for_that_call(program: Programs) -> None:
    text = (
        COUNTED
        + """
@env.task(cache="auto")
def work(n: int) -> int:
    return count("work")

@env.task
def main() -> list[int]:
    return [
        work(1), work(1), work.override(cache="disable")(1), work.override(cache_version="2")(1), work(1),
        work.override(cache=flyte.Cache("auto", version_override="2"))(1),
    ]
"""
    )
    assert program(text).result == [1, 1, 2, 3, 1, 3]
    assert program(text).result == [1, 1, 4, 3, 1, 3]


def test_changed_inputs_and_changed_code_compute_again(program: Programs) -> None:
    def results(body: str) -> list[int]:
        return program(
            COUNTED
            + f"""
@env.task(cache="auto")
async def work(n: int, by: int = 1) -> int:
    return {body}

@env.task
async def main() -> list[int]:
    return [await work(1), await work(2), await work(1, by=1), await work(1, by=2)]
"""
        ).result

    assert results('count("work")') == [1, 2, 1, 3]
    assert results('count("work")  # a remark changes nothing') == [1, 2, 1, 3]
    assert results('count("work") * 10') == [40, 50, 40, 60]


def test_ignored_inputs_make_no_difference(program: Programs) -> None:
    ran = program(
        COUNTED
        + """
@env.task(cache=flyte.Cache("auto", ignored_inputs=("label",)))
def work(n: int, label: str) -> int:
    return count("work")

@env.task
def main() -> list[int]:
    return [work(1, "a"), work(1, "b"), work(2, "a"), work(2, label="c")]
"""
    )
    assert ran.result == [1, 1, 2, 2]


def test_failures_are_computed_again(program: Programs) -> None:
    text = (
        COUNTED
        + """
@env.task(cache="auto")
def work() -> int:
    if count("work") == 1:
        raise ValueError("once")
    return 7

@env.task
def main() -> list[str]:
    found = []
    for _ in range(3):
        try:
            found.append(str(work()))
        except ValueError as error:
            found.append(str(error))
    return found + [str(len(open("work").read()))]
"""
    )
    assert program(text).result == ["once", "7", "7", "2"]


@pytest.mark.parametrize(
    ("options", "counts"),
    [
        ("", [1, 1, 1]),
        ("disable_run_cache=True", [1, 2, 1]),
        ("overwrite_cache=True", [1, 2, 2]),
        ("disable_run_cache=True, overwrite_cache=True", [1, 2, 1]),
    ],
)
def test_a_run_may_leave_the_cache_alone_or_replace_what_is_in_it(
    program: Programs, options: str, counts: list[int]
) -> None:
    def run(options: str) -> int:
        text = f"""\
import os, flyte
{COUNTED}
env = flyte.TaskEnvironment("conformance")

@env.task(cache="auto")
def work() -> int:
    return count("work")

@env.task
def nested() -> int:
    return flyte.run(work).result

@env.task
def main() -> int:
    return nested()

if __name__ == "__main__":
    run = flyte.with_runcontext(executor=os.environ["EXECUTOR"], {options}).run(main)
    open("result", "w").write(repr(run.result))
"""
        return int(program.start(text).result)

    assert [run(""), run(options), run("")] == counts


def test_of_equal_serialized_calls_one_computes(program: Programs) -> None:
    ran = program(
        COUNTED
        + """
@env.task(cache=flyte.Cache("auto", serialize=True))
async def work(n: int) -> int:
    await asyncio.sleep(0)
    return count("work")

@env.task
async def main() -> list[int]:
    return await asyncio.gather(*[work(5) for _ in range(20)])
"""
    )
    assert ran.result == [1] * 20
    assert ran.tree.counts() == {"succeeded": 2, "cached": 19}


def test_a_serialized_task_may_call_itself_with_another_ignored_input(program: Programs) -> None:
    ran = program(
        """
@env.task(cache=flyte.Cache("auto", serialize=True, ignored_inputs="depth"))
async def work(n: int, depth: int = 0) -> int:
    return n if depth else await work(n, depth=1) + 1

@env.task
async def main() -> int:
    return await work(5)
"""
    )
    assert ran.result == 6


def test_an_entry_whose_file_is_gone_is_computed_again(program: Programs) -> None:
    text = (
        COUNTED
        + """
from dataclasses import dataclass
from flyte.io import File

@dataclass
class Found:
    file: File
    note: str

@env.task(cache="auto")
async def plain() -> File:
    open("plain.txt", "w").write(str(count("plain")))
    return await File.from_local("plain.txt")

@env.task(cache="auto")
async def nested() -> list[Found]:
    open("nested.txt", "w").write(str(count("nested")))
    return [Found(await File.from_local("nested.txt"), "n")]

@env.task
async def main() -> list[str]:
    one, many = await plain(), await nested()
    return [one.path, many[0].file.path, open(one.path).read(), open(many[0].file.path).read()]
"""
    )
    one, many, *contents = program(text).result
    assert contents == ["1", "1"]
    assert program(text).result == [one, many, "1", "1"]
    for path in (one, many):
        (program.folder / path).unlink()
    assert program(text).result[2:] == ["2", "2"]


def test_a_long_list_of_files_needs_all_of_them(program: Programs) -> None:
    text = (
        COUNTED
        + """
from flyte.io import File

@env.task(cache="auto")
async def work() -> list[File]:
    count("work")
    for n in range(1_000):
        open(f"part{n}", "w").write(str(n))
    return [await File.from_local(f"part{n}") for n in range(1_000)]

@env.task
async def main() -> list[str]:
    return [file.path for file in await work()] + [str(len(open("work").read()))]
"""
    )
    *paths, first = program(text).result
    assert program(text).result == [*paths, first]
    (program.folder / paths[617]).unlink()
    assert (first, program(text).result[-1]) == ("1", "2")


def test_large_results_outlive_the_run_that_made_them_once_they_were_used_again(program: Programs) -> None:
    text = (
        COUNTED
        + """
@env.task(cache="auto")
def work() -> list[int]:
    return [count("work")] * 100_000

@env.task
def main() -> int:
    return sum(work())
"""
    )
    assert [program(text).result, program(text).result] == [100_000, 100_000]
    runs = program.folder / "home" / "runs"
    second = program(text).trees[1]
    blobs = list((runs / second.name / "blobs").iterdir())
    assert len(blobs) == 1
    assert blobs[0].stat().st_nlink == 3


def test_what_the_cache_says_of_a_task_is_recorded(program: Programs) -> None:
    ran = program('\n@env.task(cache=flyte.Cache("auto", version_override="7"))\ndef main() -> int:\n    return 1\n')
    said = json.loads(ran.actions[0].details)["cache"]
    assert (said["version"], said["explicit"], said["ignored"], said["max_age"]) == ("7", True, [], None)


def test_tasks_that_are_not_cached_leave_no_cache_behind(program: Programs) -> None:
    ran = program("\n@env.task\ndef main() -> int:\n    return 1\n")
    assert ran.result == 1
    assert not (ran.folder / "home" / "cache.db").exists()
    assert ran.actions[0].details == ""


def test_a_cache_of_a_newer_version_is_left_alone_with_a_notice(program: Programs) -> None:
    text = COUNTED + '\n@env.task(cache="auto")\ndef main() -> int:\n    return count("main")\n'
    assert program(text).result == 1
    database = sqlite3.connect(program.folder / "home" / "cache.db")
    with database:
        database.execute("UPDATE meta SET value = 99")
    database.close()
    again = program(text)
    assert again.result == 2
    assert "newer version of flyte" in again.stderr
    assert "the run goes on without it" in again.stderr
