"""Where the user's code called us."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import flyte

if TYPE_CHECKING:
    from flyte.context import ActionContext

_OURS = os.path.dirname(flyte.__file__) + os.sep
_ASYNCIO = os.path.dirname(asyncio.__file__) + os.sep


def line_of_caller(action: ActionContext) -> int:
    """The line of the innermost frame in the file of the action's task; 0 when there is none.

    Of a task whose file is not known, and outside any: that of the innermost frame that is neither ours nor asyncio's.
    """
    file = action.task.source_file if action.task is not None else None
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if name == file or (file is None and not name.startswith((_OURS, _ASYNCIO))):
            return frame.f_lineno
        frame = frame.f_back  # type: ignore[assignment]
    return 0
