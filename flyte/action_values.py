"""What went into an action and what came out, as a program looks at it. Plain values, nothing lazy."""

from __future__ import annotations

import json
from collections import UserDict
from collections.abc import Iterable, Mapping
from typing import Any


class ActionOutputs(tuple[Any, ...]):
    """The results of an action: a tuple whose parts are also called `o0`, `o1` and so on."""

    def __new__(cls, values: Iterable[Any] = ()) -> ActionOutputs:
        return super().__new__(cls, values)

    def __getattr__(self, name: str) -> Any:
        number = name[1:]
        if name.startswith("o") and number.isdecimal() and int(number) < len(self):
            return self[int(number)]
        known = ", ".join(self.named_outputs)
        raise AttributeError(f"there is no output `{name}`; there is {known or 'none at all'}")

    @property
    def named_outputs(self) -> dict[str, Any]:
        """The results by name."""
        return {f"o{number}": value for number, value in enumerate(self)}

    def to_dict(self) -> dict[str, Any]:
        """The results by name, for serialization."""
        return self.named_outputs

    def to_json(self) -> str:
        """The results by name as JSON; what JSON cannot say is written as text."""
        return json.dumps(self.named_outputs, default=str)

    def __repr__(self) -> str:
        return f"ActionOutputs({_listed(self.named_outputs)})"


class ActionInputs(UserDict[str, Any]):
    """The inputs of an action by name."""

    def to_dict(self) -> dict[str, Any]:
        """The inputs as a plain dict."""
        return dict(self.data)

    def to_json(self) -> str:
        """The inputs as JSON; what JSON cannot say is written as text."""
        return json.dumps(self.data, default=str)

    def __repr__(self) -> str:
        return f"ActionInputs({_listed(self.data)})"


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in values.items())
