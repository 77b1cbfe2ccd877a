"""Both executors: every behaviour of this folder holds for either."""

from pathlib import Path

import pytest

from tests.conformance.program import Programs


@pytest.fixture(params=["process", "inline"])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Programs:
    """Runs programs under one executor, then under the other."""
    return Programs(tmp_path, request.param)


@pytest.fixture
def process_program(tmp_path: Path) -> Programs:
    """Runs programs in worker processes only."""
    return Programs(tmp_path, "process")
