"""What File, Dir and DataFrame share: they are references, compared by what they refer to; pydantic knows them.

It reads no data, and imports pydantic only when pydantic asks.
"""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

R = TypeVar("R", bound="Reference")


class Reference:
    """Something large that is passed on by where it is."""

    _fields: ClassVar[tuple[str, ...]] = ()
    _description: ClassVar[str] = ""
    _kind: ClassVar[str] = ""
    _default_format: ClassVar[str] = ""

    def packed(self) -> dict[str, Any]:
        """The reference as plain values, after what it refers to became part of the run's data."""
        raise NotImplementedError

    @classmethod
    def unpacked(cls: type[R], fields: dict[str, Any]) -> R:
        """The reference that plain values stand for."""
        known = {name: value for name, value in fields.items() if name in cls._fields and value is not None}
        return cls(**known)

    def __class_getitem__(cls: type[R], item: Any) -> type[R]:
        """`File["csv"]` is a File of that format; any other parameter is for people who read it."""
        if not isinstance(item, str):
            return cls
        return type(f"{cls.__name__}[{item}]", (cls,), {"_default_format": item, "__module__": cls.__module__})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)._plain_class()):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self)._plain_class(), *self._values().values()))

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={value!r}" for name, value in self._values().items() if value not in (None, ""))
        return f"{type(self)._plain_class().__name__}({said})"

    def __reduce__(self) -> Any:
        # Inside an action a pickle travels to other tasks as a literal does, so what it refers to is taken in, too.
        return _unpickled, (type(self)._plain_class(), self._pickled_fields())

    def _pickled_fields(self) -> dict[str, Any]:
        try:
            return self.packed()
        except FileNotFoundError:  # not there yet, or any more: whoever uses it will be told
            return self._values()

    def _values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._fields}

    @classmethod
    def _plain_class(cls) -> type[Reference]:
        return next(each for each in cls.__mro__ if "_fields" in vars(each))

    # --- as a field of a pydantic model

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema  # pydantic is there when it asks

        serialization = core_schema.plain_serializer_function_ser_schema(_packed_value, when_used="json")
        return core_schema.no_info_plain_validator_function(cls._validated, serialization=serialization)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return cls.json_schema()

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """What the reference looks like inside a packed value."""
        raise NotImplementedError

    @classmethod
    def _validated(cls, value: Any) -> Reference:
        if isinstance(value, cls._plain_class()):
            return value
        if isinstance(value, dict):
            return cls.unpacked(value)
        raise ValueError(f"expected {cls.__name__}, got {type(value).__name__} {value!r}")


def _packed_value(value: Reference) -> dict[str, Any]:
    return value.packed()


def _unpickled(cls: type[Reference], fields: dict[str, Any]) -> Reference:
    return cls.unpacked(fields)


def optional_text(title: str, default: str | None) -> dict[str, Any]:
    """The JSON schema of an optional string field."""
    return {"anyOf": [{"type": "string"}, {"type": "null"}], "default": default, "title": title}


def text(title: str, **more: Any) -> dict[str, Any]:
    """The JSON schema of a string field."""
    return {"title": title, "type": "string", **more}
