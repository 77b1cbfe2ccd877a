"""Which data frame libraries there are, and how each reads and writes which file format; others can be registered.

A library is imported when a frame of it is read or written: the smallest takes 0.2 s.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flyte.io.errors import MissingExtraError

PARQUET = "parquet"
CSV = "csv"

Columns = Sequence[str] | None
Read = Callable[[Path, Columns], Any]
Write = Callable[[Any, Path], Any]


@dataclass(frozen=True)
class Library:
    """A data frame library: its frame class, and how it reads, writes and puts frames together."""

    module: str
    frame: str
    concat: Callable[[Any, list[Any]], Any]
    to_arrow: Callable[[Any], Any]

    @property
    def type(self) -> Any:
        """The frame class. Raises MissingExtraError when the library is not installed."""
        return getattr(imported(self.module), self.frame)


@dataclass(frozen=True)
class Format:
    """How one library reads and writes one format. A folder of this format holds a file of that name."""

    name: str
    file_name: str
    read: Read | None = None
    write: Write | None = None


# --- parquet and csv ----------------------------------------------------------------------------------------------


def _pandas_parquet(file: Path, columns: Columns) -> Any:
    imported("pyarrow", "parquet with pandas")
    return imported("pandas").read_parquet(file, columns=None if columns is None else list(columns), engine="pyarrow")


def _write_pandas_parquet(frame: Any, file: Path) -> None:
    imported("pyarrow", "parquet with pandas")
    frame.to_parquet(file, engine="pyarrow")


def _pandas_csv(file: Path, columns: Columns) -> Any:
    return imported("pandas").read_csv(file, usecols=None if columns is None else list(columns))


def _arrow_parquet(file: Path, columns: Columns) -> Any:
    with file.open("rb") as content:  # by path it would look for partitions in the names of the folders
        return imported("pyarrow.parquet").read_table(content, columns=None if columns is None else list(columns))


def _write_arrow_parquet(frame: Any, file: Path) -> None:
    imported("pyarrow.parquet").write_table(frame, file)


def _arrow_csv(file: Path, columns: Columns) -> Any:
    csv = imported("pyarrow.csv")
    options = csv.ConvertOptions(include_columns=None if columns is None else list(columns))
    return csv.read_csv(file, convert_options=options)


def _write_arrow_csv(frame: Any, file: Path) -> None:
    imported("pyarrow.csv").write_csv(frame, file)


def _polars_parquet(file: Path, columns: Columns) -> Any:
    with file.open("rb") as content:  # by path it maps the file, and adds an ending to the name
        return imported("polars").read_parquet(content, columns=None if columns is None else list(columns))


def _polars_csv(file: Path, columns: Columns) -> Any:
    return imported("polars").read_csv(file, columns=None if columns is None else list(columns))


LIBRARIES = {
    library.module: library
    for library in (
        Library(
            "pandas",
            "DataFrame",
            lambda pandas, frames: pandas.concat(frames, ignore_index=True),
            lambda frame: imported("pyarrow").Table.from_pandas(frame),
        ),
        Library("pyarrow", "Table", lambda pyarrow, tables: pyarrow.concat_tables(tables), lambda table: table),
        Library("polars", "DataFrame", lambda polars, frames: polars.concat(frames), lambda frame: frame.to_arrow()),
    )
}

_FORMATS: dict[tuple[str, str], Format] = {
    ("pandas", PARQUET): Format(PARQUET, "00000", _pandas_parquet, _write_pandas_parquet),
    ("pandas", CSV): Format(CSV, "data.csv", _pandas_csv, lambda frame, file: frame.to_csv(file, index=False)),
    ("pyarrow", PARQUET): Format(PARQUET, "00000", _arrow_parquet, _write_arrow_parquet),
    ("pyarrow", CSV): Format(CSV, "data.csv", _arrow_csv, _write_arrow_csv),
    ("polars", PARQUET): Format(PARQUET, "00000", _polars_parquet, lambda frame, file: frame.write_parquet(file)),
    ("polars", CSV): Format(CSV, "data.csv", _polars_csv, lambda frame, file: frame.write_csv(file)),
}
_ENDINGS = {".parquet": PARQUET, ".pq": PARQUET, ".csv": CSV}
_registered: dict[type, str] = {}
"""Frame classes of other libraries, and the name they are known by here."""


# --- asking -------------------------------------------------------------------------------------------------------


def library_of(frame_type: Any) -> str | None:
    """The library whose frame class this is, or a subclass of it; None for any other type."""
    if not isinstance(frame_type, type):
        return None
    for cls in frame_type.__mro__:
        if cls in _registered:
            return _registered[cls]
        library = LIBRARIES.get(cls.__module__.partition(".")[0])
        if library is not None and cls.__name__ == library.frame and library.module in sys.modules:
            return library.module
    return None


def format_for(library: str, name: str) -> Format:
    """How a library reads and writes a format. Raises ValueError, with the formats it knows."""
    found = _FORMATS.get((library, name))
    if found is None:
        known = ", ".join(sorted(fmt for each, fmt in _FORMATS if each == library)) or "none"
        raise ValueError(
            f"{library} has no format {name!r} here; it has {known}; others come by flyte.io.extend.register_format"
        )
    return found


def format_of_file(name: str, otherwise: str = PARQUET) -> str:
    """The format that a file's name ends in."""
    return _ENDINGS.get(Path(name).suffix.lower(), otherwise)


def write_file(frame: Any, file: Path) -> None:
    """Write a frame to one file, in the format its name ends in."""
    library = library_of(type(frame))
    if library is None:
        raise TypeError(
            f"expected a data frame of {', '.join(LIBRARIES)}, got {type(frame).__qualname__}: {frame!r:.80}"
        )
    form = format_for(library, format_of_file(file.name))
    if form.write is None:
        raise ValueError(f"{form.name} of {library} is registered for reading only")
    form.write(frame, file)


def register(frame_type: type, form: Format, ending: str | None = None) -> None:
    """Teach a format, or a frame class of another library. What is registered later wins."""
    library = library_of(frame_type)
    if library is None:
        library = f"{frame_type.__module__}.{frame_type.__qualname__}"
        _registered[frame_type] = library
    before = _FORMATS.get((library, form.name))
    read = form.read or (before.read if before else None)
    write = form.write or (before.write if before else None)
    _FORMATS[library, form.name] = Format(form.name, form.file_name, read, write)
    if ending is not None:
        _ENDINGS[ending] = form.name


def concat(library: str, frames: list[Any]) -> Any:
    """Put the frames of several files together."""
    if len(frames) == 1:
        return frames[0]
    known = LIBRARIES.get(library)
    if known is None:
        raise ValueError(f"the data is in {len(frames)} files, and frames of {library} cannot be put together here")
    return known.concat(imported(known.module), frames)


def imported(module: str, purpose: str = "") -> Any:
    """A library. Raises MissingExtraError with what to install."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = (error.name or module).partition(".")[0]
        needed = purpose or f"data frames of {package}"
        raise MissingExtraError(f"{needed} needs {package}, which is not installed: pip install {package}") from None
