"""What is made from the commands is up to date: the completion table, its static files, the reference pages."""

from pathlib import Path

import pytest

from flyte_cli.generated import ROOT, files

MADE = files()


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_generated_file_is_current(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == MADE[path], "run `python -m flyte_cli.generated`"


def test_no_page_is_left_of_a_command_that_is_gone() -> None:
    assert set((ROOT / "docs/cli").glob("*.md")) <= set(MADE)
