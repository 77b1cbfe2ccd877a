"""The pictures in the README are of the screens as they are now. FLYTE_UPDATE_PICTURES=1 draws them anew."""

import html
import os
import re
from pathlib import Path

import pytest

from tests.tui.runs import Recorded
from tests.tui.test_pictures import at, in_one_time_zone

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "img"
TEXT = re.compile(r'<text [^>]*y="([\d.]+)"[^>]*>([^<]*)</text>')

__all__ = ["in_one_time_zone"]


def texts(picture: str) -> list[tuple[str, str]]:
    """What stands on each line of a picture; how it is drawn is the toolkit's business."""
    return [(line, html.unescape(said).replace("\xa0", " ").strip()) for line, said in TEXT.findall(picture)]


@pytest.mark.parametrize(("name", "seconds"), [("run-live", 3.1), ("run-failed", None)])
async def test_the_readme_shows_the_screen_as_it_is(pictured_run: Recorded, name: str, seconds: float | None) -> None:
    app = at(pictured_run, seconds, theme="flyte-dark")
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause()
        now = app.export_screenshot(title=f"flyte tui {app.source.name}" if app.source else "")
    file = FOLDER / f"{name}.svg"
    if os.environ.get("FLYTE_UPDATE_PICTURES"):
        file.write_text(now, encoding="utf-8")
    assert texts(file.read_text(encoding="utf-8")) == texts(now)
