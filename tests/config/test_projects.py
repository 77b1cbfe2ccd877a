"""What a project file changes in real runs: entries, defaults, overrides, the source root, and what runs belong to."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flyte import overrides
from flyte.environment import TaskEnvironment
from flyte.resources import Resources
from tests.cli.conftest import Said
from tests.config.conftest import Cli

PROJECT = """\
source_root = "src"
default_file = "src/pkg/etl.py"
include = ["data/*.csv"]

[inputs]
bucket = "b1"
unused = 3

[images]
base = "ghcr.io/acme/base:1"

[entries.nightly]
task = "main"
inputs = { n = 5, day = 2024-01-02 }

[entries.filed]
file = "src/pkg/etl.py"
inputs = "params.json"

[environments.etl]
env_vars = { A = "from project" }
resources = { cpu = 1 }
"""
PROGRAM = """
import os
from datetime import date

import flyte
from pkg.helper import X

env = flyte.TaskEnvironment("etl", resources=flyte.Resources(memory="2Gi"), env_vars={"A": "code", "B": "code"})


@env.task
def child() -> str:
    asked = child.settings.resources
    return f"{os.environ['A']} {os.environ['B']} {asked.cpu} {asked.memory} {flyte.current_project()} {__name__}"


@env.task
def main(bucket: str, day: date = date(2000, 1, 1), n: int = 1) -> str:
    return f"{bucket} {day} {n} {X} {child()}"


@env.task
def image() -> str:
    return flyte.Image.from_ref_name("base").uri
"""
CHILD = "from project code 1 2Gi sandbox pkg.etl"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "a project é"
    (folder / "src" / "pkg").mkdir(parents=True)
    (folder / "flyte.toml").write_text(PROJECT)
    (folder / "config.yaml").write_text("project: sandbox\n")
    (folder / "params.json").write_text('{"n": 9}')
    (folder / "src" / "pkg" / "__init__.py").touch()
    (folder / "src" / "pkg" / "helper.py").write_text("X = 'helper'\n")
    (folder / "src" / "pkg" / "etl.py").write_text(PROGRAM)
    return folder


Flyte = Callable[..., Said]


@pytest.fixture
def flyte(project: Path, tmp_path: Path) -> Flyte:
    """Runs `flyte` in a process of its own, in the project."""
    names = ("FLYTE", "PYTEST", "CI")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(names)}
    environment |= {"HOME": str(tmp_path / "home"), "COLUMNS": "80"}

    def call(*words: str, folder: str = ".", **variables: str) -> Said:
        command = [str(Path(sys.executable).with_name("flyte")), *words]
        done = subprocess.run(
            command, cwd=project / folder, env=environment | variables, capture_output=True, text=True, timeout=60
        )
        return Said(done.returncode, done.stdout.replace(str(project), "HERE"), done.stderr)

    return call


@pytest.mark.parametrize(
    ("words", "result"),
    [
        ("run -q", "b1 2000-01-01 1 helper"),
        ("run -q --n 3", "b1 2000-01-01 3 helper"),
        ("run -q main --bucket b2", "b2 2000-01-01 1 helper"),
        ("run -q nightly", "b1 2024-01-02 5 helper"),
        ("run -q nightly --n 6", "b1 2024-01-02 6 helper"),
        ("run -q nightly --input-file params.json", "b1 2024-01-02 9 helper"),
        ("run -q filed", "b1 2000-01-01 9 helper"),
    ],
)
def test_names_and_defaults_of_the_project_file_are_run(flyte: Flyte, words: str, result: str) -> None:
    assert flyte(*words.split()) == Said(0, f"{result} {CHILD}\n", "")


def test_the_project_is_found_from_a_folder_inside_and_reruns_read_it_too(flyte: Flyte) -> None:
    assert flyte("run", "-q", "etl.py", "child", folder="src/pkg", FLYTE_PROJECT="sandbox") == Said(0, f"{CHILD}\n", "")
    assert flyte("rerun", "@", "-q", "-c", "../../config.yaml", folder="src/pkg") == Said(0, f"{CHILD}\n", "")


def test_options_and_variables_say_what_runs_belong_to(flyte: Flyte) -> None:
    assert flyte("run", "-q", "child", FLYTE_TASK_PROJECT="v").stdout == CHILD.replace("sandbox", "v") + "\n"
    assert flyte("run", "-q", "child", "-p", "o", FLYTE_TASK_PROJECT="v").stdout == CHILD.replace("sandbox", "o") + "\n"


def test_workers_that_load_the_file_again_get_it_too(flyte: Flyte, project: Path) -> None:
    file = project / "src" / "pkg" / "etl.py"
    thread = "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    file.write_text(thread + PROGRAM)  # a process with threads does not fork
    assert flyte("run", "-q", "main") == Said(0, f"b1 2000-01-01 1 helper {CHILD}\n", "")


def test_a_config_file_and_a_profile_are_chosen_before_or_after_the_command(flyte: Flyte, project: Path) -> None:
    (project / "other.yaml").write_text("project: o\nprofiles: {careful: {project: c}}\n")
    for words in ("-c other.yaml run -q child", "run -q child -c other.yaml", "run --config=other.yaml -q child"):
        assert flyte(*words.split()).stdout == CHILD.replace("sandbox", "o") + "\n"
    assert flyte("--profile", "careful", "-c", "other.yaml", "run", "-q", "child").stdout.split()[-2] == "c"


def test_images_of_the_project_have_names(flyte: Flyte) -> None:
    assert flyte("run", "-q", "image").stdout == "ghcr.io/acme/base:1\n"


def test_inputs_of_an_earlier_run_win_over_those_of_the_project(flyte: Flyte) -> None:
    flyte("run", "-q", "main", "--bucket", "b7", "--name", "first")
    assert flyte("run", "-q", "nightly", "--from", "first").stdout.startswith("b7 2000-01-01 1 ")


def test_a_broken_config_file_stops_a_run_before_it_starts(flyte: Flyte, project: Path) -> None:
    (project / "config.yaml").write_text("task: [\n")
    said = flyte("run", "child")
    assert (said.status, said.stdout) == (2, "")
    assert "config.yaml:1" in said.stderr
    assert json.loads(flyte("get", "run", "--json").stdout)["runs"] == []


# --- without runs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words", "told"),
    [
        ("", "run nightli", "did you mean `nightly`?"),
        ("", "run maim", "did you mean `main`?"),
        (
            "[entries.x]\ninputs = { bukcet = 'a' }",
            "run x",
            "flyte.toml:23   no input `bukcet`, did you mean `bucket`?",
        ),
        ("[entries.x]\nfile = 'gone.py'", "run x", "no file `gone.py`"),
        ("[entries.x]\ninputs = 'gone.json'", "run x", "no file `HERE/gone.json`"),
        ("[environments.etl.resources]\ncpu = 'many'", "run main", "ValueError: flyte.toml:19: cpu must be"),
        ("[environments.etl]\nqueue = 3", "run main", "`environments.etl.queue` takes a text, got `3`"),
        (
            "[environments.elt]\nqueue = 'q'",
            "run main --n x",
            "flyte.toml:22: no environment `elt`, did you mean `etl`?",
        ),
    ],
)
def test_mistakes_are_told_with_what_was_meant(
    cli: Cli, here: Path, monkeypatch: pytest.MonkeyPatch, change: str, words: str, told: str
) -> None:
    text = PROJECT.replace('source_root = "src"\n', "").replace("src/pkg/", "")
    start = text.index("[environments.etl]") if "environments.etl" in change else len(text)
    (here / "flyte.toml").write_text(text[:start] + change + "\n")
    (here / "etl.py").write_text(PROGRAM.replace("from pkg.helper import X", "X = 1"))
    monkeypatch.delitem(sys.modules, "etl", raising=False)
    said = cli(*words.split())
    assert said.status == 2
    assert told in said.stderr


def test_imports_start_where_an_option_says(cli: Cli, here: Path) -> None:
    (here / "lib" / "parts").mkdir(parents=True)
    (here / "lib" / "parts" / "helper.py").write_text("X = 1\n")
    (here / "lib" / "parts" / "flow.py").write_text(
        "import flyte\nfrom parts.helper import X\nenv = flyte.TaskEnvironment('rooted')\n"
        "@env.task\ndef main(x: int = X) -> int:\n    return x\n"
    )
    refused = cli("run", "lib/parts/flow.py", "main", "-h")
    assert (refused.status, "No module named 'parts'" in refused.stderr) == (2, True)
    assert cli("run", "--root-dir", "lib", "lib/parts/flow.py", "main", "-h").status == 0


def test_help_lists_the_names_of_the_project_file(cli: Cli, here: Path) -> None:
    (here / "flyte.toml").write_text(PROJECT + "\n[entries.told]\ndescription = 'what it does'\n")
    page = cli("run", "-h").stdout
    assert page[page.index("Names in") : page.index("\n\nComes along")].splitlines() == [
        "Names in the project file",
        "  nightly   main n=5 day=2024-01-02",
        "  filed     src/pkg/etl.py params.json",
        "  told      what it does",
    ]


def test_an_entry_without_a_file_says_what_to_add(cli: Cli, here: Path) -> None:
    (here / "flyte.toml").write_text("[entries.x]\ntask = 'main'\n")
    said = cli("run", "x")
    assert said.stderr == (
        "error: `x` names no file (flyte.toml:1)\nhelp:  add `file`, or `default_file` to the project\n"
    )


def test_what_the_project_says_of_an_environment_wins_over_the_code() -> None:
    changes = {
        "resources": {"cpu": 1, "memory": ["1Gi", "2Gi"]},
        "env_vars": {"A": "p"},
        "cache": "auto",
        "include": ["x"],
    }
    overrides.declare({"e": overrides.Override("flyte.toml:3", changes)}, ["all"])
    e = TaskEnvironment("e", resources=Resources(cpu=4, gpu=1), env_vars={"A": "c", "B": "c"}, include=("own",))
    assert e.resources == Resources(cpu=1, memory=("1Gi", "2Gi"), gpu=1)
    assert (e.env_vars, e.cache, e.include) == ({"A": "p", "B": "c"}, "auto", ("own", "all", "x"))
    other = TaskEnvironment("other")
    assert (other.resources, other.cache, other.include) == (None, "disable", ("all",))


def test_an_override_that_cannot_be_names_its_place() -> None:
    overrides.declare({"e": overrides.Override("flyte.toml:3", {"resources": {"memory": "much"}})})
    with pytest.raises(ValueError, match=r"^flyte\.toml:3: .*much"):
        TaskEnvironment("e")


def test_what_was_declared_reaches_other_processes() -> None:
    overrides.declare({"e": overrides.Override("flyte.toml:3", {"queue": "q"})}, ["all"])
    carried = json.loads(json.dumps(overrides.declared()))
    overrides.declare({})
    overrides.declare_again(carried)
    assert (TaskEnvironment("e").queue, TaskEnvironment("e").include) == ("q", ("all",))


STARTED = """
import flyte
from pkg.etl import child, env, image, main

if __name__ == "__main__":
    run = flyte.run(main, bucket="mine", n=2)
    print(run.outputs()[0])
    print(flyte.run(image).outputs()[0], flyte.Image.from_ref_name("base").uri, env.include)
    print(flyte.rerun(run.name).outputs()[0])
    print(flyte.with_runcontext(executor="inline").run(child).outputs()[0])
    try:
        flyte.run(main)
    except ValueError as error:
        print(error)
"""


@pytest.fixture
def python(project: Path, tmp_path: Path) -> Flyte:
    """Runs Python on a file of the project, which is found from inside of its source root."""
    names = ("FLYTE", "PYTEST", "CI")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(names)}
    environment |= {"HOME": str(tmp_path / "home"), "PYTHONPATH": "src"}

    def call(*words: str, folder: str = ".", **variables: str) -> Said:
        done = subprocess.run(
            [sys.executable, *words], cwd=project / folder, env=environment | variables, capture_output=True, text=True
        )
        return Said(done.returncode, done.stdout.replace(str(project), "HERE"), done.stderr)

    return call


def test_a_program_started_with_python_has_the_environments_and_images_of_its_project(
    python: Flyte, project: Path
) -> None:
    (project / "start.py").write_text(STARTED.replace("import flyte\n", "import flyte\nflyte.init(project='p')\n", 1))
    said = python("start.py")
    assert said.status == 0, said.stderr
    outcome = "mine 2000-01-01 2 helper from project code 1 2Gi p pkg.etl"
    image, missing = "ghcr.io/acme/base:1", "missing"
    first, images, again, inline, refused = said.stdout.splitlines()
    assert (first, again) == (outcome, outcome)
    assert images == f"{image} {image} ('HERE/data/*.csv',)"
    assert inline == "from project code 1 2Gi p pkg.etl"
    assert missing in refused
    assert "bucket" in refused


def test_a_program_started_with_python_below_its_project_has_them_too(python: Flyte) -> None:
    said = python("-c", "import etl; print(etl.env.env_vars['A'])", folder="src/pkg", PYTHONPATH="..:.")
    assert said == Said(0, "from project\n", "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("include = 3\n", "flyte.toml:1: `include` takes a list, got `3`"),
        ("[environments.etl]\nqueue = ''\ninclude =\n", "flyte.toml:3: flyte.toml is not valid TOML"),
    ],
)
def test_a_broken_project_file_stops_a_program_with_its_line(
    python: Flyte, project: Path, text: str, told: str
) -> None:
    (project / "flyte.toml").write_text(text)
    said = python("-c", "import pkg.etl")
    assert said.status == 1
    assert told in said.stderr


def test_without_a_project_a_program_looks_for_no_readers(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\ndependencies = ['flyte']\n")
    code = (
        "import flyte, sys; flyte.TaskEnvironment('a'); print({'flyte_cli', 'importlib.metadata'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_run_started_elsewhere_is_run_again_with_its_own_project(python: Flyte, flyte: Flyte, tmp_path: Path) -> None:
    assert flyte("run", "-q", "child", "--name", "before").status == 0
    code = "import flyte; flyte.init(project='sandbox'); print(flyte.rerun('before').outputs()[0])"
    said = python("-c", code, folder="..")
    assert said.status == 0, said.stderr
    assert said.stdout == f"{CHILD}\n"
