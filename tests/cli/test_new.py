"""`flyte new`: what it makes passes its own tests and runs at once, whatever it is called."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml
from syrupy.assertion import SnapshotAssertion

from flyte_cli.ops.new import FOLDER, TEMPLATES, package_name
from tests.cli.conftest import Said
from tests.cli.schema import problems

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Cli = Callable[..., Said]
Tool = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def narrow(cli: Cli) -> Cli:
    """At 80 columns."""
    cli.environment["COLUMNS"] = "80"  # type: ignore[attr-defined]
    return cli


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    """Runs a program of this interpreter in a folder, with a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYTE", "PYTEST", "CI"))}
    environment = kept | {"HOME": str(tmp_path / "home"), "FLYTE_HOME": str(tmp_path / "state"), "COLUMNS": "80"}

    def call(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        program = str(Path(sys.executable).with_name(words[0]))
        command = [sys.executable if words[0] == "python" else program, *words[1:]]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)

    return call


RESULTS = {
    "hello": lambda outputs: outputs["o0"] == [0, 1, 4, 9, 16],
    "etl": lambda outputs: outputs["o0"]["revenue"] == 3312.3 and len(outputs["o0"]["left_out"]) == 2,
    "training": lambda outputs: outputs["o0"]["accuracy"] > 0.9,
    "agent": lambda outputs: outputs["o0"]["text"] == "They cost 3.00.",
}
"""What the default run of each template gives."""


def test_every_folder_is_a_template_that_is_described() -> None:
    folders = {path.parent.name for path in FOLDER.glob("*/pyproject.toml")}
    assert folders == set(TEMPLATES) == set(RESULTS)


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_project_runs_and_passes_its_own_tests_right_after_it_was_made(
    tool: Tool, tmp_path: Path, template: str
) -> None:
    made = tool(tmp_path, "flyte", "new", template, "My Café", "--json")
    assert (made.returncode, made.stderr) == (0, "")
    document = json.loads(made.stdout)
    assert problems("new", document) == []
    project = tmp_path / document["folder"]

    tested = tool(project, "python", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    run = tool(project, "flyte", "run", "-of", "json")
    assert run.returncode == 0, run.stderr
    assert RESULTS[template](json.loads(run.stdout)["outputs"])
    declared = tomllib.loads((project / "pyproject.toml").read_text())["tool"]["flyte"]
    for entry in declared["entries"]:
        named = tool(project, "flyte", "run", entry, "-of", "json")
        assert named.returncode == 0, named.stderr
        assert json.loads(named.stdout)["outputs"] != json.loads(run.stdout)["outputs"]
        assert f"flyte run {entry} " in (project / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_project_is_whole_and_names_nothing_of_its_template(cli: Cli, scripts: Path, template: str) -> None:
    document = json.loads(cli("new", template, "my-shop", "--json").stdout)
    files = [path for path in (scripts / "my-shop").rglob("*") if path.is_file()]
    assert sorted(path.relative_to(scripts / "my-shop").as_posix() for path in files) == document["files"]
    texts = {path.name: path.read_text(encoding="utf-8") for path in files}
    leftover = re.compile(r"project[_-]name|Project Name|What it is for|0\.0\.0")
    assert [name for name, text in texts.items() if leftover.search(name + text)] == []
    project = tomllib.loads(texts["pyproject.toml"])
    assert project["project"]["name"] == "my-shop"
    assert project["project"]["description"] == TEMPLATES[template]
    assert (scripts / "my-shop" / project["tool"]["flyte"]["default_file"]).is_file()
    (job,) = yaml.safe_load(texts["run.yml"])["jobs"].values()
    assert "flyte run -of json > run.json" in [step.get("run") for step in job["steps"]]
    for entry in project["tool"]["flyte"]["entries"].values():
        assert f"def {entry['task']}(" in (scripts / "my-shop" / entry["file"]).read_text()


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_project_is_linted_and_typed(cli: Cli, scripts: Path, tool: Tool, template: str) -> None:
    cli("new", template, "shop")
    project = scripts / "shop"
    for words in (
        ["-m", "ruff", "check", "--no-cache", "--select", "E,F,I,B,UP,RUF100", "--line-length", "120", "."],
        ["-m", "ruff", "format", "--no-cache", "--check", "--line-length", "120", "."],
        ["-m", "mypy", "--strict", "--cache-dir", os.devnull, "shop"],
    ):
        done = tool(project, "python", *words)
        assert done.returncode == 0, done.stdout + done.stderr


def test_pip_installs_a_project_with_its_data(cli: Cli, scripts: Path, tool: Tool) -> None:
    pytest.importorskip("setuptools", minversion="70.1")  # older ones cannot make a wheel without help
    cli("new", "etl", "shop")
    words = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target", "there", "./shop"]
    done = tool(scripts, "python", "-m", "pip", "install", *words)
    assert done.returncode == 0, done.stderr
    assert (scripts / "there/shop/data/orders.csv").is_file()
    metadata = next((scripts / "there").glob("shop-0.1.0.dist-info/METADATA")).read_text()
    assert re.findall(r"^Requires-Dist: (.*)$", metadata, re.MULTILINE)[0].startswith("flyte>=")


def test_a_task_of_the_project_is_found_by_its_documented_commands(cli: Cli, scripts: Path, tool: Tool) -> None:
    cli("new", "etl", "shop")
    project = scripts / "shop"
    (project / "my_orders.csv").write_text("region,product,quantity,price\nNorth,desk,1,249\nNorth,lamp,1,9\n")
    words = ["--orders", "my_orders.csv", "--smallest", "100", "-of", "json"]
    run = tool(project, "flyte", "run", *words)
    assert json.loads(run.stdout)["outputs"]["o0"]["revenue"] == 249.0
    report = tool(project, "flyte", "get", "report", "@")
    assert "<h1>249.00</h1>" in Path(report.stdout.strip()).read_text()


def test_an_agent_asks_for_its_key(cli: Cli, scripts: Path, tool: Tool) -> None:
    cli("new", "agent", "helper")
    run = tool(scripts / "helper", "flyte", "run", "ask")
    assert run.returncode == 2
    assert "flyte create secret MODEL_KEY" in run.stderr


class Chat(BaseHTTPRequestHandler):
    """A model behind an API: asks for one price, then answers with what it was told."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["messages"][-1]["content"]
        told = "said 0.5" in asked
        step = {"answer": "half"} if told else {"tool": "price", "arguments": {"product": "apples"}}
        if self.headers["Authorization"] != "Bearer key-1":
            step = {"answer": "who are you?"}
        body = json.dumps({"choices": [{"message": {"content": json.dumps(step)}}]}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


def test_an_agent_with_a_key_asks_the_model_behind_the_api(cli: Cli, scripts: Path, tool: Tool) -> None:
    cli("new", "agent", "helper")
    with ThreadingHTTPServer(("127.0.0.1", 0), Chat) as server:
        Thread(target=server.serve_forever).start()
        tool(scripts / "helper", "flyte", "create", "secret", "MODEL_KEY", "key-1")
        words = ["-e", f"MODEL_URL=http://127.0.0.1:{server.server_port}/v1", "-of", "json"]
        run = tool(scripts / "helper", "flyte", "run", *words, "ask")
        server.shutdown()
    answer = json.loads(run.stdout)["outputs"]["o0"]
    assert answer == {
        "text": "half",
        "seen": [{"tool": "price", "arguments": {"product": "apples"}, "result": "0.5"}],
    }


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("shop", "shop"),
        ("My Shop", "my_shop"),
        ("my-shop.2", "my_shop_2"),
        ("Café Ünï", "cafe_uni"),
        ("日本", "my_project"),
        ("3d", "project_3d"),
        ("class", "class_project"),
        ("json", "json_project"),
        ("flyte", "flyte_project"),
        ("tests", "tests_project"),
        ("!!", "my_project"),
    ],
)
def test_a_package_has_a_name_that_python_can_import(name: str, package: str) -> None:
    assert package_name(name) == package
    assert package.isidentifier()


@pytest.mark.parametrize("words", ["-h", "--help", "--list", "--list --json", "--list -of jsonl", "--list -of id"])
def test_help_and_the_list(narrow: Cli, snapshot: SnapshotAssertion, words: str) -> None:
    assert str(narrow("new", *words.split())) == snapshot


@pytest.mark.parametrize(
    "words",
    [
        ["shop"],
        ["etl", "my shop"],
        ["agent", "a/b"],
        ["hello", "-q", "shop"],
        ["shop", "--json"],
        ["shop", "-of", "id"],
    ],
    ids=" ".join,
)
def test_success(narrow: Cli, snapshot: SnapshotAssertion, words: list[str]) -> None:
    assert str(narrow("new", *words)) == snapshot


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["etl"],
        ["elt", "my shop"],
        ["zzz", "shop"],
        ["hello", "a", "b"],
        ["hello", ""],
        ["hello", "a\nb"],
        ["--list", "etl"],
        ["--force", "shop"],
        ["hello", "x" * 300],
        ["hello.py"],
        ["hello", "."],
    ],
    ids=lambda words: " ".join(words)[:20] or "nothing",
)
def test_failure_makes_nothing(narrow: Cli, scripts: Path, snapshot: SnapshotAssertion, words: list[str]) -> None:
    assert str(narrow("new", *words)) == snapshot
    assert [path.name for path in scripts.iterdir()] == ["hello.py"]


def test_list_documents_fit_their_schema(cli: Cli) -> None:
    assert problems("templates", json.loads(cli("new", "--list", "--json").stdout)) == []
    lines = cli("new", "--list", "-of", "jsonl").stdout.splitlines()
    assert [problems("templates", json.loads(line)) for line in lines] == [[]] * len(TEMPLATES)


def test_an_empty_folder_is_filled_also_when_git_was_there_first(cli: Cli, scripts: Path) -> None:
    (scripts / "shop" / ".git").mkdir(parents=True)
    assert cli("new", "shop").status == 0
    assert (scripts / "shop" / "shop" / "tasks.py").is_file()


def test_a_folder_with_something_in_it_stays_as_it_is(cli: Cli, scripts: Path) -> None:
    (scripts / "shop").mkdir()
    (scripts / "shop" / "notes").write_text("mine")
    said = cli("new", "shop")
    assert (said.status, said.stdout) == (2, "")
    assert "`shop` is not empty" in said.stderr
    assert [path.name for path in (scripts / "shop").iterdir()] == ["notes"]


def test_what_cannot_be_written_leaves_nothing_and_is_the_machines_fault(cli: Cli, scripts: Path) -> None:
    (scripts / "file").write_text("")
    said = cli("new", "file/shop")
    assert said.status == 4
    assert said.stderr.startswith("error: cannot make `file/shop`: Not a directory")
    assert sorted(path.name for path in scripts.iterdir()) == ["file", "hello.py"]


def test_a_disk_that_fills_up_half_way_leaves_nothing(cli: Cli, scripts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    import signal

    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))  # writing more to one file fails
    try:
        said = cli("new", "etl", "a/shop")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert said.status == 4
    assert said.stderr.startswith("error: cannot make `a/shop`: File too large")
    assert [path.name for path in scripts.iterdir()] == ["hello.py"]


def test_the_folder_one_is_in_can_be_filled(cli: Cli, scripts: Path) -> None:
    (scripts / "hello.py").unlink()
    said = cli("new", "etl", ".")
    assert (said.status, said.stdout) == (0, ".\n")
    assert "cd" not in said.stderr
    assert (scripts / "here" / "tasks.py").is_file()  # named after the folder


@pytest.mark.parametrize("command", [["new", "shop"], ["doctor"]], ids=" ".join)
def test_a_folder_that_is_gone_is_told(tmp_path: Path, command: list[str]) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    environment = os.environ | {"FLYTE_HOME": str(tmp_path / "state")}
    words = ["bash", "-c", 'rmdir "$PWD"; exec "$0" "$@"', str(Path(sys.executable).with_name("flyte")), *command]
    done = subprocess.run(words, cwd=gone, env=environment, capture_output=True, text=True)
    assert done.returncode == 4
    assert "No such file or directory" in done.stdout + done.stderr


def test_plain_ascii_surroundings_make_the_same_project(tool: Tool, tmp_path: Path) -> None:
    command = 'LC_ALL=C LANG=C exec flyte new hello "Café 日本"'
    environment = {"PATH": str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"]}
    done = subprocess.run(["bash", "-c", f"{command} <&-"], cwd=tmp_path, env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "Café 日本" / "cafe" / "tasks.py").is_file()
    assert (tmp_path / "Café 日本" / "README.md").read_text(encoding="utf-8").startswith("# Café 日本\n")
