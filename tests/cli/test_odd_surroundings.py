"""The tool where things are not as they should be: no home, nowhere to write, closed streams, plain ASCII, 20 columns.

Folders that may not be written are made so for a user without special rights, as whom the tool is started: tests may
run as root, whom nothing stops.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_ux_checks import Site

NAMED = """
import flyte
env = flyte.TaskEnvironment("named")

@env.task
def main(name: str = "\u65e5\u672c") -> str:
    print("hello", name)
    return name
"""
PRINTS = """
import sys
import flyte
print("loading, aloud")
print("loading, aside", file=sys.stderr)
env = flyte.TaskEnvironment("prints")

@env.task
def main(n: int = 1) -> int:
    return n
"""
EXITS = """
import flyte
env = flyte.TaskEnvironment("exits")

@env.task
def main(n: int = 1) -> int:
    return n

raise SystemExit(0)
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def locked(site: Site) -> Iterator[Site]:
    """A folder, and a home beside it, that may not be written."""
    home = site.folder.parent / "person"
    home.mkdir()
    site.environment.pop("FLYTE_HOME")
    site.environment["HOME"] = str(home)
    for folder in (home, site.folder):
        folder.chmod(0o555)
    yield site
    for folder in (home, site.folder):
        folder.chmod(0o755)


def result(site: Site) -> str:
    """What the latest run gave."""
    done = site("get", "run", "@", "-of", "json", LC_ALL="C.UTF-8")
    value: str = json.loads(done.stdout)["outputs_text"]["o0"]
    return value


def as_nobody(site: Site, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The tool as a user without special rights, who is in no list of users, so has no home but `$HOME`."""
    words = ("unshare", "--user", "--map-user=12345", *words)
    done = subprocess.run(
        words, cwd=site.folder, env=site.environment | environment, capture_output=True, text=True, stdin=-3
    )
    if "unshare: " in done.stderr:
        pytest.skip("cannot become somebody else here")
    return done


# --- no home, and none that can be written


@pytest.mark.parametrize("words", ["run checks.py works", "get run", "logs @", "create secret A b"])
def test_without_a_home_it_says_where_runs_could_be_kept(site: Site, words: str) -> None:
    for name in ("HOME", "FLYTE_HOME"):
        site.environment.pop(name, None)
    done = as_nobody(site, "flyte", *words.split())
    assert (done.returncode, done.stdout) == (4, "")
    assert "FLYTE_HOME" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", ["--version", "-h", "help inputs", "run checks.py -h", "get config", "new shop"])
def test_without_a_home_everything_else_works(site: Site, words: str) -> None:
    for name in ("HOME", "FLYTE_HOME"):
        site.environment.pop(name, None)
    done = as_nobody(site, "flyte", *words.split())
    assert done.returncode == 0
    assert "error" not in done.stderr


def test_without_a_home_a_state_folder_is_enough(site: Site, tmp_path: Path) -> None:
    site.environment.pop("HOME", None)
    done = as_nobody(site, "flyte", "run", "checks.py", "works", FLYTE_HOME=str(tmp_path / "state"))
    assert (done.returncode, done.stdout) == (0, "1\n")


@pytest.mark.parametrize(
    "words",
    [
        "run checks.py works",
        "create secret A b",
        "create config",
        "config set endpoint x",
        "config set project.default_task main",
        "new shop",
        "completion bash --install",
    ],
)
def test_what_cannot_be_written_is_named(locked: Site, words: str) -> None:
    done = as_nobody(locked, "flyte", *words.split())
    assert (done.returncode, done.stdout) == (4, "")
    assert "Permission denied" in done.stderr
    assert "help:" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", ["get run", "get config", "run checks.py -h", "cache ls", "get secret"])
def test_what_only_reads_needs_nowhere_to_write(locked: Site, words: str) -> None:
    done = as_nobody(locked, "flyte", *words.split())
    assert done.returncode == 0, done.stderr


def test_a_folder_that_may_not_be_written_has_tasks_that_run(locked: Site, tmp_path: Path) -> None:
    done = as_nobody(locked, "flyte", "run", "checks.py", "works", FLYTE_HOME=str(tmp_path / "state"))
    assert (done.returncode, done.stdout) == (0, "1\n")
    again = as_nobody(locked, "flyte", "logs", "@", FLYTE_HOME=str(tmp_path / "state"))
    assert again.returncode == 0
    assert sorted(each.name for each in locked.folder.iterdir()) == ["checks.py"]


# --- names, locales, widths


PLAIN_C = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
"""Where Python takes names of files for ASCII; by itself it knows better even with LC_ALL=C."""
LOCALES = [{"LC_ALL": "C"}, PLAIN_C, {"LC_ALL": "C.UTF-8"}]


@pytest.mark.parametrize(
    ("name", "locale"),
    [
        *((name, locale) for name in ("my flow.py", "a'b.py") for locale in LOCALES),
        *((name, locale) for name in ("größe.py", "日本 (1).py") for locale in LOCALES if locale != PLAIN_C),
    ],
)
def test_a_file_may_have_any_name(site: Site, name: str, locale: dict[str, str]) -> None:
    (site.folder / name).write_text(NAMED, encoding="utf-8")
    run = site("run", name, "main", **locale)
    assert (run.returncode, "Traceback" in run.stderr) == (0, False), run.stderr
    assert result(site) == "'日本'"
    assert site("rerun", "@", "-q", **locale).returncode == 0
    assert f"named.main · {name} · " in site("get", "run", "@", LC_ALL="C.UTF-8").stdout


@pytest.mark.parametrize(("name", "locale"), [(b"gr\xf6\xdfe.py", {}), ("größe.py".encode(), PLAIN_C)])
def test_a_name_that_cannot_be_recorded_is_refused(site: Site, name: bytes, locale: dict[str, str]) -> None:
    (site.folder / os.fsdecode(name)).write_text(NAMED, encoding="utf-8")
    done = site("run", os.fsdecode(name), "main", **locale)
    assert done.returncode == 2
    assert "is not UTF-8" in done.stderr
    assert "LC_ALL=C.UTF-8" in done.stderr


@pytest.mark.parametrize("locale", LOCALES, ids=" ".join)
@pytest.mark.parametrize("width", ["80", "20", "1"])
def test_every_screen_is_drawn_on_any_terminal(site: Site, width: str, locale: dict[str, str]) -> None:
    (site.folder / "größe.py").write_text(NAMED, encoding="utf-8")
    site("run", "größe.py", "main")
    site("run", "checks.py", "fails")
    for words in ("get run", "get run @", "logs @2", "explain @", "get io @2", "diff @ @2", "get config --all"):
        done = site(*words.split(), COLUMNS=width, **locale)
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), (words, done.stderr)
    shown = site.on_terminal("run", "checks.py", "fails", COLUMNS=width, **locale)
    assert "Traceback" not in shown
    assert "ValueError" in shown or width == "1"


# --- tasks whose module does more than it should


def test_what_a_file_prints_when_it_is_loaded_does_not_spoil_a_document(site: Site) -> None:
    (site.folder / "prints.py").write_text(PRINTS)
    done = site("run", "prints.py", "main", "-of", "json")
    assert json.loads(done.stdout)["outputs"] == {"o0": 1}
    assert "loading, aloud" in done.stderr
    assert site("run", "prints.py", "main", "-of", "value").stdout == "1\n"


def test_a_file_that_leaves_when_it_is_loaded_says_where(site: Site) -> None:
    (site.folder / "exits.py").write_text(EXITS)
    done = site("run", "exits.py", "main")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"exits.py:{EXITS.count(chr(10))}" in done.stderr
    assert '__name__ == "__main__"' in done.stderr


# --- streams


def with_streams(site: Site, words: str) -> subprocess.CompletedProcess[str]:
    """A shell line, as only a shell can close streams."""
    return subprocess.run(["bash", "-c", words], cwd=site.folder, env=site.environment, capture_output=True, text=True)


@pytest.mark.parametrize("words", ["run checks.py works", "get run", "--version", "-h", "get run -of json", "doctor"])
@pytest.mark.parametrize("streams", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_stop_nothing(site: Site, words: str, streams: str) -> None:
    done = with_streams(site, f"flyte {words} {streams}; echo $? >status")
    assert (site.folder / "status").read_text() == "0\n", done.stderr
    assert "Traceback" not in done.stderr


def test_what_a_task_prints_goes_nowhere_else_when_streams_are_closed(site: Site) -> None:
    with_streams(site, "flyte run checks.py says --text hello <&- >&- 2>&-")
    assert result(site) == "'hello'"
    assert "hello" in site("logs", "@").stdout


@pytest.mark.parametrize("words", ["get run", "-h", "--version", "run checks.py works", "get config --all -of json"])
@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_an_output_that_is_full_is_named(site: Site, words: str) -> None:
    assert site("run", "checks.py", "works").returncode == 0
    done = with_streams(site, f"flyte {words} >/dev/full")
    assert done.returncode == 4
    assert "cannot write to the standard output: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_whose_output_is_full_is_recorded_all_the_same(site: Site) -> None:
    with_streams(site, "flyte run checks.py says --text hello >/dev/full")
    assert result(site) == "'hello'"


def test_nobody_is_asked_when_the_standard_input_is_closed(site: Site) -> None:
    with_streams(site, "flyte run checks.py works")
    done = with_streams(site, "flyte delete run @ <&-")
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert os.listdir(Path(site.environment["FLYTE_HOME"], "runs"))
