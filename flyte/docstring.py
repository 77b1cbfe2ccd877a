"""What a docstring says about a function and its parameters. It reads the Google, NumPy and Sphinx styles."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

_HEADING = re.compile(r"(Args|Arguments|Parameters|Params)\s*:?\s*$")
_GOOGLE_ITEM = re.compile(r"\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)$")
_NUMPY_ITEM = re.compile(r"(\w+(?:\s*,\s*\w+)*)\s*(?::.*)?$")
_SPHINX_ITEM = re.compile(r":(?:param|parameter|arg|argument|key|keyword)\s+(?:[^:]*\s)?\*{0,2}(\w+)\s*:\s*(.*)$")
_SPHINX_FIELD = re.compile(r":\w+[^:]*:")


@dataclass(frozen=True)
class Documentation:
    """A description of a task that replaces its docstring's."""

    description: str


def summary(doc: str | None) -> str:
    """The first paragraph of a docstring, on one line."""
    paragraph = inspect.cleandoc(doc or "").split("\n\n")[0]
    if any(_SPHINX_FIELD.match(line) or _HEADING.match(line) for line in paragraph.splitlines()[:1]):
        return ""
    return " ".join(paragraph.split())


def parameter_docs(doc: str | None) -> dict[str, str]:
    """What a docstring says about each parameter, on one line each."""
    lines = inspect.cleandoc(doc or "").splitlines()
    found = _sphinx(lines)
    for number, line in enumerate(lines):
        if _HEADING.match(line):
            underlined = number + 1 < len(lines) and set(lines[number + 1].strip()) == {"-"}
            found |= _numpy(lines[number + 2 :]) if underlined else _google(lines[number + 1 :])
    return {name: " ".join(text.split()) for name, text in found.items()}


def _sphinx(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    name = None
    for line in lines:
        item = _SPHINX_ITEM.match(line.strip())
        if item:
            name = item[1]
            found[name] = item[2]
        elif not line.strip() or _SPHINX_FIELD.match(line.strip()):
            name = None
        elif name:
            found[name] += f" {line}"
    return found


def _google(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    name, indent = None, None
    for line in lines:
        if not line.strip():
            continue
        depth = len(line) - len(line.lstrip())
        if depth == 0:
            break
        indent = depth if indent is None else indent
        item = _GOOGLE_ITEM.match(line.strip()) if depth == indent else None
        if item:
            name = item[1]
            found[name] = item[2]
        elif name:
            found[name] += f" {line}"
    return found


def _numpy(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    names: list[str] = []
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        if line[0] != " ":
            if number + 1 < len(lines) and set(lines[number + 1].strip()) == {"-"}:
                break
            item = _NUMPY_ITEM.match(line)
            names = re.split(r"\s*,\s*", item[1]) if item else []
            found |= dict.fromkeys(names, "")
        else:
            found |= {name: f"{found[name]} {line}" for name in names}
    return found
