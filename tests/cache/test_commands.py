"""`flyte cache` and `flyte run --plan`, after real runs."""

from pathlib import Path
from typing import Any

import pytest

from tests.cache.conftest import Flyte
from tests.cli.schema import problems

FLOW = """
import flyte
from flyte.io import File

env = flyte.TaskEnvironment("flow")

@env.task(cache="auto")
def load(rows: int, tag: str = "a") -> int:
    return rows

@env.task(cache=flyte.Cache("auto", ignored_inputs="tag"))
async def fix(x: int, tag: str) -> int:
    return x

@env.task
async def main(rows: int = 5, tag: str = "a") -> int:
    return sum([await fix(await load.aio(rows, tag), tag), await fix(x=1, tag=tag), await fix(x=2, tag=tag)])

@env.task(cache="auto")
async def keep(text: str = "x") -> File:
    open("data.txt", "w").write(text)
    return await File.from_local("data.txt")
"""


def why(flyte: Flyte, run: str, *action: str) -> tuple[str, str]:
    document = flyte.json("cache", "why", run, *action)
    assert problems("cache-why", document) == []
    return document["reason"], document["text"]


def verdicts(flyte: Flyte, *words: str) -> list[tuple[int, str, int, str, str]]:
    document = flyte.json("run", "flow.py", *words, "--plan")
    assert problems("plan", document) == []
    return [(each["depth"], each["name"], each["count"], each["verdict"], each["reason"]) for each in document["steps"]]


def test_why_names_what_changed_since_the_nearest_earlier_run(flyte: Flyte) -> None:
    flyte.write(FLOW)
    first = flyte.run("main")
    assert why(flyte, first, "load") == ("first", "nothing was kept of load yet")
    second = flyte.run("main")
    assert why(flyte, second, "load") == ("hit", f"taken from {first}")
    assert why(flyte, second) == ("not_cached", "not cached: its task has no cache=")
    third = flyte.run("main", "--rows", "6", "--tag", "b")
    assert why(flyte, third, "load") == ("input", f"input rows, input tag changed since {first}")
    assert why(flyte, third, "fix.0") == ("input", f"input x changed since {first}")
    flyte.write(FLOW.replace("    return rows\n", "    return rows + 0\n"))
    fourth = flyte.run("main")
    assert why(flyte, fourth, "load") == ("function", f"code of load changed since {first}")
    assert why(flyte, fourth, "fix.0")[0] == "hit"
    flyte.write(FLOW.replace('cache="auto")\ndef load', 'cache="auto", cache_version="2")\ndef load'))
    assert why(flyte, flyte.run("main"), "load")[0] == "version"


def test_why_and_the_plan_name_a_function_that_the_task_uses(flyte: Flyte) -> None:
    flow = FLOW.replace("    return rows\n", "    return clean(rows)\n") + "\ndef clean(rows):\n    return rows\n"
    flyte.write(flow)
    first = flyte.run("main")
    flyte.write(flow.replace("def clean(rows):\n    return rows", "def clean(rows):\n    return rows + 0"))
    text = flyte("run", "flow.py", "main", "--plan").stdout
    assert f"● load    would run: function clean changed since {first}" in text
    assert "≡ fix ×3  hit" in text
    assert why(flyte, flyte.run("main"), "load") == ("function", f"function clean changed since {first}")


def test_why_tells_of_runs_that_left_the_cache_alone(flyte: Flyte) -> None:
    flyte.write(FLOW)
    flyte.run("main")
    assert why(flyte, flyte.run("main", "--no-cache"), "load")[0] == "unread"
    replaced = flyte.run("main", "--overwrite-cache")
    assert why(flyte, replaced, "load")[0] == "overwritten"
    assert why(flyte, flyte.run("main"), "load") == ("hit", f"taken from {replaced}")


def test_why_tells_of_data_that_is_gone_and_of_age(flyte: Flyte) -> None:
    flyte.write(FLOW)
    first = flyte.run("keep")
    (path,) = flyte.json("cache", "ls", "--task", "keep")["entries"][0]["data"]
    Path(path).unlink()
    assert verdicts(flyte, "keep") == [(0, "keep", 1, "run", "gone")]
    assert why(flyte, flyte.run("keep"), "keep") == ("gone", f"the data of {first} is gone: {path}")
    aged = "import datetime\n" + FLOW.replace('cache="auto")\ndef load', "cache=AGED)\ndef load").replace(
        "env = ", 'AGED = flyte.Cache("auto", max_age=datetime.timedelta(microseconds=1))\nenv = '
    )
    flyte.write(aged)
    before = flyte.run("load", "--rows", "1")
    assert verdicts(flyte, "load", "--rows", "1") == [(0, "load", 1, "run", "expired")]
    assert why(flyte, flyte.run("load", "--rows", "1")) == ("expired", f"the result of {before} is older than max_age")


def test_a_fully_cached_run_says_where_it_comes_from(flyte: Flyte) -> None:
    flyte.write(FLOW)
    first = flyte.run("load", "--rows", "1")
    said = flyte("run", "flow.py", "load", "--rows", "1")
    assert said.stdout == "1\n"
    assert f"≡ load cached  from {first}" in said.stderr
    assert f"cached from {first}" in flyte("get", "run", "last").stdout
    document = flyte.json("get", "run", "last")
    assert (document["cached_from"], document["counts"]) == (first, {"cached": 1})
    assert problems("run", document) == []


def test_the_end_of_a_run_counts_what_was_cached(flyte: Flyte) -> None:
    flyte.write(FLOW)
    first = flyte.run("main")
    said = flyte("run", "flow.py", "main").stderr
    assert "4 cached" in said
    assert "≡ load cached" in said
    page = " ".join(flyte("get", "run", "last").stdout.split())
    assert f"≡ load rows=5 tag='a' cached from {first}" in page
    assert "≡ fix ×3 3≡" in page


def test_a_plan_tells_hits_from_what_would_run_and_runs_nothing(flyte: Flyte) -> None:
    flyte.write(FLOW)
    assert verdicts(flyte, "main") == [(0, "main", 1, "run", "not_cached")]
    first = flyte.run("main")
    runs = sorted((flyte.home / "runs").iterdir())
    assert verdicts(flyte, "main") == [
        (0, "main", 1, "run", "not_cached"), (1, "load", 1, "hit", "hit"), (1, "fix", 3, "hit", "hit"),
    ]  # fmt: skip
    assert verdicts(flyte, "main", "--rows", "6")[1:] == [(1, "load", 1, "run", "input"), (1, "fix", 3, "hit", "hit")]
    assert [step[3:] for step in verdicts(flyte, "main", "--no-cache")[1:]] == [("run", "unread")] * 2
    flyte.write(FLOW.replace("    return x\n", "    return x + 0\n"))
    text = flyte("run", "flow.py", "main", "--plan").stdout
    assert f"≡ load    hit  from {first}" in text
    assert f"● fix ×3  would run: code of fix changed since {first}" in text
    assert f"calls as in {first}" in text
    assert sorted((flyte.home / "runs").iterdir()) == runs


STEPS = """
import flyte

env = flyte.TaskEnvironment("flow")

@flyte.trace
async def ask(text: str) -> str:
    return text.upper()

@env.task(cache="auto")
async def look(topic: str) -> str:
    return await ask(topic)

@env.task
async def main() -> str:
    before = await ask("first")
    await flyte.durable.sleep.aio(0.0)
    return before + await look("topic") + await look("other")
"""


def test_a_plan_leaves_out_what_is_no_task(flyte: Flyte) -> None:
    flyte.write(STEPS)
    flyte.run("main")
    assert verdicts(flyte, "main") == [(0, "main", 1, "run", "not_cached"), (1, "look", 2, "hit", "hit")]


def test_a_plan_for_a_cached_root_is_one_line(flyte: Flyte) -> None:
    flyte.write(FLOW)
    first = flyte.run("load", "--rows", "1")
    assert flyte("run", "flow.py", "load", "--rows", "1", "--plan").stdout == f"≡ load  hit  from {first}\n"
    assert verdicts(flyte, "load", "--rows", "2") == [(0, "load", 1, "run", "input")]


def test_a_plan_follows_a_call_whose_task_is_declared_no_more(flyte: Flyte) -> None:
    flyte.write(FLOW)
    flyte.run("main")
    flyte.write(FLOW.replace("async def fix", "async def mend").replace("await fix", "await mend"))
    assert verdicts(flyte, "main")[1:] == [(1, "load", 1, "hit", "hit"), (1, "fix", 3, "unknown", "unknown")]


def test_the_cache_is_listed_measured_and_emptied(flyte: Flyte) -> None:
    flyte.write(FLOW)
    assert "the cache is empty" in flyte("cache", "ls").stderr
    run = flyte.run("main")
    listing = flyte.json("cache", "ls")
    assert problems("cache", listing) == []
    assert [each["task"] for each in listing["entries"]] == ["flow.fix"] * 3 + ["flow.load"]
    assert {each["run"] for each in listing["entries"]} == {run}
    assert len(flyte("cache", "ls", "--task", "fix", "--limit", "2").stdout.splitlines()) == 2
    usage = flyte.json("cache", "du")
    assert problems("cache-usage", usage) == []
    assert {each["task"]: each["entries"] for each in usage["tasks"]} == {"flow.fix": 3, "flow.load": 1}
    assert usage["size"] >= 4096
    assert "fix" in flyte("cache", "ls", "--task", "fixx", status=2).stderr
    assert "add `--yes`" in flyte("cache", "gc", "--all", status=2).stderr
    dropped = flyte.json("cache", "gc", "--all", "--yes", "--task", "fix")
    assert problems("cache-gc", dropped) == []
    assert (dropped["entries"], dropped["left"]) == (3, 0)
    assert [each["task"] for each in flyte.json("cache", "ls")["entries"]] == ["flow.load"]
    assert why(flyte, flyte.run("main"), "load")[0] == "hit"


def test_gc_drops_what_lost_its_data_and_what_is_old(flyte: Flyte) -> None:
    flyte.write(FLOW)
    flyte.run("keep")
    flyte.run("load", "--rows", "1")
    assert "dropped 0 entries" in flyte("cache", "gc").stderr
    Path(flyte.json("cache", "ls", "--task", "keep")["entries"][0]["data"][0]).unlink()
    assert flyte.json("cache", "du")["tasks"][0]["gone"] + flyte.json("cache", "du")["tasks"][1]["gone"] == 1
    dropped: dict[str, Any] = flyte.json("cache", "gc")
    assert (dropped["entries"], dropped["gone"], dropped["left"]) == (1, 1, 1)
    assert flyte.json("cache", "gc", "--older-than", "1d")["entries"] == 0
    assert flyte.json("cache", "gc", "--older-than", "0s")["entries"] == 1
    assert "--older-than" in flyte("cache", "gc", "--older-than", "soon", status=2).stderr


@pytest.mark.parametrize("words", [("--no-cache", "--overwrite-cache")])
def test_contradicting_options_are_refused(flyte: Flyte, words: tuple[str, ...]) -> None:
    flyte.write(FLOW)
    assert "give one of them" in flyte("run", "flow.py", "main", *words, status=2).stderr


def test_the_whole_cache_is_dropped_once_that_is_confirmed(flyte: Flyte) -> None:
    flyte.write(FLOW)
    flyte.run("main")
    kept = len(flyte.json("cache", "ls")["entries"])
    assert "nobody is there to confirm it" in flyte("delete", "local-cache", status=2).stderr
    assert len(flyte.json("cache", "ls")["entries"]) == kept > 1
    document = flyte.json("delete", "local-cache", "--yes")
    assert (problems("cache-gc", document), document["left"]) == ([], 0)
    assert flyte.json("cache", "ls")["entries"] == []
    assert flyte.json("delete", "local-cache")["left"] == 0
