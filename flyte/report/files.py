"""Where reports are kept, and how one is written: whole or not at all, whenever the process dies."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

FOLDER = "reports"


def report_file(run_folder: Path, action: str, attempt: int) -> Path:
    """The report of one attempt, counted from 0; whether there is one is for the caller to see."""
    return run_folder / FOLDER / action / f"{attempt}.html"


def attempts_with_reports(run_folder: Path, action: str) -> list[int]:
    """The attempts that have a report, in order."""
    files = (run_folder / FOLDER / action).glob("*.html")
    return sorted(int(file.stem) for file in files if file.stem.isdecimal())


def actions_with_reports(run_folder: Path) -> set[str]:
    """The names of the actions that have a report."""
    return {file.parent.name for file in (run_folder / FOLDER).glob("*/*.html") if file.stem.isdecimal()}


def write_whole(file: Path, text: str) -> None:
    """Replace a file in one step: a reader sees the old or the new one."""
    part = file.with_name(f".{file.stem}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8", errors="backslashreplace")  # lone surrogates are no reason to lose it
        part.replace(file)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def prepare_folder(file: Path) -> None:
    """Make the folder of a report, and remove what a killed attempt may have left half-written in it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    for left in file.parent.glob(".*.part"):
        left.unlink(missing_ok=True)
