"""Values that are one word: numbers, texts, bytes, identifiers. Text in, value out, or `BadValue`."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from pathlib import Path, PosixPath, PurePath, PurePosixPath
from typing import Any

from flyte_cli.inputs.problem import BadValue
from flyte_cli.inputs.surroundings import Surroundings

_YES = {"true", "yes", "on", "1"}
_NO = {"false", "no", "off", "0"}
_RANGE = re.compile(r"(-?\d+)(?:\s*[:,]\s*(-?\d+))?(?:\s*[:,]\s*(-?\d+))?")

PATHS: tuple[Any, ...] = (Path, PurePath, PosixPath, PurePosixPath)


def converter_of(kind: Any, around: Surroundings) -> Callable[[str], Any] | None:
    """How text becomes a value of the type, when it is one of these."""
    if kind is bytes:
        return lambda text: bytes_of(text, around)
    if kind in PATHS:
        return lambda text: kind(text)
    name = f"{getattr(kind, '__module__', '')}.{getattr(kind, '__qualname__', '')}"
    return _BY_TYPE.get(kind) or _BY_NAME.get(name)


def bytes_of(text: str, around: Surroundings) -> bytes:
    """What the text says, what the file `@name` holds, or what `base64:` stands for."""
    if text.startswith("@"):
        return around.read(text[1:])
    if text.startswith("base64:"):
        try:
            return base64.b64decode(text.removeprefix("base64:"), validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadValue(f"not base64: {error}") from error
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise BadValue(f"not text: {error}") from error


def _bool(text: str) -> bool:
    word = text.strip().lower()
    if word in _YES | _NO:
        return word in _YES
    raise BadValue(f"true or false is needed, got `{text}`")


def _int(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise BadValue(f"an int is needed, got `{_short(text)}`") from error


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise BadValue(f"a number is needed, got `{_short(text)}`") from error


def _complex(text: str) -> complex:
    try:
        return complex(text.replace(" ", "").replace("i", "j") if "inf" not in text else text)
    except ValueError as error:
        raise BadValue(f"a complex number like `1+2j` is needed, got `{_short(text)}`") from error


def _none(text: str) -> None:
    if text.strip().lower() != "none":
        raise BadValue(f"only `none` is possible, got `{_short(text)}`")


def _decimal(text: str) -> Any:
    from decimal import Decimal, InvalidOperation  # deferred: few tasks have such inputs

    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise BadValue(f"a decimal number is needed, got `{_short(text)}`") from error


def _uuid(text: str) -> Any:
    from uuid import UUID  # deferred: few tasks have such inputs

    try:
        return UUID(text)
    except ValueError as error:
        raise BadValue(f"a UUID is needed, got `{_short(text)}`") from error


def _range(text: str) -> range:
    found = _RANGE.fullmatch(text.strip().removeprefix("range(").removesuffix(")").strip())
    try:
        if found:
            return range(*(int(part) for part in found.groups() if part is not None))
    except ValueError as error:  # a step of 0, or more digits than Python reads
        raise BadValue(f"no range: {error}") from error
    raise BadValue(f"a range like `10`, `0:10` or `0:10:2` is needed, got `{_short(text)}`")


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


_BY_TYPE: dict[Any, Callable[[str], Any]] = {
    str: lambda text: text,
    int: _int,
    float: _float,
    bool: _bool,
    complex: _complex,
    range: _range,
    type(None): _none,
}
_BY_NAME: dict[str, Callable[[str], Any]] = {"decimal.Decimal": _decimal, "uuid.UUID": _uuid}
