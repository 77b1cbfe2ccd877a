"""Asking for help loads little: modules are counted, not milliseconds."""

import subprocess
import sys

import pytest

SLOW = {"pydantic", "rich", "asyncio", "google", "grpc", "textual", "sqlite3", "cloudpickle"}


def loaded_by(*words: str) -> set[str]:
    """Top-level names that a command loads before it leaves."""
    program = (
        "import sys; from flyte_cli.entry import main; sys.argv = ['flyte', *sys.argv[1:]]\n"
        "try: main()\nexcept SystemExit: pass\n"
        "sys.stderr.write('LOADED ' + ' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stderr.rpartition("LOADED ")[2].split()}


@pytest.mark.parametrize("words", [[], ["-h"], ["--help"], ["help"], ["--version"]], ids=" ".join)
def test_the_overview_and_the_version_load_no_parser(words: list[str]) -> None:
    assert loaded_by(*words) & (SLOW | {"typer", "inspect", "dataclasses"}) == set()


@pytest.mark.parametrize("words", [["run", "-h"], ["get", "run", "-h"], ["help", "rerun"], ["rnu"]], ids=" ".join)
def test_help_of_a_command_loads_nothing_slow(words: list[str]) -> None:
    loaded = loaded_by(*words)
    assert "typer" in loaded
    assert loaded & SLOW == set()
