"""How files, folders and data frames cross a task boundary: the literals of blobs and structured datasets.

Encoding inside an action makes what is referred to part of the run's data; outside one it checks that it is there.
"""

from __future__ import annotations

import collections.abc
import inspect
import os
import typing
from collections.abc import Callable, Mapping
from typing import Any

from flyte._core import read_literal, write_literal, write_literal_type
from flyte.io import formats
from flyte.io.directory import Dir
from flyte.io.file import File
from flyte.io.frame import DataFrame
from flyte.io.paths import last_part
from flyte.io.reference import Reference
from flyte.types.extension import Extension


def extension_for(annotation: Any) -> Extension | None:
    """How values of a type travel, when it is a file, a folder or a data frame; None for other types."""
    plain, details = _unwrapped(annotation)
    if not isinstance(plain, type):
        return None
    if issubclass(plain, (File, Dir)):
        return _blobs(plain)
    if issubclass(plain, DataFrame):
        return _frames("DataFrame", None, plain, _Shape.of(details, plain._default_format))
    library = formats.library_of(plain)
    if library is None:
        return None
    return _frames(f"{library}.{plain.__name__}", library, plain, _Shape.of(details))


def _unwrapped(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    if typing.get_origin(annotation) is typing.Annotated:
        return annotation.__origin__, annotation.__metadata__
    return annotation, ()


# --- files and folders --------------------------------------------------------------------------------------------


def _blobs(cls: type[File] | type[Dir]) -> Extension:
    plain: Any = Dir if issubclass(cls, Dir) else File
    is_folder = plain is Dir
    name, form = plain.__name__, cls._default_format

    def encode(value: Any) -> bytes:
        fields = _checked(value, plain).packed()
        blob = {"uri": fields["path"], "format": fields["format"] or form, "multipart": is_folder}
        return write_literal(_hashed({"blob": blob}, fields["hash"]))

    def decode(data: bytes) -> Any:
        tree = read_literal(data)
        blob = tree.get("blob")
        if blob is None:
            raise TypeError(f"expected a {name}, got a literal of another kind: {', '.join(tree)}")
        return plain(path=blob["uri"], name=last_part(blob["uri"]), format=blob["format"], hash=tree.get("hash"))

    literal_type = write_literal_type({"blob": {"format": form, "multipart": is_folder}})
    return Extension(name, literal_type, encode, decode, *_packing(plain), does_io=True)


def _checked(value: Any, cls: type[Reference]) -> Reference:
    """Raises TypeError with what came, and what to write instead."""
    if isinstance(value, cls):
        return value
    name = cls.__name__
    if inspect.iscoroutine(value):
        value.close()
        raise TypeError(f"expected {name}, got a coroutine: write `await {name}.from_local(...)`")
    got = f"expected {name}, got {type(value).__qualname__} {value!r:.80}"
    if isinstance(value, (str, os.PathLike)):
        raise TypeError(f"{got}: write {name}(path=...)")
    raise TypeError(got)


def _packing(cls: type[Reference]) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    def pack(value: Any) -> Any:
        return _checked(value, cls).packed()

    def unpack(fields: Any) -> Any:
        if not isinstance(fields, dict):
            raise TypeError(f"expected the fields of a {cls.__name__}, got {fields!r:.80}")
        return cls.unpacked(fields)

    return pack, unpack


def _hashed(tree: dict[str, Any], digest: str | None) -> dict[str, Any]:
    return {**tree, "hash": digest} if digest else tree


# --- data frames --------------------------------------------------------------------------------------------------


class _Shape(typing.NamedTuple):
    """What an annotation says about a frame beyond its class."""

    format: str
    columns: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, details: tuple[Any, ...], otherwise: str = "") -> _Shape:
        """Read `Annotated[DataFrame, {"x": int}, "csv"]`."""
        form, columns = otherwise, {}
        for detail in details:
            if isinstance(detail, str):
                form = detail
            elif isinstance(detail, Mapping):
                columns = dict(detail)
        return cls(form, tuple((str(name), _COLUMN_TYPES.get(kind, "STRUCT")) for name, kind in columns.items()))

    @property
    def names(self) -> tuple[str, ...] | None:
        return tuple(name for name, _ in self.columns) or None


def _column_types() -> dict[Any, str]:
    from datetime import datetime, timedelta

    return {
        int: "INTEGER",
        float: "FLOAT",
        str: "STRING",
        bool: "BOOLEAN",
        datetime: "DATETIME",
        timedelta: "DURATION",
    }


_COLUMN_TYPES = _column_types()


def _frames(name: str, library: str | None, cls: type, shape: _Shape) -> Extension:
    """For `library` values are its frames themselves, otherwise references; either takes both."""

    def reference(value: Any) -> DataFrame:
        frame = _wrapped(value, name)
        frame.format = frame.format or (shape.format if frame.uri is None else "")
        frame.only = shape.names or frame.only
        return frame.stored()

    def value_of(frame: DataFrame) -> Any:
        frame.only = shape.names
        return frame if library is None else frame.read_as(library)

    def encode(value: Any) -> bytes:
        frame = reference(value)
        dataset = {"uri": frame.uri, "format": frame.format, "columns": list(shape.columns)}
        return write_literal(_hashed({"structured_dataset": dataset}, frame.hash))

    def decode(data: bytes) -> Any:
        tree = read_literal(data)
        dataset = tree.get("structured_dataset")
        if dataset is None:
            raise TypeError(f"expected a {name}, got a literal of another kind: {', '.join(tree)}")
        return value_of(DataFrame(uri=dataset["uri"], format=dataset["format"], hash=tree.get("hash")))

    def pack(value: Any) -> Any:
        return reference(value)._values()

    def unpack(fields: Any) -> Any:
        return value_of(DataFrame.unpacked(fields))

    described: dict[str, Any] = {"structured_dataset": {"format": shape.format, "columns": list(shape.columns)}}
    if library is not None:
        described["structure_tag"] = f"{cls.__module__}.{cls.__qualname__}"
    return Extension(name, write_literal_type(described), encode, decode, pack, unpack, does_io=True)


def _wrapped(value: Any, name: str) -> DataFrame:
    """A copy of a reference, or a frame wrapped. Raises TypeError with what came."""
    if isinstance(value, DataFrame):
        return value.open(None)
    if formats.library_of(type(value)) is not None:
        return DataFrame(value)
    if isinstance(value, collections.abc.Coroutine):
        value.close()
        raise TypeError(f"expected {name}, got a coroutine: write `await DataFrame.from_local(...)`")
    raise TypeError(f"expected {name}, got {type(value).__qualname__} {value!r:.80}")
