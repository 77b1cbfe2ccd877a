"""Teaching `flyte.io.DataFrame` further formats, and frames of further libraries.

`register_format` takes two functions, and is enough for most. The classes are for encoders and decoders that decide
themselves where data goes.
"""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from flyte.io import formats
from flyte.io.formats import Columns, Format
from flyte.io.frame import DataFrame

T = TypeVar("T")


@dataclass(frozen=True)
class StructuredDatasetType:
    """What is known of the data's shape: its format, and the columns that are wanted."""

    format: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class StructuredDatasetMetadata:
    """What an encoder and a decoder are told about the data."""

    structured_dataset_type: StructuredDatasetType


@dataclass(frozen=True)
class StructuredDataset:
    """Stored data: a folder or file, and what is known of it."""

    uri: str
    metadata: StructuredDatasetMetadata


def register_format(
    name: str,
    frame_type: type,
    *,
    read: Callable[[Path, Columns], Any] | None = None,
    write: Callable[[Any, Path], Any] | None = None,
    file_name: str | None = None,
) -> None:
    """Teach a format for frames of a class: how a file is read, and how one is written.

    `read` takes the file and the names of the wanted columns, or None for all of them.
    """
    if read is None and write is None:
        raise ValueError(f"format {name!r}: give read=, write= or both")
    file = file_name or f"data.{name}"
    formats.register(frame_type, Format(name, file, read, write), ending=f".{name}")


class DataFrameEncoder(ABC, Generic[T]):
    """Writes frames of a class in a format."""

    def __init__(self, python_type: type[T], protocol: str | None = None, supported_format: str | None = None) -> None:
        self.python_type = python_type
        self.protocol = protocol
        self.supported_format = supported_format or ""

    @abstractmethod
    async def encode(self, dataframe: DataFrame, structured_dataset_type: StructuredDatasetType) -> StructuredDataset:
        """Write `dataframe.val` into the folder `dataframe.uri`."""


class DataFrameDecoder(ABC, Generic[T]):
    """Reads frames of a class in a format."""

    def __init__(
        self,
        python_type: type[T],
        protocol: str | None = None,
        supported_format: str | None = None,
        additional_protocols: Sequence[str] | None = None,
    ) -> None:
        self.python_type = python_type
        self.protocol = protocol
        self.supported_format = supported_format or ""

    @abstractmethod
    async def decode(self, flyte_value: StructuredDataset, current_task_metadata: StructuredDatasetMetadata) -> T:
        """Read the data at `flyte_value.uri`."""


class DataFrameTransformerEngine:
    """Where encoders and decoders are registered."""

    Handlers: ClassVar[Any] = DataFrameEncoder | DataFrameDecoder

    @classmethod
    def register(cls, handler: DataFrameEncoder[Any] | DataFrameDecoder[Any], **options: Any) -> None:
        """Use an encoder or decoder for its class and format; parquet when it names none."""
        name = handler.supported_format or formats.PARQUET
        if isinstance(handler, DataFrameEncoder):
            form = Format(name, "00000", write=_write_with(handler, name))
        else:
            form = Format(name, "00000", read=_read_with(handler, name))
        formats.register(handler.python_type, form)


def _write_with(encoder: DataFrameEncoder[Any], name: str) -> formats.Write:
    def write(frame: Any, file: Path) -> None:
        value = DataFrame(frame, uri=str(file.parent), format=name)
        _finished(lambda: encoder.encode(value, StructuredDatasetType(name)))

    return write


def _read_with(decoder: DataFrameDecoder[Any], name: str) -> formats.Read:
    def read(file: Path, columns: Columns) -> Any:
        metadata = StructuredDatasetMetadata(StructuredDatasetType(name, tuple(columns or ())))
        return _finished(lambda: decoder.decode(StructuredDataset(str(file.parent), metadata), metadata))

    return read


def _finished(start: Callable[[], Any]) -> Any:
    """What a coroutine comes to, in a loop of its own: this thread may have one that runs."""
    found: list[Any] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(asyncio.run(start()))
        except BaseException as error:  # it is raised in the thread that asked
            failed.append(error)

    thread = threading.Thread(target=run, name="flyte-frame")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return found[0]
