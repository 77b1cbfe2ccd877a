"""`flyte get report`: the path of what an action wrote, and what to do when it wrote nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from flyte_cli.action_names import find_action
from flyte_cli.errors import NoSuchAction
from tests.cli.conftest import Recorded, Said
from tests.cli.fakes import Action, Row, Tree
from tests.cli.schema import problems

Cli = Callable[..., Said]


def tree(folder: Path) -> Tree:
    actions = [Action("main"), Action("load"), Action("flaky"), Action("flaky", attempts=2, max_attempts=3),
               Action("parse", parent=3), Action("parse", parent=2)]  # fmt: skip
    return Tree(*actions, folder=str(folder))


def write(folder: Path, action: str, attempt: int) -> None:
    file = folder / "reports" / action / f"{attempt}.html"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("<html></html>")


@pytest.fixture
def run(engine: Recorded, scripts: Path) -> Path:
    """The folder of the latest run."""
    folder = scripts / "runs" / "r7k2m9q"
    engine.rows = [Row("r7k2m9q", project=str(scripts), folder=str(folder))]
    engine.trees = {"r7k2m9q": tree(folder)}
    return folder


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("main", "main"),
        ("a0", "main"),
        ("load", "load.0"),
        ("load.0", "load.0"),
        ("flaky.1", "flaky.1"),
        ("flaky", "flaky.0"),
        ("flaky.1/parse.0", "flaky.1/parse.0"),
        ("flaky.1/parse", "flaky.1/parse.0"),
        ("wire3", "flaky.1"),
    ],
)
def test_an_action_goes_by_what_people_type(text: str, path: str) -> None:
    assert find_action(tree(Path("runs")), text).path == path  # type: ignore[arg-type]


def test_a_short_name_is_enough_where_only_one_action_has_it() -> None:
    one = Tree(Action("main"), Action("flaky"), Action("parse", parent=1))
    assert find_action(one, "parse.0").path == "flaky.0/parse.0"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "message", "help"),
    [
        ("flakky.1", "no action `flakky.1` in run `r7k2m9q`", "did you mean `flaky.1`?"),
        ("parse", "2 actions of run `r7k2m9q` end in `parse`", "which one? flaky.1/parse.0, flaky.0/parse.0"),
        ("flaky.9", "no action `flaky.9` in run `r7k2m9q`", "did you mean `flaky."),
    ],
)
def test_an_action_that_is_not_there_names_the_near_miss(text: str, message: str, help: str) -> None:
    with pytest.raises(NoSuchAction) as caught:
        find_action(tree(Path("runs")), text)  # type: ignore[arg-type]
    assert caught.value.message == message
    assert caught.value.help[0].startswith(help)


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ("@", "a0/0.html"),
        ("r7 main", "a0/0.html"),
        ("@ flaky.1", "wire3/2.html"),
        ("@ flaky.1 --attempt 1", "wire3/0.html"),
    ],
)
def test_the_path_is_printed_and_nothing_else(cli: Cli, run: Path, words: str, path: str) -> None:
    for action, attempt in (("a0", 0), ("wire3", 0), ("wire3", 2)):
        write(run, action, attempt)
    assert cli("get", "report", *words.split()) == Said(0, f"HERE/runs/r7k2m9q/reports/{path}\n", "")


def test_the_only_report_of_a_run_needs_no_action(cli: Cli, run: Path) -> None:
    write(run, "wire4", 0)
    assert cli("get", "report", "@").stdout == "HERE/runs/r7k2m9q/reports/wire4/0.html\n"


def test_it_is_shown_in_the_browser_when_asked_for(cli: Cli, run: Path, opened: list[str]) -> None:
    write(run, "a0", 0)
    assert cli("get", "report", "@", "--open").status == 0
    assert opened == [f"file://{run}/reports/a0/0.html"]


def test_without_a_browser_the_path_is_printed_all_the_same(cli: Cli, run: Path, opened: list[str]) -> None:
    write(run, "a0", 0)
    opened.append("refuse")
    said = cli("get", "report", "@", "--open")
    assert (said.status, said.stdout) == (4, "HERE/runs/r7k2m9q/reports/a0/0.html\n")
    assert said.stderr.startswith("error: there is no browser to open\n")


def test_the_report_of_a_recovered_action_is_in_the_run_that_did_it(cli: Cli, run: Path, engine: Recorded) -> None:
    later = run.with_name("r8aaaaa")
    again = tree(later)
    again.name, again.recovered_from = "r8aaaaa", "r7k2m9q"
    again.actions[3].phase = "recovered"
    engine.rows.insert(0, Row("r8aaaaa", project=engine.rows[0].project, folder=str(later)))
    engine.trees["r8aaaaa"] = again
    write(run, "wire3", 0)
    assert cli("get", "report", "@", "flaky.1").stdout == "HERE/runs/r7k2m9q/reports/wire3/0.html\n"


def test_documents_say_whose_report_it_is(cli: Cli, run: Path) -> None:
    write(run, "wire3", 1)
    document = json.loads(cli("get", "report", "@", "flaky.1", "--json").stdout)
    assert problems("report", document) == []
    assert (document["run"], document["action"], document["attempt"]) == ("r7k2m9q", "flaky.1", 2)
    assert cli("get", "report", "@", "-of", "id").stdout == "r7k2m9q\n"


@pytest.mark.parametrize(
    ("words", "stderr"),
    [
        (
            "@ load",
            "error: `load.0` in run `r7k2m9q` has no report\nhelp:  those with one: flaky.0, flaky.1\n",
        ),
        (
            "@",
            """\
error: 2 actions of run `r7k2m9q` have a report, `main` has none
help:  which one? flaky.0, flaky.1
       flyte get report r7k2m9q flaky.0
""",
        ),
        (
            "@ flaky.1 --attempt 3",
            "error: attempt 3 of `flaky.1` in run `r7k2m9q` has no report\nhelp:  attempts with one: 1\n",
        ),
        ("@ --attempt 0", "error: `--attempt` is counted from 1 up, got `0`\n"),
    ],
)
def test_without_that_report_the_others_are_named(cli: Cli, run: Path, words: str, stderr: str) -> None:
    write(run, "wire2", 0)
    write(run, "wire3", 0)
    assert cli("get", "report", *words.split()) == Said(2, "", stderr)


def test_a_run_without_reports_says_how_to_get_one(cli: Cli, run: Path) -> None:
    assert cli("get", "report", "@") == Said(
        2,
        "",
        "error: run `r7k2m9q` has no report\n"
        "help:  `@env.task(report=True)` writes one at the end of a task, `flyte.report.flush()` at once\n"
        "       tasks of this run: env.main, env.load, env.flaky, env.parse\n",
    )
