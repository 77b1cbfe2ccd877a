"""A screen is drawn often, and slower where that would take much of the machine."""

import pytest

from flyte_cli.tui.pace import PARTS_TAKE, QUICKEST, SLOWEST, Part, next_frame


@pytest.mark.parametrize(("used", "wait"), [(0.0, QUICKEST), (0.005, 0.12), (3.0, SLOWEST)])
def test_frames_that_take_long_come_slower_but_never_stop(used: float, wait: float) -> None:
    assert next_frame(used) == pytest.approx(wait)


def test_a_part_is_drawn_when_there_is_something_new_and_it_has_rested() -> None:
    now, used = 100.0, 0.0
    part = Part(lambda: now, lambda: used)
    assert part.is_due("first")
    with part.drawing("first"):
        used += 0.05
    assert not part.is_due("first")
    assert not part.is_due("second")
    now += 0.05 / PARTS_TAKE
    assert part.is_due("second")
    assert not part.is_due("first")
