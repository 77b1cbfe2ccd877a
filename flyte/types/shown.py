"""Literals as plain values, for people and logs: nothing is unpickled, and nothing is fetched."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from flyte._core import read_literal, unpack_plain
from flyte.types.transformer import encoded_literal


def literal_string_repr(lm: Any) -> Any:
    """Literals by name, as plain values: numbers, texts, lists, dicts; of what is stored elsewhere its URI.

    Takes a dict of literals (trees, bytes or messages), a message that holds them by name, or one literal, whose value
    alone is returned. Moments are ISO texts in UTC, spans are seconds, packed values are JSON, other bytes base64.
    Raises ValueError for what is no literal.
    """
    literals = literals_in(lm)
    if literals is None:
        return plain_value(read_literal(encoded_literal(lm)))
    return {name: plain_value(read_literal(encoded_literal(literal))) for name, literal in literals.items()}


def literals_in(given: Any) -> dict[str, Any] | None:
    """The literals of a map of them, or of a message that holds them by name; None for anything else."""
    if isinstance(given, Mapping):
        # A tree is a dict too: of one of these, and a hash.
        is_tree = not given.keys().isdisjoint(_KINDS) and given.keys() <= {*_KINDS, "hash"}
        return None if is_tree and not any(map(_is_literal, given.values())) else dict(given)
    held = getattr(given, "literals", None)
    if held is None:
        return {given.name: given.value} if hasattr(given, "name") and hasattr(given, "value") else None
    return dict(held) if isinstance(held, Mapping) else {each.name: each.value for each in held}


def plain_value(tree: Mapping[str, Any]) -> Any:
    """What the tree of one literal holds, as a plain value."""
    for kind, value in tree.items():
        if kind == "primitive":
            return _primitive(value)
        if kind == "none":
            return None
        if kind == "binary":
            return _binary(value)
        if kind == "union":
            return plain_value(value["value"])
        if kind == "collection":
            return [plain_value(each) for each in value]
        if kind == "map":
            return {name: plain_value(each) for name, each in value.items()}
        if kind in ("blob", "structured_dataset"):
            return value["uri"]
        if kind == "offloaded":
            return value
    raise ValueError(f"no literal: {dict(tree)!r:.80}")


def _primitive(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).replace(tzinfo=None).isoformat()
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
        return int(seconds) if seconds.is_integer() else seconds
    return value


def _binary(binary: Mapping[str, Any]) -> str:
    if binary["tag"] == "msgpack":
        return json.dumps(unpack_plain(binary["value"]), default=str)
    return base64.b64encode(binary["value"]).decode()


def _is_literal(value: Any) -> bool:
    return isinstance(value, Mapping) and not value.keys().isdisjoint(_KINDS)


_KINDS = frozenset(
    ("primitive", "none", "binary", "blob", "structured_dataset", "union", "collection", "map", "offloaded")
)
