"""From annotations to plans: what `flyte._core.Signature` is compiled from.

Looks at types only. It never sees a value, and never raises for a type it does not know: that one is pickled.
"""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable
from types import CellType
from typing import Any, TypeAlias

from flyte._core import Signature
from flyte.types.annotations import bare, given, is_record, is_union, record_hints
from flyte.types.schema import record_schema, tuple_schema

Spec: TypeAlias = tuple[Any, ...]
"""A kind and its parts: `("list", ("int",))`. `flyte._core` compiles it."""

_SCALARS: dict[Any, Spec] = {
    int: ("int",),
    float: ("float",),
    str: ("str",),
    bool: ("bool",),
    None: ("none",),
    type(None): ("none",),
    bytes: ("bytes", "<class 'bytes'>"),
    dict: ("any_dict",),
    list: ("any_list", "<class 'list'>"),
}


def signature_of(function: Callable[..., Any], name: str) -> Signature:
    """Compile the annotations of a task's function."""
    parameters = inspect.signature(function).parameters
    for parameter in parameters.values():
        _check_kind(parameter, name)
    hints = _hints(function, name)
    inputs = [(each, spec_of(hints.get(each, inspect.Parameter.empty))) for each in parameters]
    defaults = {each.name: each.default for each in parameters.values() if each.default is not each.empty}
    results = _results(hints.get("return"))
    outputs = [(f"o{index}", spec_of(result)) for index, result in enumerate(results)]
    return Signature(inputs, outputs, defaults, name)


def spec_of(annotation: Any) -> Spec:
    """Describe how values of an annotated type travel; any other type is pickled."""
    return _Describing().spec(annotation, is_packed=False)


def _check_kind(parameter: inspect.Parameter, name: str) -> None:
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        raise ValueError(
            f"{name}: inputs have names, so `{parameter}` cannot be one; take a list or a dict as one parameter instead"
        )
    if parameter.kind is parameter.POSITIONAL_ONLY:
        raise ValueError(
            f"{name}: inputs are passed by name, so `{parameter.name}` cannot be positional-only; remove the `/`"
        )


def _hints(function: Callable[..., Any], name: str) -> dict[str, Any]:
    """Resolve the annotations, those given as strings too."""
    plain = inspect.unwrap(function)
    try:
        hints = typing.get_type_hints(plain, localns=_enclosing_names(plain), include_extras=True)
    except NameError as error:
        raise TypeError(
            f"{name}: an annotation cannot be resolved: {error}; import or define it where the task is declared,"
            " and not only under `if TYPE_CHECKING`"
        ) from error
    for each, annotation in getattr(plain, "__annotations__", {}).items():
        # Python 3.10 turns `x: int = None` into an Optional; every later version leaves it.
        if not isinstance(annotation, str) and is_union(hints[each]) and not is_union(bare(annotation)):
            hints[each] = annotation
    return hints


def _enclosing_names(function: Callable[..., Any]) -> dict[str, Any] | None:
    """What a nested function sees of the functions around it."""
    names = getattr(getattr(function, "__code__", None), "co_freevars", ())
    cells = getattr(function, "__closure__", None) or ()
    return {name: cell.cell_contents for name, cell in zip(names, cells, strict=True) if _is_filled(cell)} or None


def _is_filled(cell: CellType) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:  # not assigned yet
        return False


def _results(annotation: Any) -> list[Any]:
    """The types of the outputs: a tuple of two or more counts as that many."""
    annotation = bare(annotation)
    if annotation is None or annotation is type(None):
        return []
    if _is_named_tuple(annotation):
        return list(typing.get_type_hints(annotation, include_extras=True).values())
    items = typing.get_args(annotation)
    if typing.get_origin(annotation) is tuple and len(items) > 1 and Ellipsis not in items:
        return list(items)
    return [annotation]


class _Describing:
    """One walk through an annotation; remembers the dataclasses on the way, since they may hold themselves."""

    def __init__(self) -> None:
        self._open: list[type] = []

    def spec(self, annotation: Any, is_packed: bool) -> Spec:
        annotation = bare(annotation)
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        plain = annotation if origin is None or arguments else origin  # `typing.List` without an item is `list`
        if isinstance(plain, (type, type(None))) and plain in _SCALARS:
            return _SCALARS[plain]
        if is_union(annotation):
            return ("union", tuple(self.spec(each, is_packed) for each in arguments))
        if plain is tuple:
            return ("tuple_of", self.spec(Any, True), str(annotation))
        if origin is list:
            return ("list", self.spec(arguments[0], is_packed))
        if origin is dict:
            return self._dict(arguments[0], arguments[1], is_packed)
        if origin is tuple:
            return self._tuple(annotation, arguments, is_packed)
        if is_record(annotation):
            return self._record(annotation, is_packed)
        return _pickled(annotation)

    def _dict(self, key: Any, value: Any, is_packed: bool) -> Spec:
        if bare(key) is str:
            return ("map", self.spec(value, is_packed))
        return ("dict", self.spec(key, True), self.spec(value, True))

    def _tuple(self, annotation: Any, items: tuple[Any, ...], is_packed: bool) -> Spec:
        if Ellipsis in items:
            return ("tuple_of", self.spec(items[0], True), str(annotation))
        schema = None if is_packed else tuple_schema(annotation)
        return ("tuple", tuple(self.spec(item, True) for item in items), schema)

    def _record(self, cls: type, is_packed: bool) -> Spec:
        schema = None if is_packed else record_schema(cls)
        if cls in self._open:
            return ("record", cls, (), schema)
        self._open.append(cls)
        hints = record_hints(cls)
        fields = tuple(self._field(field, hints[field.name]) for field in dataclasses.fields(cls))
        self._open.pop()
        return ("record", cls, fields, schema)

    def _field(self, field: dataclasses.Field[Any], annotation: Any) -> Spec:
        values = (field.default,) if given(field.default) else ()
        factory = field.default_factory if given(field.default_factory) else None
        return (field.name, self.spec(annotation, True), field.init, field.kw_only, values, factory)


def _is_named_tuple(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, tuple) and hasattr(annotation, "_fields")


def _pickled(annotation: Any) -> Spec:
    """A type without an encoding of its own: its name for people, what values it takes, its name on the wire."""
    if annotation is inspect.Parameter.empty:
        return ("pickle", "object", None, str(annotation))
    if typing.get_origin(annotation) is typing.Literal:
        choices = typing.get_args(annotation)
        return ("pickle", " | ".join(map(repr, choices)), choices, str(annotation))
    cls = typing.get_origin(annotation) or annotation
    shown = annotation.__qualname__ if cls is annotation and isinstance(cls, type) else str(annotation)
    return ("pickle", shown.replace("typing.", ""), cls if _tells_instances(cls) else None, str(annotation))


def _tells_instances(cls: Any) -> bool:
    """Whether `isinstance` can be asked: not of a Protocol or a TypedDict, nor of anything that is not a class."""
    if not isinstance(cls, type) or cls in (object, Any) or typing.is_typeddict(cls):
        return False
    return not getattr(cls, "_is_protocol", False) or cls.__module__ == "collections.abc"
