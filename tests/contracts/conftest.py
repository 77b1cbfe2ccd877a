"""The tool as a user starts it, in a home of its own: what the contracts share."""

import os
import sys
from pathlib import Path

import pytest

from tests.contracts.shell import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell in an empty folder with an empty state folder, off a terminal and without colour."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("FLYTE", "PYTEST", "CI"))}
    home = tmp_path / "home"
    folder = tmp_path / "work"
    home.mkdir()
    folder.mkdir()
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    return Shell(folder, kept | {"PATH": path, "FLYTE_HOME": str(home), "NO_COLOR": "1", "COLUMNS": "100"})
