"""The one line at the bottom where things are asked: text to find, a filter, yes or no. Never a box in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.suggester import Suggester
from textual.widgets import Input, Label

if TYPE_CHECKING:
    from textual import events


class Prompt(Horizontal):
    """Hidden until something is asked. One question at a time: a new one answers the old one with nothing."""

    DEFAULT_CSS = """
    Prompt { dock: bottom; height: 1; display: none; background: $panel; }
    Prompt.asking { display: block; }
    Prompt Label { width: auto; padding: 0 1; color: $accent; text-style: bold; }
    Prompt Input { border: none; height: 1; padding: 0; background: $panel; width: 1fr; }
    Prompt Input:focus { border: none; }
    Prompt .keys { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._answer: asyncio.Future[str | None] | None = None
        self._on_change: Callable[[str], None] | None = None
        self._choices: Mapping[str, str] = {}

    def compose(self) -> ComposeResult:
        """A question and a place for the answer."""
        yield Label(markup=False)
        yield Input()

    async def ask(
        self,
        question: str,
        text: str = "",
        on_change: Callable[[str], None] | None = None,
        suggester: Suggester | None = None,
    ) -> str | None:
        """A line of text; None when somebody pressed Esc."""
        field = self.query_one(Input)
        field.display = True
        field.suggester = suggester
        field.value = text
        field.cursor_position = len(text)
        self._on_change = on_change
        return await self._asked(question, field)

    async def choose(self, question: str, choices: Mapping[str, str]) -> str | None:
        """One of some keys, each with a word; None when it was Esc, or any other."""
        self._choices = choices
        self.query_one(Input).display = False
        self.can_focus = True
        offered = "  ".join(f"[{key}] {word}" for key, word in choices.items())
        return await self._asked(f"{question}  {offered}", self)

    async def confirm(self, question: str) -> bool:
        """Yes or no."""
        return await self.choose(question, {"y": "yes", "n": "no"}) == "y"

    async def _asked(self, question: str, focus: Horizontal | Input) -> str | None:
        self._settle(None)
        before = self.screen.focused
        self.query_one(Label).update(question)
        self.add_class("asking")
        self._answer = asyncio.get_running_loop().create_future()
        focus.focus()
        try:
            return await self._answer
        finally:
            self.remove_class("asking")
            self._choices, self._on_change, self._answer = {}, None, None
            self.can_focus = False
            if before is not None and before.is_attached:
                before.focus()

    def _settle(self, answer: str | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell whoever wants to show what it means so far."""
        event.stop()
        if self._on_change is not None:
            self._on_change(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """That is the answer."""
        event.stop()
        self._settle(event.value)

    def on_key(self, event: events.Key) -> None:
        """Esc takes the question back; where keys are asked for, any of them answers."""
        if self._answer is None:
            return
        if event.key == "escape":
            event.stop()
            event.prevent_default()
            self._settle(None)
        elif self._choices:
            event.stop()
            event.prevent_default()
            self._settle(event.character if event.character in self._choices else None)
