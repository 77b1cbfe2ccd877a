"""Reading annotations: what stands behind an alias, which classes are records, what their fields are.

Answers questions only; what is made of the answers is in `plan` and `schema`.
"""

from __future__ import annotations

import dataclasses
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
        else:
            return annotation


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


def record_hints(cls: type) -> dict[str, Any]:
    """Resolve the annotations of a dataclass, which may name itself also when it is defined in a function."""
    try:
        return typing.get_type_hints(cls, localns={cls.__name__: cls}, include_extras=True)
    except NameError as error:
        raise TypeError(
            f"a field of the dataclass `{cls.__qualname__}` has an annotation that cannot be resolved: {error};"
            " import or define it in the module of the dataclass, and not only under `if TYPE_CHECKING`"
        ) from error
