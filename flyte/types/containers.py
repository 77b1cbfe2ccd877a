"""Containers of the standard library beside the built-in ones: `deque[T]`, `OrderedDict[K, V]`, `Sequence[T]`.

What each of them is packed as, and back; the elements are the plan's own business.
"""

from __future__ import annotations

import builtins
import collections
import collections.abc
import functools
import typing
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from flyte.types.annotations import bare
from flyte.types.extension import Misfit

Spec: TypeAlias = tuple[Any, ...]
SpecOf: TypeAlias = Callable[[Any], Spec]
Ways: TypeAlias = tuple[Callable[[Any], tuple[Any, Any]], Callable[[Any, Any], Any]]
"""A container to what it says beside its elements, and its elements; and those two to a container."""


def is_container(annotation: Any) -> bool:
    """Tell the containers that are described here, with elements of a known type or of any."""
    cls = typing.get_origin(annotation) or annotation
    return isinstance(cls, type) and (cls in _CLASSES or cls in _ABSTRACT)


def container_spec(annotation: Any, spec_of: SpecOf) -> Spec:
    """Describe a container; `spec_of` describes what is in it, as it is packed."""
    cls = typing.get_origin(annotation) or annotation
    name, wire_name = _name(annotation), str(annotation)
    if cls in _CLASSES:
        return ("shaped", name, spec_of(plain_form(annotation)), cls, _CLASSES[cls], wire_name)
    element = bare((*typing.get_args(annotation), Any)[0])
    refused = (*(() if element in _OF_TEXT else (str,)), *(() if element in _OF_BYTES else (bytes, bytearray)))
    others = ("pickle", name, _but(cls, (*_ABSTRACT[cls], *refused)), wire_name)
    members = (others, *map(spec_of, _builtin_forms(annotation)))
    return ("shaped", name, ("union", members), _but(cls, refused), (), wire_name)


def plain_form(annotation: Any) -> Any:
    """The built-in container of the same elements: `list[int]` for `deque[int]` and for `Sequence[int]`."""
    cls = typing.get_origin(annotation) or annotation
    if cls in _ABSTRACT:
        return _builtin_forms(annotation)[0]
    first, second, *_ = (*typing.get_args(annotation), Any, Any)
    if cls is collections.deque:
        return _of(list, first)
    return _of(dict, (first, int if cls is collections.Counter else second))


def container_of(annotation: Any, elements: Any) -> Any:
    """A container made of its plain form; a defaultdict's factory is its value type, where that is built in."""
    cls = typing.get_origin(annotation) or annotation
    if cls is collections.defaultdict:
        value = (*typing.get_args(annotation), None, None)[1]
        value = typing.get_origin(value) or value
        return collections.defaultdict(value if _is_builtin(value) else None, elements)
    return cls(elements) if cls in _CLASSES else elements


def _builtin_forms(annotation: Any) -> tuple[Any, ...]:
    """The built-in classes that values of an abstract class have most often."""
    cls, arguments = typing.get_origin(annotation) or annotation, typing.get_args(annotation)
    if issubclass(cls, collections.abc.Mapping):
        return (_of(dict, arguments or (Any, Any)),)
    element = arguments[0] if arguments else Any
    return tuple(_of(kind, (element, ...) if kind is tuple else element) for kind in _ABSTRACT[cls])


def _of(kind: Any, elements: Any) -> Any:
    """`list[int]`, made of its parts."""
    return kind[elements]


def _name(annotation: Any) -> str:
    cls, arguments = typing.get_origin(annotation) or annotation, typing.get_args(annotation)
    names = [each.__name__ if type(each) is type else str(each).replace("typing.", "") for each in arguments]
    return f"{cls.__name__}[{', '.join(names)}]" if names else str(cls.__name__)


@functools.cache
def _but(abstract: type, refused: tuple[type, ...]) -> type:
    """The values of an abstract class whose own class is none of some: text, say, is no sequence of numbers."""

    class But(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, abstract) and type(value) not in refused

    return But(abstract.__name__, (), {})


def _parts_of_deque(value: collections.deque[Any]) -> tuple[int | None, list[Any]]:
    return value.maxlen, list(value)


def _deque(size: Any, items: Any) -> collections.deque[Any]:
    if size is not None and (not isinstance(size, int) or size < 0):
        raise ValueError(f"expected a deque, found one with the length {size!r}")
    return collections.deque(items, size)


def _parts_of_defaultdict(value: collections.defaultdict[Any, Any]) -> tuple[str | None, dict[Any, Any]]:
    factory = value.default_factory
    if factory is None:
        return None, dict(value)
    if not _is_builtin(factory):
        raise Misfit(
            f"its default_factory {getattr(factory, '__qualname__', None) or repr(factory)} cannot be recorded:"
            " only a built-in type can, such as int, list or dict; pass dict(...) of it"
        )
    return factory.__name__, dict(value)


def _defaultdict(factory: Any, entries: Mapping[Any, Any]) -> collections.defaultdict[Any, Any]:
    made = getattr(builtins, factory, None) if isinstance(factory, str) else None
    if factory is not None and not _is_builtin(made):
        raise ValueError(f"expected a defaultdict, found one of {factory!r}")
    return collections.defaultdict(made, entries)


def _is_builtin(factory: Any) -> bool:
    """A type of `builtins` that can be called without arguments to give an empty value."""
    return isinstance(factory, type) and factory in _FACTORIES


def _of_entries(cls: type) -> Ways:
    return (lambda value: (None, dict(value)), lambda said, entries: cls(entries))


_FACTORIES = (int, float, complex, bool, str, bytes, bytearray, list, tuple, dict, set, frozenset)
_OF_TEXT = (str, Any, object)
_OF_BYTES = (int, Any, object)

_CLASSES: dict[Any, Ways] = {
    collections.deque: (_parts_of_deque, _deque),
    collections.OrderedDict: _of_entries(collections.OrderedDict),
    collections.Counter: _of_entries(collections.Counter),
    collections.defaultdict: (_parts_of_defaultdict, _defaultdict),
}
_ABSTRACT: dict[Any, tuple[type, ...]] = {
    collections.abc.Sequence: (list, tuple),
    collections.abc.MutableSequence: (list,),
    collections.abc.Reversible: (list, tuple),
    collections.abc.Collection: (list, tuple, set, frozenset),
    collections.abc.Iterable: (list, tuple, set, frozenset),
    collections.abc.Set: (set, frozenset),
    collections.abc.MutableSet: (set,),
    collections.abc.Mapping: (dict,),
    collections.abc.MutableMapping: (dict,),
}
