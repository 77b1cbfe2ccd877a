"""What the fault tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.scene import Scene


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A folder for one program and its runs."""
    scene = Scene(tmp_path)
    yield scene
    scene.close()
