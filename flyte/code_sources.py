"""What the user's files say at module level: the syntax of their functions, classes, constants and imports.

It parses files and never runs them. Files are read once in a process.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import linecache
from collections.abc import Iterator
from dataclasses import dataclass, field

_BLOCKS = (ast.If, ast.Try, ast.With, ast.For, ast.While)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass
class SourceFile:
    """One parsed file."""

    functions: dict[int, ast.AST] = field(default_factory=dict)
    """By the line they begin on, the first decorator's if they have any; of several on one line, none."""
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    """By qualified name; the last one of a name."""
    assignments: dict[str, list[ast.stmt]] = field(default_factory=dict)
    """The statements of the module that bind a name to a value, in order."""
    imports: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    """What `from module import name as other` binds: other -> (module, dots before it, name)."""
    modules: tuple[tuple[str, int, str], ...] = ()
    """Every import in the file, also inside functions: (module, dots, name or nothing)."""
    rebound: frozenset[str] = frozenset()
    """Names that a function declares `global`: what they hold depends on what ran."""
    digest: str = ""
    """Of the whole file."""


@functools.cache
def parsed(file: str) -> SourceFile | None:
    """The parsed file; None when there is no source, or it does not parse."""
    text = "".join(linecache.getlines(file))
    try:
        tree = ast.parse(text) if text else None
    except (SyntaxError, ValueError):
        return None
    if tree is None:
        return None
    found = SourceFile(digest=digest_of(tree))
    _read_module(tree.body, found)
    _read_definitions(tree, "", found)
    found.modules = tuple(_imports(tree))
    found.rebound = frozenset(name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names)
    return found


def digest_of(*nodes: ast.AST) -> str:
    """A hash of syntax, which comments and layout do not change."""
    return hashlib.sha256("\n".join(map(ast.dump, nodes)).encode()).hexdigest()


def _read_module(body: list[ast.stmt], found: SourceFile) -> None:
    for statement in body:
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                source = (statement.module or "", statement.level, alias.name)
                found.imports[alias.asname or alias.name] = source
        elif isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            for name in _bound(statement):
                found.assignments.setdefault(name, []).append(statement)
        elif isinstance(statement, _BLOCKS):
            for part in ("body", "orelse", "finalbody"):
                _read_module(getattr(statement, part, []), found)
            for handler in getattr(statement, "handlers", []):
                _read_module(handler.body, found)


def _bound(statement: ast.Assign | ast.AnnAssign | ast.AugAssign) -> Iterator[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    for target in targets:
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                yield node.id


def _read_definitions(node: ast.AST, within: str, found: SourceFile) -> None:
    for child in ast.iter_child_nodes(node):
        inside = within
        if isinstance(child, ast.ClassDef):
            found.classes[within + child.name] = child
            inside = f"{within}{child.name}."
        elif isinstance(child, _FUNCTIONS):
            decorators = getattr(child, "decorator_list", None)
            line = decorators[0].lineno if decorators else child.lineno
            found.functions[line] = child if line not in found.functions else ast.Pass()
            inside = f"{within}{getattr(child, 'name', '<lambda>')}.<locals>."
        _read_definitions(child, inside, found)


def _imports(tree: ast.Module) -> Iterator[tuple[str, int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, 0, ""
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.module or "", node.level, alias.name
