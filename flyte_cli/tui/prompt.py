"""The one line at the bottom where things are asked: text to find, a filter, yes or no. Never a box in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.suggester import Suggester
from textual.widgets import Input, Label

if TYPE_CHECKING:
    from textual import events
    from textual.widget import Widget


@dataclass(eq=False)
class Question:
    """What is asked, until it is answered."""

    answer: asyncio.Future[str | None]
    on_change: Callable[[str], None] | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    """Keys that answer it, each with a word; nothing where a text does."""

    def settle(self, answer: str | None) -> None:
        """That is the answer; only the first one counts."""
        if not self.answer.done():
            self.answer.set_result(answer)


class Prompt(Horizontal):
    """Hidden until something is asked. One question at a time: a new one answers the old one with nothing."""

    DEFAULT_CSS = """
    Prompt { height: 1; display: none; background: $panel; }
    Prompt Label { width: auto; padding: 0 1; color: $accent; text-style: bold; }
    Prompt Input, Prompt Input:focus { border: none; height: 1; padding: 0; background: $panel; width: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._question: Question | None = None
        self._before: Widget | None = None
        """What had the focus, and gets it back."""

    def compose(self) -> ComposeResult:
        """A question and a place for the answer."""
        yield Label(markup=False)
        yield Input(select_on_focus=False)

    @property
    def is_asking(self) -> bool:
        """Whether an answer is awaited."""
        return self._question is not None

    async def ask(
        self,
        question: str,
        text: str = "",
        on_change: Callable[[str], None] | None = None,
        suggester: Suggester | None = None,
    ) -> str | None:
        """A line of text; None when somebody pressed Esc."""
        entry = self.query_one(Input)
        entry.display = True
        entry.suggester = suggester
        with entry.prevent(Input.Changed):
            entry.value = text
        entry.cursor_position = len(text)
        return await self._asked(question, Question(self._future(), on_change))

    async def choose(self, question: str, choices: Mapping[str, str]) -> str | None:
        """One of some keys, each with a word; None when it was Esc, or any other."""
        self.query_one(Input).display = False
        offered = "  ".join(f"[{key}] {word}" for key, word in choices.items())
        return await self._asked(f"{question}  {offered}", Question(self._future(), choices=choices))

    async def confirm(self, question: str) -> bool:
        """Yes or no."""
        return await self.choose(question, {"y": "yes", "n": "no"}) == "y"

    def _future(self) -> asyncio.Future[str | None]:
        return asyncio.get_running_loop().create_future()

    async def _asked(self, text: str, question: Question) -> str | None:
        if self._question is not None:
            self._question.settle(None)
        focused = self.screen.focused
        if focused is None or self not in focused.ancestors_with_self:  # else the question before had it a moment ago
            self._before = focused
        self._question = question
        self.query_one(Label).update(text)
        self.can_focus = bool(question.choices)
        self.add_class("asking")
        self.display = True  # not by the class, which counts only with the next frame
        self._take_focus()
        try:
            return await question.answer
        finally:
            if self._question is question:  # else another question took its place, and goes on
                self._close()

    def _close(self) -> None:
        self._question = None
        self.remove_class("asking")
        self.display = False
        self.can_focus = False
        if self._before is not None and self._before.is_attached:
            self.screen.set_focus(self._before)

    def _take_focus(self) -> None:
        if self._question is not None and self.is_attached:
            # at once: a key may be on its way already, and is part of the answer
            self.screen.set_focus(self if self._question.choices else self.query_one(Input))

    def on_blur(self, event: events.Blur) -> None:
        """A click elsewhere takes no question away."""
        self.call_after_refresh(self._keep_focus)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """The same for the text."""
        self.call_after_refresh(self._keep_focus)

    def _keep_focus(self) -> None:
        if self._question is not None and self.app.app_focus and self.screen.is_current:
            self._take_focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell whoever wants to show what it means so far."""
        event.stop()
        if self._question is not None and self._question.on_change is not None:
            self._question.on_change(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """That is the answer."""
        event.stop()
        if self._question is not None:
            self._question.settle(event.value)

    def on_key(self, event: events.Key) -> None:
        """Esc takes the question back; Tab takes what is suggested; where keys are asked for, any of them answers."""
        question = self._question
        if question is None:
            return
        if event.key == "escape":
            answer = None
        elif question.choices:
            answer = event.character if event.character in question.choices else None
        elif event.key in ("tab", "shift+tab"):
            event.stop()
            event.prevent_default()
            self.query_one(Input).action_cursor_right()
            return
        else:
            return
        event.stop()
        event.prevent_default()
        question.settle(answer)
