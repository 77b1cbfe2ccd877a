"""What a report makes of things that are no text: figures, data frames, whatever shows itself in notebooks.

Libraries are looked for among the loaded modules and never imported: a figure of theirs cannot exist before.
"""

from __future__ import annotations

import base64
import html
import io
import sys
from collections.abc import Callable
from typing import Any

MOST_ROWS = 200
"""Rows of a data frame that are shown; the size of the whole is written below."""

_PICTURES = (("_repr_png_", "png"), ("_repr_jpeg_", "jpeg"))


def html_of(value: Any, libraries: set[str]) -> str:
    """HTML as it is, and HTML for everything else.

    `libraries` are the scripts that the page holds already; those that this value brings are added.
    """
    if isinstance(value, str):
        return value
    for draw in (_plotly, _matplotlib, _pandas, _notebook):
        drawn = draw(value, libraries)
        if drawn is not None:
            return drawn
    return f"<pre>{html.escape(str(value))}</pre>"


def _plotly(value: Any, libraries: set[str]) -> str | None:
    figure = _loaded("plotly.basedatatypes", "BaseFigure")
    if figure is None or not isinstance(value, figure):
        return None
    is_first = "plotly" not in libraries  # 4.5 MB, which one page needs once
    libraries.add("plotly")
    return str(value.to_html(full_html=False, include_plotlyjs=is_first))


def _matplotlib(value: Any, libraries: set[str]) -> str | None:
    figure = _loaded("matplotlib.figure", "Figure")
    if figure is None:
        return None
    drawn = value if isinstance(value, figure) else getattr(value, "figure", None)  # axes and seaborn's grids have one
    if not isinstance(drawn, figure):
        return None
    file = io.BytesIO()
    drawn.savefig(file, format="png", dpi=144, bbox_inches="tight")
    return _picture(file.getvalue(), "png")


def _pandas(value: Any, libraries: set[str]) -> str | None:
    frame, series = _loaded("pandas", "DataFrame"), _loaded("pandas", "Series")
    if series is not None and isinstance(value, series):
        value = value.to_frame()
    if frame is None or not isinstance(value, frame):
        return None
    return str(value.to_html(max_rows=MOST_ROWS, show_dimensions=True, border=0))


def _notebook(value: Any, libraries: set[str]) -> str | None:
    for method in ("_repr_html_", "_repr_svg_"):
        drawn = _asked(value, method)
        if isinstance(drawn, str):
            return drawn
    for method, kind in _PICTURES:
        drawn = _asked(value, method)
        if isinstance(drawn, bytes):
            return _picture(drawn, kind)
    return None


def _asked(value: Any, method: str) -> Any:
    ask: Callable[[], Any] | None = getattr(value, method, None)
    return ask() if callable(ask) and not isinstance(value, type) else None


def _picture(data: bytes, kind: str) -> str:
    return f'<img alt="figure" src="data:image/{kind};base64,{base64.b64encode(data).decode()}">'


def _loaded(module: str, name: str) -> Any:
    return getattr(sys.modules.get(module), name, None)
