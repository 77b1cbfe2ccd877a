"""Where the user's code called us."""

from __future__ import annotations

import asyncio
import os
import sys

import flyte

_OURS = os.path.dirname(flyte.__file__) + os.sep
_ASYNCIO = os.path.dirname(asyncio.__file__) + os.sep


def line_of_caller() -> int:
    """The line of the innermost frame that is neither ours nor asyncio's; 0 when there is none."""
    frame = sys._getframe(1)
    while frame is not None:
        if not frame.f_code.co_filename.startswith((_OURS, _ASYNCIO)):
            return frame.f_lineno
        frame = frame.f_back  # type: ignore[assignment]
    return 0
