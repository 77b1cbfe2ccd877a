"""The command that shells call on TAB, whole: real files, real runs, odd surroundings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flyte.settings.files import places as settings_places
from flyte_cli.completion.profiles import places
from tests.completion.conftest import HELLO, Site

HEAVY = {"typer", "pydantic", "rich", "textual", "google", "grpc", "dataclasses", "inspect", "asyncio", "json", "hello"}

HIDDEN = """
import flyte

print("loaded")
env = flyte.TaskEnvironment("hidden")


def later(n: int = 2) -> int:
    return n


found = env.task(later)
"""


def test_tasks_inputs_and_values_are_offered(site: Site) -> None:
    assert site.tab("run", "") == ["hello.py", "python-script"]
    assert site.tab("run", "hello.py", "") == ["greet", "part"]
    assert site.tab("run", "hello.py", "greet", "--mo") == ["--mode"]
    assert site.tab("run", "hello.py", "greet", "--mode", "") == ["FAST", "SLOW"]


def test_a_changed_file_is_read_again(site: Site) -> None:
    assert site.tab("run", "hello.py", "p") == ["part"]
    (site.folder / "hello.py").write_text(HELLO.replace("part", "partition"))
    assert site.tab("run", "hello.py", "p") == ["partition"]


def test_what_was_found_is_kept(site: Site) -> None:
    site.tab("run", "hello.py", "")
    (kept,) = (site.home / "completion").iterdir()
    kept.write_bytes(kept.read_bytes().replace(b"greet", b"great"))
    assert site.tab("run", "hello.py", "g") == ["great"]
    kept.write_bytes(b"broken")
    assert site.tab("run", "hello.py", "g") == ["greet"]


def test_the_users_file_is_not_run_when_its_source_tells(site: Site) -> None:
    (site.folder / "loud.py").write_text(HELLO + "\nopen('was-run', 'w').close()\n")
    assert site.tab("run", "loud.py", "") == ["greet", "part"]
    assert not (site.folder / "was-run").exists()


def test_a_file_that_hides_its_tasks_is_imported_once(site: Site) -> None:
    (site.folder / "hidden.py").write_text(HIDDEN + "open('was-run', 'a').write('x')\n")
    assert site.tab("run", "hidden.py", "") == ["found"]
    assert site.tab("run", "hidden.py", "found", "--n")[0] == "--n"
    assert (site.folder / "was-run").read_text() == "x"


@pytest.mark.parametrize(
    "source", ["import flyte\nraise SystemExit(3)\n", "import flyte\nimport nothing_such\n", "def f(:"]
)
def test_a_file_that_cannot_be_loaded_offers_nothing(site: Site, source: str) -> None:
    (site.folder / "broken.py").write_text(source)
    assert site.tab("run", "broken.py", "") == []


def test_a_file_that_hangs_at_import_is_given_up_once(site: Site) -> None:
    (site.folder / "hangs.py").write_text(
        "import flyte, threading\nopen('was-run', 'a').write('x')\nthreading.Event().wait()\n"
    )
    assert site.tab("run", "hangs.py", "") == []
    assert site.tab("run", "hangs.py", "") == []
    assert (site.folder / "was-run").read_text() == "x"


def test_folders_with_python_are_offered_and_others_are_not(site: Site) -> None:
    for name in ("flows/inner", "data", ".venv/lib", "größe mit raum"):
        (site.folder / name).mkdir(parents=True)
    (site.folder / "flows/inner/flow.py").write_text(HELLO)
    (site.folder / ".venv/lib/x.py").write_text(HELLO)
    (site.folder / "größe mit raum/a b.py").write_text(HELLO)
    (site.folder / "plain.py").write_text("x = 1\n")
    assert site.tab("run", "") == ["hello.py", "flows/", "größe mit raum/", "python-script"]
    assert site.tab("run", "flows/in") == ["flows/inner/"]
    assert site.tab("run", "größe mit raum/") == ["größe mit raum/a b.py"]
    assert site.tab("run", "größe mit raum/a b.py", "g") == ["greet"]


def test_runs_and_their_actions_are_offered(site_with_run: Site) -> None:
    assert site_with_run.tab("get", "run", "") == ["@", "r7k2m9q"]
    assert site_with_run.tab("get", "report", "r7k2m9q", "") == ["greet"]
    assert site_with_run.tab("get", "report", "@", "") == ["greet"]
    assert site_with_run.tab("rerun", "r7k2m9q", "--na") == ["--name"]
    shown = site_with_run.flyte("__complete", "zsh", "3", "flyte", "get", "run", "r7").stdout.decode()
    assert "✓ hello.greet just now" in shown


@pytest.mark.parametrize(
    ("file", "head"), [("flyte.toml", ""), ("pyproject.toml", "[project]\nname = 'x'\n[tool.flyte]\n")]
)
def test_names_of_the_project_are_offered_also_below_its_folder(site: Site, file: str, head: str) -> None:
    table = "entries" if not head else "tool.flyte.entries"
    (site.folder / file).write_text(
        f"{head}default_file = 'hello.py'\n[{table}.nightly]\ndescription = 'Every night.'\n"
        f"task = 'greet'\n[{table}.other]\nfile = 'hello.py'\n"
    )
    (site.folder / "below").mkdir()
    below = Site(site.folder / "below", site.environment)
    assert site.tab("run", "") == ["nightly", "other", "hello.py", "python-script"]
    assert site.tab("run", "nightly", "--mo") == ["--mode"]
    assert below.tab("run", "nightly", "--mo") == ["--mode"]
    assert below.tab("run", "other", "") == ["greet", "part"]


def shown(site: Site, *words: str) -> dict[str, str]:
    done = site.flyte("__complete", "zsh", str(len(words)), "flyte", *words)
    return dict(row.split("\t", 1) for row in done.stdout.decode().splitlines()[1:] if "\t" in row)


INPUTS = {"in.json": '{"name": "Eve"}', "in.yaml": "name: Eve\n", "in.toml": "name = 'Eve'\n"}


@pytest.mark.parametrize(
    ("own", "name"),
    [("", "Ada"), ("inputs.name = 'Bob'", "Bob"), *((f"inputs = '{file}'", "Eve") for file in INPUTS)],
)
def test_an_input_that_the_project_file_gives_is_shown_with_its_value(site: Site, own: str, name: str) -> None:
    for file, text in INPUTS.items():
        (site.folder / file).write_text(text)
    (site.folder / "flyte.toml").write_text(
        f"inputs.name = 'Ada'\n[entries.nightly]\nfile = 'hello.py'\ntask = 'greet'\n{own}\n"
    )
    assert shown(site, "run", "nightly", "--")["--name"] == f"text, {name}"
    assert shown(site, "run", "hello.py", "greet", "--")["--name"] == "text, Ada"


@pytest.mark.parametrize("own", ["inputs = 'nothing.json'", "inputs = 3"])
def test_inputs_that_cannot_be_read_give_nothing(site: Site, own: str) -> None:
    (site.folder / "flyte.toml").write_text(f"[entries.nightly]\nfile = 'hello.py'\ntask = 'greet'\n{own}\n")
    assert shown(site, "run", "nightly", "--")["--name"] == "text, required"


PROFILES = """\
profiles: # ours
  # the usual one
  prod:
    admin:
      endpoint: e
  'a b' :
    project: p

  "c": {project: q}
project: z
"""


@pytest.mark.parametrize("place", ["here/config.yaml", "here/.flyte/config.yaml", "home/.flyte/config.yaml"])
def test_profiles_of_the_config_file_that_counts_are_offered(site: Site, place: str) -> None:
    file = site.folder.parent / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(PROFILES)
    assert site.tab("run", "--profile", "") == ["prod", "a b", "c"]
    assert site.tab("config", "set", "profile", "p") == ["prod"]
    (site.folder / "other.yaml").write_text("profiles:\n    mine:\n        project: p\n")
    assert site.tab("-c", "other.yaml", "get", "config", "--profile", "") == ["mine"]


def test_a_file_before_it_hides_the_profiles_of_another_unless_it_is_somebody_elses(site: Site) -> None:
    for folder in (site.folder.parent / "home", site.folder):
        (folder / ".flyte").mkdir()
    (site.folder.parent / "home/.flyte/config.yaml").write_text(PROFILES)
    (site.folder / "config.yaml").write_text("logging: verbose\n")
    assert site.tab("run", "--profile", "p") == ["prod"]
    (site.folder / ".flyte/config.yaml").write_text("project: p\n")
    assert site.tab("run", "--profile", "p") == []


@pytest.mark.parametrize("below", ["", "a/b"])
def test_config_files_are_looked_for_where_the_tool_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    here = tmp_path / below
    here.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("UCTL_CONFIG", "~/u.yaml")
    for make in (lambda: None, (tmp_path / ".git").mkdir):
        make()
        assert places(str(here)) == [str(each) for each in settings_places(os.environ, here)]


def test_a_broken_project_file_is_no_error(site: Site) -> None:
    (site.folder / "flyte.toml").write_text("entries = ")
    (site.folder / "pyproject.toml").write_text("[tool]\nflyte = 3\n")
    assert site.tab("run", "") == ["hello.py", "python-script"]


def test_tasks_with_results_in_the_cache_are_offered(site: Site) -> None:
    (site.folder / "kept.py").write_text(
        "import flyte\nenv = flyte.TaskEnvironment('kept')\n@env.task(cache='auto')\ndef load() -> int:\n    return 1\n"
    )
    assert site.flyte("run", "kept.py", "load").returncode == 0
    assert site.tab("cache", "ls", "--task", "") == ["kept.load"]


def test_secrets_are_offered_by_name(site: Site) -> None:
    assert site.tab("delete", "secret", "") == []
    assert site.flyte("create", "secret", "TOKEN", "x").returncode == 0
    assert site.tab("delete", "secret", "") == ["TOKEN"]


@pytest.mark.parametrize(
    "change", [{"HOME": ""}, {"LANG": "C"}, {"FLYTE_HOME": "/proc/nowhere"}, {"HOME": "/nonexistent"}]
)
def test_odd_surroundings_are_no_error(site: Site, change: dict[str, str]) -> None:
    changed = Site(site.folder, site.environment | change)
    assert changed.tab("run", "hello.py", "g") == ["greet"]
    changed.tab("get", "run", "")


@pytest.mark.parametrize(
    "sent", [[], ["zsh"], ["zsh", "x"], ["zsh", "99", "flyte"], ["bash", "flyte"], ["none", "1", "flyte", "r"]]
)
def test_nonsense_from_a_shell_is_answered_in_silence(site: Site, sent: list[str]) -> None:
    done = site.flyte("__complete", *sent)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_damaged_index_of_runs_is_no_error(site_with_run: Site) -> None:
    for file in site_with_run.home.glob("*.db*"):
        file.write_bytes(b"not a database")
    site_with_run.tab("get", "run", "")


@pytest.mark.parametrize("words", [["run", "hello.py", "greet", "--"], ["get", "run", ""], [""]], ids=" ".join)
def test_an_answer_loads_neither_the_parser_nor_the_users_file(site_with_run: Site, words: list[str]) -> None:
    program = (
        "import sys; sys.argv = ['flyte', '__complete', 'zsh', str(len(sys.argv) - 1), 'flyte', *sys.argv[1:]]\n"
        "from flyte_cli.entry import main; main()\n"
        "print('LOADED', *sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=site_with_run.folder,
        env=site_with_run.environment | {"PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in done.stdout.rpartition("LOADED ")[2].split()}
    assert loaded & HEAVY == set()


def test_bash_is_answered_with_what_follows_its_last_word_break(site: Site) -> None:
    def bash(line: str, current: str) -> list[str]:
        shown = site.flyte("__complete", "bash", line, current).stdout.decode()
        return [row.partition("\t")[0] for row in shown.splitlines()[1:]]

    (site.folder / "my flow.py").write_text(HELLO)
    assert bash("flyte run hello.py greet --mode=F", "F") == ["FAST"]
    assert bash("flyte run hello.py greet --mode=", "=") == ["FAST", "SLOW"]
    assert bash("flyte run hello.py::gr", "gr") == ["greet"]
    assert bash("flyte run my", "my") == ["my\\ flow.py"]
    assert bash("flyte run 'my", "'my") == ["my flow.py"]


def test_the_static_files_are_what_the_command_prints(site: Site) -> None:
    root = Path(__file__).resolve().parents[2] / "completions"
    for shell, name in {"bash": "flyte.bash", "zsh": "_flyte", "fish": "flyte.fish", "powershell": "flyte.ps1"}.items():
        assert site.flyte("completion", shell).stdout == (root / name).read_bytes()
