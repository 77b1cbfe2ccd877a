"""Change one value of a YAML text, and leave every other character alone.

The places come from the parser's own marks. A library that keeps comments would be one more dependency of everybody for
a rare command, and it re-indents. What came out is read again: a change that did more than it should is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from flyte.settings.keys import folded

if TYPE_CHECKING:
    import yaml

KeyPath = tuple[str, ...]

_NEEDS_NO_QUOTES = re.compile(r"\w[\w./:@+-]*[\w/]")  # the dumper quotes every text with a colon


class Unchangeable(ValueError):
    """The text is built so that one value of it cannot be changed alone."""


def with_value(text: str, places: Sequence[KeyPath], value: Any) -> str:
    """The text with a value at the first of the places that is in it; at the very first when none is."""
    root = _root(text)
    for place in places:
        found = _find(root, place)
        if found is not None:
            return _checked(text, _replaced(text, *found[1], value), found[0], value)
    return _checked(text, _added(text, root, places[0], value), places[0], value)


def without(text: str, places: Sequence[KeyPath]) -> str | None:
    """The text without the value at any of the places; sections that become empty go, too. None when there is none."""
    changed = text
    for place in places:
        found = _find(_root(changed), place)
        if found is not None:
            changed = _checked(changed, _removed(changed, found[0]), found[0], None)
    return None if changed == text else changed


# --- looking ------------------------------------------------------------------------------------------------------


def _root(text: str) -> yaml.MappingNode | None:
    import yaml  # deferred, here and below: 0.02 s

    node = yaml.compose(text, yaml.SafeLoader)
    if node is not None and not isinstance(node, yaml.MappingNode):
        raise Unchangeable("it holds no mapping of settings")
    return node


def _find(
    node: yaml.Node | None, path: KeyPath, above: KeyPath = ()
) -> tuple[KeyPath, tuple[yaml.Node, yaml.Node]] | None:
    """The key and the value at a path, and the path as it is spelled there."""
    import yaml

    if not isinstance(node, yaml.MappingNode):
        return None
    for key, value in reversed(node.value):  # the last of two counts
        if isinstance(key.value, str) and folded(key.value) == folded(path[0]):
            here = (*above, key.value)
            return (here, (key, value)) if len(path) == 1 else _find(value, path[1:], here)
    return None


def _end(text: str, node: yaml.Node) -> int:
    """Where the text of a node ends: marks of blocks reach to the next token."""
    import yaml

    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    end: int = node.end_mark.index
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        return len(text[:end].rstrip())
    return end


def _line_end(text: str, index: int) -> int:
    end = text.find("\n", index)
    return len(text) if end < 0 else end


# --- changing -----------------------------------------------------------------------------------------------------


def _replaced(text: str, key: yaml.Node, value: yaml.Node, new: Any) -> str:
    end = max(_end(text, value), key.end_mark.index)
    if value.start_mark.line == key.end_mark.line and value.start_mark.index < end:
        return text[: value.start_mark.index] + _dumped(new) + text[end:]
    colon = text.index(":", key.end_mark.index)
    return text[: colon + 1] + " " + _dumped(new) + text[max(end, colon + 1) :]


def _added(text: str, root: yaml.MappingNode | None, path: KeyPath, value: Any) -> str:
    """The deepest mapping of the path that is there takes the rest of it."""
    import yaml

    mapping, rest = root, list(path)
    while mapping is not None and len(rest) > 1:
        found = _find(mapping, (rest[0],))
        if found is None:
            break
        key, inner = found[1]
        if isinstance(inner, yaml.MappingNode):
            mapping = inner
            rest.pop(0)
        elif isinstance(inner, yaml.ScalarNode) and not inner.value:
            at = _line_end(text, key.end_mark.index)
            return text[:at] + "\n" + _block(rest[1:], value, key.start_mark.column + 2).rstrip("\n") + text[at:]
        else:
            raise Unchangeable(f"`{rest[0]}` holds no settings")
    if mapping is None:
        return (text if not text or text.endswith("\n") else text + "\n") + _block(rest, value, 0)
    return _inserted(text, mapping, rest, value)


def _inserted(text: str, mapping: yaml.MappingNode, path: Sequence[str], value: Any) -> str:
    if mapping.flow_style:
        brace = text.rindex("}", 0, mapping.end_mark.index)
        inner = _flow(path, value)
        before = text[:brace].rstrip()
        comma = "" if before.endswith(("{", ",")) else ", "
        return before + comma + (" " if before.endswith(",") else "") + inner + text[brace:]
    at = _line_end(text, _end(text, mapping))
    block = _block(path, value, mapping.start_mark.column).rstrip("\n")
    return text[:at] + "\n" + block + (text[at:] or "\n")


def _removed(text: str, path: KeyPath) -> str:
    mapping = _mapping_at(text, path[:-1])
    names = [key.value for key, _ in mapping.value]
    if len(names) == 1 and len(path) > 1:
        return _removed(text, path[:-1])
    at = names.index(path[-1])
    key, value = mapping.value[at]
    if not mapping.flow_style:
        start = text.rfind("\n", 0, key.start_mark.index) + 1
        end = _line_end(text, max(_end(text, value), key.end_mark.index))
        return text[:start] + text[end + 1 :]
    if at + 1 < len(names):
        return text[: key.start_mark.index] + text[mapping.value[at + 1][0].start_mark.index :]
    start = _end(text, mapping.value[at - 1][1]) if at else key.start_mark.index
    return text[:start] + text[_end(text, value) :]


def _mapping_at(text: str, path: KeyPath) -> yaml.MappingNode:
    import yaml

    node: Any = _root(text)
    for name in path:
        found = _find(node, (name,))
        node = found[1][1] if found else None
    assert isinstance(node, yaml.MappingNode)  # asked only for what was found
    return node


def _block(path: Sequence[str], value: Any, indent: int) -> str:
    lines = [f"{' ' * (indent + 2 * depth)}{name}:" for depth, name in enumerate(path)]
    return "\n".join(lines) + f" {_dumped(value)}\n"


def _flow(path: Sequence[str], value: Any) -> str:
    return ": {".join(path) + f": {_dumped(value)}" + "}" * (len(path) - 1)


def _dumped(value: Any) -> str:
    import yaml

    if isinstance(value, str) and _NEEDS_NO_QUOTES.fullmatch(value) and yaml.safe_load(f"[{value}]") == [value]:
        return value
    text: str = yaml.safe_dump([_listed(value)], default_flow_style=True, width=2**31, allow_unicode=True)
    return text.strip()[1:-1]


# --- checking -----------------------------------------------------------------------------------------------------


def _checked(before: str, after: str, path: KeyPath, value: Any) -> str:
    """The changed text, once it says the same as before but for one value."""
    import yaml

    try:
        same = _plain(after, path) == _plain(before, path) and _at(after, path) == _listed(value)
    except yaml.YAMLError:
        same = False
    if not same:
        raise Unchangeable(f"`{'.'.join(path)}` cannot be changed alone")
    return after


def _plain(text: str, but: KeyPath) -> Any:
    import yaml

    document = _unshared(yaml.safe_load(text) or {})
    _drop(document, but)
    return document


def _unshared(value: Any) -> Any:
    """A copy in which what anchors and aliases share is there twice."""
    if isinstance(value, dict):
        return {name: _unshared(each) for name, each in value.items()}
    return value


def _drop(document: Any, path: KeyPath) -> None:
    """Take a value out, with the sections that hold nothing else."""
    if not isinstance(document, dict) or path[0] not in document:
        return
    if len(path) > 1:
        _drop(document[path[0]], path[1:])
    if len(path) == 1 or not document[path[0]]:
        del document[path[0]]


def _at(text: str, path: Iterable[str]) -> Any:
    import yaml

    value = yaml.safe_load(text)
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
