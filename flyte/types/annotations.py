"""Reading annotations: what stands behind an alias, which classes are records, what their fields are.

Answers questions only; what is made of the answers is in `plan` and `schema`.
"""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from typing import Any


def bare(annotation: Any) -> Any:
    """The type behind `Annotated`, `NewType`, `type X = ...` and a type variable."""
    while True:
        if typing.get_origin(annotation) is typing.Annotated:
            annotation = annotation.__origin__
        elif isinstance(annotation, typing.NewType):
            annotation = annotation.__supertype__
        elif type(annotation).__name__ == "TypeAliasType":
            annotation = annotation.__value__
        elif isinstance(annotation, typing.TypeVar) and annotation.__bound__ is not None:
            annotation = annotation.__bound__
        elif _mark(annotation):
            annotation = typing.get_args(annotation)[0]
        else:
            return annotation


def is_dataclass_alias(annotation: Any) -> bool:
    """Tell `Box[int]`, of a generic dataclass, from the rest."""
    return is_record(typing.get_origin(annotation))


def is_named_tuple(annotation: Any) -> bool:
    """Tell the classes that NamedTuple and namedtuple make, and aliases of generic ones."""
    cls = typing.get_origin(annotation) or annotation
    return isinstance(cls, type) and issubclass(cls, tuple) and hasattr(cls, "_fields")


def is_typed_dict(annotation: Any) -> bool:
    """Tell the classes that TypedDict makes, that of typing_extensions too."""
    cls = typing.get_origin(annotation) or annotation
    return isinstance(cls, type) and issubclass(cls, dict) and hasattr(cls, "__required_keys__")


def is_enumeration(annotation: Any) -> bool:
    """Tell an enum whose members have names; combinations of flags have none."""
    return (
        isinstance(annotation, enum.EnumMeta) and not issubclass(annotation, enum.Flag) and annotation.__members__ != {}  # type: ignore[attr-defined]
    )


def name_of(annotation: Any) -> str:
    """The name of a class for people: `Box[int]` for a generic one."""
    cls = typing.get_origin(annotation)
    if cls is None:
        return str(annotation.__name__)
    names = [each.__name__ if isinstance(each, type) else str(each) for each in typing.get_args(annotation)]
    return f"{cls.__name__}[{', '.join(names)}]"


def required_keys(annotation: Any) -> frozenset[str]:
    """The keys that a TypedDict must have, whether its annotations are text or not."""
    cls = typing.get_origin(annotation) or annotation
    hints = typing.get_type_hints(cls, localns={cls.__name__: cls}, include_extras=True)
    required: frozenset[str] = cls.__required_keys__
    marked = {key: _marks(hint) for key, hint in hints.items()}
    added = {key for key, marks in marked.items() if "Required" in marks}
    dropped = {key for key, marks in marked.items() if "NotRequired" in marks}
    return (required | added) - dropped


def _marks(hint: Any) -> set[str]:
    marks = set()
    while (name := _mark(hint)) or typing.get_origin(hint) is typing.Annotated:
        marks.add(name)
        hint = hint.__origin__ if not name else typing.get_args(hint)[0]
    return marks


def _mark(hint: Any) -> str:
    """`Required`, `NotRequired` or `ReadOnly` around a type, by name: typing_extensions has its own."""
    name = getattr(typing.get_origin(hint), "_name", None) or getattr(typing.get_origin(hint), "__name__", "")
    return name if name in ("Required", "NotRequired", "ReadOnly") else ""


def is_union(annotation: Any) -> bool:
    """Tell `X | Y`, Union and Optional from the rest."""
    return typing.get_origin(annotation) in (typing.Union, types.UnionType)


def is_record(annotation: Any) -> bool:
    """Tell whether a type is a dataclass that its fields say all about, so that it can be rebuilt from them."""
    if not isinstance(annotation, type) or "__dataclass_fields__" not in vars(annotation):
        return False
    kinds = {field._field_type.name for field in annotation.__dataclass_fields__.values()}  # type: ignore[attr-defined]
    is_plain = annotation.__dataclass_params__.init and "_FIELD_INITVAR" not in kinds  # type: ignore[attr-defined]
    return is_plain and not issubclass(annotation, (dict, list, tuple, str, int, float, bytes, BaseException))


def given(default: Any) -> bool:
    """Tell whether a dataclass field has this default, or default factory.

    Asks for the type, since a class that cloudpickle restored has a copy of `dataclasses.MISSING`.
    """
    return not isinstance(default, type(dataclasses.MISSING))


_MOST_ARGUMENTS = 8


def check_end(annotation: Any, around: list[Any]) -> None:
    """Raise TypeError for a generic class that holds itself with other arguments each time, which has no end."""
    cls = typing.get_origin(annotation)
    if cls is not None and sum(typing.get_origin(each) is cls for each in around) > _MOST_ARGUMENTS:
        raise TypeError(f"`{cls.__qualname__}` holds itself with other arguments each time, which has no end")


def record_hints(annotation: Any) -> dict[str, Any]:
    """Resolve the annotations of a class with fields, which may name itself also when it is defined in a function.

    Of a generic one, with the arguments in the place of its parameters.
    """
    cls = typing.get_origin(annotation) or annotation
    arguments = dict(zip(getattr(cls, "__parameters__", ()), typing.get_args(annotation), strict=False))
    try:
        hints = typing.get_type_hints(cls, localns={cls.__name__: cls}, include_extras=True)
        return {name: _filled(hint, arguments) for name, hint in hints.items()} if arguments else hints
    except NameError as error:
        raise TypeError(
            f"a field of `{cls.__qualname__}` has an annotation that cannot be resolved: {error};"
            " import or define it in the module of the class, and not only under `if TYPE_CHECKING`"
        ) from error


def _filled(hint: Any, arguments: dict[Any, Any]) -> Any:
    """The hint with type variables replaced."""
    if isinstance(hint, typing.TypeVar):
        return arguments.get(hint, hint)
    parameters = getattr(hint, "__parameters__", ())
    return hint[tuple(arguments.get(each, each) for each in parameters)] if parameters else hint
