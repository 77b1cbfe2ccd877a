"""`TypeEngine`: the types that are known, and conversions of single values, for plugins and tests.

Tasks do not go through here: their whole signatures are compiled by `flyte.types.plan`.
"""

from __future__ import annotations

import typing
from collections.abc import KeysView
from typing import Any

from flyte.types.annotations import bare
from flyte.types.extension import Extension
from flyte.types.registry import load_plugins
from flyte.types.registry import register as register_family
from flyte.types.transformer import (
    TypeTransformer,
    TypeTransformerFailedError,
    encoded_literal,
    extension_of,
    finished,
    shown_literal,
)


class TypeEngine:
    """The registry of transformers; used as a class, never made."""

    _transformers: typing.ClassVar[dict[Any, TypeTransformer[Any]]] = {}

    @classmethod
    def register(cls, transformer: TypeTransformer[Any], additional_types: list[type] | None = None) -> None:
        """Have a transformer carry its type, and others with it.

        Raises ValueError when a type has one already.
        """
        for kind in (transformer.python_type, *(additional_types or [])):
            cls.register_additional_type(transformer, kind)

    @classmethod
    def register_additional_type(
        cls, transformer: TypeTransformer[Any], additional_type: type, override: bool = False
    ) -> None:
        """Have a transformer carry one more type; `override` takes it from another transformer."""
        known = cls._transformers.get(additional_type)
        if known is not None and not override:
            raise ValueError(f"{additional_type!r} is carried by {known!r} already; pass override=True to replace it")
        if not cls._transformers:
            register_family(_extension_for)
        cls._transformers[additional_type] = transformer

    @classmethod
    def get_transformer(cls, python_type: Any) -> TypeTransformer[Any]:
        """The transformer of a type, or of the nearest class it inherits from.

        Raises ValueError for a type that no transformer was registered for.
        """
        found = _found(python_type)
        if found is None:
            raise ValueError(f"no transformer is registered for {python_type!r}")
        return found

    @classmethod
    def get_available_transformers(cls) -> KeysView[Any]:
        """The types that transformers were registered for."""
        return cls._transformers.keys()

    @classmethod
    def to_literal_type(cls, python_type: Any) -> Any:
        """The core.LiteralType of an annotation, as a message where those are loaded, else as bytes."""
        import sys

        from flyte.types.single import literal_type

        encoded = literal_type(python_type)
        messages = sys.modules.get("flyteidl2.core.types_pb2")
        return encoded if messages is None else messages.LiteralType.FromString(encoded)

    @classmethod
    async def to_literal(cls, python_val: Any, python_type: Any, expected: Any = None) -> Any:
        """One value as a literal: a message where those are loaded, else a tree."""
        from flyte.types.single import encode

        return shown_literal(encode(python_val, python_type))

    @classmethod
    async def to_python_value(cls, lv: Any, expected_python_type: Any) -> Any:
        """One literal as a value."""
        from flyte.types.single import decode

        return decode(encoded_literal(lv), expected_python_type)

    @classmethod
    def to_literal_checks(cls, python_val: Any, python_type: Any, expected: Any = None) -> None:
        """Raise TypeTransformerFailedError, saying what is wrong, for a value that does not fit the type."""
        from flyte.types.single import encode

        try:
            encode(python_val, python_type)
        except (TypeError, ValueError) as error:
            raise TypeTransformerFailedError(str(error)) from error

    @classmethod
    async def dict_to_literal_map(cls, d: dict[str, Any], type_hints: dict[str, Any] | None = None) -> Any:
        """Values by name as literals by name: a message where those are loaded, else a dict.

        A value without a hint is taken for what it is. Raises TypeError for one that does not fit.
        """
        import sys

        hints = type_hints or {}
        literals = {name: await cls.to_literal(value, hints.get(name, type(value))) for name, value in d.items()}
        messages = sys.modules.get("flyteidl2.core.literals_pb2")
        return literals if messages is None else messages.LiteralMap(literals=literals)

    @classmethod
    async def literal_map_to_kwargs(
        cls, lm: Any, python_types: dict[str, Any] | None = None, literal_types: Any = None
    ) -> dict[str, Any]:
        """Literals by name as values of the types given for the names; one without a type may be anything.

        Raises ValueError for what is no map of literals, and for literals that `python_types` does not name.
        """
        from flyte.types.shown import literals_in

        literals = literals_in(lm)
        if literals is None:
            raise ValueError(f"expected literals by name, got {type(lm).__name__} {lm!r:.80}")
        unknown = [] if python_types is None else [name for name in literals if name not in python_types]
        if python_types is not None and unknown:
            names = ", ".join(f"`{name}`" for name in unknown)
            raise ValueError(f"there is no type for {names}; there is one for {', '.join(map(repr, python_types))}")
        types = python_types or {}
        return {name: await cls.to_python_value(each, types.get(name, Any)) for name, each in literals.items()}

    @classmethod
    async def unwrap_offloaded_literal(cls, lv: Any) -> Any:
        """The literal itself where one only says where it is stored; any other as it is.

        Raises ValueError naming the place when it cannot be read.
        """
        import asyncio

        from flyte._core import read_literal
        from flyte.types.stored import read

        tree = lv if isinstance(lv, dict) else read_literal(encoded_literal(lv))
        return shown_literal(await asyncio.to_thread(read, tree["offloaded"])) if "offloaded" in tree else lv

    @classmethod
    def register_restricted_type(cls, name: str, type: type) -> None:
        """Have a type refused, with `flyte.errors.RestrictedTypeError`, wherever a task would take or return it."""
        cls.register_additional_type(_Restricted(name, type), type, override=True)

    @classmethod
    def lazy_import_transformers(cls) -> None:
        """Load the types that installed packages add, which otherwise happens when one may be needed."""
        load_plugins()

    @classmethod
    def to_html(cls, python_val: Any, expected_python_type: Any) -> str:
        """A value as people see it in a report."""
        transformer = _found(expected_python_type) or TypeTransformer("object", object)
        return str(finished(transformer.to_html(python_val, expected_python_type)))


class _Restricted(TypeTransformer[Any]):
    """Stands for a type that is refused."""

    def get_literal_type(self, t: Any) -> Any:
        from flyte.errors import RestrictedTypeError

        raise RestrictedTypeError(f"{self.name} ({self.python_type!r}) may not be a task's input or output")


def _found(annotation: Any) -> TypeTransformer[Any] | None:
    annotation = bare(annotation)
    cls = typing.get_origin(annotation) or annotation
    for each in (annotation, *(cls.__mro__[:-1] if isinstance(cls, type) else (cls,))):
        if each in TypeEngine._transformers:
            return TypeEngine._transformers[each]
    return None


def _extension_for(annotation: Any) -> Extension | None:
    transformer = _found(annotation)
    return None if transformer is None else extension_of(transformer, annotation)
