"""`flyte.report.log` and the rest: what tasks call. It finds the report of the running attempt; outside a run, none.

`.aio` writes the file on another thread. What a call adds is there when the call returns, in either form.
"""

from __future__ import annotations

from typing import Any

from flyte.context import current
from flyte.dual import dual
from flyte.report.attempt import report_of
from flyte.report.content import MAIN, Report, Tab

OUTSIDE = "outside a run"


def current_report() -> Report:
    """The report of the running attempt; outside a run an empty one that nobody keeps."""
    action = current.get()
    return Report(OUTSIDE) if action is None else report_of(action).content


def get_tab(name: str, /, create_if_missing: bool = True) -> Tab:
    """The tab with that name."""
    return current_report().get_tab(name, create_if_missing)


async def _flush_aio() -> None:
    import asyncio  # deferred: 20 ms, and whoever awaits has it already

    action = current.get()
    if action is not None:
        await asyncio.to_thread(report_of(action).write)


@dual(aio=_flush_aio)
def flush() -> None:
    """Show what is in the report now."""
    action = current.get()
    if action is not None:
        report_of(action).write()


async def _log_aio(content: Any, do_flush: bool = False) -> None:
    _add(content)
    if do_flush:
        await _flush_aio()


@dual(aio=_log_aio)
def log(content: Any, do_flush: bool = False) -> None:
    """Add to the main tab: HTML, a figure, a data frame, or anything that shows itself as HTML."""
    _add(content)
    if do_flush:
        flush()


async def _replace_aio(content: Any, do_flush: bool = False) -> None:
    _put(content)
    if do_flush:
        await _flush_aio()


@dual(aio=_replace_aio)
def replace(content: Any, do_flush: bool = False) -> None:
    """Have this in place of all that is in the main tab."""
    _put(content)
    if do_flush:
        flush()


def _add(content: Any) -> None:
    if current.get() is not None:
        get_tab(MAIN).log(content)


def _put(content: Any) -> None:
    if current.get() is not None:
        get_tab(MAIN).replace(content)
