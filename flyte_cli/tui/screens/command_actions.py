"""Keys that send commands: run again, recover, abort, answer, compare, leave. What they do, a command line does too."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from textual import work

from flyte_cli.errors import CliError
from flyte_cli.marks import FINISHED
from flyte_cli.ops.background import start_in_background
from flyte_cli.ops.runs import find_run, open_tree
from flyte_cli.output.visible import visible
from flyte_cli.tui.screens.base import RunScreenBase
from flyte_cli.tui.source import OVER

if TYPE_CHECKING:
    from flyte._core import ActionView
    from flyte.runtime.questions import Question

Given = TypeVar("Given")

BETWEEN_LOOKS = 0.1
"""Seconds between two looks at whether a run has ended meanwhile."""

BY_HAND = "aborted by hand"
"""Why, as the record has it."""


class CommandActions(RunScreenBase):
    """Keys that send commands: run again, recover, abort, answer, compare, leave."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action makes sense now."""
        phase, counts = self.source.tree.phase, self.source.tree.counts()
        if action in ("abort_action", "abort_run") and phase in OVER:
            return False
        if action == "recover" and phase not in ("failed", "aborted", "interrupted"):
            return False
        if action == "signal" and not counts.get("paused"):
            return False
        return super().check_action(action, parameters)

    # --- leaving

    @work(exclusive=True, group="leave")
    async def action_leave(self) -> None:
        """Leave; a run of this process goes on or is aborted, as somebody likes."""
        source = self.source
        if not source.goes_on_here():
            self.app.leave()
            return
        asking = asyncio.ensure_future(
            self.prompt.choose("Run goes on?", {"d": "detach and keep running", "a": "abort", "Esc": "stay"})
        )
        while source.goes_on_here() and not asking.done():
            await asyncio.wait([asking], timeout=BETWEEN_LOOKS)
        if not asking.done():  # it ended while that was asked: nothing is left to decide
            asking.cancel()
            self.app.leave()
            return
        answer = asking.result()
        if answer is not None and not source.goes_on_here():
            self.app.leave()
        elif answer == "d" and source.detach is not None:
            source.detach()
        elif answer == "a":
            self.app.action_interrupt()

    # --- again

    @work(exclusive=True, group="command")
    async def action_again(self) -> None:
        """Run the selected action again, as a run of its own; on the first one the run."""
        action = self._action("run again")
        if action is None:
            return
        words = ["rerun", self.source.name]
        if action.ordinal:
            words += ["--action-name", action.path]
        if await self.prompt.confirm(f"run {visible(action.label)} again, with the same inputs?"):
            await self._start(words)

    @work(exclusive=True, group="command")
    async def action_recover(self) -> None:
        """Run it again from where it failed."""
        done = sum(self.source.tree.counts().get(phase, 0) for phase in ("succeeded", "recovered", "cached"))
        if await self.prompt.confirm(f"run it again, taking over what succeeded ({done} actions)?"):
            await self._start(["rerun", self.source.name, "--recover"])

    async def _start(self, words: Sequence[str]) -> None:
        host = self.app.host
        command = shlex.join(["flyte", *words])
        self.ran(command)
        started = await self._told(lambda: start_in_background(words, host))
        if started is None:
            return
        tree = await self._told(lambda: open_tree(find_run(started.run, host), host))
        if tree is not None:
            self.app.show_run(tree)

    # --- aborting

    @work(exclusive=True, group="command")
    async def action_abort_action(self) -> None:
        """Abort the selected action, and all that it called; on the first one the run."""
        action = self._action("abort")
        if action is None:
            return
        if action.ordinal == 0:
            await self._abort_run()
        elif action.phase in FINISHED:
            self.say(f"{visible(action.label)} is over: {action.phase}", "yellow")
        elif await self.prompt.confirm(f"abort {visible(action.label)}, and all that it called?"):
            await self._abort(action, shlex.join(["flyte", "abort", self.source.name, action.path]))

    @work(exclusive=True, group="command")
    async def action_abort_run(self) -> None:
        """Abort the run."""
        await self._abort_run()

    async def _abort_run(self) -> None:
        if self.source.tree.phase in OVER:
            self.say(f"run {self.source.name} is over: {self.source.tree.phase}", "yellow")
        elif await self.prompt.confirm(f"abort run {self.source.name}?"):
            await self._abort(None, f"flyte abort {self.source.name}")

    async def _abort(self, action: ActionView | None, command: str) -> None:
        engine, name = self.app.host.engine, self.source.name
        ordinal = None if action is None else action.ordinal
        asked = await self._told(lambda: engine.abort(name, BY_HAND, ordinal))
        if asked:
            self.ran(f"{command}   asked to stop")
        elif asked is not None:
            self.say(f"nobody drives run {name} any more: it cannot be asked to stop", "yellow")

    # --- answering

    @work(exclusive=True, group="command")
    async def action_signal(self) -> None:
        """Answer the selected condition, or the first one that waits."""
        question = await self._told(self._question)
        if question is None:
            self.say(f"run {self.source.name} waits for no answer now", "yellow")
            return
        value = await self._answer(question)
        if value is None:
            return
        from flyte_cli.ops.signals import answer

        name, host = self.source.name, self.app.host
        answered = await self._told(lambda: answer(name, question.name, value, host, lambda asked: value))
        if answered is not None:
            when = "   for `--recover`, as nobody drives the run" if answered.is_kept else ""
            self.ran(shlex.join(["flyte", "signal", name, question.name, value]) + when)

    def _question(self) -> Question | None:
        from flyte.runtime.questions import open_questions, question_of

        tree, ordinal = self.source.tree, self.looked.ordinal
        if ordinal is not None and tree.action(ordinal).phase == "paused":
            return question_of(tree, ordinal)
        if not tree.counts().get("paused"):
            return None
        return next(iter(open_questions(tree)), None)

    async def _answer(self, question: Question) -> str | None:
        """What somebody answers, of the condition's type; None for none."""
        from flyte.runtime.signals import WrongAnswer, parsed

        asked = visible(f"{question.name}: {question.prompt}")
        if question.data_type == "bool":
            key = await self.prompt.choose(asked, {"y": "yes", "n": "no"})
            return {"y": "true", "n": "false"}.get(key or "")
        typed = ""
        while True:
            given = await self.prompt.ask(f"{asked} ({question.data_type})", typed)
            if given is None:
                return None
            try:
                parsed(given, question.data_type)
            except WrongAnswer as error:
                self.say(visible(str(error)), "red")
                typed = given
            else:
                return given

    # --- comparing

    @work(exclusive=True, group="command")
    async def action_compare(self) -> None:
        """Put another run beside this one."""
        host = self.app.host
        rows = await self._told(lambda: host.engine.runs(host.folder(), 50))
        task = self.source.tree.task
        others = [row.name for row in rows or () if row.name != self.source.name and row.task == task]
        before = self.source.tree.recovered_from or next(iter(others), "")
        wanted = await self.prompt.ask("compare with run", before)
        if not wanted or not wanted.strip():
            return
        other = await self._told(lambda: find_run(wanted.strip(), host))
        if other is not None:
            self.app.open_compare(other.name, self.source.name)

    # --- what they share

    def _action(self, what: str) -> ActionView | None:
        """The selected action; says so where several are."""
        ordinal = self.looked.ordinal
        if ordinal is None:
            self.say(f"this row stands for several actions: go to the one to {what}", "yellow")
            return None
        return self.source.tree.action(ordinal)

    async def _told(self, do: Callable[[], Given]) -> Given | None:
        """Do it beside the screen; what is wrong becomes a sentence, and the result None."""
        try:
            return await asyncio.to_thread(do)
        except CliError as error:
            self.refuse(error)
        except (OSError, ValueError) as error:
            self.say(visible(str(error)), "red")
        return None
