"""Lines about runs that a crash ended. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from flyte_cli.output.spans import Line, Span, line
from flyte_cli.output.visible import visible
from flyte_cli.quantities import age
from flyte_cli.sources import shown_path

if TYPE_CHECKING:
    from flyte_cli.ops.interrupted import Interruption

_FOR_PROGRAMS = ("json", "json-raw", "jsonl", "yaml", "value", "id", "quiet")


def is_for_people(words: Sequence[str], progress: str) -> bool:
    """Whether a command line asks for what people read; `progress` is that of the environment."""
    words = words[: list(words).index("--")] if "--" in words else words
    if progress in _FOR_PROGRAMS or {"--json", "-q", "--quiet"} & set(words):
        return False
    pairs = zip(words, [*words[1:], ""], strict=True)
    given = [value if "=" not in word else word.partition("=")[2] for word, value in pairs if _says_how(word)]
    return not any(value in _FOR_PROGRAMS for value in given)


def _says_how(word: str) -> bool:
    return word.partition("=")[0] in ("-of", "--output-format", "--progress")


def told(interruptions: Sequence[Interruption], most: int, now: float, here: str) -> Iterator[Line]:
    """One line for each, the latest first; of many only how many there are."""
    latest = sorted(interruptions, key=lambda each: -each.at)
    for each in latest[:most]:
        what = f"{visible(each.task)} in {visible(shown_path(each.file, here))}" if each.file else visible(each.task)
        text = f"run {each.run} ({what}) was interrupted {age(each.at, now)}: flyte rerun {each.run} --recover"
        yield line(Span("note: ", "cyan"), text)
    if len(latest) > most:
        yield line(Span("note: ", "cyan"), f"{len(latest) - most} more runs were interrupted: flyte get run --all")
