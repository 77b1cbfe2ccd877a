"""A bug of ours: keep a report in a file, say where, send nothing."""

from __future__ import annotations

import sys
import tempfile
import traceback
from collections.abc import Sequence

from flyte_cli import exits
from flyte_cli.errors import CliError


class Bug(CliError):
    """The tool itself failed."""

    status = exits.BUG


def reported(error: BaseException, words: Sequence[str]) -> Bug:
    """Save what is known and make an error of it."""
    text = f"flyte {' '.join(words)}\npython {sys.version}\n\n{''.join(traceback.format_exception(error))}"
    message = f"this is a bug in flyte: {type(error).__name__}: {error}"
    try:
        with tempfile.NamedTemporaryFile("w", prefix="flyte-bug-", suffix=".txt", delete=False) as file:
            file.write(text)
    except OSError:
        return Bug(message, causes=text.splitlines()[-12:])
    return Bug(message, help=[f"a report is in {file.name}; nothing was sent"])
