from pathlib import Path

import flyte
from flyte.io import File

from project_name.tasks import Order, Region, Summary, main, page, summarize

HEAD = "day,region,product,quantity,price\n"


def test_a_region_names_its_best_product() -> None:
    orders = [Order("North", "lamp", 2, 10.0), Order("North", "desk", 1, 100.0)]
    assert summarize.forward("North", orders) == Region("North", 2, 120.0, "desk")


def test_rows_that_make_no_sense_are_told_of(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(HEAD + "2025-01-06,North,lamp,2,10\n2025-01-07,North,lamp,many,10\n")
    summary, _ = flyte.run(main, orders=File.from_local_sync(str(path))).outputs()
    assert summary.revenue == 20.0
    assert [text.partition(":")[0] for text in summary.left_out] == ["line 3"]


def test_the_sample_gives_a_file_with_a_row_for_each_region() -> None:
    summary, file = flyte.run(main).outputs()
    lines = file.read().splitlines()
    assert lines[0] == "region,orders,revenue,best"
    assert [line.partition(",")[0] for line in lines[1:]] == ["East", "North", "South", "West"]
    assert len(summary.left_out) == 2


def test_small_orders_can_be_left_out() -> None:
    everything, _ = flyte.run(main).outputs()
    large, _ = flyte.run(main, smallest=100.0).outputs()
    assert 0 < large.revenue < everything.revenue


def test_the_report_shows_what_users_wrote_as_text() -> None:
    shown = page(Summary([Region("<b>", 1, 1.0, "x")], 1.0, ["line 2: <i>"]))
    assert "&lt;b&gt;" in shown
    assert "<b>" not in shown
    assert "<i>" not in shown
