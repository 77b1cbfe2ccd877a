"""A data frame that tasks pass to each other by where it is stored; it is read when somebody asks for its rows."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from flyte.io import formats, run_data
from flyte.io.errors import MissingExtraError, UnreadableDataError
from flyte.io.formats import PARQUET
from flyte.io.hashing import HashMethod, started
from flyte.io.paths import absolute, is_remote, last_part
from flyte.io.ready import Ready, here_or_in_thread, in_thread
from flyte.io.reference import Reference, optional_text


class DataFrame(Reference):
    """A reference to a data frame, or one that is not stored yet: `DataFrame(pdf)`, `df.to_pandas()`."""

    _fields: ClassVar[tuple[str, ...]] = ("uri", "format", "hash")
    _description: ClassVar[str] = "A tabular data reference backed by a remote file."
    _kind: ClassVar[str] = "dataframe"

    uri: str | None
    format: str
    hash: str | None

    def __init__(
        self,
        val: Any = None,
        *,
        uri: str | None = None,
        format: str | None = None,
        hash: str | None = None,
    ) -> None:
        if isinstance(val, (str, os.PathLike)):
            raise TypeError(f"DataFrame(...) takes a data frame; for one that is stored: DataFrame(uri={str(val)!r})")
        if val is not None:
            _check_frame(val)
        self.uri = uri
        self.format = self._default_format if format is None else format
        self.hash = hash
        self.only: tuple[str, ...] | None = None
        """The columns to read; None for all."""
        self._frame = val
        self._hash_method: HashMethod | str | None = None
        self._wanted: Any = None

    # --- making one

    @classmethod
    def from_df(cls, val: Any = None, uri: str | None = None) -> DataFrame:
        """Wrap a data frame; with a `uri` it will be stored there."""
        return cls(val, uri=uri)

    wrap_df = from_df

    @classmethod
    def from_local(
        cls,
        df: Any,
        columns: Mapping[str, Any] | None = None,
        remote_destination: str | None = None,
        hash_method: HashMethod | str | None = None,
    ) -> ReadyDataFrame:
        """Store a data frame now: `await` it in async tasks; in sync ones the await is left out."""
        return here_or_in_thread(  # type: ignore[no-any-return]
            lambda: cls.from_local_sync(df, columns, remote_destination, hash_method), ReadyDataFrame._of
        )

    @classmethod
    def from_local_sync(
        cls,
        df: Any,
        columns: Mapping[str, Any] | None = None,
        remote_destination: str | None = None,
        hash_method: HashMethod | str | None = None,
    ) -> DataFrame:
        """Store a data frame now."""
        frame = cls(df, uri=remote_destination)
        frame.only = None if columns is None else tuple(columns)
        frame._hash_method = hash_method
        return frame.stored()

    @classmethod
    def from_existing_remote(cls, remote_path: str, format: str | None = None, **fields: Any) -> DataFrame:
        """Refer to data that is stored somewhere already: a file, or a folder of files."""
        return cls(uri=remote_path, format=format or formats.format_of_file(remote_path), **fields)

    # --- using one

    @property
    def val(self) -> Any:
        """The frame that was wrapped; None for one that is only stored."""
        return self._frame

    def open(self, dataframe_type: Any) -> DataFrame:
        """Say as what to read it: `await df.open(pandas.DataFrame).all()`."""
        opened = type(self)(self._frame, uri=self.uri, format=self.format, hash=self.hash)
        opened.only, opened._hash_method = self.only, self._hash_method
        opened._wanted = dataframe_type
        return opened

    async def all(self) -> Any:
        """Read all of it without blocking the loop."""
        return await in_thread(self.all_sync)

    def all_sync(self) -> Any:
        """Read all of it. Raises UnreadableDataError, a ValueError, naming the file and who made it."""
        library = formats.library_of(self._wanted)
        if library is None:
            raise ValueError(f"say as what to read it: df.open(pandas.DataFrame).all_sync(), not {self._wanted!r}")
        return self.read_as(library)

    async def iter(self) -> AsyncIterator[Any]:
        """Read it file by file."""
        library = formats.library_of(self._wanted) or "pandas"
        for file in await in_thread(self._files):
            yield await in_thread(self._read_file, library, file)

    def to_pandas(self) -> Any:
        """Read it as a pandas.DataFrame."""
        return self.read_as("pandas")

    def to_arrow(self) -> Any:
        """Read it as a pyarrow.Table."""
        return self.read_as("pyarrow")

    def to_polars(self) -> Any:
        """Read it as a polars.DataFrame."""
        return self.read_as("polars")

    def read_as(self, library: str) -> Any:
        """Read it as a frame of a library, only the columns that are asked for."""
        if self._frame is not None and formats.library_of(type(self._frame)) == library:
            return self._frame if self.only is None else _subset(self._frame, self.only)
        source = self.stored() if self._frame is not None else self
        return formats.concat(library, [source._read_file(library, file) for file in source._files()])

    @classmethod
    def columns(cls) -> dict[str, Any]:
        """The columns that the class is declared with: none."""
        return {}

    @classmethod
    def column_names(cls) -> list[str]:
        """Their names."""
        return list(cls.columns())

    # --- passing it on

    def stored(self) -> DataFrame:
        """The same data as a reference: stored now, when it was not."""
        if self._frame is None:
            return self._reference()
        frame = self._frame if self.only is None else _subset(self._frame, self.only)
        uri, digest = _store(frame, self.format or PARQUET, self.uri)
        if self._hash_method is not None:
            feeding = started(self._hash_method)
            feeding.update(frame)
            digest = feeding.result()
        twin = DataFrame(uri=uri, format=self.format or PARQUET, hash=self.hash or digest)
        twin.only = self.only
        return twin

    def packed(self) -> dict[str, Any]:
        """The fields, after the data became part of the run's."""
        return self.stored()._values()

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """What a data frame looks like inside a packed value."""
        names = ("uri", None), ("format", ""), ("hash", None)
        return {
            "description": cls._description,
            "properties": {name: optional_text(name.title(), default) for name, default in names},
            "title": "DataFrame",
            "type": "object",
            "x-flyte-type": cls._kind,
        }

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DataFrame):
            return NotImplemented
        return self._frame is other._frame and self._values() == other._values()

    def __hash__(self) -> int:
        return hash((id(self._frame), *self._values().values()))

    def __repr__(self) -> str:
        if self._frame is None:
            return super().__repr__()
        return f"DataFrame({type(self._frame).__module__.partition('.')[0]}.{type(self._frame).__qualname__})"

    def _reference(self) -> DataFrame:
        if self.uri is None:
            raise ValueError("this DataFrame is empty: give it a frame, DataFrame(pdf), or DataFrame(uri=...)")
        path = absolute(self.uri)
        keep = run_data.keep_tree if os.path.isdir(path) else run_data.keep_file
        stored = keep(self.uri)
        twin = DataFrame(uri=stored.path, format=self._format(), hash=self.hash or stored.hash or None)
        twin.only = self.only
        return twin

    def _format(self) -> str:
        return self.format or formats.format_of_file(self.uri or "")

    def _files(self) -> list[Path]:
        """The local files that hold it, fetched when they are elsewhere."""
        if self.uri is None:
            raise ValueError("this DataFrame is empty: give it a frame, DataFrame(pdf), or DataFrame(uri=...)")
        path = Path(_fetched(self.uri) if is_remote(self.uri) else absolute(self.uri))
        if not path.exists():
            raise run_data.missing(str(path), "data frame")
        if path.is_file():
            return [path]
        files = sorted(file for file in path.rglob("*") if file.is_file() and file.name[0] not in "._")
        if not files:
            raise UnreadableDataError(_broken(path, "the folder is empty"))
        return files

    def _read_file(self, library: str, file: Path) -> Any:
        form = formats.format_for(library, self._format())
        if form.read is None:
            raise ValueError(f"{form.name} of {library} is registered for writing only")
        try:
            frame = form.read(file, self.only)
        except (MissingExtraError, MemoryError):
            raise
        except Exception as error:  # every library has exceptions of its own for files that it cannot read
            cause = f"{type(error).__name__}: {str(error).strip()}"
            raise UnreadableDataError(_broken(file, f"cannot be read as {form.name}: {cause}")) from error
        _check_delimiter(frame, file, form.name)
        return frame


class ReadyDataFrame(Ready, DataFrame):
    """A data frame that may be awaited, as `DataFrame.from_local` gives in sync code."""

    @classmethod
    def _of(cls, frame: DataFrame) -> ReadyDataFrame:
        ready = cls(uri=frame.uri, format=frame.format, hash=frame.hash)
        ready.only = frame.only
        return ready


# --- the steps ----------------------------------------------------------------------------------------------------


def _check_frame(value: Any) -> None:
    if formats.library_of(type(value)) is None:
        known = "pandas.DataFrame, pyarrow.Table or polars.DataFrame"
        raise TypeError(f"expected a {known}, got {type(value).__qualname__}: {value!r:.80}")


def _store(frame: Any, name: str, uri: str | None) -> tuple[str, str]:
    """Write a frame into a folder of its own; where that is, and the hash of its content."""
    import shutil  # deferred: 4 ms

    library = formats.library_of(type(frame))
    assert library is not None  # it was checked when it was wrapped
    form = formats.format_for(library, name)
    if form.write is None:
        raise ValueError(f"{form.name} of {library} is registered for reading only")
    folder = run_data.scratch_folder() / "frame"
    folder.mkdir()
    try:
        form.write(frame, folder / form.file_name)
        if uri is not None:
            from flyte.io import storage

            return storage.put_tree(folder, absolute(uri)), ""
        stored = run_data.take_in(str(folder), is_tree=True, may_move=True)
        return stored.path, stored.hash
    finally:
        shutil.rmtree(folder.parent, ignore_errors=True)


def _fetched(uri: str) -> str:
    """A local copy of stored data: of one file, or of a folder of them."""
    from flyte.io import storage

    target = run_data.scratch_folder() / (last_part(uri) or "data")
    if storage.is_file(uri):
        return storage.get_file(uri, target)
    return storage.get_tree(uri, target)


def _subset(frame: Any, columns: tuple[str, ...]) -> Any:
    chosen = list(columns)
    missing = [name for name in chosen if name not in list(getattr(frame, "column_names", None) or frame.columns)]
    if missing:
        raise ValueError(f"the data frame has no column {', '.join(map(repr, missing))}")
    return frame.select(chosen) if hasattr(frame, "select") else frame[chosen]


def _broken(path: Path, cause: str) -> str:
    maker = run_data.made_by(str(path))
    return f"{path} {cause}" + (f" ({maker})" if maker else "")


def _check_delimiter(frame: Any, file: Path, name: str) -> None:
    """A csv with another delimiter reads as one column whose name is all names."""
    columns = (
        [str(column) for column in (getattr(frame, "column_names", None) or frame.columns)] if name == "csv" else []
    )
    if len(columns) == 1:
        found = [delimiter for delimiter in (";", "\t", "|") if delimiter in columns[0]]
        if found:
            raise UnreadableDataError(
                _broken(file, f"is not separated by commas: its only column is {columns[0]!r}; is it by {found[0]!r}?")
            )
