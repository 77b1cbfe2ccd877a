"""A machine that lacks something is told what, all at once, and how to get it; nothing is half done."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.shell import ROOT

LACKING = {
    "Python 3.10": "python.org",
    "cargo": "https://rustup.rs",
    "cc": "build-essential",
}


def run(script: str, *arguments: str, path: str) -> subprocess.CompletedProcess[str]:
    command = ["/bin/sh", str(ROOT / ".ci" / script), *arguments]
    return subprocess.run(command, env={"PATH": path}, capture_output=True, text=True)


def executable(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("thing", LACKING)
def test_a_bare_machine_is_told_what_it_lacks_and_where_to_get_it(tmp_path: Path, thing: str) -> None:
    done = run("prerequisites", path=str(tmp_path))
    assert done.returncode == 1
    assert done.stdout == ""
    assert thing in done.stderr
    assert LACKING[thing] in done.stderr


def test_what_is_there_is_not_asked_for(tmp_path: Path) -> None:
    executable(tmp_path / "cargo", "#!/bin/sh\n")
    stderr = run("prerequisites", path=str(tmp_path)).stderr
    assert "Rust" not in stderr
    assert "compiler" in stderr


def test_an_old_python_is_passed_over_for_a_good_one(tmp_path: Path) -> None:
    for name in ("cargo", "cc"):
        executable(tmp_path / name, "#!/bin/sh\n")
    executable(tmp_path / "python3", "#!/bin/sh\nexit 1\n")
    (tmp_path / "python3.11").symlink_to(sys.executable)
    done = run("prerequisites", path=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).name == "python3.11"


def test_a_python_without_a_shared_library_is_named(tmp_path: Path) -> None:
    python = executable(tmp_path / "python", f"#!/bin/sh\necho {tmp_path}\n")
    done = run("with-libpython", str(python), "true", path=os.defpath)
    assert done.returncode == 1
    assert "no shared library" in done.stderr
    assert "python3-dev" in done.stderr
