"""Lines of what happened, for reports that grow while a task works, and the texts such lines are made of.

Text that is given is escaped; `detail` and `icon` are HTML, so that they can hold what `abbreviate` returns.
"""

from __future__ import annotations

import html
from datetime import datetime, timedelta
from typing import Any

from flyte.report.current import get_tab

_FOLDED = "white-space:pre-wrap;overflow-wrap:anywhere;margin:.3rem 0 0"


class Timeline:
    """Adds headings and rows to a tab."""

    def __init__(self, tab_name: str = "main") -> None:
        self._tab_name = tab_name

    def heading(self, text: Any) -> None:
        """Begin a section."""
        get_tab(self._tab_name).log(f'<h3 style="margin:.7rem 0 .2rem">{html.escape(str(text))}</h3>')

    def row(self, *, icon: str = "•", label: Any = "", meta: str = "", detail: str = "", error: Any = None) -> None:
        """Add one line: what it is about, when or how long, what came of it."""
        parts = [icon, f"<b>{html.escape(str(label))}</b>"]
        if meta:
            parts.append(f'<span style="opacity:.6">{html.escape(str(meta))}</span>')
        if detail:
            parts.append(f"— {detail}")
        if error is not None:
            parts.append(f'<span style="color:#d33">⚠ {html.escape(str(error))}</span>')
        style = "padding:.2rem 0;border-bottom:1px solid #8883"
        get_tab(self._tab_name).log(f'<div style="{style}">{" ".join(parts)}</div>')


def abbreviate(value: Any, limit: int = 300) -> str:
    """A value as HTML; what is longer than `limit` characters unfolds at a click."""
    text = "" if value is None else str(value)
    if len(text) <= limit:
        return html.escape(text)
    head = f"{html.escape(text[:limit])}... (+{len(text) - limit})"
    return (
        f'<details style="display:inline-block;vertical-align:top;max-width:100%"><summary>{head}</summary>'
        f'<pre style="{_FOLDED}">{html.escape(text)}</pre></details>'
    )


def duration_ms(start_iso: Any, end_iso: Any) -> str:
    """The time between two moments, ISO texts or datetimes: `1500 ms`; nothing when they cannot be compared."""
    try:
        length = _moment(end_iso) - _moment(start_iso)
    except (TypeError, ValueError):  # no moments, or one with a zone and one without
        return ""
    return f"{length // timedelta(milliseconds=1)} ms"


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    return datetime.fromisoformat(str(value).replace("Z", "+00:00"))
