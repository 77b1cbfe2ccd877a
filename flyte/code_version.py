"""The version of a task's code: part of its actions' names and of its cache keys.

It follows the text of the function only. It never looks at what the function calls, or at the module around it.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any


def task_version(function: Callable[..., Any]) -> str:
    """Name the version of a function: a hash of its syntax tree, which comments and layout do not change."""
    return _digest(_body_version(function))


def _body_version(function: Callable[..., Any]) -> str:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        # Typed into a prompt, made by `exec`, or a lambda in the middle of an expression.
        return _digest("\n".join(_compiled(function)))
    return _digest(ast.dump(tree))


def _compiled(function: Callable[..., Any]) -> Iterator[str]:
    """What there is without a source: bytecode, names and constants."""
    plain = inspect.unwrap(function)
    code = getattr(plain, "__code__", None)
    yield getattr(plain, "__qualname__", type(plain).__qualname__)
    if isinstance(code, CodeType):
        yield from _parts(code)


def _parts(code: CodeType) -> Iterator[str]:
    yield code.co_code.hex()
    yield repr((code.co_names, code.co_varnames, code.co_freevars))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _parts(constant)
        elif isinstance(constant, frozenset):
            yield repr(sorted(map(repr, constant)))  # its own order differs from process to process
        else:
            yield repr(constant)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
