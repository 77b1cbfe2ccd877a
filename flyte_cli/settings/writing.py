"""Write a file of settings whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from flyte_cli.errors import MachineTrouble


def write_whole(file: Path, text: str) -> None:
    """Put the text in place of what the file holds; a link stays one, permissions and kinds of line ends stay.

    Raises MachineTrouble.
    """
    target = Path(os.path.realpath(file))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            ends = "\r\n" if target.exists() and b"\r\n" in target.read_bytes() else "\n"
            with open(handle, "w", encoding="utf-8", newline=ends) as stream:
                stream.write(text)
            os.chmod(name, mode)
            os.replace(name, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
    except OSError as error:
        raise MachineTrouble(
            f"cannot write {file}: {error.strerror}", help=["is its folder yours to write in?"]
        ) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
