"""Types that other packages add, as classes with a method per direction: the spelling that plugins are written in.

A literal is a tree as `flyte._core.read_literal` makes it, or a protobuf message where the program has loaded those.
Conversions may be coroutines. Nothing here knows a type.
"""

from __future__ import annotations

import inspect
import sys
import typing
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from flyte._core import read_literal, write_literal, write_literal_type
from flyte.types.extension import Extension, Misfit

T = TypeVar("T")


class TypeTransformerFailedError(TypeError):
    """A value does not fit the type it is to be converted to or from."""


@runtime_checkable
class Renderable(Protocol):
    """Something that shows a value as HTML."""

    def to_html(self, python_value: Any) -> str:
        """The value as HTML."""


class FlytePickle(Generic[T]):
    """As an annotation, asks for a pickle, so that nobody is warned: `FlytePickle[Model]`."""


class TypeTransformer(Generic[T]):
    """How one type travels; subclasses say what its literals are."""

    def __init__(self, name: str, t: type[T], enable_type_assertions: bool = True) -> None:
        self._name, self._type, self._asserts = name, t, enable_type_assertions

    @property
    def name(self) -> str:
        """The type, as messages call it."""
        return self._name

    @property
    def python_type(self) -> type[T]:
        """The class whose values these are."""
        return self._type

    @property
    def type_assertions_enabled(self) -> bool:
        """Whether a value must be an instance of the class."""
        return self._asserts

    def assert_type(self, t: type[T], v: T) -> None:
        """Raise TypeTransformerFailedError for a value of another class."""
        cls = typing.get_origin(t) or t
        if not isinstance(v, cls):
            raise TypeTransformerFailedError(f"expected {cls.__name__}, got {type(v).__name__} {v!r:.80}")

    def get_literal_type(self, t: type[T]) -> Any:
        """The literal type: a tree for `flyte._core.write_literal_type`, its bytes, or a message."""
        raise NotImplementedError(f"{type(self).__name__} does not say its literal type")

    async def to_literal(self, python_val: T, python_type: type[T], expected: Any) -> Any:
        """A value as a literal."""
        raise NotImplementedError(f"{type(self).__name__} does not write values")

    async def to_python_value(self, lv: Any, expected_python_type: type[T]) -> Any:
        """A literal as a value."""
        raise NotImplementedError(f"{type(self).__name__} does not read values")

    def schema_match(self, schema: dict[str, Any]) -> bool:
        """Whether a JSON schema describes this type; of transformers that do not say, none does."""
        return False

    @staticmethod
    def isinstance_generic(obj: Any, generic_alias: Any) -> bool:
        """Whether an object is an instance of the class behind `Box[int]`; what is in it is not looked at."""
        return isinstance(obj, typing.get_origin(generic_alias) or generic_alias)

    def to_html(self, python_val: T, expected_python_type: type[T]) -> str:
        """A value as people see it in a report."""
        import html

        return html.escape(repr(python_val))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._name!r} of {self._type!r})"


def extension_of(transformer: TypeTransformer[Any], annotation: Any) -> Extension:
    """The conversions of a transformer, for one annotation of its type."""
    cls = transformer.python_type
    literal_type = transformer.get_literal_type(annotation)

    def encode(value: Any) -> bytes:
        if transformer.type_assertions_enabled and not isinstance(value, cls):
            raise Misfit(f"expected {transformer.name}, got {type(value).__name__} {value!r:.80}")
        return encoded_literal(finished(transformer.to_literal(value, annotation, literal_type)))

    def decode(literal: bytes) -> Any:
        return finished(transformer.to_python_value(shown_literal(literal), annotation))

    instances = cls if transformer.type_assertions_enabled else None
    return Extension(
        transformer.name, encoded_type(literal_type), encode, decode, encode, decode, does_io=True, instances=instances
    )


def encoded_type(literal_type: Any) -> bytes:
    """The bytes of a literal type, however it was given."""
    return write_literal_type(literal_type) if isinstance(literal_type, dict) else _bytes_of(literal_type)


def encoded_literal(literal: Any) -> bytes:
    """The bytes of a literal, however it was given."""
    return write_literal(literal) if isinstance(literal, dict) else _bytes_of(literal)


def shown_literal(literal: bytes) -> Any:
    """A literal as a message where the program has loaded its class, else as a tree."""
    messages = sys.modules.get("flyteidl2.core.literals_pb2")
    return read_literal(literal) if messages is None else messages.Literal.FromString(literal)


def _bytes_of(given: Any) -> bytes:
    if isinstance(given, bytes):
        return given
    if hasattr(given, "SerializeToString"):
        return bytes(given.SerializeToString(deterministic=True))
    raise TypeError(f"a literal is a tree (dict), bytes or a protobuf message, got {type(given).__name__}")


def finished(result: Any) -> Any:
    """What a conversion gives; a coroutine is run on a loop of its own, as this thread may have one already."""
    if not inspect.iscoroutine(result):
        return result
    import asyncio  # deferred: 20 ms, and few transformers need it
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, result).result()
