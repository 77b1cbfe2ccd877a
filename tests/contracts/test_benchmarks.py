"""The benchmarks can be run at any time, and draw what was measured. How fast anything is, is not tested."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.shell import ROOT

PROGRAM = ROOT / "benchmarks" / "run.py"


def figure(**changes: Any) -> dict[str, Any]:
    plain = {
        "title": "a thing",
        "unit": "s",
        "ours": 1.0,
        "peer": 12.5,
        "factor": 12.5,
        "budget": "≥ 10×",
        "met": True,
        "trouble": {},
    }
    return plain | changes


def drawn(folder: Path, **changes: Any) -> str:
    saved = folder / "saved.json"
    measures = [{"name": "one", "caveat": "beware.", "trouble": {}, "figures": [figure(**changes)]}]
    saved.write_text(json.dumps({"schema": "bench/1", "machine": {"quick": False}, "measures": measures}))
    return bench("--show", str(saved)).stdout


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, PROGRAM, *arguments], capture_output=True, text=True)


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        ({}, "| a thing | 1 s | 12.5 s | 12.5× | ≥ 10× | met |"),
        ({"factor": 9.0, "met": False}, "| a thing | 1 s | 12.5 s | 9× | ≥ 10× | missed |"),
        ({"ours": 23456.7, "unit": "1/s"}, "| a thing | 23,457 1/s | 12.5 1/s | 12.5× | ≥ 10× | met |"),
        ({"peer": None, "factor": None, "met": None, "trouble": {"peer": "impossible"}},
         "| a thing | 1 s | impossible | | ≥ 10× | |"),
    ],
)  # fmt: skip
def test_a_figure_is_drawn_as_one_row(tmp_path: Path, changes: dict[str, Any], row: str) -> None:
    lines = [" ".join(line.split()) for line in drawn(tmp_path, **changes).splitlines()]
    assert row in lines


def test_every_measure_says_what_to_beware_of(tmp_path: Path) -> None:
    assert "- one: beware." in drawn(tmp_path)


def test_an_unknown_measure_is_refused_with_the_known_ones() -> None:
    done = bench("--only", "fun-out")
    assert done.returncode == 2
    assert "chain" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="processes are counted through /proc")
@pytest.mark.parametrize("measure", ["chain", "screen-large"])
def test_our_side_finishes_a_quick_measure(tmp_path: Path, measure: str) -> None:
    saved = tmp_path / "bench.json"
    done = bench("--quick", "--side", "ours", "--only", measure, "--save", str(saved))
    assert done.returncode == 0, done.stderr
    (measured,) = json.loads(saved.read_text())["measures"]
    assert all(figure["ours"] > 0 for figure in measured["figures"])


def test_the_readme_shows_the_run_that_is_kept() -> None:
    shown = bench("--show", str(ROOT / "benchmarks" / "published.json")).stdout.strip()
    assert shown
    assert shown in (ROOT / "README.md").read_text()
