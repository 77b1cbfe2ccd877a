"""The version of a task's code: part of its actions' names and of its cache keys.

It covers the text of the function and of what it refers to in the user's own files: functions, classes and constants,
and what those refer to in turn. Names are looked up where the function would find them, and nothing is run. Installed
packages do not count, nor do other tasks, which have versions of their own. What only running it can tell (`getattr`
with a computed name, methods of a value from elsewhere) is not seen.
"""

from __future__ import annotations

import ast
import dis
import functools
import hashlib
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from flyte.code_sources import digest_of, parsed
from flyte.runtime.failure import OURS, is_user

SHORT = 12
"""Digits of a digest that is only to be compared with another one."""

_PLAIN = (str, bytes, int, float, complex, bool, type(None))
_CONTAINERS = (tuple, list, dict, set, frozenset)
_NAMES = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_CLASSDEREF")
_MISSING = object()

Chain = tuple[str, ...]
"""A name and the attributes taken of it: `helpers.text.fix`."""


def task_version(function: Callable[..., Any]) -> str:
    """Name the version of a task made of this function; without own code to call it is that of wire.md 5.6."""
    return _digest(code_version(function))


def body_version(function: Callable[..., Any], salt: str = "") -> str:
    """A hash of the function's syntax tree alone, as in wire.md 5.6."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        # Typed into a prompt, made by `exec`, or a lambda in the middle of an expression.
        return _digest("\n".join(_compiled(function)) + salt)
    return _digest(ast.dump(tree) + salt)


def code_version(function: Callable[..., Any], salt: str = "") -> str:
    """A hash of the function and of what it refers to in the user's files."""
    body = body_version(function, salt)
    others = used_code(function)
    if not others:
        return body
    return _digest("\n".join([body, *(f"{what} {digest}" for what, digest in others)]))


def version_parts(function: Callable[..., Any], name: str) -> tuple[tuple[str, str], ...]:
    """What the version is made of, each with a short digest: the task first, then what it uses, by name."""
    others = ((what, digest[:SHORT]) for what, digest in used_code(function))
    return ((f"task {name}", body_version(function)[:SHORT]), *others)


def used_code(function: Callable[..., Any]) -> tuple[tuple[str, str], ...]:
    """What a function refers to in the user's files, directly or through others: what it is, and its digest."""
    plain = inspect.unwrap(function)
    walk = _Walk(getattr(plain, "__module__", ""))
    walk.leave_out(plain)
    for layer in _layers(function):
        if layer is plain:
            walk.follow_function(layer)
        else:
            walk.take(layer)  # a decorator's wrapper, which runs as well
    walk.finish()
    return tuple(sorted(walk.parts.items()))


def _layers(function: Any) -> Iterator[FunctionType]:
    """The functions around one another that decorators made, outermost first."""
    seen: set[int] = set()
    while id(function) not in seen:
        seen.add(id(function))
        if isinstance(function, FunctionType):
            yield function
        function = getattr(function, "__wrapped__", function)


@dataclass
class _Walk:
    """Goes from name to name, each once, so that cycles end."""

    home: str
    """The module whose names need no module before them."""
    parts: dict[str, str] = field(default_factory=dict)
    _seen: set[object] = field(default_factory=set)
    _waiting: list[Any] = field(default_factory=list)

    def finish(self) -> None:
        while self._waiting:
            value = self._waiting.pop()
            if isinstance(value, type):
                self._add_class(value)
            else:
                self._add_function(value)

    def leave_out(self, value: Any) -> None:
        """It is counted elsewhere."""
        self._seen.add(id(value))

    def take(self, value: Any) -> None:
        """Note a value that is referred to, if it is code in the user's files."""
        if isinstance(value, MethodType):
            value = value.__func__
        if isinstance(value, FunctionType):
            if _is_own(value.__code__.co_filename):
                self._push(value)
        elif isinstance(value, type):
            if _file_of_class(value):
                self._push(value)
        elif _is_task(value):
            return
        elif isinstance(value, functools.partial):
            self.take(value.func)
        elif not isinstance(value, ModuleType):
            self.take_type(value)
        if not isinstance(value, (type, ModuleType)):
            wrapped = inspect.getattr_static(value, "__wrapped__", None)
            if wrapped is not None and wrapped is not value:
                self.take(wrapped)

    def take_type(self, value: Any) -> None:
        """Note the class of an object, which its methods are in."""
        if _file_of_class(type(value)):
            self._push(type(value))

    def _push(self, value: Any) -> None:
        if id(value) not in self._seen:
            self._seen.add(id(value))
            self._waiting.append(value)

    def _add_function(self, function: FunctionType) -> None:
        code = function.__code__
        source = parsed(code.co_filename)
        node = source.functions.get(code.co_firstlineno) if source else None
        digest = _digest("\n".join(_parts(code))) if node is None or isinstance(node, ast.Pass) else digest_of(node)
        # Its own name: a wrapper goes by that of what it wraps.
        name = getattr(code, "co_qualname", function.__qualname__)  # from Python 3.11 on
        self._note("function", function.__module__, name, digest)
        self.follow_function(function)

    def _add_class(self, kind: type) -> None:
        file = _file_of_class(kind)
        source = parsed(file) if file else None
        node = source.classes.get(kind.__qualname__) if source else None
        methods = [each for each in map(_function_in, vars(kind).values()) if each is not None]
        own = [each for each in methods if each.__code__.co_filename == file]  # no generated ones
        compiled = "\n".join(part for each in own for part in _parts(each.__code__))
        self._note("class", kind.__module__, kind.__qualname__, digest_of(node) if node else _digest(compiled))
        for method in own:
            self.follow_function(method)
        for base in kind.__mro__[1:]:
            if base is not object:
                self.take(base)

    def _note(self, what: str, module: str, name: str, digest: str) -> None:
        # Two of one name, as a factory makes them, count both.
        shown = f"{what} {name}" if module == self.home else f"{what} {module}.{name}"
        known = self.parts.get(shown)
        self.parts[shown] = digest if known in (None, digest) else _digest("\n".join(sorted((str(known), digest))))

    def follow_function(self, function: FunctionType) -> None:
        """Take what a function's code refers to."""
        code = function.__code__
        cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
        for chain in chains(code):
            if chain[0] in cells:
                self._follow_cell(chain, cells, function)
            else:
                self._follow(chain, function.__globals__, code.co_filename)
        for annotation in _used_annotations(function):
            self.take(annotation)
        for module, level, name in _imports_within(code):
            self._take_file(module, level, name, str(function.__globals__.get("__package__") or ""))

    def _follow_cell(self, chain: Chain, cells: Mapping[str, Any], function: FunctionType) -> None:
        try:
            value = cells[chain[0]].cell_contents
        except ValueError:  # not bound yet
            return
        if isinstance(value, _PLAIN) and not _rebinds(function.__code__, chain[0]):
            where = f"{function.__qualname__}.{chain[0]}"
            self._note("constant", function.__module__, where, _digest(repr(value)))
        else:
            self._follow_attributes(value, chain[1:])

    def _follow(self, chain: Chain, names: Mapping[str, Any], file: str) -> None:
        value = names.get(chain[0], _MISSING)
        if value is _MISSING:
            return
        if isinstance(value, ModuleType):
            self._follow_attributes(value, chain[1:])
        elif _is_data(value):
            self._take_constant(chain[0], str(names.get("__name__", "")), file, names)
        else:
            self.take(value)

    def _follow_attributes(self, value: Any, attributes: Chain) -> None:
        """Through modules to the first thing that is none."""
        for place, name in enumerate(attributes):
            if not isinstance(value, ModuleType):
                break
            file = getattr(value, "__file__", None)
            if file is None or not _is_own(file):
                return
            inside = vars(value)
            value = inside.get(name, _MISSING)
            if not isinstance(value, ModuleType):
                if value is not _MISSING:
                    self._follow(attributes[place:], inside, file)
                return
        self.take(value)

    def _take_constant(self, name: str, module: str, file: str, names: Mapping[str, Any]) -> None:
        """A constant counts as its module spells it: a value may depend on the machine, or on what ran."""
        if ("constant", file, name) in self._seen or not _is_own(file):
            return
        self._seen.add(("constant", file, name))
        source = parsed(file)
        if source is None:
            if isinstance(names[name], _PLAIN):
                self._note("constant", module, name, _digest(repr(names[name])))
            return
        statements = source.assignments.get(name)
        if statements is None:
            self._take_imported(source.imports.get(name), names)
        elif name not in source.rebound or all(_is_literal(each) for each in statements):
            self._note("constant", module, name, digest_of(*statements))
            for statement in statements:
                for chain in _names_in(statement):
                    if chain[0] != name:
                        self._follow(chain, names, file)

    def _take_imported(self, imported: tuple[str, int, str] | None, names: Mapping[str, Any]) -> None:
        if imported is None:
            return
        module, level, name = imported
        found = sys.modules.get(_absolute(module, level, str(names.get("__package__") or "")))
        file = getattr(found, "__file__", None)
        if found is not None and file is not None and name in vars(found):
            self._follow((name,), vars(found), file)

    def _take_file(self, module: str, level: int, name: str, package: str) -> None:
        """A module that a function imports counts as a whole, and so does what it imports.

        Whether it is loaded already differs from process to process, so it is found by its file.
        """
        absolute = _absolute(module, level, package)
        for wanted in (absolute, f"{absolute}.{name}" if name else ""):
            file = _file_of_module(wanted)
            if file is None or ("file", file) in self._seen:
                continue
            self._seen.add(("file", file))
            source = parsed(file)
            if source is None:
                continue
            self.parts[f"module {wanted}"] = source.digest
            inside = wanted if file.endswith("__init__.py") else wanted.rpartition(".")[0]
            for each in source.modules:
                self._take_file(*each, inside)


def chains(code: CodeType) -> Iterator[Chain]:
    """The global and closed-over names a code object refers to, each with the attributes taken of it."""
    chain: list[str] = []
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_ATTR", "LOAD_METHOD") and chain:
            chain.append(str(step.argval))
            continue
        if chain:
            yield tuple(chain)
            chain = []
        if step.opname in _NAMES and step.argval not in code.co_cellvars:
            chain = [str(step.argval)]
    if chain:
        yield tuple(chain)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            inner = {*code.co_cellvars, *(() if code.co_flags & inspect.CO_OPTIMIZED else code.co_names)}
            yield from (each for each in chains(constant) if each[0] not in inner)


def _imports_within(code: CodeType) -> Iterator[tuple[str, int, str]]:
    """The imports in a function's body: module, dots, name."""
    before: list[Any] = []
    module: tuple[str, int] | None = None
    for step in dis.get_instructions(code):
        if step.opname == "IMPORT_NAME":
            level = before[-2] if len(before) > 1 and isinstance(before[-2], int) else 0
            module = (str(step.argval), level)
            yield (*module, "")
        elif step.opname == "IMPORT_FROM" and module is not None:
            yield (*module, str(step.argval))
        before.append(step.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _imports_within(constant)


def _used_annotations(function: FunctionType) -> Iterator[type]:
    """The user's classes whose methods are called on a parameter: `def task(cfg: Config): cfg.scaled()`."""
    parameters = function.__annotations__
    if not parameters:
        return
    for name, attribute in _attributes_of_locals(function.__code__):
        kind = parameters.get(name)
        if isinstance(kind, str):
            kind = _looked_up(kind, function.__globals__)
        if isinstance(kind, type) and _function_in(inspect.getattr_static(kind, attribute, None)) is not None:
            yield kind


def _attributes_of_locals(code: CodeType) -> Iterator[tuple[str, str]]:
    before: str | None = None
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_ATTR", "LOAD_METHOD") and before is not None:
            yield before, str(step.argval)
        loads = step.opname.startswith("LOAD_FAST") or step.opname == "LOAD_DEREF"
        name = step.argval[-1] if isinstance(step.argval, tuple) and step.argval else step.argval
        before = name if loads and isinstance(name, str) else None


def _looked_up(annotation: str, names: Mapping[str, Any]) -> Any:
    value: Any = None
    for place, part in enumerate(annotation.split(".")):
        value = names.get(part) if place == 0 else vars(value).get(part) if isinstance(value, ModuleType) else None
    return value


def _rebinds(code: CodeType, name: str) -> bool:
    """Whether a closure assigns to what it closes over."""
    steps = dis.get_instructions(code)
    return any(step.opname == "STORE_DEREF" and step.argval == name for step in steps)


def _names_in(statement: ast.stmt) -> Iterator[Chain]:
    """The names a statement reads, with their attributes."""
    for node in ast.walk(statement):
        attributes: list[str] = []
        root: ast.AST = node
        while isinstance(root, ast.Attribute):
            attributes.insert(0, root.attr)
            root = root.value
        if isinstance(root, ast.Name) and isinstance(root.ctx, ast.Load):
            yield (root.id, *attributes)


def _is_literal(statement: ast.stmt) -> bool:
    try:
        ast.literal_eval(getattr(statement, "value", None) or "")
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _is_data(value: object) -> bool:
    return type(value) in _PLAIN or type(value) in _CONTAINERS


def _is_task(value: object) -> bool:
    from flyte.task import TaskTemplate  # deferred: it imports this file's callers

    return isinstance(value, TaskTemplate)


def _is_own(file: str) -> bool:
    return is_user(file) and not file.startswith(OURS)


def _file_of_class(kind: type) -> str | None:
    """The user's file that a class is written in; None for classes of others."""
    if kind.__module__ == "builtins":
        return None
    functions = (_function_in(each) for each in vars(kind).values())
    files = (each.__code__.co_filename for each in functions if each is not None)
    # A task that travels by value takes its classes along, and leaves their module.
    file = next((each for each in files if not each.startswith("<")), None)
    file = file or getattr(sys.modules.get(kind.__module__), "__file__", None)
    return file if file is not None and _is_own(file) else None


def _function_in(member: object) -> FunctionType | None:
    """The function behind a class's attribute."""
    if isinstance(member, (staticmethod, classmethod)):
        member = member.__func__
    elif isinstance(member, property):
        member = member.fget
    return member if isinstance(member, FunctionType) else None


def _absolute(module: str, level: int, package: str) -> str:
    if level == 0:
        return module
    parts = package.split(".")
    kept = parts[: len(parts) - level + 1]
    return ".".join([*kept, module] if module else kept)


def _file_of_module(name: str) -> str | None:
    """The user's file of a module, found without importing it or its packages."""
    from importlib.machinery import PathFinder

    path: Iterable[str] | None = None
    if not name or name.partition(".")[0] in sys.stdlib_module_names:
        return None
    spec = None
    parts = name.split(".")
    for place in range(len(parts)):
        spec = PathFinder.find_spec(".".join(parts[: place + 1]), path if path is None else list(path))
        if spec is None or (spec.submodule_search_locations is None and place < len(parts) - 1):
            return None
        path = spec.submodule_search_locations
    file = spec.origin if spec is not None and spec.has_location else None
    return file if file is not None and file.endswith(".py") and _is_own(file) else None


# --- without a source ---------------------------------------------------------------------------------------------


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
