"""Keys about the right side: attempts, frames, copying, the editor, the browser."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from textual import work
from textual.app import SuspendNotSupported

from flyte_cli.errors import CliError
from flyte_cli.quantities import number
from flyte_cli.sources import shown_path
from flyte_cli.tui.detail_pane import may_have_report
from flyte_cli.tui.details.copies import CHOICES, copied, openable
from flyte_cli.tui.details.editor import Editing, editing
from flyte_cli.tui.details.tab import Go
from flyte_cli.tui.screens.base import RunScreenBase

if TYPE_CHECKING:
    from flyte._core import ActionView

Read = TypeVar("Read")

ERROR_TAB, REPORT_TAB = 4, 6
ONE_ATTEMPT = "there is only one attempt"


class DetailActions(RunScreenBase):
    """Keys about the right side: attempts, frames, copying, the editor, the browser."""

    def on_go(self, event: Go) -> None:
        """Something on the right side leads to another place."""
        event.stop()
        self.select(event.place)
        if event.tab is not None:
            self.detail_pane.open(event.tab)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key does something now."""
        if action == "browse":
            return self._has_page()
        return super().check_action(action, parameters)

    def _has_page(self) -> bool:
        looked = self.looked
        if looked.ordinal is None or looked.ordinal >= len(looked.tree):
            return False
        return may_have_report(looked) or bool(looked.tree.action(looked.ordinal).links)

    # --- what is shown of it

    def action_previous_attempt(self) -> None:
        """The attempt before."""
        self._go_to_attempt(-1)

    def action_next_attempt(self) -> None:
        """The attempt after."""
        self._go_to_attempt(1)

    def _go_to_attempt(self, by: int) -> None:
        attempts = self._attempts()
        if attempts < 2:
            self.say(ONE_ATTEMPT)
            return
        chosen = (self.attempt or attempts) + by
        if not 1 <= chosen <= attempts:
            self.say(f"that is the {'first' if by < 0 else 'last'} of {number(attempts)} attempts")
            return
        self.attempt = None if chosen == attempts else chosen  # the last one goes on to be the last
        self.detail_pane.look(self.looked)

    def _attempts(self) -> int:
        looked = self.looked
        if looked.ordinal is None or looked.ordinal >= len(looked.tree):
            return 0
        return looked.tree.rows([looked.ordinal])[0].attempts

    def action_library(self) -> None:
        """Show the frames of libraries, or hide them."""
        self.shows_library = not self.shows_library
        self.detail_pane.look(self.looked)
        self.say(f"library frames are {'shown' if self.shows_library else 'hidden'}")

    # --- copying

    @work(exclusive=True, group="copy")
    async def action_copy(self) -> None:
        """Ask what, and copy it."""
        choice = await self.prompt.choose("copy", CHOICES)
        if choice is None:
            return
        looked, tab, host = self.looked, self.detail_pane.tab, self.app.host
        text = await self._read(lambda: copied(choice, looked, tab, host))
        if text is None:
            return
        self.app.copy_to_clipboard(text)
        lines = text.count("\n") + (not text.endswith("\n"))
        what = text if lines == 1 and len(text) < 100 else f"{CHOICES[choice]}, {number(lines)} lines"
        self.say(f"copied: {what}")

    async def _read(self, read: Callable[[], Read]) -> Read | None:
        """Read something in a thread; where it cannot be had, say why."""
        try:
            return await asyncio.to_thread(read)
        except (OSError, ValueError, LookupError, CliError) as error:
            self.say(str(error), "yellow")
            return None

    # --- the editor

    @work(exclusive=True, group="edit")
    async def action_edit(self) -> None:
        """Open the source at the line that matters: of the error where that is shown, else of the task."""
        found = self._line_to_edit()
        if found is None:
            self.say("the file of it was not recorded", "yellow")
            return
        file, line = found
        try:
            wanted = editing(self.app.host.environment, file, line)
        except ValueError as error:
            self.say(str(error), "yellow")
            return
        status = await self._edited(wanted)
        if status is not None:
            self.say(f"{wanted.command[0]} {shown_path(file, self.app.host.folder())}:{line}")

    async def _edited(self, wanted: Editing) -> int | None:
        """Run it; None where it could not be, which was said."""
        if not wanted.needs_terminal:
            return await self._read(lambda: _started(wanted))
        try:
            with self.app.suspend():
                return subprocess.call(wanted.command)
        except SuspendNotSupported:
            self.say(f"there is no terminal for {wanted.command[0]} here", "yellow")
        except OSError as error:
            self.say(_cannot_start(wanted, error), "yellow")
        return None

    def _line_to_edit(self) -> tuple[str, int] | None:
        action = self._shown_action()
        if action is None:
            return None
        if self.detail_pane.tab == ERROR_TAB and action.error is not None:
            own = next((frame for frame in reversed(action.error.frames) if frame[4]), None)
            if own is not None:
                return own[0], own[1]
        return (action.file, action.line) if action.file else None

    def _shown_action(self) -> ActionView | None:
        """The action that is shown; of a fan-out the first one."""
        looked = self.looked
        members = looked.members()[:1] if len(looked.tree) else []
        return looked.tree.action(members[0]) if members and members[0] < len(looked.tree) else None

    # --- the browser

    @work(exclusive=True, group="browse")
    async def action_browse(self) -> None:
        """Open its report or a link of it; asks which where there are several."""
        looked = self.looked
        action = self._shown_action() if looked.ordinal is not None else None
        if action is None:
            self.say("several actions have no page: choose one of them", "yellow")
            return
        found = await self._read(lambda: openable(looked, action))
        if found is None:
            return
        address = await self._chosen(found)
        if address is None:
            return
        opened = await self._read(lambda: self.app.host.browse(address))
        if opened is not None:
            self.say(f"opened {address}" if opened else f"there is no browser here; it is {address}")

    async def _chosen(self, found: dict[str, str]) -> str | None:
        """One of the addresses."""
        if not found:
            self.say("nothing to open: it has no report and no links")
            return None
        if len(found) == 1 or ("report" in found and self.detail_pane.tab == REPORT_TAB):
            return found.get("report") or next(iter(found.values()))
        keys = dict(zip("123456789", found, strict=False))
        choice = await self.prompt.choose("open", keys)
        return found[keys[choice]] if choice is not None else None


def _started(wanted: Editing) -> int:
    try:
        done = subprocess.run(
            wanted.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except OSError as error:
        raise ValueError(_cannot_start(wanted, error)) from error
    return done.returncode


def _cannot_start(wanted: Editing, error: OSError) -> str:
    return f"cannot start `{wanted.command[0]}`: {error.strerror}; set $EDITOR to your editor"
