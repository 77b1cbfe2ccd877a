"""Types with named fields: dataclasses, pydantic models, NamedTuples, TypedDicts. Their fields, and how one is made.

pydantic is told by what its classes have, and never imported.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flyte.docstring import parameter_docs
from flyte_cli.inputs.problem import BadValue


class Unknown(enum.Enum):
    """In place of a default, since None may be one."""

    NO_DEFAULT = "no default"


NO_DEFAULT = Unknown.NO_DEFAULT


class Shape(enum.Enum):
    """Which of the four it is."""

    DATACLASS = "dataclass"
    MODEL = "model"
    NAMED_TUPLE = "named tuple"
    TYPED_DICT = "typed dict"


@dataclass(frozen=True)
class Field:
    """One field that can be given."""

    name: str
    type: Any
    required: bool
    default: Any = NO_DEFAULT
    """The plain default; a field that is not required may have none that is known beforehand."""
    help: str = ""


def shape_of(kind: Any) -> Shape | None:
    """What kind of record it is, or None for everything else."""
    plain = _plain(kind)
    if not isinstance(plain, type):
        return None
    if typing.is_typeddict(plain) or hasattr(plain, "__required_keys__"):
        return Shape.TYPED_DICT
    if dataclasses.is_dataclass(plain):
        return Shape.DATACLASS
    if issubclass(plain, tuple) and hasattr(plain, "_fields"):
        return Shape.NAMED_TUPLE
    if hasattr(plain, "model_fields") and hasattr(plain, "model_validate"):
        return None if getattr(plain, "__pydantic_root_model__", False) else Shape.MODEL
    return None


def fields_of(kind: Any) -> dict[str, Field]:
    """The fields one can give, in order."""
    return _fields_of(_plain(kind))


@functools.lru_cache(maxsize=256)
def _fields_of(plain: Any) -> dict[str, Field]:
    # kept: resolving the hints takes longer than converting a record, and there may be thousands in a document
    shape = shape_of(plain)
    assert shape is not None  # asked of records only
    return {each.name: each for each in _READERS[shape](plain)}


def is_open(kind: Any) -> bool:
    """Whether it takes fields it does not declare."""
    return shape_of(kind) is Shape.MODEL and _plain(kind).model_config.get("extra") == "allow"


def key_of(kind: Any, name: str) -> str:
    """The field that is spelled so: dashes stand for underscores, and pydantic's may have aliases."""
    if shape_of(kind) is Shape.MODEL:
        for own, field in _plain(kind).model_fields.items():
            if name in (field.alias, field.validation_alias):
                return str(own)
    underscored = name.replace("-", "_")
    return underscored if name not in fields_of(kind) and underscored in fields_of(kind) else name


def made(kind: Any, values: Mapping[str, Any], base: Any = None) -> Any:
    """A record from the values of its fields, those of the base for the rest."""
    shape, plain = shape_of(kind), _plain(kind)
    try:
        if shape is Shape.MODEL:
            return _model(kind, {**(dict(base) if base is not None else {}), **values})
        if shape is Shape.TYPED_DICT:
            return {**(base or {}), **values}
        if base is None:
            return plain(**values)
        return base._replace(**values) if shape is Shape.NAMED_TUPLE else dataclasses.replace(base, **values)
    except BadValue:
        raise
    except Exception as error:  # their __post_init__ and validators raise what they like
        raise BadValue(f"{plain.__name__} refuses: {error}") from error


def is_base(value: Any, kind: Any) -> bool:
    """Whether a value can be changed field by field into another one of the type."""
    return isinstance(value, dict if shape_of(kind) is Shape.TYPED_DICT else _plain(kind))


def hints_of(kind: Any) -> dict[str, Any]:
    """The types of the fields, as far as they can be known."""
    plain = _plain(kind)
    try:
        return typing.get_type_hints(plain, localns={plain.__name__: plain})
    except (NameError, AttributeError, TypeError, SyntaxError):  # an annotation that exists for type checkers only
        return {}


def _plain(kind: Any) -> Any:
    """`Box[int]` is made by `Box`; a generic model is a class of its own."""
    return typing.get_origin(kind) or kind


def _model(kind: Any, values: Mapping[str, Any]) -> Any:
    keys = {name: _key(field, name) for name, field in kind.model_fields.items()}
    try:
        return kind.model_validate({keys.get(name, name): value for name, value in values.items()})
    except ValueError as error:
        raise BadValue(refusal(kind, error)) from error


def refusal(kind: Any, error: ValueError) -> str:
    """What pydantic says, in one line."""
    errors = getattr(error, "errors", None)
    if not callable(errors):
        return f"{_plain(kind).__name__} refuses: {error}"
    said = [(".".join(str(part) for part in each["loc"]), each["msg"]) for each in errors()]
    return f"{kind.__name__} refuses: " + "; ".join(f"`{place}`: {text}" if place else text for place, text in said)


def _key(field: Any, name: str) -> str:
    alias = field.validation_alias or field.alias
    return alias if isinstance(alias, str) else name


def _dataclass_fields(kind: Any) -> list[Field]:
    hints, docs = hints_of(kind), _docs(kind)
    return [
        Field(
            each.name,
            hints.get(each.name, Any),
            each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING,
            NO_DEFAULT if each.default is dataclasses.MISSING else each.default,
            str(each.metadata.get("help", "")) or docs.get(each.name, ""),
        )
        for each in dataclasses.fields(kind)
        if each.init
    ]


def _model_fields(kind: Any) -> list[Field]:
    docs = _docs(kind)
    return [
        Field(
            name,
            each.annotation,
            each.is_required(),
            NO_DEFAULT if each.is_required() or each.default_factory is not None else each.default,
            each.description or docs.get(name, ""),
        )
        for name, each in kind.model_fields.items()
    ]


def _named_tuple_fields(kind: Any) -> list[Field]:
    hints, defaults, docs = hints_of(kind), kind._field_defaults, _docs(kind)
    return [
        Field(name, hints.get(name, Any), name not in defaults, defaults.get(name, NO_DEFAULT), docs.get(name, ""))
        for name in kind._fields
    ]


def _typed_dict_fields(kind: Any) -> list[Field]:
    hints, docs = hints_of(kind) or dict.fromkeys(kind.__annotations__, Any), _docs(kind)
    return [Field(name, hint, name in kind.__required_keys__, help=docs.get(name, "")) for name, hint in hints.items()]


def _docs(kind: Any) -> dict[str, str]:
    """What the docstring says about the fields; the one that a dataclass makes up says nothing."""
    return parameter_docs((vars(kind).get("__doc__") or "").replace("Attributes:", "Args:"))


_READERS: dict[Shape, Any] = {
    Shape.DATACLASS: _dataclass_fields,
    Shape.MODEL: _model_fields,
    Shape.NAMED_TUPLE: _named_tuple_fields,
    Shape.TYPED_DICT: _typed_dict_fields,
}
