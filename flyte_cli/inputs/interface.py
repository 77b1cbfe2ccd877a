"""The inputs of a task as the command line sees them. It reads signatures, never values."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

REQUIRED: Final = inspect.Parameter.empty


@dataclass(frozen=True)
class Input:
    """One parameter of a task."""

    name: str
    type: Any = Any
    default: Any = REQUIRED
    help: str = ""

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise ValueError(f"the name of an input is an identifier, got {self.name!r}")

    @property
    def required(self) -> bool:
        """Whether it has no default."""
        return self.default is REQUIRED

    @property
    def option(self) -> str:
        """How it is spelled in help: `--x-list`."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def flag(self) -> bool:
        """Whether it is given as `--x` or `--no-x`, without a value."""
        from flyte_cli.inputs.kinds import is_flag  # deferred: reading types loads flyte, which `-h` needs not

        return is_flag(self.type)

    @property
    def many(self) -> bool:
        """Whether giving it again adds a value."""
        from flyte_cli.inputs.kinds import is_many  # deferred, too

        return is_many(self.type)


@dataclass(frozen=True)
class Interface:
    """What a task takes and returns."""

    task: str
    inputs: tuple[Input, ...] = ()
    output: Any = None
    doc: str = ""
    names: Mapping[str, Input] = field(init=False, compare=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", {each.name: each for each in self.inputs})

    def find(self, spelled: str) -> Input | None:
        """The input spelled so; dashes stand for underscores."""
        exact = self.names.get(spelled)
        return exact or self.names.get(spelled.replace("-", "_")) or self._folded(spelled)

    def _folded(self, spelled: str) -> Input | None:
        folded = spelled.replace("-", "_")
        return next((each for each in self.inputs if each.name.replace("-", "_") == folded), None)


def interface_of(
    function: Callable[..., Any], task: str, doc: str = "", parameter_docs: Mapping[str, str] | None = None
) -> Interface:
    """Read a task's interface from its function."""
    hints = _hints(function)
    docs = parameter_docs or {}
    inputs = tuple(
        Input(name, hints.get(name, Any), parameter.default, " ".join(docs.get(name, "").split()))
        for name, parameter in inspect.signature(function).parameters.items()
    )
    return Interface(task, inputs, hints.get("return"), doc)


_SECTION = re.compile(r"\s*(:\w+|[A-Z]\w+( \w+)?:\s*$|[A-Z]\w+\s*\n\s*-{3,})")


def summary(doc: str) -> str:
    """What a docstring says before its sections."""
    text = inspect.cleandoc(doc or "")
    kept = []
    for paragraph in text.split("\n\n"):
        lines = paragraph.split("\n")
        if _SECTION.match(paragraph) or _SECTION.match(lines[0]):
            break
        kept.append(paragraph)
    return "\n\n".join(kept)


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except (NameError, AttributeError, TypeError, SyntaxError):
        # an annotation that exists for type checkers only: such an input takes JSON
        annotations = getattr(function, "__annotations__", {})
        return {name: hint for name, hint in annotations.items() if not isinstance(hint, str)}
