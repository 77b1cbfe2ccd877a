"""Runs of tests are kept in a folder of their own, not among yours."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def runs_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLYTE_HOME", str(tmp_path / "flyte"))
