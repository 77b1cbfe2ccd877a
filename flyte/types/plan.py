"""From annotations to plans: what `flyte._core.Signature` is compiled from.

Looks at types only. It never sees a value, and never raises for a type it does not know: that one is pickled.
"""

from __future__ import annotations

import collections.abc
import datetime
import inspect
import typing
from collections.abc import Callable
from types import CellType
from typing import Any, TypeAlias

from flyte._core import Signature
from flyte.types.annotations import (
    bare,
    check_end,
    is_dataclass_alias,
    is_enumeration,
    is_named_tuple,
    is_record,
    is_typed_dict,
    is_union,
    name_of,
    record_hints,
)
from flyte.types.fields import FieldsOf, named_tuple_fields, record_fields, typed_dict_fields
from flyte.types.schema import named_tuple_schema, record_schema, tuple_schema, typed_dict_schema

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
    datetime.datetime: ("datetime",),
    datetime.date: ("date",),
    datetime.timedelta: ("timedelta",),
}


def signature_of(function: Callable[..., Any], name: str, pickled: Pickled | None = None) -> Signature:
    """Compile the annotations of a task's function; `pickled` learns what of it has no encoding."""
    parameters = inspect.signature(function).parameters
    for parameter in parameters.values():
        _check_kind(parameter, name)
    hints = hints_of(function, name)
    pickled = pickled or Pickled(name)
    inputs = [(each, pickled.spec(f"`{each}`", hints.get(each, inspect.Parameter.empty))) for each in parameters]
    defaults = {each.name: each.default for each in parameters.values() if each.default is not each.empty}
    results = results_of(hints.get("return")) or _unannotated_results(function, hints)
    outputs = [(f"o{index}", pickled.spec("what it returns", result)) for index, result in enumerate(results)]
    return Signature(inputs, outputs, defaults, name)


def spec_of(annotation: Any) -> Spec:
    """Describe how values of an annotated type travel; any other type is pickled."""
    return _Describing().spec(annotation, is_packed=False)


class Pickled:
    """What of a task travels as pickles although nobody asked for that."""

    def __init__(self, task: str) -> None:
        self._task = task
        self._lines: dict[str, None] = {}

    def spec(self, place: str, annotation: Any) -> Spec:
        """Describe a variable, and remember the types in it that have no encoding."""
        describing = _Describing()
        spec = describing.spec(annotation, is_packed=False)
        for name in describing.pickled:
            self._lines[f"{place} ({name})"] = None
        return spec

    def warn(self, is_first: Callable[[str], bool]) -> None:
        """Say it, if there is anything to say; `is_first` is asked, by the task's name, whether nobody else did."""
        if self._lines and is_first(self._task):
            from flyte.logs import system_logger  # deferred: only tasks with such types need it

            system_logger.warning(
                f"{self._task}: {', '.join(self._lines)} without an encoding: pickled, so that only the same versions"
                " of Python and of the class can read it; use a dataclass or a pydantic model, or annotate `Any` if"
                " that is meant"
            )


def _check_kind(parameter: inspect.Parameter, name: str) -> None:
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        raise ValueError(
            f"{name}: inputs have names, so `{parameter}` cannot be one; take a list or a dict as one parameter instead"
        )
    if parameter.kind is parameter.POSITIONAL_ONLY:
        raise ValueError(
            f"{name}: inputs are passed by name, so `{parameter.name}` cannot be positional-only; remove the `/`"
        )


def hints_of(function: Callable[..., Any], name: str) -> dict[str, Any]:
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


def _unannotated_results(function: Callable[..., Any], hints: dict[str, Any]) -> list[Any]:
    """One of any type, where nothing is said about what the function returns and it does return something."""
    if "return" in hints:
        return []
    from flyte.types.unannotated import returns_a_value  # deferred: most functions are annotated

    return [inspect.Parameter.empty] if returns_a_value(function) else []


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


def results_of(annotation: Any) -> list[Any]:
    """The types of the outputs: a tuple of two or more counts as that many."""
    whole, annotation = annotation, bare(annotation)
    if annotation is None or annotation is type(None):
        return []
    if is_named_tuple(annotation):
        hints = record_hints(annotation)
        return [hints.get(each, Any) for each in (typing.get_origin(annotation) or annotation)._fields]
    items = typing.get_args(annotation)
    if typing.get_origin(annotation) is tuple and len(items) > 1 and Ellipsis not in items:
        return list(items)
    return [whole]


class _Describing:
    """One walk through an annotation; remembers the classes on the way, since they may hold themselves."""

    def __init__(self) -> None:
        self._open: list[Any] = []
        self.pickled: list[str] = []

    def spec(self, annotation: Any, is_packed: bool) -> Spec:
        whole, annotation = annotation, bare(annotation)
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        plain = annotation if origin is None or arguments else origin  # `typing.List` without an item is `list`
        if isinstance(plain, (type, type(None))) and plain in _SCALARS:
            return _SCALARS[plain]
        if is_union(annotation):
            return ("union", tuple(self.spec(each, is_packed) for each in arguments))
        if plain is tuple:
            return ("tuple_of", self.spec(Any, True), str(annotation))
        if plain in (set, frozenset):
            return (plain.__name__, self.spec(Any, True), str(annotation))
        if origin in _CONTAINERS:
            return self._container(annotation, origin, arguments, is_packed)
        if origin is typing.Literal:
            return ("choice", " | ".join(map(repr, arguments)), arguments, str(annotation))
        return self._class(annotation, is_packed, whole)

    def _container(self, annotation: Any, origin: Any, arguments: tuple[Any, ...], is_packed: bool) -> Spec:
        if origin is list:
            return ("list", self.spec(arguments[0], is_packed))
        if origin is dict:
            return self._dict(arguments[0], arguments[1], is_packed)
        if origin is tuple:
            return self._tuple(annotation, arguments, is_packed)
        return (origin.__name__, self.spec(arguments[0], True), str(annotation))

    def _class(self, annotation: Any, is_packed: bool, whole: Any) -> Spec:
        if is_record(annotation) or is_dataclass_alias(annotation):
            return self._of_fields("record", annotation, record_fields, is_packed)
        if is_named_tuple(annotation):
            return self._of_fields("named_tuple", annotation, named_tuple_fields, is_packed)
        if is_typed_dict(annotation):
            return self._of_fields("typed_dict", annotation, typed_dict_fields, is_packed)
        if is_enumeration(annotation):
            return ("enum", annotation, tuple((each.name, each) for each in annotation))
        if annotation in _ANYTHING or _asks_for_pickle(annotation) or isinstance(annotation, typing.TypeVar):
            return _pickled(annotation)
        return self._other(annotation, whole)

    def _other(self, annotation: Any, whole: Any) -> Spec:
        from flyte.types.containers import container_spec, is_container  # deferred: most types are plain
        from flyte.types.registry import extension_for, extension_of_plugins

        extension = extension_for(whole) or extension_of_plugins(whole)
        if extension is not None:
            return ("extension", extension)
        if is_container(annotation):
            return container_spec(annotation, lambda each: self.spec(each, True))
        spec = _pickled(annotation)
        if not _is_code(annotation):
            self.pickled.append(spec[1])
        return spec

    def _dict(self, key: Any, value: Any, is_packed: bool) -> Spec:
        if bare(key) is str:
            return ("map", self.spec(value, is_packed))
        return ("dict", self.spec(key, True), self.spec(value, True))

    def _tuple(self, annotation: Any, items: tuple[Any, ...], is_packed: bool) -> Spec:
        if Ellipsis in items:
            return ("tuple_of", self.spec(items[0], True), str(annotation))
        specs = tuple(self.spec(item, True) for item in items)
        return ("tuple", specs, None if is_packed else tuple_schema(annotation))

    def _of_fields(self, kind: str, annotation: Any, fields_of: FieldsOf, is_packed: bool) -> Spec:
        cls = typing.get_origin(annotation) or annotation
        if annotation in self._open:
            return (kind, cls, (), None if is_packed else _SCHEMAS[kind](annotation), name_of(annotation))
        check_end(annotation, self._open)
        self._open.append(annotation)
        fields = tuple((name, self.spec(hint, True), *rest) for name, hint, *rest in fields_of(annotation))
        self._open.pop()
        return (kind, cls, fields, None if is_packed else _SCHEMAS[kind](annotation), name_of(annotation))


_CONTAINERS = (list, dict, tuple, set, frozenset)
_ANYTHING = (Any, object, inspect.Parameter.empty)
_SCHEMAS: dict[str, Callable[[Any], Any]] = {
    "record": record_schema,
    "named_tuple": named_tuple_schema,
    "typed_dict": typed_dict_schema,
}


def _is_code(annotation: Any) -> bool:
    """Whether values are functions or classes: no other class could be written instead."""
    cls = typing.get_origin(annotation) or annotation
    return cls in (type, collections.abc.Callable) or getattr(annotation, "_is_protocol", False)


def _asks_for_pickle(annotation: Any) -> bool:
    cls = typing.get_origin(annotation) or annotation
    return getattr(cls, "__qualname__", "") == "FlytePickle" and cls.__module__ == "flyte.types.transformer"


def _pickled(annotation: Any) -> Spec:
    """A type without an encoding of its own: its name for people, what values it takes, its name on the wire."""
    if annotation is inspect.Parameter.empty or _asks_for_pickle(annotation):
        return ("pickle", "object", None, str(annotation))
    cls = typing.get_origin(annotation) or annotation
    shown = annotation.__qualname__ if cls is annotation and isinstance(cls, type) else str(annotation)
    return ("pickle", shown.replace("typing.", ""), cls if _tells_instances(cls) else None, str(annotation))


def _tells_instances(cls: Any) -> bool:
    """Whether `isinstance` can be asked: not of a Protocol, nor of anything that is not a class."""
    if not isinstance(cls, type) or cls in (object, Any):
        return False
    return not getattr(cls, "_is_protocol", False) or cls.__module__ == "collections.abc"
