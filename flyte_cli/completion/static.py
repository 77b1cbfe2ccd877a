"""The tasks of a file, read from its source: nothing of it is run, and no module for syntax trees is imported.

It sees functions decorated with `X.task`, and the enums, dataclasses, models and typed dicts of the same file.
"""

from __future__ import annotations

import _ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flyte_cli.completion.found import FILE, FLAG, FOLDER, MANY

if TYPE_CHECKING:
    from flyte_cli.completion.found import Field, Task

LISTS = frozenset({"list", "List", "set", "Set", "frozenset", "FrozenSet", "Sequence", "Iterable", "tuple", "Tuple"})
ENUMS = frozenset({"Enum", "StrEnum", "IntEnum", "Flag", "IntFlag"})
RECORDS = frozenset({"BaseModel", "NamedTuple", "TypedDict"})
PATHS = {"File": FILE, "DataFrame": FILE, "Path": FILE, "Dir": FOLDER}
WORDS = {"str": "text", "None": "none"}
DEEPEST = 3
LONGEST = 24


def tasks_in(source: bytes) -> list[Task]:
    """The tasks a file declares, in its order; none when it cannot be read as Python."""
    try:
        tree = compile(source, "tasks", "exec", _ast.PyCF_ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError):
        return []
    assert isinstance(tree, _ast.Module)
    reader = Reader(source.decode("utf-8", "replace"), tree)
    return [reader.task(node, env) for node, env in reader.decorated()]


class Reader:
    """One module, its text and its classes."""

    def __init__(self, source: str, tree: _ast.Module) -> None:
        self.lines = source.splitlines()
        self.tree = tree
        self.classes = {each.name: each for each in _statements(tree.body) if isinstance(each, _ast.ClassDef)}

    def decorated(self) -> Iterator[tuple[_ast.FunctionDef | _ast.AsyncFunctionDef, str]]:
        """Functions that a decorator makes tasks, with the variable of their environment."""
        for node in _statements(self.tree.body):
            if isinstance(node, (_ast.FunctionDef, _ast.AsyncFunctionDef)):
                for decorator in node.decorator_list:
                    called = decorator.func if isinstance(decorator, _ast.Call) else decorator
                    if isinstance(called, _ast.Attribute) and called.attr == "task":
                        yield node, _last_name(called.value)
                        break

    def task(self, node: _ast.FunctionDef | _ast.AsyncFunctionDef, env: str) -> Task:
        """What is known of one task."""
        doc = _docstring(node)
        helps = _parameter_docs(doc)
        positional = [*node.args.posonlyargs, *node.args.args]
        defaults: list[Any] = [None] * (len(positional) - len(node.args.defaults)) + node.args.defaults
        pairs = [
            *zip(positional, defaults, strict=True),
            *zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True),
        ]
        inputs = [self.field(arg.arg, arg.annotation, value, helps.get(arg.arg, "")) for arg, value in pairs]
        return node.name, _first_line(doc), env, tuple(inputs)

    def field(self, name: str, hint: Any, default: Any, help: str = "", depth: int = 0) -> Field:
        """One input, or a field of a record, with what is below it."""
        hint, optional, many = _bare(hint)
        kind = PATHS.get(_last_name(hint), "")
        choices = self.choices(hint)
        if _last_name(hint) == "bool" and not many and not optional:
            kind = FLAG
        elif many:
            kind = MANY
        if optional and choices:
            choices = (*choices, "none")
        below = () if many or depth == DEEPEST else self.fields_of(hint, depth + 1)
        shown = self.type_text(hint) + (" ..." if many else "")
        return name, shown, self.default(default), help, choices, kind, below

    def choices(self, hint: Any) -> tuple[str, ...]:
        """The values of a Literal, the members of an enum of this file, the two of a bool."""
        if isinstance(hint, _ast.Subscript) and _last_name(hint.value) == "Literal":
            inner = hint.slice.elts if isinstance(hint.slice, _ast.Tuple) else [hint.slice]
            return tuple(str(each.value) for each in inner if isinstance(each, _ast.Constant))
        found = self.classes.get(_last_name(hint))
        if found is not None and any(_last_name(base) in ENUMS for base in found.bases):
            return tuple(
                target.id
                for each in found.body
                if isinstance(each, _ast.Assign)
                for target in each.targets
                if isinstance(target, _ast.Name) and not target.id.startswith("_")
            )
        return ("true", "false") if _last_name(hint) == "bool" else ()

    def fields_of(self, hint: Any, depth: int) -> tuple[Field, ...]:
        """The fields of a dataclass, a model, a named tuple or a typed dict of this file, inherited ones first."""
        found = self.classes.get(_last_name(hint))
        if found is None or not self.is_record(found):
            return ()
        helps = _parameter_docs(_docstring(found))
        own = [
            self.field(
                each.target.id, each.annotation, _field_default(each.value), helps.get(each.target.id, ""), depth
            )
            for each in found.body
            if isinstance(each, _ast.AnnAssign) and isinstance(each.target, _ast.Name)
            if not each.target.id.startswith("_") and _last_name(_head(each.annotation)) != "ClassVar"
        ]
        names = {each[0] for each in own}
        inherited = [each for base in found.bases for each in self.fields_of(base, depth) if each[0] not in names]
        return (*inherited, *own)

    def is_record(self, node: _ast.ClassDef, seen: int = 0) -> bool:
        """Whether values of the class have fields that may be given one by one."""
        if any(_last_name(_called(each)) == "dataclass" for each in node.decorator_list):
            return True
        for base in node.bases:
            name = _last_name(base)
            if name in RECORDS:
                return True
            parent = self.classes.get(name)
            if parent is not None and seen < DEEPEST and self.is_record(parent, seen + 1):
                return True
        return False

    def type_text(self, hint: Any) -> str:
        """The type in short."""
        if hint is None:
            return "any"
        if isinstance(hint, _ast.Subscript) and _last_name(hint.value) == "Literal":
            return "choice"
        text = self.text(hint)
        return WORDS.get(text, text)

    def default(self, node: Any) -> str | None:
        """The default as one would type it; None when there is none."""
        if node is None:
            return None
        if isinstance(node, _ast.Constant):
            value = node.value
            text = (
                {True: "on", False: "off", None: "none"}[value]
                if value is None or isinstance(value, bool)
                else str(value)
            )
        elif isinstance(node, _ast.Attribute) and _last_name(node.value) in self.classes:
            text = node.attr
        elif isinstance(node, _ast.Call) and _last_name(node.func) in self.classes:
            text = "its defaults"
        else:
            text = self.text(node)
        return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"

    def text(self, node: Any) -> str:
        """The source of an expression, on one line."""
        first, last = node.lineno - 1, node.end_lineno - 1
        if first >= len(self.lines) or last >= len(self.lines):
            return ""
        lines = [each.encode() for each in self.lines[first : last + 1]]
        lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        return " ".join(b" ".join(lines).decode("utf-8", "replace").split())


def _statements(body: list[Any]) -> Iterator[Any]:
    """The statements of a module, also those under an `if` or `try`."""
    for each in body:
        yield each
        if isinstance(each, (_ast.If, _ast.Try, _ast.With)):
            yield from _statements(each.body)
            yield from _statements(getattr(each, "orelse", []))


def _docstring(node: Any) -> str:
    first = node.body[0] if node.body else None
    if isinstance(first, _ast.Expr) and isinstance(first.value, _ast.Constant) and isinstance(first.value.value, str):
        return first.value.value
    return ""


def _first_line(doc: str) -> str:
    return doc.strip().partition("\n")[0].strip()


def _parameter_docs(doc: str) -> dict[str, str]:
    if not any(word in doc for word in ("Arg", "Param", "param", ":arg")):
        return {}
    from flyte.docstring import parameter_docs  # deferred: 15 ms, for files with such a section, once

    return parameter_docs(doc)


def _called(node: Any) -> Any:
    return node.func if isinstance(node, _ast.Call) else node


def _head(node: Any) -> Any:
    return node.value if isinstance(node, _ast.Subscript) else node


def _last_name(node: Any) -> str:
    """`Enum` of `enum.Enum`, or of the text "Enum"."""
    if isinstance(node, _ast.Name):
        return node.id
    if isinstance(node, _ast.Attribute):
        return node.attr
    if isinstance(node, _ast.Constant) and isinstance(node.value, str):
        return node.value.rpartition(".")[2]
    if isinstance(node, _ast.Call):
        return _last_name(node.func)
    return ""


def _bare(hint: Any) -> tuple[Any, bool, bool]:
    """The type without Annotated, Optional and list around it, and whether it was optional, and a list."""
    optional = many = False
    while True:
        head = _last_name(_head(hint)) if isinstance(hint, _ast.Subscript) else ""
        if head == "Annotated" and isinstance(hint.slice, _ast.Tuple):
            hint = hint.slice.elts[0]
        elif head == "Optional":
            hint, optional = hint.slice, True
        elif isinstance(hint, _ast.BinOp) and isinstance(hint.op, _ast.BitOr) and _is_none(hint.right):
            hint, optional = hint.left, True
        elif isinstance(hint, _ast.BinOp) and isinstance(hint.op, _ast.BitOr) and _is_none(hint.left):
            hint, optional = hint.right, True
        elif head in LISTS and not many:
            inner = hint.slice
            if isinstance(inner, _ast.Tuple) and not _is_open(inner):
                return hint, optional, False  # a tuple of a fixed length is one value
            hint, many = (inner.elts[0] if isinstance(inner, _ast.Tuple) else inner), True
        else:
            return hint, optional, many


def _is_none(node: Any) -> bool:
    return isinstance(node, _ast.Constant) and node.value is None


def _is_open(node: _ast.Tuple) -> bool:
    return len(node.elts) == 2 and isinstance(node.elts[1], _ast.Constant) and node.elts[1].value is Ellipsis


def _field_default(value: Any) -> Any:
    """What `field(default=...)` or `Field(...)` says; a factory is a default one cannot read."""
    if not isinstance(value, _ast.Call) or _last_name(value.func) not in ("field", "Field"):
        return value
    if value.args:
        first = value.args[0]
        return None if isinstance(first, _ast.Constant) and first.value is Ellipsis else first
    by_name = {each.arg: each.value for each in value.keywords}
    if "default" in by_name:
        return by_name["default"]
    factory = by_name.get("default_factory")
    return _ast.Call(func=factory, args=[], keywords=[], **_position(factory)) if factory is not None else None


def _position(node: Any) -> dict[str, int]:
    names = ("lineno", "col_offset", "end_lineno", "end_col_offset")
    return {name: getattr(node, name) for name in names}
