"""From what was typed to keyword arguments, or every problem at once. What is outside comes in as `Surroundings`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from flyte_cli.errors import WrongInputs
from flyte_cli.inputs import kinds, records
from flyte_cli.inputs.data import data_kind
from flyte_cli.inputs.documents import SUFFIXES, from_file, from_json, parsed
from flyte_cli.inputs.interface import Input, Interface
from flyte_cli.inputs.problem import BadValue, all_of
from flyte_cli.inputs.samples import how_to_give, sample
from flyte_cli.inputs.surroundings import Surroundings
from flyte_cli.inputs.values import Reader
from flyte_cli.inputs.words import Given, Sorted
from flyte_cli.near_miss import nearest

STDIN = "-"

Fields = list[tuple[tuple[str, ...], str]]
"""Texts, each with the path of the field it is for."""


@dataclass(frozen=True)
class Before:
    """What inputs are before the words of the command line change them: an earlier run's, then those of files."""

    files: Sequence[str] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


def bind(
    interface: Interface,
    words: Sorted,
    help: Sequence[str] = (),
    around: Surroundings | None = None,
    before: Before | None = None,
) -> dict[str, Any]:
    """The keyword arguments; inputs that were not given and have a default are left out."""
    binding = _Binding(interface, Reader(around or Surroundings()), list(words.problems))
    arguments = binding.arguments(words.given, before or Before())
    if binding.problems:
        raise WrongInputs(interface.task, binding.problems, help)
    return arguments


def already_reported(each: Input, option: str) -> bool:
    """Whether a problem is already about this input."""
    return option.removeprefix("--").partition(".")[0].replace("-", "_") == each.name


@dataclass
class _Binding:
    """One command line on its way to arguments."""

    interface: Interface
    reader: Reader
    problems: list[tuple[str, str]]

    def arguments(self, given: Sequence[Given], before: Before) -> dict[str, Any]:
        """What can be made of it; `problems` holds the rest."""
        typed_wrong = [option for option, _ in self.problems]
        written = self.written(before.files)
        arguments = {}
        for each in self.interface.inputs:
            mine = [one for one in given if one.input is each]
            try:
                start = self.start(each, written, before)
                if mine:
                    arguments[each.name] = self.value_of(each, mine, start)
                elif each.name in written or each.name in before.values:
                    arguments[each.name] = start
                elif each.required and not any(already_reported(each, option) for option in typed_wrong):
                    self.problems.append((each.option, _missing(each)))
            except RecursionError:
                self.problems.append((each.option, "nested too deeply"))
            except BadValue as problem:
                self.problems += [(each.option, str(one)) for one in problem.each()]
        return arguments

    def written(self, files: Sequence[str]) -> dict[str, tuple[Any, str]]:
        """What documents say, by name, with the document's; a later one wins."""
        found: dict[str, tuple[Any, str]] = {}
        for name in files:
            try:
                document = self.document(name)
            except BadValue as problem:
                self.problems.append(("--inputs", str(problem)))
                continue
            if not isinstance(document, dict):
                self.problems.append(("--inputs", f"{_called(name)} should hold names and values of inputs"))
                continue
            found |= {self.known(str(key), name): (value, _called(name)) for key, value in document.items()}
        return found

    def document(self, name: str) -> Any:
        """A document by its name: a file, standard input, or itself."""
        if name == STDIN:
            return parsed(self.reader.around.take_stdin("--inputs"))
        return from_json(name) if name.lstrip().startswith("{") else from_file(name, self.reader.around)

    def known(self, key: str, document: str) -> str:
        """The name of the input that a key of a document means."""
        found = self.interface.find(key)
        if found is None:
            guess = nearest(key, list(self.interface.names))
            hint = f", did you mean `{guess}`?" if guess else ""
            self.problems.append(("--inputs", f"no input `{key}`, which {_called(document)} has{hint}"))
        return found.name if found is not None else key

    def start(self, each: Input, written: Mapping[str, tuple[Any, str]], before: Before) -> Any:
        """The input's value as far as the command line does not say otherwise, or REQUIRED."""
        start = before.values.get(each.name, each.default)
        if each.name not in written:
            return start
        value, document = written[each.name]
        try:
            return self.reader.from_json(value, each.type, start)
        except BadValue as problem:
            raise problem.told(after=f" (in {document})") from problem

    def value_of(self, each: Input, given: Sequence[Given], start: Any) -> Any:
        """The value of one input, from all that was given for it; fields win over the document."""
        whole = [one.text for one in given if not one.path]
        fields = [(one.path, one.text) for one in given if one.path]
        value = self.whole(each.option, each.type, whole, start) if whole else start
        return self.with_fields(value, each.type, fields, each.option) if fields else value

    def whole(self, option: str, kind: Any, texts: Sequence[str], base: Any) -> Any:
        """The value of what was given without a field: the last of it, or all of it for a list."""
        if texts[-1] == STDIN and (len(texts) == 1 or not kinds.is_many(kind)):
            return self.from_stdin(option, kind, base)
        if not kinds.is_many(kind):
            return self.reader.from_text(texts[-1], kind, base)
        target = next(each for each in kinds.members(kind) if kinds.is_list(each))
        if len(texts) == 1 and (len(kinds.members(kind)) > 1 or self.is_document(texts[0], kind, target)):
            return self.reader.from_text(texts[0], kind)
        item = kinds.item_of(target)
        return self.reader.gathered([self.reader.from_text(text, item) for text in texts], target)

    def is_document(self, text: str, kind: Any, target: Any) -> bool:
        """Whether the one text that was given for a list is all of it: JSON, or a file that holds a list."""
        if text.lstrip().startswith("[") or (kinds.takes_none(kind) and text.strip().lower() == "none"):
            return True
        item = kinds.item_of(target)
        if PurePath(text).suffix.lower() not in SUFFIXES:
            return text.startswith("@") and not kinds.takes_any_text(item)
        if not kinds.takes_any_text(item) and data_kind(item) is None:
            return True
        return item is str and self.holds_list(text)

    def holds_list(self, text: str) -> bool:
        """For texts it takes a look: a file's name is a text, too."""
        try:
            return isinstance(from_file(text, self.reader.around), list)
        except BadValue:
            return False

    def from_stdin(self, option: str, kind: Any, base: Any) -> Any:
        """The value that comes on standard input."""
        choices = kinds.members(kind)
        if any(data_kind(each) for each in choices):
            raise BadValue(f"a {kinds.type_name(choices[0])} cannot come from standard input: give its path")
        data = self.reader.around.take_stdin(option)
        if bytes in choices:
            return data
        if kinds.is_many(kind) or kinds.record_of(kind) or kinds.dict_of(kind) or kinds.is_tuple(choices[0]):
            return self.reader.from_json(parsed(data), kind, base)
        return self.reader.from_text(data.decode("utf-8", "surrogateescape").removesuffix("\n"), kind, base)

    def with_fields(self, base: Any, kind: Any, fields: Fields, where: str) -> Any:
        """The base with some fields changed, or a new value when there is no base."""
        target = kinds.record_of(kind)
        if target is None:
            return self.with_keys(base, kind, fields, where)
        named = {records.key_of(target, spelled): (spelled, inner) for spelled, inner in _by_first(fields).items()}

        def read(given: tuple[str, Fields], hint: Any) -> Any:
            spelled, inner = given
            name = records.key_of(target, spelled)
            kept = base.get(name) if isinstance(base, dict) else getattr(base, name, None)
            return self.field(kept, hint, inner, f"{where}.{spelled}")

        return self.reader.record(target, named, base, given_as=read)

    def field(self, kept: Any, kind: Any, given: Fields, where: str) -> Any:
        """The value of one field."""
        whole = [text for path, text in given if not path]
        deeper = [(path, text) for path, text in given if path]
        value = kept
        if whole:
            try:
                value = self.whole(where, kind, whole, kept)
            except BadValue as problem:
                raise problem.told(before=f"{where}: ") from problem
        return self.with_fields(value, kind, deeper, where) if deeper else value

    def with_keys(self, base: Any, kind: Any, fields: Fields, where: str) -> Any:
        """The dict with some keys changed."""
        target = kinds.dict_of(kind)
        if target is None:
            raise BadValue(f"{kinds.type_name(kind)} has no fields, got {where}.{'.'.join(fields[0][0])}")
        key, item = kinds.entry_of(target)
        changed = dict(base) if isinstance(base, dict) else {}
        grouped = _by_first(fields)
        names = all_of(((spelled, spelled, key) for spelled in grouped), self.reader.key)

        def read(given: tuple[Any, str, Fields], hint: Any) -> Any:
            name, spelled, inner = given
            return self.field(changed.get(name), hint, inner, f"{where}.{spelled}")

        parts = ((each[0], (name, *each), item) for name, each in zip(names, grouped.items(), strict=True))
        return changed | dict(zip(names, all_of(parts, read), strict=True))


def _called(document: str) -> str:
    if document == STDIN:
        return "standard input"
    return "the document" if document.lstrip().startswith("{") else f"`{document}`"


def _by_first(fields: Fields) -> dict[str, Fields]:
    grouped: dict[str, Fields] = {}
    for (name, *rest), text in fields:
        grouped.setdefault(name, []).append((tuple(rest), text))
    return grouped


def _missing(each: Input) -> str:
    if each.flag:
        return f"missing: {each.option} or --no-{each.option[2:]}"
    how = how_to_give(each.type)
    name = kinds.type_name(each.type).removesuffix(" ...")
    return f"missing: {name}{', ' + how if how else ''}, for example {sample(each.option, each.type)}"
