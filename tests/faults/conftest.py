"""What the fault tests share."""

from pathlib import Path

import pytest

from tests.faults.scene import Scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A folder for one program and its runs."""
    return Scene(tmp_path)
