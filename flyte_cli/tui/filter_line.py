"""The line above a list where a filter is typed: it counts as it is typed, and mistakes are told at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

if TYPE_CHECKING:
    from textual import events

KEYS = ("state:", "task:", "took:>", "started:<", "actions:>", "name:", "note:", "file:", "error:", "label:")


class FilterWords(Suggester):
    """Completes the last word: keys, states, tasks that there are."""

    def __init__(self, states: Sequence[str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.states = states
        self.tasks: Sequence[str] = ()

    async def get_suggestion(self, value: str) -> str | None:
        """The value with its last word completed."""
        word = value.rpartition(" ")[2]
        bare = word.removeprefix("!")
        if not bare:
            return None
        key, colon, start = bare.partition(":")
        start = start.rpartition(",")[2]
        known: Sequence[str] = KEYS if not colon else {"state": self.states, "task": self.tasks}.get(key, ())
        for each in known:
            if each.startswith(start if colon else bare) and each != (start if colon else bare):
                return value + each[len(start if colon else bare) :]
        return None


class FilterLine(Input):
    """One line; Enter and Esc go back to the list, Esc without a filter."""

    DEFAULT_CSS = """
    FilterLine, FilterLine:focus { border: none; height: 1; padding: 0 1; background: $surface; }
    """

    class Done(Message):
        """Keys are for the list again."""

    def leave(self) -> None:
        """Keys are for the list again."""
        self.post_message(self.Done())

    def clear_and_leave(self) -> None:
        """The same, without a filter."""
        self.value = ""
        self.leave()

    def on_key(self, event: events.Key) -> None:
        """Leave the line, or take what is suggested."""
        does = {
            "escape": self.clear_and_leave,
            "enter": self.leave,
            "down": self.leave,
            "tab": self.action_cursor_right,  # at the end it takes what is suggested
        }.get(event.key)
        if does is not None:
            event.stop()
            event.prevent_default()
            does()
