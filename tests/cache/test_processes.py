"""Several processes use one cache, and some of them die or find it in disorder."""

import os
import shutil
import signal
import sqlite3
from pathlib import Path

from tests.cache.conftest import Flyte

HELD = """
import flyte

env = flyte.TaskEnvironment("flow")

@env.task(cache=flyte.Cache("auto", serialize=True))
def work(n: int) -> int:
    with open("entered", "a") as file:
        file.write("x")
    with open("begun", "w") as file:
        file.write("begun")
    with open("go") as file:
        return n + len(file.read()) * 0
"""

PLAIN = """
import flyte

env = flyte.TaskEnvironment("flow")

@env.task(cache="auto")
def work(n: int) -> int:
    with open("entered", "a") as file:
        file.write("x")
    return n
"""


def entered(flyte: Flyte) -> int:
    return len((flyte.folder / "entered").read_text())


def pipes(flyte: Flyte) -> tuple[Path, Path]:
    """What a task opens when it begins, and what it waits for."""
    paths = flyte.folder / "begun", flyte.folder / "go"
    for path in paths:
        os.mkfifo(path)
    return paths


def test_of_two_processes_one_computes_and_the_other_takes_its_result(flyte: Flyte) -> None:
    flyte.write(HELD)
    begun, go = pipes(flyte)
    one = flyte.start("run", "flow.py", "work", "--n", "3", "--name", "one")
    assert begun.read_text() == "begun"
    two = flyte.start("run", "flow.py", "work", "--n", "3", "--name", "two", "--progress", "plain")
    assert two.stderr is not None
    assert "● work two" in two.stderr.readline()  # it has begun, and its one action looks into the cache
    go.write_text("go")
    assert one.communicate(timeout=60)[0] == "3\n"
    assert two.communicate(timeout=60)[0] == "3\n"
    assert (one.returncode, two.returncode, entered(flyte)) == (0, 0, 1)
    assert flyte.tree("two").action(0).cached_from == "one"


def test_the_turn_of_a_process_that_was_killed_is_taken_over(flyte: Flyte) -> None:
    flyte.write(HELD)
    begun, go = pipes(flyte)
    one = flyte.start("run", "flow.py", "work", "--n", "3", "--name", "one")
    assert begun.read_text() == "begun"
    two = flyte.start("run", "flow.py", "work", "--n", "3", "--name", "two")
    os.kill(one.pid, signal.SIGKILL)
    one.communicate(timeout=60)
    assert begun.read_text() == "begun"
    go.write_text("go")
    assert two.communicate(timeout=60)[0] == "3\n"
    assert (two.returncode, entered(flyte)) == (0, 2)
    assert flyte.tree("two").action(0).phase == "succeeded"


def test_a_cache_that_cannot_be_opened_costs_a_notice_and_nothing_else(flyte: Flyte) -> None:
    flyte.write(PLAIN)
    (flyte.home / "cache.db").mkdir(parents=True)
    said = flyte("run", "flow.py", "work", "--n", "3")
    assert said.stdout == "3\n"
    assert said.stderr.count("the run goes on without it") == 1


def test_a_cache_that_somebody_keeps_locked_costs_a_notice_and_nothing_else(flyte: Flyte) -> None:
    flyte.write(PLAIN)
    flyte.run("work", "--n", "1")
    database = sqlite3.connect(flyte.home / "cache.db", isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    said = flyte("run", "flow.py", "work", "--n", "3")
    database.execute("ROLLBACK")
    database.close()
    assert said.stdout == "3\n"
    assert said.stderr.count("the run goes on without it: database is locked") == 1
    flyte.run("work", "--n", "3")
    assert entered(flyte) == 3


def test_a_damaged_cache_is_set_aside_and_filled_again(flyte: Flyte) -> None:
    flyte.write(PLAIN)
    flyte.home.mkdir()
    (flyte.home / "cache.db").write_bytes(b"this is no database" * 100)
    flyte.run("work", "--n", "3")
    flyte.run("work", "--n", "3")
    assert entered(flyte) == 1
    assert (flyte.home / "cache.db.damaged").exists()


def test_many_processes_at_once_lose_nothing_of_what_they_keep(flyte: Flyte) -> None:
    flyte.write(PLAIN)
    runs = [flyte.start("run", "flow.py", "work", "--n", str(n)) for n in range(6)]
    for n, run in enumerate(runs):
        stdout, stderr = run.communicate(timeout=60)
        assert stdout == f"{n}\n", stderr
        assert "without it" not in stderr
    assert len(flyte.json("cache", "ls")["entries"]) == 6


def test_a_deleted_run_takes_its_large_results_with_it(flyte: Flyte) -> None:
    flyte.write(
        PLAIN.replace("-> int:\n    with", "-> list[int]:\n    with").replace("return n", "return [n] * 100_000")
    )
    first = flyte.run("work", "--n", "3")
    shutil.rmtree(flyte.home / "runs" / first)
    second = flyte.run("work", "--n", "3")
    assert entered(flyte) == 2
    assert flyte.json("cache", "why", second)["reason"] == "gone"
