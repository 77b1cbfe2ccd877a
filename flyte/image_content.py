"""What an image is made of, as bytes to be hashed: texts, files and folders. It reads files and keeps nothing."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import hashlib

_NEVER = (".git", "__pycache__", ".venv", "*.pyc")
"""Left out of every folder: they change without the image changing."""
_USES_CONTEXT = re.compile(r"^\s*(COPY|ADD|ONBUILD)\b|--mount", re.IGNORECASE | re.MULTILINE)
_BLOCK = 1 << 20


class Digest:
    """A hash of named parts, in which no two different lists of parts can look the same."""

    def __init__(self) -> None:
        self._hash = _empty_hash()

    def part(self, name: str, content: str | bytes) -> None:
        """Take in one part."""
        data = content.encode() if isinstance(content, str) else content
        self._hash.update(f"{name}:{len(data)}:".encode())
        self._hash.update(data)

    def file(self, name: str, file: Path) -> None:
        """Take in what a file holds; raises FileNotFoundError."""
        inner = _empty_hash()
        with found(file).open("rb") as data:
            while block := data.read(_BLOCK):
                inner.update(block)
        self.part(name, inner.digest())

    def folder(self, name: str, folder: Path) -> None:
        """Take in the names and contents of the files of a folder, without what its .dockerignore leaves out."""
        for path in files_of(folder):
            self.file(f"{name}/{path.relative_to(folder).as_posix()}", path)

    def text(self) -> str:
        """The hash as 32 hexadecimal digits."""
        return self._hash.hexdigest()


def _empty_hash() -> hashlib.blake2b:
    import hashlib  # deferred: 2 ms, and most programs never ask for a uri

    return hashlib.blake2b(digest_size=16)


def found(file: Path) -> Path:
    """The file itself; raises FileNotFoundError when it is not there, or not a file."""
    if not file.is_file():
        raise FileNotFoundError(f"the image needs the file {file}, which is not there (in {Path.cwd()})")
    return file


def files_of(folder: Path) -> Iterator[Path]:
    """The files of a folder that go into an image, in a fixed order; raises FileNotFoundError without the folder."""
    if not folder.is_dir():
        raise FileNotFoundError(f"the image needs the folder {folder}, which is not there (in {Path.cwd()})")
    ignored = _ignore_patterns(folder)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not is_ignored(path.relative_to(folder).as_posix(), ignored):
            yield path


def _ignore_patterns(folder: Path) -> list[str]:
    file = folder / ".dockerignore"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def is_ignored(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path relative to the folder is left out; as in docker, the last pattern that matches decides."""
    parts = path.split("/")
    if any(fnmatch.fnmatchcase(part, pattern) for part in parts for pattern in _NEVER):
        return True
    heads = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    ignored = False
    for pattern in patterns:
        matching = _matching(pattern.removeprefix("!"))
        if any(matching.fullmatch(head) for head in heads):
            ignored = not pattern.startswith("!")
    return ignored


def _matching(pattern: str) -> re.Pattern[str]:
    """A pattern as docker reads it: from the top of the folder, `*` within one name, `**` over any number of them."""
    plain = pattern.strip("/").removeprefix("./")
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", plain)
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meaning.get(piece, re.escape(piece)) for piece in pieces), re.DOTALL)


def needs_context(dockerfile: str) -> bool:
    """Whether a Dockerfile takes in files beside itself."""
    return _USES_CONTEXT.search(dockerfile) is not None
