"""Every key, in one table: what screens bind, the footer shows, the help explains and the palette offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True)
class Key:
    """A thing to do, and how to ask for it."""

    action: str
    """Name of the `action_` method."""
    keys: str
    """As Textual spells them, with commas between."""
    label: str
    """One or two words for the footer; nothing for keys that only the help names."""
    about: str
    """A sentence for help and palette."""
    shown: str = ""
    """How people see the key; else the first one."""
    command: str = ""
    """The command line that does the same, with `{run}`, `{action}` and `{attempt}`."""
    where: str = "run"
    """`run`, `runs`, `logs` or `everywhere`."""

    @property
    def sign(self) -> str:
        """The key for a footer."""
        return self.shown or SIGNS.get(self.keys.split(",")[0], self.keys.split(",")[0])

    def binding(self, changed: Mapping[str, str]) -> Binding:
        """What Textual needs, with the keys that somebody chose."""
        return Binding(changed.get(self.action, self.keys), self.action, self.label or self.about, show=False)


SIGNS = {
    "slash": "/",
    "ampersand": "&",
    "question_mark": "?",
    "colon": ":",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "plus": "+",
    "minus": "-",
    "comma": ",",
    "full_stop": ".",
    "space": "Space",
    "ctrl+p": "^p",
    "ctrl+w": "^w",
    "equals_sign": "=",
    "less_than_sign": "<",
    "greater_than_sign": ">",
}

EVERYWHERE = (
    Key("palette", "p,ctrl+p", "", "everything there is to do, with its command line", "^p", where="everywhere"),
    Key("keys", "question_mark", "keys", "the keys, the marks, the filter language", where="everywhere"),
    Key("goto", "colon", "", "go to: runs, tasks, or a run by its name", where="everywhere"),
    Key("leave", "q", "leave", "leave; asks first when the run lives here", where="everywhere"),
)

RUN = (
    Key("find", "slash", "find", "find: everything else is dimmed"),
    Key("filter", "ampersand", "", "filter: everything else is hidden"),
    Key("follow", "f", "follow", "follow the newest running action"),
    Key("next_failure", "e", "next ✗", "the next failure"),
    Key("again", "r", "re-run", "run this action again", command="flyte rerun {run} --action-name {action}"),
    Key("recover", "R", "recover", "run it again from where it failed", command="flyte rerun {run} --recover"),
    Key("abort_action", "x", "abort", "abort this action", command="flyte abort {run} {action}"),
    Key("abort_run", "X", "", "abort the run", command="flyte abort {run}"),
    Key("signal", "s", "answer", "answer what a paused action waits for", command="flyte signal {run} {action} VALUE"),
    Key("copy", "y", "copy", "copy: i id, c command line, e traceback, o outputs, u address"),
    Key("edit", "E", "", "open the source in $EDITOR at the line"),
    Key(
        "browse",
        "o",
        "open",
        "open the report or a link in the browser",
        command="flyte get report {run} {action} --open",
    ),
    Key("compare", "d", "", "compare with another run", command="flyte diff {run} OTHER"),
    Key("timeline", "t", "", "timeline, and back to the tree"),
    Key("critical", "c", "", "light the critical path"),
    Key("fold", "space", "", "fold or unfold", "Space"),
    Key("fold_others", "z", "", "fold all but failures"),
    Key("unfold_all", "Z", "", "unfold all"),
    Key("into", "right,l", "", "unfold, or go to what is below"),
    Key("out", "left,h", "", "fold, or go to what it is part of"),
    Key("full", "enter", "", "full width, Esc back"),
    Key("previous_attempt", "left_square_bracket", "", "the attempt before"),
    Key("next_attempt", "right_square_bracket", "", "the attempt after"),
    Key("next_hit", "n", "", "next find hit"),
    Key("previous_hit", "N", "", "previous find hit"),
    Key("library", "v", "", "frames of libraries on and off"),
    Key("wider", "ctrl+w", "", "this pane wider"),
    Key("even", "equals_sign", "", "panes even"),
    Key("maximise", "m", "", "this pane alone"),
)

LOGS = (
    Key("find", "slash", "find", "find in the lines", where="logs"),
    Key("next_hit", "n", "", "next hit", where="logs"),
    Key("previous_hit", "N", "", "previous hit", where="logs"),
    Key("regex", "ctrl+r", "", "what is searched for is a regular expression, or as it is typed", "^r", where="logs"),
    Key("case", "ctrl+t", "", "upper and lower case matter, or do not", "^t", where="logs"),
    Key("only_hits", "ampersand", "only hits", "show only lines that were found", where="logs"),
    Key("follow", "f,G,end", "follow", "go to the end and follow it", where="logs"),
    Key("start", "g,home", "", "go to the first line", where="logs"),
    Key("wrap", "w", "wrap", "wrap long lines, or cut them", where="logs"),
    Key("dates", "T", "times", "times of day, or seconds since the run started", where="logs"),
    Key("fold", "space", "", "fold or unfold tracebacks and JSON", "Space", where="logs"),
    Key("open", "enter", "open", "unfold, or go to the action of the line", "Enter", where="logs"),
    Key("full", "l", "", "full width, Esc back", where="logs"),
    Key("save", "S", "save", "save what is shown", command="flyte logs {run} {action} > FILE", where="logs"),
    Key("copy_line", "y", "", "copy the line", where="logs"),
    Key("left", "left", "", "back to the beginning of long lines", where="logs"),
    Key("right", "right", "", "further into long lines", where="logs"),
)
"""Of lines of a log, in the tab and in full width."""

LOG_SCREEN = (
    Key("show_errors", "1", "levels", "show only errors", "1-4", "flyte logs {run} --level error", "logs"),
    Key("show_warnings", "2", "", "show warnings and errors", "", "flyte logs {run} --level warning", "logs"),
    Key("show_info", "3", "", "show all but debug lines", "", "flyte logs {run} --level info", "logs"),
    Key("show_all", "4", "", "show lines of all levels", where="logs"),
    Key("previous_attempt", "left_square_bracket", "", "the attempt before", where="logs"),
    Key("next_attempt", "right_square_bracket", "", "the attempt after", where="logs"),
    Key("back", "escape", "back", "back to the run", "Esc", where="logs"),
)
"""Of logs in full width."""
