"""The first of what values refer to: lines of a file, names in a folder, rows of a data frame. Never all of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, bold, clipped, dim, line
from flyte_cli.output.visible import visible
from flyte_cli.quantities import number, size
from flyte_cli.tui.details.html_text import Table, table_lines
from flyte_cli.tui.details.wrapping import wrapped

if TYPE_CHECKING:
    from types import ModuleType

HEAD = 64 * 1024
"""Bytes read of a file."""
MOST_LINES = 40
MOST_ENTRIES = 100
MOST_BYTES = 256
"""Bytes shown of what is no text."""
MOST_RECORDS = 5
LONGEST_CELL = 60


@dataclass(frozen=True)
class Preview:
    """What is known of something that a value refers to."""

    facts: str = ""
    """Size, rows, where it is: one line."""
    texts: Sequence[str] = ()
    bytes: bytes = b""
    table: Table | None = None
    more: str = ""


def preview_of(kind: str, uri: str) -> Preview:
    """Look at a file, folder or frame. Raises OSError, and ValueError for one that cannot be understood."""
    from flyte.io.paths import is_remote, local

    if is_remote(uri):
        return Preview(f"kept at {uri}: not fetched to look at it")
    path = Path(local(uri))
    if not path.exists():
        raise ValueError(f"{path} is gone")
    if kind == "frame":
        return _frame(path)
    return _folder(path) if path.is_dir() else _file(path)


def _file(path: Path) -> Preview:
    length = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        return Preview("empty")
    if is_binary(head):
        more = f"{number(length - MOST_BYTES)} more bytes" if length > MOST_BYTES else ""
        return Preview(f"{size(length)}, not text", bytes=head[:MOST_BYTES], more=more)
    lines = head.decode("utf-8", "replace").split("\n")
    shown = lines[:MOST_LINES]
    if length > len(head):
        more = f"{size(length - sum(len(text.encode()) + 1 for text in shown))} more"
    else:
        left = len(lines) - len(shown) - (lines[-1] == "")
        more = f"{number(left)} more lines" if left > 0 else ""
    if not more and shown[-1] == "":
        shown = shown[:-1]
    return Preview(f"{size(length)}, text", texts=[text.rstrip("\r") for text in shown], more=more)


def is_binary(head: bytes) -> bool:
    """Whether bytes are something else than text: they have NULs, or much that is not UTF-8."""
    if b"\0" in head:
        return True
    return head.decode("utf-8", "replace").count("\ufffd") > max(len(head) // 20, 1)


def _folder(path: Path) -> Preview:
    with os.scandir(path) as entries:
        found = sorted(islice(entries, MOST_ENTRIES + 1), key=lambda entry: entry.name)
    texts = []
    for entry in found[:MOST_ENTRIES]:
        is_folder = entry.is_dir()
        texts.append(f"{entry.name}/" if is_folder else f"{entry.name}  {_size_of(entry)}")
    more = f"more than {number(MOST_ENTRIES)} entries" if len(found) > MOST_ENTRIES else ""
    count = len(texts)
    return Preview("empty" if not texts else f"{count} {'entry' if count == 1 else 'entries'}", texts=texts, more=more)


def _size_of(entry: os.DirEntry[str]) -> str:
    try:
        return size(entry.stat().st_size)
    except OSError:
        return "gone"


# --- data frames


def _frame(path: Path) -> Preview:
    files = sorted(each for each in path.rglob("*.parquet") if each.is_file()) if path.is_dir() else [path]
    if not files or files[0].suffix not in (".parquet", ""):
        return _folder(path) if path.is_dir() else _file(path)
    from flyte.io.formats import imported

    try:
        parquet = imported("pyarrow.parquet")
    except ImportError:
        return Preview(f"{_weight(files)}; `pip install pyarrow` shows its columns")
    return _parquet(parquet, files)


def _weight(files: Sequence[Path]) -> str:
    total = size(sum(each.stat().st_size for each in files))
    return total if len(files) == 1 else f"{total} in {number(len(files))} files"


def _parquet(parquet: ModuleType, files: Sequence[Path]) -> Preview:
    """Schema and first rows of the first file, rows of all."""
    rows = sum(parquet.ParquetFile(each).metadata.num_rows for each in files[:MOST_ENTRIES])
    first = parquet.ParquetFile(files[0])
    schema = first.schema_arrow
    batch = next(first.iter_batches(batch_size=MOST_RECORDS), None)
    records = batch.to_pylist() if batch is not None else []
    head = [f"{field.name} {field.type}" for field in schema]
    table = Table([head, *([_cell(record.get(name)) for name in schema.names] for record in records)], True)
    facts = f"{number(rows)} rows, {number(len(schema.names))} columns, {_weight(files)}"
    left = rows - len(records)
    return Preview(facts, table=table, more=f"{number(left)} more rows" if left > 0 else "")


def _cell(value: object) -> str:
    text = str(value)
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"


# --- drawing


def preview_lines(preview: Preview, look: Look, width: int) -> Iterator[Line]:
    """What was seen of it."""
    if preview.facts:
        yield from wrapped(preview.facts, width, "dim")
    for text in preview.texts:
        yield clipped((Span(visible(text.expandtabs(4))),), width, look.glyph("…"))
    if preview.bytes:
        yield from hex_lines(preview.bytes, width)
    if preview.table is not None:
        yield from table_lines(preview.table, look, width)
    if preview.more:
        yield line(dim(f"{look.glyph('…')} {preview.more}"))


def hex_lines(data: bytes, width: int) -> Iterator[Line]:
    """Bytes as numbers and, where they are some, characters."""
    per_line = 16 if width >= 6 + 16 * 3 + 18 else 8
    for at in range(0, len(data), per_line):
        piece = data[at : at + per_line]
        numbers = " ".join(f"{each:02x}" for each in piece)
        letters = "".join(chr(each) if 32 <= each < 127 else "." for each in piece)
        yield clipped(line(dim(f"{at:04x}  "), f"{numbers:<{per_line * 3}} ", bold(letters)), width)
