"""A pager between a long text and the terminal. Without one, or off a terminal, the text is just written."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TextIO, cast

from flyte_cli.errors import MachineTrouble
from flyte_cli.output.paper import Paper

USUAL = "less -FRX"
"""Leaves at once when all fits, keeps colours, and leaves the text on the screen."""


@contextmanager
def paged(paper: Paper, wanted: bool, environment: Mapping[str, str]) -> Iterator[Paper]:
    """The paper to write on: that of `$PAGER` where the text goes to a terminal."""
    command = _command(environment) if wanted and paper.terminal else []
    if not command:
        yield paper
        return
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, text=True, encoding="utf-8", errors="backslashreplace"
        )
    except OSError as error:
        raise MachineTrouble(
            f"cannot start the pager `{command[0]}`: {error.strerror}", help=["set PAGER to another one", "--no-pager"]
        ) from error
    assert process.stdin is not None
    try:
        yield Paper(cast(TextIO, process.stdin), paper.look)
    finally:
        with suppress(OSError):  # it was left before the end
            process.stdin.close()
        _wait(process)


def _command(environment: Mapping[str, str]) -> list[str]:
    asked = environment.get("FLYTE_PAGER", environment.get("PAGER"))
    if asked is None:
        asked = USUAL if shutil.which("less") else ""
    try:
        command = shlex.split(asked)
    except ValueError:
        raise MachineTrouble(f"`$PAGER` is no command: {asked}", help=["--no-pager"]) from None
    return [] if command[:1] in ([], ["cat"]) else command


def _wait(process: subprocess.Popen[str]) -> None:
    """Until it is left; ctrl-C is for the pager, not for us."""
    while True:
        try:
            process.wait()
        except KeyboardInterrupt:
            continue
        return
