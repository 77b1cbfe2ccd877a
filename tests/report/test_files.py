"""A report is whole at any moment: readers see the old or the new one, also when its writer is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from flyte.report.files import attempts_with_reports, prepare_folder, report_file, write_whole
from tests.report.conftest import tabs_of

HEAD = """
import os, signal, sys
from pathlib import Path
from flyte.report.attempt import AttemptReport
from tests.report.conftest import attempt_of

report = AttemptReport(attempt_of(Path(sys.argv[1]), "wire1"))
report.content.get_tab("main").log("<p>" + "x" * 3_000_000 + "</p>")
report.write()
"""

FLUSHES = """
print("written", flush=True)
while True:
    report.write()
"""

DIES_BEFORE_THE_RENAME = """
report.content.get_tab("main").replace("<p>new</p>")
Path.replace = lambda *names: os.kill(os.getpid(), signal.SIGKILL)
report.write()
"""


def writer(program: str, home: Path) -> "subprocess.Popen[bytes]":
    root = Path(__file__).parents[2]
    return subprocess.Popen([sys.executable, "-c", HEAD + program, str(home)], stdout=subprocess.PIPE, cwd=root)


def test_a_writer_that_is_killed_between_flushes_leaves_a_whole_report(tmp_path: Path) -> None:
    file = report_file(tmp_path / "runs" / "r1", "wire1", 0)
    for _ in range(6):
        process = writer(FLUSHES, tmp_path)
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        while not list(file.parent.glob(".*.part")):  # until it is in the middle of one
            assert process.poll() is None
        process.kill()
        process.communicate()
        text = file.read_text()
        assert text.endswith("</html>\n")
        assert len(tabs_of(text)["main"]) > 3_000_000
        assert attempts_with_reports(tmp_path / "runs" / "r1", "wire1") == [0]


def test_a_writer_that_dies_before_the_rename_leaves_the_old_report(tmp_path: Path) -> None:
    file = report_file(tmp_path / "runs" / "r1", "wire1", 0)
    process = writer(DIES_BEFORE_THE_RENAME, tmp_path)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert len(tabs_of(file.read_text())["main"]) > 3_000_000
    (left,) = [each for each in file.parent.iterdir() if each != file]
    assert "<p>new</p>" in left.read_text()
    prepare_folder(file)
    assert [each.name for each in file.parent.iterdir()] == ["0.html"]


def test_what_a_killed_attempt_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".0.99.part").write_text("<html><bo")
    (tmp_path / "0.html").write_text("whole")
    prepare_folder(tmp_path / "1.html")
    assert [each.name for each in tmp_path.iterdir()] == ["0.html"]


def test_a_write_that_fails_leaves_the_old_report_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "0.html"
    write_whole(file, "old")
    (tmp_path / f".0.{os.getpid()}.part").mkdir()
    with pytest.raises(IsADirectoryError):
        write_whole(file, "new")
    assert file.read_text() == "old"


def test_text_that_is_no_unicode_is_written_all_the_same(tmp_path: Path) -> None:
    write_whole(tmp_path / "0.html", "a\udc80b")
    assert (tmp_path / "0.html").read_text() == "a\\udc80b"


def test_only_whole_reports_count(tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "a0"
    folder.mkdir(parents=True)
    for name in ("0.html", "10.html", "2.html", ".3.77.part", "notes.html"):
        (folder / name).write_text("")
    assert attempts_with_reports(tmp_path, "a0") == [0, 2, 10]
    assert attempts_with_reports(tmp_path, "b0") == []
