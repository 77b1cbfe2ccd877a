"""The snippets of the documents the project started from run as they are written, in every spelling."""

import contextlib
import fcntl
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import flyte
from tests.contracts.shell import Shell
from tests.seeds.snippet import (
    FOLDER,
    STAND_INS,
    Commands,
    NotRun,
    Program,
    Refused,
    Settings,
    Shows,
    Tried,
    last_lines_of,
    names,
    printed_by,
    text_of,
)
from tests.seeds.table import PENDING, TABLE

TEMPORARY = ("/tmp/output.csv", "/tmp/output_dir/part", "/tmp/model.pkl")
"""What snippets expect at, or write to, places they spell out."""


def entries(*kinds: type) -> list[Any]:
    """The entries of some kinds, those that wait for something marked."""
    return [
        pytest.param(name, entry, id=name, marks=[pytest.mark.xfail(reason=f"waits for {PENDING[name]}")])
        if name in PENDING
        else pytest.param(name, entry, id=name)
        for name, entry in TABLE.items()
        if isinstance(entry, kinds)
    ]


@pytest.fixture
def tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tried]:
    """A folder that snippets are loaded from, with nothing around that they did not bring."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLYTE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.syspath_prepend(STAND_INS)
    before = set(sys.modules)
    yield Tried(tmp_path)
    for name in set(sys.modules) - before:
        if name.startswith(("fastapi", "flyteplugins", "seed_")):
            del sys.modules[name]
    flyte.init()


@contextlib.contextmanager
def temporary_files() -> Iterator[None]:
    """The files that snippets name by their whole path, for one session of tests at a time; gone afterwards."""
    with open("/tmp/flyte-seeds.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        files = [Path(name) for name in TEMPORARY]
        foreign = [str(file) for file in files if file.exists()]
        if foreign:
            pytest.skip(f"somebody else's: {', '.join(foreign)}")
        for file in files:
            file.parent.mkdir(exist_ok=True)
            file.write_text("made before", encoding="utf-8")
        try:
            yield
        finally:
            for file in files:
                file.unlink(missing_ok=True)
                with contextlib.suppress(OSError):  # /tmp itself stays
                    file.parent.rmdir()


@pytest.mark.parametrize(("name", "expected"), entries(Shows))
def test_snippet_does_what_it_says(tried: Tried, name: str, expected: Shows) -> None:
    text = text_of(name)
    with temporary_files() if '"/tmp/' in text else contextlib.nullcontext():
        assert tried.shown(name, text, expected) == expected.that


@pytest.mark.parametrize(("name", "program"), entries(Program))
def test_program_runs_with_plain_python_and_through_the_tool(shell: Shell, name: str, program: Program) -> None:
    alone, result = printed_by(name, program, shell)
    assert re.fullmatch(program.printed, alone), alone
    assert result == program.result


@pytest.mark.parametrize(("name", "commands"), entries(Commands))
def test_command_lines_run(shell: Shell, tried: Tried, name: str, commands: Commands) -> None:
    assert last_lines_of(name, commands, shell) == commands.last_lines
    if commands.python is not None:
        shown = tried.shown(name, text_of(name).partition("# Python\n")[2], commands.python)
        assert shown == commands.python.that


@pytest.mark.parametrize(("name", "refused"), entries(Refused))
def test_snippet_for_a_backend_is_told_that_it_needs_one(tried: Tried, name: str, refused: Refused) -> None:
    with pytest.raises(NotImplementedError, match=re.escape(refused.message)):
        tried.load(name, refused.prelude + text_of(name))


@pytest.mark.parametrize(("name", "settings"), entries(Settings))
def test_config_file_is_read(tried: Tried, name: str, settings: Settings) -> None:
    (tried.folder / "config.yaml").write_text(text_of(name), encoding="utf-8")
    flyte.init_from_config()
    assert Settings(flyte.current_project(), flyte.current_domain()) == settings


@pytest.mark.parametrize(("name", "entry"), entries(NotRun))
def test_what_is_not_run_could_not_be(name: str, entry: NotRun) -> None:
    if not (FOLDER / f"{name}.py").exists():
        return
    text = text_of(name)
    if "import flytekit" not in text:
        with pytest.raises(SyntaxError):
            compile(text, name, "exec")


# --- the corpus ---------------------------------------------------------------------------------------------------


def test_every_snippet_has_an_entry_and_every_entry_a_snippet() -> None:
    assert sorted(TABLE) == names()
    assert set(PENDING) <= set(TABLE)


def test_snippets_are_those_of_the_documents() -> None:
    documents = os.environ.get("FLYTE_SEEDS")
    if not documents:
        pytest.skip("no folder with the documents: $FLYTE_SEEDS")
    found = {}
    for document in sorted(Path(documents).glob("*.md")):
        blocks = re.findall(r"^```\w*\n(.*?)^```$", document.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        stem = document.stem.replace("-", "_")
        found.update({f"{stem}_{number:02}": text for number, text in enumerate(blocks, 1)})
    assert found == {file.stem: file.read_text(encoding="utf-8") for file in FOLDER.iterdir()}
