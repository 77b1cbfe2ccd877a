"""One version, said in three places for the sake of speed."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

import flyte

ROOT = Path(__file__).parents[2]


def test_the_library_the_distribution_and_the_crate_have_one_version() -> None:
    crate = re.search(r'^version = "(.*)"', (ROOT / "rs_controller/Cargo.toml").read_text(), re.MULTILINE)
    assert crate is not None
    assert flyte.__version__ == version("flyte") == crate[1]
