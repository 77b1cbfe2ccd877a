"""Functions that do not say what they return: whether they return anything at all, read from their code."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def returns_a_value(function: Callable[..., Any]) -> bool:
    """Tell a function with a `return value` somewhere from one that only ever ends; what is not Python counts as one.

    A generator counts as returning one: itself.
    """
    import dis  # deferred: 5 ms that annotated functions do not need

    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None or code.co_flags & (inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR):
        return True
    before = None
    for instruction in dis.get_instructions(code):
        if instruction.opname == "RETURN_CONST" and instruction.argval is not None:
            return True
        if instruction.opname == "RETURN_VALUE" and not (before is not None and _is_none(before)):
            return True
        before = instruction
    return False


def _is_none(instruction: Any) -> bool:
    # LOAD_CONST up to Python 3.14, LOAD_COMMON_CONSTANT after it.
    return instruction.opname.startswith("LOAD_CO") and instruction.argval is None
