"""What TAB offers, as a pure function of the words and of what the machine knows."""

from dataclasses import dataclass, field

import pytest

from flyte_cli.completion.complete import Answer, complete
from flyte_cli.completion.static import tasks_in
from flyte_cli.main import COMMANDS
from flyte_cli.output.formats import FORMATS

SOURCE = b'''
from dataclasses import dataclass
from enum import Enum
from typing import Literal
import flyte
from flyte.io import Dir, File

env = flyte.TaskEnvironment("deep")

class Mode(Enum):
    FAST = "f"
    SLOW = "s"

@dataclass
class Cfg:
    lr: float = 0.1
    epochs: int = 3

@env.task
def greet(name: str, times: int = 1, shout: bool = False) -> str:
    """Greet somebody."""

@env.task
async def main(cfg: Cfg, tags: list[str], data: File | None = None, to: Dir | None = None,
               mode: Mode = Mode.FAST, how: Literal["x", "y"] | None = None, color: str = "") -> int:
    """Train and evaluate.

    Args:
        tags: labels to try
    """
'''


@dataclass
class World:
    """A machine of which everything is known."""

    asked: list[str] = field(default_factory=list)

    def python_files(self, start: str) -> list[tuple[str, str]]:
        return [("deep.py", ""), ("my flow.py", ""), ("sub/", "folder")]

    def entries(self) -> list[tuple[str, str]]:
        return [("nightly", "deep.py greet")]

    def programs(self) -> list[tuple[str, str]]:
        return [("python-script", "any Python script as a task")]

    def file_of(self, entry: str) -> tuple[str, str | None]:
        return ("deep.py", "greet") if entry in ("nightly", "python-script") else (entry, None)

    def default_inputs(self, name: str) -> dict[str, str]:
        return {"name": "Ada", "cfg": "", "elsewhere": "1"} if name == "nightly" else {}

    def profiles(self, file: str) -> list[tuple[str, str]]:
        return [("theirs", "")] if file == "other.yaml" else [("dev", ""), ("prod", "")]

    def tasks(self, file: str) -> list[object]:
        self.asked.append(file)
        return tasks_in(SOURCE) if file == "deep.py" else []  # type: ignore[return-value]

    def runs(self) -> list[tuple[str, str]]:
        return [("r7k2m9q", "✓ fan.main just now"), ("r3k9a2e", "✗ fan.main 8 min ago ValueError")]

    def actions(self, run: str) -> list[tuple[str, str]]:
        return [("main", ""), ("flaky.0", ""), ("flaky.1", "")] if run == "r7k2m9q" else []

    def task_of(self, run: str) -> object:
        return tasks_in(SOURCE)[0] if run == "r7k2m9q" else None

    def secrets(self) -> list[tuple[str, str]]:
        return [("TOKEN", "")]

    def cached_tasks(self) -> list[tuple[str, str]]:
        return [("deep.main", "")]

    def plugins(self, group: str) -> list[tuple[str, str]]:
        return [("extra", "from a plug-in")] if group == "get" else []


def answer(line: str) -> Answer:
    """What is offered at the end of a line; a blank at its end begins a new word."""
    words = line.split(" ")[1:]
    return complete(words, len(words) - 1, World())  # type: ignore[arg-type]


def offered(line: str) -> list[str]:
    return [value for value, _ in answer(line).candidates]


def test_every_command_is_offered_with_what_it_is_for() -> None:
    found = dict(answer("flyte ").candidates)
    assert list(found) == list(COMMANDS)
    assert found["run"] == "run a task"


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("flyte ru", ["run"]),
        ("flyte get r", ["run", "report"]),
        ("flyte get c", ["condition", "config"]),
        ("flyte get e", ["extra"]),
        ("flyte --json get r", ["run", "report"]),
        ("flyte -of ", list(FORMATS)),
        ("flyte get run -of js", ["json", "jsonl"]),
        ("flyte get run --output-format=y", ["--output-format=yaml"]),
        ("flyte run ", ["nightly", "deep.py", "my flow.py", "sub/", "python-script"]),
        ("flyte run deep.py ", ["greet", "main"]),
        ("flyte run --name x deep.py m", ["main"]),
        ("flyte run deep.py::g", ["deep.py::greet"]),
        ("flyte run other.py ", []),
        ("flyte run deep.py greet ", ["--name", "--times", "--shout", "--no-shout"]),
        ("flyte run deep.py greet --name Ada ", ["--times", "--shout", "--no-shout"]),
        ("flyte run deep.py greet --name=Ada --shout --ti", ["--times"]),
        ("flyte run nightly ", ["--name", "--times", "--shout", "--no-shout"]),
        ("flyte config set image.b", ["image.builder"]),
        ("flyte config set admin.end", ["admin.endpoint"]),
        ("flyte config set project.def", ["project.default_file", "project.default_task"]),
        ("flyte config set insecure ", ["true", "false"]),
        ("flyte config set auth.type De", ["DeviceFlow"]),
        ("flyte config set image.builder ", ["local", "local-podman", "remote"]),
        ("flyte config set profile p", ["prod"]),
        ("flyte config set endpoint ", []),
        ("flyte config unset prof", ["profile"]),
        ("flyte get config end", ["endpoint"]),
        ("flyte get config --profile ", ["dev", "prod"]),
        ("flyte --profile=p", ["--profile=prod"]),
        ("flyte -c other.yaml get config --profile ", ["theirs"]),
        ("flyte create config --builder r", ["remote"]),
        ("flyte create config --auth-type Pk", ["Pkce"]),
        ("flyte run deep.py::greet --ti", ["--times"]),
        ("flyte run deep.py main --cfg", ["--cfg", "--cfg.lr", "--cfg.epochs"]),
        ("flyte run deep.py main --cfg.lr 1 --cfg.", ["--cfg.epochs"]),
        ("flyte run deep.py main --tags a --ta", ["--tags"]),
        ("flyte run deep.py main --mode ", ["FAST", "SLOW"]),
        ("flyte run deep.py main --mode=S", ["--mode=SLOW"]),
        ("flyte run deep.py main --how ", ["x", "y", "none"]),
        ("flyte run deep.py greet --shout=", ["--shout=true", "--shout=false"]),
        ("flyte run deep.py greet --name ", []),
        ("flyte run --from r7", ["r7k2m9q"]),
        ("flyte get run ", ["r7k2m9q", "r3k9a2e"]),
        ("flyte get report r7k2m9q f", ["flaky.0", "flaky.1"]),
        ("flyte rerun r7k2m9q --action-name m", ["main"]),
        ("flyte rerun r7k2m9q --ti", ["--times"]),
        ("flyte delete secret ", ["TOKEN"]),
        ("flyte cache ls --task ", ["deep.main"]),
        ("flyte cache why r7k2m9q fl", ["flaky.0", "flaky.1"]),
        ("flyte signal ", ["r7k2m9q", "r3k9a2e", "condition"]),
        ("flyte abort a", ["action"]),
        ("flyte abort action r7k2m9q fl", ["flaky.0", "flaky.1"]),
        ("flyte abort run r", ["r7k2m9q", "r3k9a2e"]),
        ("flyte --log-f", ["--log-format"]),
        ("flyte --log-format ", ["console", "json"]),
        ("flyte run python-script train.py --ti", ["--times"]),
        ("flyte completion ", ["bash", "zsh", "fish", "powershell"]),
        ("flyte help form", ["formats"]),
        ("flyte new ", ["hello", "etl", "training", "agent"]),
        ("flyte nonsense ", []),
        ("flyte get nonsense x ", []),
    ],
)
def test_offered(line: str, values: list[str]) -> None:
    assert offered(line) == values


def test_an_input_hides_the_option_of_its_name() -> None:
    assert offered("flyte run deep.py main --col").count("--color") == 1
    assert answer("flyte run deep.py main --color ").candidates == []  # its values are those of the input


def test_inputs_come_before_options_and_required_ones_first() -> None:
    found = offered("flyte run deep.py main --")
    assert found[:2] == ["--cfg", "--tags"]
    assert found.index("--mode") < found.index("--executor")
    assert found[-1] == "--help"


def test_an_input_tells_type_default_and_help() -> None:
    found = dict(answer("flyte run deep.py main --").candidates)
    assert found["--tags"] == "text ..., required: labels to try"
    assert found["--cfg.lr"] == "float, 0.1"
    assert dict(answer("flyte run deep.py ").candidates)["greet"] == "Greet somebody."


@pytest.mark.parametrize(
    ("line", "paths"),
    [
        ("flyte run deep.py main --data ", "files"),
        ("flyte run deep.py main --data=./", "files"),
        ("flyte run deep.py main --to ", "folders"),
        ("flyte run deep.py main --cfg ", "files"),
        ("flyte run --inputs ", "files"),
        ("flyte run deep.py greet --name ", ""),
        ("flyte config set project.default_file ", "files"),
        ("flyte config set project.source_root ", "folders"),
        ("flyte extra ", "files"),
    ],
)
def test_paths_are_left_to_the_shell(line: str, paths: str) -> None:
    assert answer(line) == Answer([], paths)


def test_an_input_that_the_project_file_gives_is_not_required() -> None:
    assert dict(answer("flyte run nightly --").candidates)["--name"] == "text, Ada"
    assert dict(answer("flyte run deep.py greet --").candidates)["--name"] == "text, required"


def test_an_option_that_was_given_is_not_offered_again() -> None:
    assert "--json" not in offered("flyte get run --json --")
    assert "--inputs" in offered("flyte run --inputs a.yaml --")


def test_behind_two_dashes_nothing_is_an_option() -> None:
    assert offered("flyte get run -- --") == []


def test_a_file_is_not_read_before_it_is_named() -> None:
    world = World()
    complete(["run", "dee"], 1, world)  # type: ignore[arg-type]
    assert world.asked == []
